package search

import (
	"errors"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
)

// read opens a row. One that is not as it was sealed comes back without fields, so that
// it is shown, and everything beside it too.
func (l *ledger) read(row seal.Row, leaf proof.Hash) (proof.Record, error) {
	r, err := l.opener.Open(row, leaf)
	if errors.Is(err, seal.ErrUnreadable) {
		return proof.Record{Seq: row.Seq, Leaf: leaf}, nil
	}
	return r, err
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
