package filter

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// Answer is whether a filter holds of a record.
type Answer uint8

// The answers. Unknown: a field that would decide it is closed.
const (
	No Answer = iota
	Unknown
	Yes
)

// Matches decides with all fields open. The value of a field is canonical JSON, or nil
// where the record has no such field.
func (f Filter) Matches(value func(name string) []byte) bool {
	return f.Decide(func(name string) ([]byte, bool) { return value(name), true }) == Yes
}

// Decide says whether the filter holds of a record. For each field it is told the value
// in canonical JSON (nil: the record has no such field), and whether that is open. A
// condition that open fields decide is decided, whatever others would say.
func (f Filter) Decide(value func(name string) (v []byte, open bool)) Answer {
	answer := Yes
	if f.Timed() {
		answer = of(value, "at", f.during)
	}
	if len(f.People) > 0 {
		answer = min(answer, max(of(value, "actor_oid", f.person), of(value, "subject_oid", f.person)))
	}
	for _, l := range f.lists() {
		if len(l.entries) > 0 && answer != No {
			answer = min(answer, of(value, l.field, l.has))
		}
	}
	if f.Text == "" || answer == No {
		return answer
	}
	wanted, found := Fold(f.Text), No
	for _, name := range Texts() {
		found = max(found, of(value, name, func(v []byte) bool {
			text, ok := unquote(v)
			return ok && strings.Contains(Fold(text), wanted)
		}))
	}
	return min(answer, found)
}

// of asks one field.
func of(value func(string) ([]byte, bool), name string, holds func([]byte) bool) Answer {
	switch v, open := value(name); {
	case !open:
		return Unknown
	case v != nil && holds(v):
		return Yes
	}
	return No
}

// Layout is how instants are written in records and in filters: of one width, so that
// they compare as text.
const Layout = "2006-01-02T15:04:05.000000Z"

func (f Filter) during(v []byte) bool {
	at, ok := unquote(v)
	return ok && (f.From.IsZero() || at >= instant(f.From)) && (f.To.IsZero() || at < instant(f.To))
}

func instant(t time.Time) string { return t.UTC().Format(Layout) }

func (f Filter) person(v []byte) bool {
	text, ok := unquote(v)
	return ok && slices.ContainsFunc(f.People, func(p tenants.GUID) bool { return p.String() == text })
}

// has reports whether a value, or an entry of it, is on the list.
func (l list) has(v []byte) bool {
	if text, ok := unquote(v); ok {
		return slices.Contains(l.entries, text)
	}
	return slices.ContainsFunc(unquoteList(v), func(text string) bool { return slices.Contains(l.entries, text) })
}

// unquote reads a string of canonical JSON. Records hold no control characters, so that
// only quotes and backslashes are escaped.
func unquote(v []byte) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			i++
		}
		b.WriteByte(inner[i])
	}
	return b.String(), true
}

// unquoteList reads a list of strings, and of anything else nothing.
func unquoteList(v []byte) (all []string) {
	for i := 1; i < len(v) && v[0] == '['; i++ {
		if v[i] != '"' {
			continue
		}
		end := i + 1
		for end < len(v) && v[end] != '"' {
			if v[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(v) {
			return nil
		}
		text, _ := unquote(v[i : end+1])
		all, i = append(all, text), end
	}
	return all
}
