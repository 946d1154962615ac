package exports

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// The pace of an export.
const (
	attemptFor = 2 * time.Minute  // an export belongs to whoever has taken it, from one part to the next
	turnFor    = 20 * time.Second // then others get the place
	rowsAtOnce = 20_000           // that are looked at before anybody looks at the clock
)

// slice is one export's turn.
type slice struct {
	*Runner
	org     tenants.ID
	task    Task
	saved   Task      // as it was written down last
	taken   time.Time // until when
	ends    time.Time // when others get the place
	key     *secrets.OrgKey
	to      sinks.For
	content search.Export
	*progress
}

// turn goes on with an export until it has ended, something fails or its turn is over.
func (r *Runner) turn(ctx context.Context, d Due) error {
	began := r.opts.Now()
	s := &slice{Runner: r, org: d.Org, taken: began.Add(attemptFor), ends: began.Add(turnFor)}
	var err error
	if s.task, err = r.opts.Store.TakeExport(ctx, actor(d.Org), d.ID, began, s.taken); err != nil {
		return unlessGone(err)
	}
	s.task.Job.TriedAt, s.saved = began, s.task
	if err = s.work(ctx); err == nil || errors.Is(err, errTaken) {
		return nil
	}
	if ctx.Err() != nil { // it is due again before long
		return ctx.Err()
	}
	if err = s.failed(ctx, err); errors.Is(err, errTaken) {
		return nil
	}
	return err
}

// errTaken is of an export that is another's by now, or cancelled.
var errTaken = errors.New("the export is not taken any more")

func unlessGone(err error) error {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

func (s *slice) work(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	if s.task.Job.State == tenants.ExportCancelling {
		return s.cancel(ctx)
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	for !s.task.Complete {
		more, err := s.part(ctx)
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
	}
	return s.finish(ctx)
}

// errSinkGone is of an export whose sink was removed, or is for something else now.
var errSinkGone = final{fault.New(fault.NotFound, "the sink is gone, or is not of kind storage any more; ask for another export, to another sink")}

// errSinkMoved is of an export whose sink leads elsewhere: whoever asked for it has seen
// another place.
var errSinkMoved = final{fault.New(fault.Conflict, "the sink leads elsewhere than when the export was asked for; if it is to go there, ask for it again")}

// open reads what was written down.
func (s *slice) open(ctx context.Context) (err error) {
	switch {
	case s.task.Sink.Sink.Kind != tenants.StorageSink:
		return errSinkGone
	case s.task.Sink.Sink.Receiver() != s.task.Receiver:
		return errSinkMoved
	}
	if s.task.Sink.Sink.NeedsSecret() && len(s.task.Sink.Ciphertext) == 0 {
		return sinks.ErrNoSecret
	}
	if s.to, err = s.opts.Prepare(ctx, s.org, s.task.Sink); err != nil {
		return err
	}
	if s.key, err = s.opts.Key(ctx, s.org); err != nil {
		return err
	}
	text, err := s.key.Decrypt(decisionLabel(s.task.Job.ID), s.task.Decision)
	if err != nil {
		return err
	}
	if s.content, err = search.Unpack(text); err != nil {
		return err
	}
	s.progress, err = unpack(s.key, s.task.Job.ID, s.task.Progress)
	return err
}

// at is for whom a request is that is made now.
func (s *slice) at() sinks.For {
	s.to.Now = s.opts.Now()
	return s.to
}

func (s *slice) upload() sinks.Upload {
	return sinks.Upload{Name: s.task.Job.Object, Media: endings[s.content.Wanted.Format].media, ID: s.task.Upload}
}

// begin begins the upload, and writes down which it is before any part goes to it. Of
// two that are begun, because a worker died in between, one never has a part.
func (s *slice) begin(ctx context.Context) error {
	if s.task.Upload != "" || s.task.Parts > 0 || s.task.Complete {
		return nil
	}
	u, err := s.opts.Carrier.Begin(ctx, s.at(), s.upload())
	if err != nil || u.ID == "" {
		return err
	}
	s.task.Upload = u.ID
	if err := s.put(ctx, Turn{}, s.opts.Now().Add(attemptFor)); err != nil {
		return errors.Join(err, s.opts.Carrier.Abandon(ctx, s.at(), u))
	}
	return nil
}

// part makes the next part and brings it, unless the turn is over before there is
// enough for one. more says that the turn is not over.
func (s *slice) part(ctx context.Context) (more bool, err error) {
	for !s.place.Done && len(s.pending) < s.opts.Part {
		if !s.opts.Now().Before(s.ends) {
			return false, s.pause(ctx)
		}
		body, next, err := s.opts.Maker.Piece(ctx, s.org, s.content, s.place, search.Portion{Bytes: s.opts.Part - len(s.pending), Rows: rowsAtOnce})
		if err != nil {
			return false, ifGone(err)
		}
		s.pending, s.place = append(s.pending, body...), next
	}
	t := Turn{}
	if len(s.pending) > 0 {
		if s.task.Parts >= sinks.MostParts {
			return false, errTooLarge
		}
		if t.Part, err = s.opts.Carrier.Part(ctx, s.at(), s.upload(), s.task.Parts+1, s.pending); err != nil {
			return false, err
		}
		s.digest.Write(s.pending)
		s.task.Parts++
		s.task.Job.Bytes += int64(len(s.pending))
		s.pending = nil
	}
	s.task.Complete = s.place.Done
	s.task.Job.Failures, s.task.Job.FailingSince, s.task.Job.Trouble = 0, time.Time{}, ""
	now := s.opts.Now()
	if !s.task.Complete && !now.Before(s.ends) {
		return false, s.put(ctx, t, now)
	}
	return true, s.put(ctx, t, now.Add(attemptFor))
}

// errTooLarge is of a content that no object takes.
var errTooLarge = final{fault.Newf(fault.Invalid, "the content has more than %d parts of %d MiB, which is the most that an object is made of; export it in stretches of time", sinks.MostParts, sinks.PartSize>>20)}

// pause gives others the place: what is made and in no part yet is kept.
func (s *slice) pause(ctx context.Context) error { return s.put(ctx, Turn{}, s.opts.Now()) }

// put writes down how far the export has come, and when it is gone on with.
func (s *slice) put(ctx context.Context, t Turn, due time.Time) (err error) {
	if s.progress != nil {
		if s.task.Progress, err = s.pack(s.key, s.task.Job.ID); err != nil {
			return err
		}
		s.task.Job.Next, s.task.Job.Records = max(s.place.Next, s.task.Job.From), s.place.Records
	}
	s.task.Job.NextAt = due
	t.Task = s.task
	err = s.opts.Store.PutExport(ctx, actor(s.org), s.taken, t)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return errTaken
	}
	if err == nil {
		s.taken, s.saved = due, s.task
	}
	return err
}

// final is a failure that trying again does not mend.
type final struct{ failure *fault.Error }

func (f final) Error() string { return f.failure.Error() }

// Unwrap lets the failure be found.
func (f final) Unwrap() error { return f.failure }

// ifGone takes what is not in the log any more for final.
func ifGone(err error) error {
	if failure, is := errors.AsType[*fault.Error](err); is && fault.KindOf(err) == fault.NotFound {
		return final{failure}
	}
	return err
}
