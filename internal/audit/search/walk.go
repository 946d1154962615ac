package search

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
)

// What one request looks through at most, before it says where it has got to.
const (
	mostLooked = 20_000
	mostTime   = 2 * time.Second
)

// descent is a way through a log from the newest record to the oldest.
type descent struct {
	filter filter.Filter
	below  int64 // only records with a lower number; 0: all
	rows   int   // how many are looked at
}

// errEnough ends a walk.
var errEnough = errors.New("enough has been seen")

// descend calls each with every row in which a record of the filter can be, until it
// says false, and returns below which to go on; 0 where there is nothing left.
func (l *ledger) descend(ctx context.Context, d descent, each func(seal.Row, proof.Hash) (bool, error)) (below int64, err error) {
	from, to, err := l.stretch(ctx, d.filter)
	if err != nil {
		return 0, err
	}
	people, nobody, err := l.numbers(ctx, d.filter)
	if nobody || err != nil {
		return 0, err
	}
	if d.below > 0 {
		to = min(to, d.below)
	}
	left, end := d.rows, l.now().Add(mostTime)
	err = l.store.SealedBackwards(ctx, l.org, seal.Query{From: from, To: to, People: people}, func(row seal.Row, leaf proof.Hash) error {
		more, err := each(row, leaf)
		if err != nil {
			return err
		}
		if left--; more && left > 0 && l.now().Before(end) {
			return nil
		}
		if below = row.Seq; below <= from {
			below = 0
		}
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return below, err
}

// batch is how many rows are opened at once, by as many workers as there is room for.
const (
	batch   = 256
	workers = 4
)

// entry is a row beside its leaf.
type entry struct {
	row  seal.Row
	leaf proof.Hash
}

// ascend calls each with the records of the rows of q, in their order.
func (l *ledger) ascend(ctx context.Context, q seal.Query, each func(proof.Record) error) error {
	entries := make([]entry, 0, batch)
	pass := func() error {
		records, err := l.open(entries)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := each(r); err != nil {
				return err
			}
		}
		entries = entries[:0]
		return ctx.Err()
	}
	err := l.store.SealedRows(ctx, l.org, q, func(row seal.Row, leaf proof.Hash) error {
		if entries = append(entries, entry{row, leaf}); len(entries) < batch {
			return nil
		}
		return pass()
	})
	if err != nil {
		return err
	}
	return pass()
}

// open opens rows side by side.
func (l *ledger) open(entries []entry) ([]proof.Record, error) {
	records := make([]proof.Record, len(entries))
	var group errgroup.Group
	share := (len(entries) + workers - 1) / workers
	for from := 0; from < len(entries); from += share {
		group.Go(func() (err error) {
			for i := from; i < min(from+share, len(entries)) && err == nil; i++ {
				records[i], err = l.read(entries[i].row, entries[i].leaf)
			}
			return err
		})
	}
	return records, group.Wait()
}
