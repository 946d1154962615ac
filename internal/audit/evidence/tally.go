package evidence

import (
	"slices"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
)

// Tally is what is counted while the filter runs over the records of a range.
type Tally struct {
	Matched   int64
	Undecided int64 // a closed field would decide
	Closed    int64 // matching records that have closed fields

	FirstUndecided, FirstClosed int64 // their numbers, where there are any
}

// count runs the filter on a record.
func (t *Tally) count(f filter.Filter, r proof.Record) filter.Answer {
	answer := f.Decide(func(name string) ([]byte, bool) { return find(r.Fields, name) })
	switch answer {
	case filter.Unknown:
		first(&t.Undecided, &t.FirstUndecided, r.Seq)
	case filter.Yes:
		t.Matched++
		if slices.ContainsFunc(r.Fields, func(f proof.Field) bool { return f.Value == nil }) {
			first(&t.Closed, &t.FirstClosed, r.Seq)
		}
	case filter.No:
	}
	return answer
}

func first(count, at *int64, seq int64) {
	if *count == 0 {
		*at = seq
	}
	*count++
}

// lasting are fields that no erasure takes: that one of them is closed is an exporter's
// choice, which leaves a filter undecided and is not taken for a reason.
func lasting(field string) bool {
	switch field {
	case "at", "client", "effect", "kind", "outcome", "reason", "roles", "sealed_at", "tool":
		return true
	}
	return false
}
