package filter

import (
	"bytes"
	"encoding/json"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// AppendJSON appends the filter in canonical JSON (RFC 8785): an object that has a
// member for each condition, as docs/audit-format.md describes it.
func (f Filter) AppendJSON(dst []byte) []byte {
	people := make([]string, len(f.People))
	for i, p := range f.People {
		people[i] = p.String()
	}
	w := writer{dst: append(dst, '{')}
	w.list("clients", f.Clients)
	w.list("effects", f.Effects)
	w.instant("from", f.From)
	w.list("kinds", f.Kinds)
	w.list("outcomes", f.Outcomes)
	w.list("people", people)
	w.list("roles", f.Roles)
	if f.Text != "" {
		w.name("text")
		w.dst = Quote(w.dst, f.Text)
	}
	w.instant("to", f.To)
	w.list("tools", f.Tools)
	return append(w.dst, '}')
}

// MarshalJSON implements json.Marshaler.
func (f Filter) MarshalJSON() ([]byte, error) { return f.AppendJSON(nil), nil }

type writer struct {
	dst   []byte
	later bool
}

func (w *writer) name(name string) {
	if w.later {
		w.dst = append(w.dst, ',')
	}
	w.later = true
	w.dst = append(append(append(w.dst, '"'), name...), '"', ':')
}

func (w *writer) instant(name string, t time.Time) {
	if t.IsZero() {
		return
	}
	w.name(name)
	w.dst = append(t.UTC().AppendFormat(append(w.dst, '"'), Layout), '"')
}

func (w *writer) list(name string, entries []string) {
	if len(entries) == 0 {
		return
	}
	w.name(name)
	for i, entry := range entries {
		w.dst = append(w.dst, "[,"[min(i, 1)])
		w.dst = Quote(w.dst, entry)
	}
	w.dst = append(w.dst, ']')
}

// Quote appends text without control characters as a string of canonical JSON.
func Quote(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// Parse reads what AppendJSON writes. A member that is not known, a second spelling of
// the same filter, and a filter that is not valid are Invalid.
func Parse(text []byte) (Filter, error) {
	var wire struct {
		Clients, Effects, Kinds, Outcomes, Roles, Tools []string
		People                                          []tenants.GUID
		From, To                                        *time.Time
		Text                                            string
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&wire); err != nil {
		return Filter{}, fault.Wrap(fault.Invalid, "the filter cannot be read", err)
	}
	f := Filter{
		Clients: wire.Clients, Effects: wire.Effects, Kinds: wire.Kinds, Outcomes: wire.Outcomes, Roles: wire.Roles, Tools: wire.Tools,
		People: wire.People, Text: wire.Text,
	}
	if wire.From != nil {
		f.From = wire.From.UTC()
	}
	if wire.To != nil {
		f.To = wire.To.UTC()
	}
	if err := f.Validate(); err != nil {
		return Filter{}, err
	}
	if !bytes.Equal(f.AppendJSON(nil), text) {
		return Filter{}, fault.New(fault.Invalid, "the filter is not in its canonical form")
	}
	return f, nil
}

// String tells the filter to people, all of it.
func (f Filter) String() string {
	if f.IsZero() {
		return "none: every record"
	}
	return string(f.AppendJSON(nil))
}
