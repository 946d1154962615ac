package search

import (
	"context"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/tenants"
)

// Query asks for records of a log.
type Query struct {
	Filter filter.Filter
	Limit  int   // how many at most; at least 1
	Below  int64 // only those with a lower number; 0: from the newest on
}

// Page is some of the records that were asked for, the newest first.
type Page struct {
	Records  []Record
	Next     int64     // Below of the query that goes on; 0: there are no more
	Size     int64     // how many records are sealed
	SealedAt time.Time // when the last of them was
}

// Search returns records, those sealed last first. A page may hold fewer records than
// were asked for, even none, and still say where to go on: one request looks through
// so many records only. A filter that cannot be is Invalid.
func (r *Reader) Search(ctx context.Context, org tenants.ID, q Query) (Page, error) {
	if err := check(q.Filter); err != nil {
		return Page{}, err
	}
	l, err := r.ledger(ctx, org)
	if err != nil {
		return Page{}, err
	}
	page := Page{Size: l.head.Size, SealedAt: l.head.SealedAt}
	page.Next, err = l.descend(ctx, descent{q.Filter, q.Below, mostLooked}, func(row seal.Row, leaf proof.Hash) (bool, error) {
		record, err := l.values(row, leaf)
		if err != nil || !matches(q.Filter, record) {
			return true, err
		}
		if record, err = l.read(row, leaf); err != nil { // what is shown is held against its leaf
			return false, err
		}
		page.Records = append(page.Records, l.judge(record))
		return len(page.Records) < q.Limit, nil
	})
	return page, err
}
