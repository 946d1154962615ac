package sinks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// The pace of a sink.
const (
	attemptFor   = 2 * time.Minute  // a sink belongs to whoever has taken it, for an attempt
	turnFor      = 20 * time.Second // then others get the place
	slowAfter    = 2 * time.Second
	firstRetry   = 5 * time.Second
	longestRetry = 10 * time.Minute

	// MostRecords is how many records a batch begins with; a kind may have less.
	MostRecords = 5_000
)

// turn brings a sink what is due, batch by batch, until nothing is or its turn is
// over.
func (s *Shipper) turn(ctx context.Context, d Due) error {
	by, began := s.actor(d.Org), s.opts.Now()
	until := began.Add(attemptFor)
	task, err := s.opts.Store.TakeSink(ctx, by, d.Sink, began, until)
	if err != nil {
		return unlessGone(err)
	}
	for {
		more, tried := s.attempt(ctx, d.Org, &task)
		if ctx.Err() != nil { // it is due again before long
			return ctx.Err()
		}
		now, taken := s.opts.Now(), until
		task.State.Slow = tried != nil || now.Sub(task.State.TriedAt) > slowAfter
		goOn := more && tried == nil && !task.State.Slow && now.Sub(began) < turnFor
		if goOn {
			until = now.Add(attemptFor)
			task.State.Due = until
		}
		if err := s.opts.Store.PutSinkState(ctx, by, d.Sink, taken, task.State); err != nil || !goOn {
			return unlessGone(err)
		}
	}
}

// unlessGone takes a sink that is not there any more, or another's, for one that is
// done with.
func unlessGone(err error) error {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// attempt brings a checkpoint if one is due, and one batch. It notes in the state
// what became of it, and reports whether more is waiting.
func (s *Shipper) attempt(ctx context.Context, org tenants.ID, t *Task) (more bool, err error) {
	t.State.TriedAt = s.opts.Now()
	head, err := s.opts.Log.Head(ctx, org)
	if err == nil {
		var to For
		if to, err = s.prepare(ctx, org, *t); err == nil {
			err = errors.Join(s.anchor(ctx, to, t, head), s.records(ctx, to, t, head))
		}
	}
	now := s.opts.Now()
	if err == nil {
		t.State.Failures, t.State.FailingSince, t.State.Trouble, t.State.Due = 0, time.Time{}, "", now
		return t.Sink.Records && t.State.Next < head.Size, nil
	}
	wait := min(firstRetry<<min(t.State.Failures, 12), longestRetry)
	t.State.Failures++
	if t.State.FailingSince.IsZero() {
		t.State.FailingSince = now
	}
	t.State.Trouble, t.State.Due = fault.Public(err), now.Add(max(wait, min(fault.RetryAfter(err), longestWait)))
	return false, err
}

// ErrNoSecret is what is wrong with a sink that cannot do without its secret and has
// none.
var ErrNoSecret error = fault.New(fault.Invalid, "the sink has no secret yet, or leads to another place since it got one; give it its secret")

func (s *Shipper) prepare(ctx context.Context, org tenants.ID, t Task) (For, error) {
	if t.Sink.NeedsSecret() && len(t.Ciphertext) == 0 {
		return For{}, ErrNoSecret
	}
	return s.opts.Prepare(ctx, org, t)
}

// anchor brings the newest checkpoint, if it is due and is not there already.
func (s *Shipper) anchor(ctx context.Context, to For, t *Task, head Head) error {
	now := s.opts.Now()
	if !t.Sink.Checkpoints || now.Before(t.State.AnchorDue) || t.State.Anchored >= head.Size {
		return nil
	}
	to.Now = now
	a := Anchor{Origin: head.Origin, Size: head.Size, At: head.SealedAt, Note: head.Checkpoint, Platform: head.Platform, PlatformSize: head.PlatformSize}
	err := s.opts.Carriers[t.Sink.Kind].Anchor(ctx, to, a)
	s.observe(ctx, t.Sink.Kind, err, now.Sub(head.SealedAt))
	if err != nil {
		return fmt.Errorf("bring checkpoint: %w", err)
	}
	now = s.opts.Now()
	t.State.Anchored, t.State.Checkpoint, t.State.AnchoredAt, t.State.ArrivedAt = a.Size, a.Note, now, now
	t.State.AnchorDue = now.Add(t.Sink.Every)
	return nil
}

// records brings the next batch. If it is refused the next has half of it, down to a
// single record, which is then the one that the sink does not take.
func (s *Shipper) records(ctx context.Context, to For, t *Task, head Head) error {
	if !t.Sink.Records || t.State.Next >= head.Size {
		return nil
	}
	b, late, err := s.batch(ctx, to, t, head)
	if err != nil || len(b.Entries) == 0 {
		return err
	}
	to.Now = s.opts.Now()
	err = s.opts.Carriers[t.Sink.Kind].Records(ctx, to, b)
	s.observe(ctx, t.Sink.Kind, err, late)
	switch {
	case err != nil && TooMuch(err):
		t.State.Most = max(1, len(b.Entries)/2)
		if len(b.Entries) == 1 {
			return fault.Wrap(fault.Upstream, fmt.Sprintf("record %d is refused: %s", b.From(), fault.Public(err)), err)
		}
		return err
	case err != nil:
		return fmt.Errorf("bring records: %w", err)
	}
	t.State.Next, t.State.ArrivedAt = b.To(), s.opts.Now()
	t.State.Delivered += int64(len(b.Entries))
	t.State.Most = min(2*t.State.Most, MostRecords)
	return nil
}

// batch reads what comes next. Records that are gone from the log cannot be brought.
func (s *Shipper) batch(ctx context.Context, to For, t *Task, head Head) (b Batch, late time.Duration, err error) {
	t.State.Next = max(t.State.Next, head.First)
	most, long := s.opts.Carriers[t.Sink.Kind].Bounds()
	end := min(t.State.Next+int64(min(most, max(t.State.Most, 1))), head.Size)
	b.Origin = head.Origin
	size := 0
	err = s.opts.Log.Entries(ctx, to.Organization.ID, t.State.Next, end, func(e Entry) error {
		if size += e.size(); size > long && len(b.Entries) > 0 {
			return errFull
		}
		if t.Sink.Format == tenants.OCSFFormat {
			if e.Event, err = s.opts.Event(e, head.Origin); err != nil {
				return err
			}
			if size += len(e.Event) - e.size(); size > long && len(b.Entries) > 0 {
				return errFull
			}
		}
		b.Entries = append(b.Entries, e)
		return nil
	})
	if err != nil && !errors.Is(err, errFull) {
		return b, 0, fmt.Errorf("read records: %w", err)
	}
	if len(b.Entries) > 0 {
		late = max(0, s.opts.Now().Sub(b.Entries[0].sealed()))
	}
	return b, late, nil
}

var errFull = errors.New("the batch is full")

// sealed is when the record was sealed.
func (e Entry) sealed() time.Time {
	at, err := time.Parse(time.RFC3339Nano, e.text("sealed_at"))
	if err != nil {
		return e.at()
	}
	return at
}

func (s *Shipper) observe(ctx context.Context, kind tenants.SinkKind, err error, late time.Duration) {
	switch {
	case err == nil:
		s.opts.Observe.Brought(ctx, kind, Arrived, max(0, late))
	case TooMuch(err):
		s.opts.Observe.Brought(ctx, kind, Refused, 0)
	default:
		s.opts.Observe.Brought(ctx, kind, Failed, 0)
	}
}
