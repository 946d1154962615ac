package search

import (
	"context"
	"io"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Find returns the record that has an id. One that is not there is NotFound, and one
// that is not sealed yet Unavailable.
func (r *Reader) Find(ctx context.Context, org tenants.ID, id audit.ID) (Record, error) {
	l, row, leaf, err := r.found(ctx, org, id)
	if err != nil {
		return Record{}, err
	}
	record, err := l.read(row, leaf)
	return l.judge(record), err
}

// found reads the head after the row, so that the log it tells of has the row.
func (r *Reader) found(ctx context.Context, org tenants.ID, id audit.ID) (l *ledger, row seal.Row, leaf proof.Hash, err error) {
	row, leaf, err = r.Store.FindSealed(ctx, org, id)
	if r.Waits(err) {
		err = fault.Wrap(fault.Unavailable, "the record is not sealed yet; in some seconds it is", err).RetryAfter(5 * time.Second)
	}
	if err == nil {
		l, err = r.ledger(ctx, org)
	}
	return l, row, leaf, err
}

// Receipt writes the evidence of one record: that it is in the log as of the present
// checkpoint. It fails as Find does, before it has written anything.
func (r *Reader) Receipt(ctx context.Context, org tenants.ID, id audit.ID, out io.Writer) error {
	l, row, _, err := r.found(ctx, org, id)
	if err != nil {
		return err
	}
	return r.prove(ctx, l, Export{
		Wanted: Wanted{Format: Evidence, Completeness: Proven}, From: row.Seq, To: row.Seq + 1, Checkpoint: l.head.Checkpoint, At: r.Now().UTC().Truncate(time.Microsecond),
	}, out)
}
