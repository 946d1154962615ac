package search

import (
	"context"
	"errors"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
)

// values is read without salts: what they say suffices to find records, and to write
// what proves nothing.
func (l *ledger) values(row seal.Row, leaf proof.Hash) (proof.Record, error) {
	return readable(l.opener.Values(row, leaf))
}

// read opens a row. One that is not as it was sealed comes back without fields, so that
// it is shown, and everything beside it too.
func (l *ledger) read(row seal.Row, leaf proof.Hash) (proof.Record, error) {
	return readable(l.opener.Open(row, leaf))
}

func readable(r proof.Record, err error) (proof.Record, error) {
	if errors.Is(err, seal.ErrUnreadable) {
		return proof.Record{Seq: r.Seq, Leaf: r.Leaf}, nil
	}
	return r, err
}

// meet asks for the people whose keys rows need, all at once.
func (l *ledger) meet(ctx context.Context, entries []entry) error {
	strangers := l.opener.Strangers(func(yield func(seal.Row) bool) {
		for _, e := range entries {
			if !yield(e.row) {
				return
			}
		}
	})
	if len(strangers) == 0 {
		return nil
	}
	people, err := l.store.LogPeopleNumbered(ctx, l.org, strangers...)
	l.opener.Meet(people)
	return err
}

// unreadable reports whether a record came back without fields, which none is sealed
// without.
func unreadable(r proof.Record) bool { return len(r.Fields) == 0 }

// Trouble is what is wrong with a record where it is stored.
type Trouble string

// The troubles.
const (
	None       Trouble = ""
	Unreadable Trouble = "unreadable" // the row is not as it was stored, or its keys are not
	Altered    Trouble = "altered"    // it says something else than what was sealed
)

// Record is a record as it is found.
type Record struct {
	proof.Record
	Trouble Trouble
}

// judge holds a record against its leaf in the tree.
func (l *ledger) judge(r proof.Record) Record {
	if unreadable(r) {
		return Record{r, Unreadable}
	}
	if leaf, err := r.Recomputed(l.org); err != nil || leaf != r.Leaf {
		return Record{r, Altered}
	}
	return Record{r, None}
}
