package tools

import (
	"cmp"
	"slices"

	"gatehouse/internal/fault"
)

// Clash is an entry that cannot be served, because another one has its name.
type Clash struct {
	Entry  *Entry
	Reason error // a fault of kind Conflict that names both
}

// Untangle leaves out entries whose permission name another one has. The one
// that was approved first keeps it, and before all the platform's own; of two
// approved at once it is the one of the lesser source.
func Untangle(entries []*Entry) (kept []*Entry, clashes []Clash) {
	byAge := slices.Clone(entries)
	slices.SortStableFunc(byAge, func(a, b *Entry) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Source.String(), b.Source.String()), cmp.Compare(a.Kind, b.Kind))
	})
	first := make(map[string]*Entry, len(byAge))
	for _, e := range byAge {
		with, taken := first[e.Name]
		if !taken {
			first[e.Name] = e
			kept = append(kept, e)
			continue
		}
		whose := "source " + with.Source.String()
		if with.Source.IsZero() {
			whose = "the platform itself"
		}
		clashes = append(clashes, Clash{e, fault.Newf(fault.Conflict,
			"%s is taken: %s had it first; give the source's tools its prefix, or withdraw the other", subject(e.Kind, e.Shown), whose)})
	}
	return kept, clashes
}
