// Package filter is what an export of an organization's log is asked for: conditions
// on records, whose outcome whoever holds the file can compute again. It is pure.
//
//	filter.go   Filter: the conditions, and what bounds them
//	decide.go   Decide: whether they hold of a record, some fields of which may be closed
//	fold.go     how text is compared without regard to case
//	json.go     the one spelling that evidence has of a filter
package filter

import (
	"slices"
	"time"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Filter is conditions on a record. All must hold; of a list, one entry. What is zero
// is no condition, so that the zero Filter holds of every record.
type Filter struct {
	From, To time.Time      // made at or after From, and before To; to the microsecond
	People   []tenants.GUID // who acted, or whom it is about
	Clients  []string
	Tools    []string // names as the client sent them
	Kinds    []string
	Effects  []string
	Outcomes []string
	Roles    []string // held by who acted
	Text     string   // occurs in one of Texts, without regard to case; see Fold
}

// Texts are the fields that Text is looked for in.
func Texts() []string {
	return []string{"actor_name", "client", "detail", "reason", "target", "tool"}
}

// What bounds a filter.
const (
	MaxEntries = 100 // of a list
	MaxEntry   = 512 // bytes of an entry, or of Text
)

// list is one of the lists, and the field that it is about.
type list struct {
	name, field string
	entries     []string
}

// lists returns those of text.
func (f Filter) lists() []list {
	return []list{
		{"clients", "client", f.Clients},
		{"effects", "effect", f.Effects},
		{"kinds", "kind", f.Kinds},
		{"outcomes", "outcome", f.Outcomes},
		{"roles", "roles", f.Roles},
		{"tools", "tool", f.Tools},
	}
}

// IsZero reports whether the filter holds of every record.
func (f Filter) IsZero() bool { return len(f.Fields()) == 0 }

// Timed reports whether the filter asks when a record was made.
func (f Filter) Timed() bool { return !f.From.IsZero() || !f.To.IsZero() }

// Fields returns the fields that must be open so that the filter can be run again, in
// ascending order. Of a filter that asks when a record was made, sealed_at is one: it
// shows that what lies beside a range cannot match.
func (f Filter) Fields() []string {
	var all []string
	if f.Timed() {
		all = append(all, "at", "sealed_at")
	}
	if len(f.People) > 0 {
		all = append(all, "actor_oid", "subject_oid")
	}
	for _, l := range f.lists() {
		if len(l.entries) > 0 {
			all = append(all, l.field)
		}
	}
	if f.Text != "" {
		all = append(all, Texts()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Validate says what nobody can have meant, or what cannot be written down.
func (f Filter) Validate() error {
	for _, t := range [...]time.Time{f.From, f.To} {
		if !t.IsZero() && (t.UTC().Year() < 1970 || t.UTC().Year() > 9999 || t.Nanosecond()%1000 != 0) {
			return fault.New(fault.Invalid, "an instant of a filter lies in the years 1970 to 9999, and has whole microseconds")
		}
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return fault.New(fault.Invalid, "a filter ends after it begins")
	}
	if len(f.People) > MaxEntries {
		return fault.Newf(fault.Invalid, "a filter names at most %d people", MaxEntries)
	}
	for _, l := range f.lists() {
		if len(l.entries) > MaxEntries {
			return fault.Newf(fault.Invalid, "a filter has at most %d %s", MaxEntries, l.name)
		}
		for _, entry := range l.entries {
			if entry == "" || !sound(entry) {
				return fault.Newf(fault.Invalid, "an entry of %s has 1 to %d bytes of UTF-8 without control characters", l.name, MaxEntry)
			}
		}
	}
	if !sound(f.Text) {
		return fault.Newf(fault.Invalid, "the text has at most %d bytes of UTF-8 without control characters", MaxEntry)
	}
	return nil
}

func sound(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return len(s) <= MaxEntry && utf8.ValidString(s)
}
