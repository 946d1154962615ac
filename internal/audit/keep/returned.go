package keep

import (
	"context"
	"encoding/json"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
)

// peopleAtOnce is how many people are read at a time.
const peopleAtOnce = 500

// personAgain erases a person whom a backup has brought back. Records of theirs may have
// waited to be sealed when the backup was made: they get to be in the log later, and if
// the number is gone by then under another one. So it is not gone before nothing waits
// that was made before the erasure.
func (k *Keeper) personAgain(ctx context.Context, t Tombstone) (gone bool, err error) {
	waits, err := k.Store.WaitsFrom(ctx, t.Org, t.At)
	if err != nil {
		return false, err
	}
	var after int32
	for {
		page, err := k.Store.LogPeopleAfter(ctx, t.Org, after, peopleAtOnce)
		if err != nil {
			return false, err
		}
		for _, p := range page {
			after = p.Number
			if !t.Of(p.OID) {
				continue // the number is somebody else's
			}
			if err := k.eraseReturned(ctx, t, p); err != nil {
				return false, err
			}
		}
		if len(page) < peopleAtOnce {
			return !waits, nil
		}
	}
}

// eraseReturned erases what the log has of somebody under a number and what was made
// before the erasure: whoever has come back since is somebody new, though they may have
// got the same number.
func (k *Keeper) eraseReturned(ctx context.Context, t Tombstone, p seal.Person) error {
	_, opener, err := k.open(ctx, t.Org)
	if err != nil {
		return err
	}
	head, err := k.Store.LogHead(ctx, t.Org)
	if err != nil {
		return err
	}
	s, all := Step{Again: true}, true
	flush := func() error {
		err := k.Store.StoreErased(ctx, caller(t.Org), s)
		s.Rows = nil
		return err
	}
	err = k.Store.SealedRows(ctx, t.Org, seal.Query{From: head.First, To: head.Size, People: []int32{p.Number}}, func(row seal.Row, leaf proof.Hash) error {
		r, err := opener.Open(row, leaf)
		if err != nil {
			return unlessUnreadable(err)
		}
		if !madeAt(r).Before(t.At) {
			all = false
			return nil
		}
		erased, err := opener.Erase(row, func(_ string, of audit.Owner) bool {
			return of == audit.OfActor && row.Person == p.Number || of == audit.OfSubject && row.Subject == p.Number
		})
		if err != nil {
			return unlessUnreadable(err)
		}
		if s.Rows = append(s.Rows, erased); len(s.Rows) >= rowsOfAStep {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil || !all {
		return err
	}
	return k.Store.DestroyKeys(ctx, caller(t.Org), []int32{p.Number})
}

// madeAt is when a record was made; the zero time if it does not say it.
func madeAt(r proof.Record) time.Time {
	var text string
	if json.Unmarshal(r.Field("at").Value, &text) != nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return at
}
