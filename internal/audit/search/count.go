package search

import (
	"context"
	"maps"
	"slices"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Interval is how long the stretches of time are that records are counted in, by UTC.
type Interval string

// The intervals.
const (
	Minutely Interval = "minute"
	Hourly   Interval = "hour"
	Daily    Interval = "day"
	Monthly  Interval = "month"
)

// of returns the beginning of the stretch that an instant is in.
func (i Interval) of(t time.Time) time.Time {
	t = t.UTC()
	switch i {
	case Minutely:
		return t.Truncate(time.Minute)
	case Hourly:
		return t.Truncate(time.Hour)
	case Daily:
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	case Monthly:
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Time{}
}

// Census asks how many records there are.
type Census struct {
	Filter   filter.Filter
	Interval Interval
	Below    int64 // as of a Query
}

// Counts is how many records of a filter fall into each stretch of time.
type Counts struct {
	In       map[time.Time]int64 // by the beginning of the stretch; those without any are left out
	Next     int64               // Below of the census that counts the rest; 0: all are counted
	Size     int64
	SealedAt time.Time
}

// What a count looks through at most where rows need not be opened to know that they
// match, and how much of it at a time: no more stretches than rows come of that.
const (
	mostCounted = 200_000
	countedOnce = 5_000
)

// mostStretches bounds the answer.
const mostStretches = 10_000

// Count counts records by when they were made, from those sealed last on. One request
// counts so many only, and says where to go on: the counts of all requests are to be
// added up.
func (r *Reader) Count(ctx context.Context, org tenants.ID, c Census) (Counts, error) {
	if err := check(c.Filter); err != nil {
		return Counts{}, err
	}
	if c.Interval.of(time.Unix(0, 0)).IsZero() {
		return Counts{}, fault.New(fault.Invalid, "interval must be minute, hour, day or month")
	}
	l, err := r.ledger(ctx, org)
	if err != nil {
		return Counts{}, err
	}
	counts := Counts{In: map[time.Time]int64{}, Size: l.head.Size, SealedAt: l.head.SealedAt}
	rest := c.Filter
	rest.From, rest.To, rest.People = time.Time{}, time.Time{}, nil
	if rest.IsZero() {
		counts.Next, err = l.countRows(ctx, c, counts.In)
		return counts, err
	}
	counts.Next, err = l.descend(ctx, descent{c.Filter, c.Below, mostLooked}, func(row seal.Row, leaf proof.Hash) (bool, error) {
		record, err := l.values(row, leaf)
		if err == nil && matches(c.Filter, record) {
			counts.In[c.Interval.of(row.At)]++
		}
		return len(counts.In) < mostStretches, err
	})
	return counts, err
}

// countRows counts by time and people alone, for which no row needs to be opened, and
// returns below which to go on.
func (l *ledger) countRows(ctx context.Context, c Census, in map[time.Time]int64) (below int64, err error) {
	from, to, err := l.stretch(ctx, c.Filter)
	if err != nil {
		return 0, err
	}
	people, nobody, err := l.numbers(ctx, c.Filter)
	if nobody || err != nil {
		return 0, err
	}
	if c.Below > 0 {
		to = min(to, c.Below)
	}
	least, end := max(from, to-mostCounted), l.now().Add(mostTime)
	for to > from {
		part := seal.Query{From: max(from, to-countedOnce), To: to, People: people}
		counted, err := l.store.CountSealed(ctx, l.org, part, [2]time.Time{c.Filter.From, c.Filter.To}, string(c.Interval))
		if err != nil {
			return 0, err
		}
		if len(in)+len(counted) > mostStretches {
			return to, nil
		}
		for stretch, n := range counted {
			in[stretch] += n
		}
		if to = part.From; to <= least || !l.now().Before(end) {
			break
		}
	}
	if to <= from {
		return 0, nil
	}
	return to, nil
}

// Stretches lists the beginnings of the stretches that have records, the latest first.
func (c Counts) Stretches() []time.Time {
	return slices.SortedFunc(maps.Keys(c.In), func(a, b time.Time) int { return b.Compare(a) })
}
