package orgfile

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/access"
)

// Mode says what happens to entries that a document does not mention.
type Mode uint8

// The modes. In both, a section that the document leaves out stays as it is.
const (
	Keep  Mode = iota // they stay
	Prune             // they are removed, in the sections that the document has
)

// Kind says what becomes of something.
type Kind string

// The kinds of change. Kept is none: it tells what Prune would remove.
const (
	Added   Kind = "add"
	Changed Kind = "change"
	Removed Kind = "remove"
	Kept    Kind = "keep"
)

// Change is what becomes of one entry, or of the organization.
type Change struct {
	Kind   Kind    `json:"kind"`
	Path   string  `json:"path"` // such as roles["Payroll reader"]
	Fields []Field `json:"fields,omitempty"`
}

// Field is a member of what changes: of an added entry without Before, of a
// changed one without what stays equal.
type Field struct {
	Path   string `json:"path"` // below the change's, such as permissions[0].patterns
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Changes is the difference between two documents.
type Changes []Change

// None reports whether there is nothing to do.
func (c Changes) None() bool {
	for _, change := range c {
		if change.Kind != Kept {
			return false
		}
	}
	return true
}

// Diff returns what applying the wanted document changes in the current one,
// which is an exported document, in the order of the document.
func Diff(current, wanted Document, mode Mode) Changes {
	wanted = wanted.against(current)
	var out Changes
	if fields := organizationFields(current.Organization, wanted.Organization); len(fields) > 0 {
		out = append(out, Change{Kind: Changed, Path: "organization", Fields: fields})
	}
	gone := map[string]bool{}
	before, after := current.sections(), wanted.sections()
	for i := range before {
		changes := diffSection(before[i], after[i], mode)
		out = append(out, changes...)
		for _, c := range changes {
			gone[c.Path] = c.Kind == Removed
		}
		if !after[i].given {
			out = append(out, current.orphans(before[i].at, gone)...)
		}
	}
	return out
}

// orphans returns the assignments that go with their role, or the approvals that
// go with their source.
func (d Document) orphans(at access.Place, gone map[string]bool) Changes {
	var out Changes
	switch at {
	case "assignments":
		for _, a := range d.Assignments {
			if gone[entryPath("roles", quoted(a.Role))] {
				out = append(out, Change{Kind: Removed, Path: entryPath(at, a.key())})
			}
		}
	case "approvals":
		for _, a := range d.Approvals {
			if gone[entryPath("sources", quoted(a.Source))] {
				out = append(out, Change{Kind: Removed, Path: entryPath(at, a.key())})
			}
		}
	}
	return out
}

func diffSection(before, after section, mode Mode) Changes {
	if !after.given {
		return nil
	}
	var out Changes
	mentioned, had := map[string]bool{}, map[string]int{}
	for i, key := range before.keys {
		had[key] = i
	}
	for i, key := range after.keys {
		mentioned[key] = true
		now := leaves(after.entries.Index(i), "")
		at, there := had[key]
		if !there {
			out = append(out, Change{Kind: Added, Path: entryPath(after.at, key), Fields: added(now)})
			continue
		}
		if fields := changed(leaves(before.entries.Index(at), ""), now); len(fields) > 0 {
			out = append(out, Change{Kind: Changed, Path: entryPath(after.at, key), Fields: fields})
		}
	}
	kind := Kept
	if mode == Prune {
		kind = Removed
	}
	for _, key := range before.keys {
		if !mentioned[key] {
			out = append(out, Change{Kind: kind, Path: entryPath(before.at, key)})
		}
	}
	return out
}

func entryPath(at access.Place, key string) string { return string(at) + "[" + key + "]" }

// organizationFields returns what differs in the members that are wanted.
func organizationFields(before, after *Organization) []Field {
	if after == nil {
		return nil
	}
	had := map[string]string{}
	if before != nil {
		for _, l := range leaves(reflect.ValueOf(before), "") {
			had[l.path] = l.text
		}
	}
	var out []Field
	for _, l := range leaves(reflect.ValueOf(after), "") {
		if had[l.path] != l.text {
			out = append(out, Field{l.path, had[l.path], l.text})
		}
	}
	return out
}

func added(now []leaf) []Field {
	out := make([]Field, 0, len(now))
	for _, l := range now {
		if l.text != `""` {
			out = append(out, Field{Path: l.path, After: l.text})
		}
	}
	return out
}

// changed returns the leaves that differ, those that go after those that stay.
func changed(before, now []leaf) []Field {
	had, has := map[string]string{}, map[string]bool{}
	for _, l := range before {
		had[l.path] = l.text
	}
	var out []Field
	for _, l := range now {
		has[l.path] = true
		if had[l.path] != l.text {
			out = append(out, Field{l.path, had[l.path], l.text})
		}
	}
	for _, l := range before {
		if !has[l.path] {
			out = append(out, Field{Path: l.path, Before: l.text})
		}
	}
	return out
}

// leaf is a value without members, as a reader sees it.
type leaf struct{ path, text string }

// leaves returns the leaves of a value that a written document would show. A
// list of words is one leaf.
func leaves(v reflect.Value, at access.Place) []leaf {
	switch {
	case v.Kind() == reflect.Pointer:
		return leaves(v.Elem(), at)
	case v.Kind() == reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String {
			return []leaf{{string(at), words(v)}}
		}
		var out []leaf
		for i := range v.Len() {
			out = append(out, leaves(v.Index(i), at.At(i))...)
		}
		return out
	case v.Kind() == reflect.Struct:
		if text, ok := shown(v); ok {
			return []leaf{{string(at), text}}
		}
		var out []leaf
		for _, m := range members(v.Type()) {
			if field := v.FieldByIndex(m.field.Index); m.required || !left(field, m) {
				out = append(out, leaves(field, at.Field(m.name))...)
			}
		}
		return out
	default:
		text, _ := shown(v)
		return []leaf{{string(at), text}}
	}
}

// shown returns the text of a value without members.
func shown(v reflect.Value) (string, bool) {
	switch value := v.Interface().(type) {
	case time.Time:
		return value.Format(time.RFC3339Nano), true
	case Duration:
		return value.String(), true
	case encoding.TextMarshaler:
		text, err := value.MarshalText()
		return string(text), err == nil
	}
	if v.Kind() == reflect.Int || v.Kind() == reflect.Bool {
		return fmt.Sprint(v.Interface()), true
	}
	if v.Kind() != reflect.String {
		return "", false
	}
	return strconv.Quote(v.String()), true
}

func words(v reflect.Value) string {
	list := make([]string, v.Len())
	for i := range list {
		list[i] = strconv.Quote(v.Index(i).String())
	}
	return "[" + strings.Join(list, ", ") + "]"
}
