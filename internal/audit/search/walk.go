package search

import (
	"context"
	"errors"
	"sync"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/tenants"
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
	pass := func(entries []entry) error {
		if err := l.meet(ctx, entries); err != nil {
			return err
		}
		for _, e := range entries {
			more, err := each(e.row, e.leaf)
			if err != nil {
				return err
			}
			if left--; more && left > 0 && l.now().Before(end) {
				continue
			}
			if below = e.row.Seq; below <= from {
				below = 0
			}
			return errEnough
		}
		return nil
	}
	err = gather(ctx, l.store.SealedBackwards, l.org, seal.Query{From: from, To: to, People: people}, pass)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return below, err
}

// How many rows are taken up at once: few first, because whoever wants a few gets them
// soon, and never more than say so much.
const (
	fewRows    = 50
	manyRows   = 250
	batchBytes = 1 << 20
)

// entry is a row beside its leaf.
type entry struct {
	row  seal.Row
	leaf proof.Hash
}

// rows is how a Store reads.
type rows func(ctx context.Context, org tenants.ID, q seal.Query, each func(seal.Row, proof.Hash) error) error

// gather calls pass with the rows of q, some at a time. What pass is given is its own.
func gather(ctx context.Context, read rows, org tenants.ID, q seal.Query, pass func([]entry) error) error {
	most, bytes := fewRows, 0
	entries := make([]entry, 0, most)
	err := read(ctx, org, q, func(row seal.Row, leaf proof.Hash) error {
		entries = append(entries, entry{row, leaf})
		if bytes += len(row.Own) + len(row.Personal) + len(row.Concerning); len(entries) < most && bytes < batchBytes {
			return nil
		}
		full := entries
		most, bytes = manyRows, 0
		entries = make([]entry, 0, most)
		return pass(full)
	})
	if err != nil || len(entries) == 0 {
		return err
	}
	return pass(entries)
}

// ahead is how many batches are read and opened while one is written.
const ahead = 3

// lot is a batch that is being opened.
type lot struct {
	records []proof.Record
	err     error
	opened  chan struct{}
}

// open is how a row is opened.
type open func(row seal.Row, leaf proof.Hash) (proof.Record, error)

// ascend calls each with the records of the rows of q, in their order. While it takes
// its time, those that follow are read and opened.
func (l *ledger) ascend(ctx context.Context, q seal.Query, how open, each func(proof.Record) error) error {
	ctx, stop := context.WithCancel(ctx)
	lots := make(chan *lot, ahead)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	read := make(chan error, 1)
	all.Go(func() {
		defer close(lots)
		read <- gather(ctx, l.store.SealedRows, l.org, q, func(entries []entry) error {
			next := &lot{opened: make(chan struct{})}
			select {
			case lots <- next:
			case <-ctx.Done():
				return ctx.Err()
			}
			all.Go(func() {
				defer close(next.opened)
				next.records, next.err = l.opened(ctx, entries, how)
			})
			return nil
		})
	})
	for next := range lots {
		if <-next.opened; next.err != nil {
			return next.err
		}
		for _, r := range next.records {
			if err := each(r); err != nil {
				return err
			}
		}
	}
	return <-read
}

func (l *ledger) opened(ctx context.Context, entries []entry, how open) ([]proof.Record, error) {
	if err := l.meet(ctx, entries); err != nil {
		return nil, err
	}
	records := make([]proof.Record, len(entries))
	for i, e := range entries {
		var err error
		if records[i], err = how(e.row, e.leaf); err != nil {
			return nil, err
		}
	}
	return records, nil
}
