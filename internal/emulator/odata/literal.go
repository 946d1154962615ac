package odata

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Form is the kind of a constant.
type Form uint8

// Forms of constants. A Moment stands without quotes.
const (
	Text Form = iota
	GUID
	Number
	Truth
	Null
	Moment
)

// Literal is a constant in an expression. Words are in lower case.
type Literal struct {
	Form Form
	Text string // without quotes
	At   int    // byte offset
}

// String implements Node's notion of printing.
func (l Literal) String() string {
	if l.Form == Text {
		return "'" + strings.ReplaceAll(l.Text, "'", "''") + "'"
	}
	return l.Text
}

// Type is the name of the literal's type in OData's data model.
func (l Literal) Type() string {
	return [...]string{
		Text: "Edm.String", GUID: "Edm.Guid", Number: "Edm.Int32", Truth: "Edm.Boolean", Null: "<null>", Moment: "Edm.DateTimeOffset",
	}[l.Form]
}

var guidWord = regexp.MustCompile(`^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// constant reads an unquoted word.
func constant(t token) (Literal, bool) {
	l := Literal{Text: strings.ToLower(t.text), At: t.at}
	switch {
	case t.kind != tokenWord:
		return l, false
	case l.Text == "true" || l.Text == "false":
		l.Form = Truth
	case l.Text == "null":
		l.Form = Null
	case guidWord.MatchString(l.Text):
		l.Form = GUID
	default:
		l.Form = Number
		_, err := strconv.Atoi(l.Text)
		return l, err == nil
	}
	return l, true
}

// Instant reads a time as clients write it; without an offset it is UTC.
func Instant(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.9999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
