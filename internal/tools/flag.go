package tools

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Flag is something in a definition that an admin should look at before they
// approve it.
type Flag struct {
	Code    FlagCode
	Path    string // JSON pointer
	Finding string // a sentence for an admin
	Excerpt string // of the text, in printable ASCII, at most 200 bytes
}

// FlagCode is what a flag is about, for programs.
type FlagCode string

// The codes.
const (
	FlagInstructions FlagCode = "instructions" // it speaks to the model
	FlagHidden       FlagCode = "hidden"       // characters that people do not see
	FlagMarkup       FlagCode = "markup"       // HTML, links with scripts, tags of chat templates
	FlagLookAlike    FlagCode = "look_alike"   // letters of another alphabet in a word
	FlagLong         FlagCode = "long"         // room to hide something in
	FlagEncoded      FlagCode = "encoded"      // something that people cannot read
	FlagUnread       FlagCode = "unread"       // it was not examined
	FlagClash        FlagCode = "clash"        // another source has the same
)

// MaxFlags is how many findings of one definition a person is shown.
const MaxFlags = 50

// Examine looks for what does not belong into a definition: instructions to the
// model, text that people cannot see, markup, names that look like others. It
// reads every string and every name at any depth, until it has found one thing
// more than MaxFlags.
func Examine(o Offer) []Flag {
	v, err := parse(o.Definition)
	if err != nil {
		return []Flag{{Code: FlagUnread, Finding: "The definition cannot be read."}}
	}
	x := examiner{left: examinedWhole}
	x.value("", v)
	return x.flags[:min(len(x.flags), MaxFlags+1)]
}

type examiner struct {
	flags []Flag
	left  int // bytes of texts that are read for their wording; negative: it has been said
}

func (x *examiner) value(path string, v *value) {
	if len(x.flags) > MaxFlags {
		return
	}
	x.text(path, v.text)
	if at := strings.LastIndexByte(path, '/'); path[at+1:] == "name" || path[at+1:] == "title" {
		x.scripts(path, v.text)
	} else {
		x.prose(path, v.text)
	}
	for _, m := range v.members {
		below := path + "/" + escapePointer(m.name)
		x.name(below, m.name)
		x.value(below, m.value)
	}
	for i, item := range v.items {
		x.value(path+"/"+strconv.Itoa(i), item)
	}
}

// name examines the name of a member, such as that of an argument.
func (x *examiner) name(path, name string) {
	x.text(path, name)
	x.scripts(path, name)
}

// text examines a string.
func (x *examiner) text(path, text string) {
	if text == "" {
		return
	}
	x.hidden(path, text)
	if isImage.MatchString(text) {
		return
	}
	x.meaning(path, text[:min(len(text), examined)])
	if n := utf8.RuneCountInString(text); n > longText {
		x.add(path, FlagLong, fmt.Sprintf("The text is very long (%d characters). Whatever stands in it is read by the model with every request.", n), text)
	}
}

// meaning examines the wording and the form of the beginning of a text.
func (x *examiner) meaning(path, beginning string) {
	if x.left < len(beginning) {
		if x.left >= 0 {
			x.add(path, FlagUnread, "The definition has so many words that this one and others were not examined.", beginning)
		}
		x.left = -1
		return
	}
	x.left -= len(beginning)
	for _, found := range recognize(beginning) {
		x.add(path, FlagInstructions, found.finding, beginning[found.at:])
	}
	for _, f := range forms {
		if at := f.expression.FindStringIndex(beginning); at != nil {
			x.add(path, f.code, f.finding, beginning[at[0]:])
		}
	}
}

// longText is how many characters a description seldom has, and examined how
// many bytes of a text are read for its wording and form, examinedWhole of a
// definition. What is longer has a flag, unless it is an icon.
const (
	longText      = 4000
	examined      = 20_000
	examinedWhole = 100_000
)

// isImage tells an icon that is its own address.
var isImage = regexp.MustCompile(`^data:image/[a-z0-9.+-]{1,40};base64,[A-Za-z0-9+/]*={0,2}$`)

// scripts looks for letters of different scripts in one name.
func (x *examiner) scripts(path, name string) {
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if mixes(word) {
			x.add(path, FlagLookAlike, "The name mixes letters of different alphabets that look alike.", name)
			return
		}
	}
}

// prose looks for words in which letters of another alphabet pass for ours.
func (x *examiner) prose(path, text string) {
	if isASCII(text) {
		return
	}
	if at := findWord(text, disguised); at >= 0 {
		x.add(path, FlagLookAlike, "A word of the text has letters of another alphabet that look like ours.", text[at:])
	}
}

func (x *examiner) add(path string, code FlagCode, finding, text string) {
	x.flags = append(x.flags, Flag{code, clipPointer(path), finding, excerpt(text)})
}

// excerpt returns the beginning of a text in printable ASCII.
func excerpt(text string) string {
	const most = 200
	var b strings.Builder
	for _, r := range text {
		part := strings.Trim(strconv.QuoteRuneToASCII(r), "'")
		if r == '\'' {
			part = "'"
		}
		if b.Len()+len(part) > most-3 {
			return b.String() + "..."
		}
		b.WriteString(part)
	}
	return b.String()
}

// escapePointer writes a name as a step of a JSON pointer (RFC 6901).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// clipPointer bounds a pointer to what somebody can read.
func clipPointer(path string) string {
	const most = 300
	if len(path) <= most {
		return path
	}
	return strings.ToValidUTF8(path[:most], "") + "…"
}
