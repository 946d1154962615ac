package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Format is the form in which records leave.
type Format string

// The formats.
const (
	Evidence Format = "evidence" // what docs/audit-format.md describes
	CSV      Format = "csv"
	OCSF     Format = "ocsf"
)

// Completeness is what evidence proves of a filter.
type Completeness string

// Proven evidence opens of every record in the range what the filter needs, so that
// nobody can have left one out. Unproven evidence opens only the records that match.
const (
	Proven   Completeness = "proven"
	Unproven Completeness = "none"
)

// Wanted is what somebody wants to have exported.
type Wanted struct {
	Filter       filter.Filter
	Format       Format
	Completeness Completeness // of evidence; others prove nothing
	Sizes        []int64      // of checkpoints that the reader of evidence holds
}

// Export is an export as it was decided: what its content is follows from it and the
// log, however often it is read.
type Export struct {
	ID         tenants.GUID
	Wanted     Wanted
	From, To   int64     // of the records From..To-1
	SealedAt   time.Time // of the last record that was sealed then
	Checkpoint []byte    // of the log as it was then
	At         time.Time // when it was asked for
}

// maxFilter is how long a filter may be that is exported, in bytes of JSON: it is kept
// by whoever exports, and in the record of it.
const maxFilter = 3000

// Validate says what is wrong with what is wanted, naming the field.
func (w Wanted) Validate() error {
	if err := check(w.Filter); err != nil {
		return err
	}
	switch {
	case w.Format != Evidence && w.Format != CSV && w.Format != OCSF:
		return fault.New(fault.Invalid, "format must be evidence, csv or ocsf")
	case w.Completeness != Proven && w.Completeness != Unproven:
		return fault.New(fault.Invalid, "completeness must be proven or none")
	case len(w.Sizes) > evidence.MaxStops:
		return fault.Newf(fault.Invalid, "evidence can be compared with %d checkpoints at most", evidence.MaxStops)
	case w.Completeness == Proven && w.Format != Evidence:
		return fault.New(fault.Invalid, "only evidence can prove that it is complete; ask for it, or for completeness none")
	}
	if len(w.Filter.AppendJSON(nil)) > maxFilter {
		return fault.Newf(fault.Invalid, "the filter of an export has at most %d bytes as JSON; export what it asks for in parts", maxFilter)
	}
	return nil
}

// Prepare decides what an export holds, as of the present checkpoint, and returns when
// it is on record that somebody is about to have it. The id is the caller's to choose.
// The token opens the content, to the same caller only. A log in which nothing is
// sealed yet is Unavailable.
func (r *Reader) Prepare(ctx context.Context, by authz.Caller, id tenants.GUID, w Wanted) (x Export, token string, err error) {
	x, err = r.Decide(ctx, by.Org(), id, w)
	if err != nil {
		return Export{}, "", err
	}
	if token, err = r.Token(ctx, by, x); err != nil {
		return Export{}, "", err
	}
	event, err := x.Event()
	if err != nil {
		return Export{}, "", err
	}
	if err := r.Record(ctx, by, event); err != nil {
		return Export{}, "", err
	}
	return x, token, nil
}

// Decide decides what an export holds, as Prepare does, and leaves it to its caller to
// have it on record (Export.Event) before anybody has any of it.
func (r *Reader) Decide(ctx context.Context, org tenants.ID, id tenants.GUID, w Wanted) (x Export, err error) {
	if err := w.Validate(); err != nil {
		return Export{}, err
	}
	l, err := r.ledger(ctx, org)
	if err != nil {
		return Export{}, err
	}
	if l.head.Size == 0 {
		return Export{}, errNothing
	}
	if since := w.Filter.From; !since.IsZero() { // what is gone must not look as if nothing had happened
		if err := r.Store.CheckKept(ctx, org, l.head.First, since); err != nil {
			return Export{}, err
		}
	}
	x = Export{ID: id, Wanted: w, SealedAt: l.head.SealedAt.UTC(), Checkpoint: l.head.Checkpoint, At: r.Now().UTC().Truncate(time.Microsecond)}
	if x.From, x.To, err = l.stretch(ctx, w.Filter); err != nil {
		return Export{}, err
	}
	if x.To, err = l.late(ctx, x.To, w.Filter.To); err != nil {
		return Export{}, err
	}
	if w.Format == Evidence {
		x.From, x.To = l.edges(x.From, x.To, w.Filter)
	}
	return x, nil
}

// inTime is how many records in a row have to be of after an instant for those behind
// them to be so too: sealing goes by when they were made, but for what processes record
// side by side.
const inTime = 256

// late moves the end of a stretch behind records that were made before an instant and
// sealed later than is expected: nothing seals while no worker runs.
func (l *ledger) late(ctx context.Context, to int64, before time.Time) (int64, error) {
	if before.IsZero() || to >= l.head.Size {
		return to, nil
	}
	after := 0
	err := l.store.SealedRows(ctx, l.org, seal.Query{From: to, To: l.head.Size}, func(row seal.Row, _ proof.Hash) error {
		if row.At.Before(before) {
			to, after = row.Seq+1, 0
			return nil
		}
		if after++; after >= inTime {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return to, err
}

// edges widens a stretch by the record on either side of it, whose times of sealing
// show that nothing beyond them can match.
func (l *ledger) edges(from, to int64, f filter.Filter) (int64, int64) {
	if !f.From.IsZero() {
		from = max(l.head.First, from-1)
	}
	if !f.To.IsZero() {
		to = min(l.head.Size, to+1)
	}
	return from, to
}

// errNothing is of a log that is about to begin.
var errNothing = fault.New(fault.Unavailable, "nothing is sealed yet; what has happened is sealed within seconds").RetryAfter(5 * time.Second)

// Reading records that somebody is about to be shown records of the log: what of it, and
// by which filter. It returns when that is durable.
func (r *Reader) Reading(ctx context.Context, by authz.Caller, what string, f filter.Filter) error {
	e := audit.Event{Kind: audit.Export, Target: what, Detail: "shown", Outcome: audit.OK}
	if !f.IsZero() {
		e.After = string(f.AppendJSON(nil))
	}
	return r.Record(ctx, by, e)
}

// Event is what the log says of an export.
func (x Export) Event() (audit.Event, error) {
	said, err := json.Marshal(struct {
		Completeness Completeness  `json:"completeness"`
		Filter       filter.Filter `json:"filter"`
		From         int64         `json:"from"`
		To           int64         `json:"to"`
	}{x.Wanted.Completeness, x.Wanted.Filter, x.From, x.To})
	if err != nil {
		return audit.Event{}, fmt.Errorf("say what is exported: %w", err)
	}
	return audit.Event{
		Kind: audit.Export, Target: "export " + x.ID.String(), Detail: string(x.Wanted.Format), After: string(said), Count: x.To - x.From, Outcome: audit.OK,
	}, nil
}
