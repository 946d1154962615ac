package exports

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// When what failed is tried again, and for how long.
const (
	firstRetry   = 5 * time.Second
	longestRetry = 10 * time.Minute
	giveUpAfter  = 24 * time.Hour
)

// finish makes the object of its parts.
func (s *slice) finish(ctx context.Context) error {
	tags, err := s.opts.Store.ExportParts(ctx, s.org, s.task.Job.ID)
	if err != nil {
		return err
	}
	if len(tags) != s.task.Parts {
		return fault.Newf(fault.Internal, "%d parts are written down of %d that have arrived", len(tags), s.task.Parts)
	}
	if err := s.opts.Carrier.End(ctx, s.at(), s.upload(), tags, s.task.Job.Bytes); err != nil {
		return err
	}
	s.task.Job.SHA256 = s.digest.Sum(nil)
	return s.ended(ctx, tenants.ExportDone, "arrived at sink "+s.task.Job.SinkName)
}

// cancel removes what has arrived.
func (s *slice) cancel(ctx context.Context) error {
	if err := s.opts.Carrier.Abandon(ctx, s.at(), s.upload()); err != nil {
		return err
	}
	return s.ended(ctx, tenants.ExportCancelled, "")
}

// ended writes down that an export is over, and records it unless that is on record
// already. How its content would have gone on is forgotten.
func (s *slice) ended(ctx context.Context, state tenants.ExportState, how string) error {
	s.task.Job.State, s.task.Job.EndedAt = state, s.opts.Now()
	if s.progress != nil {
		s.task.Job.Next, s.task.Job.Records = max(s.place.Next, s.task.Job.From), s.place.Records
	}
	s.progress, s.task.Progress = nil, nil
	t := Turn{}
	if how != "" {
		var err error
		if t.Event, err = s.event(state, how); err != nil {
			return err
		}
	}
	return s.put(ctx, t, time.Time{})
}

func (s *slice) event(state tenants.ExportState, how string) (audit.Event, error) {
	e := audit.Event{Kind: audit.Export, Target: "export " + s.task.Job.ID.String(), Detail: s.task.Job.Format + " " + how, Outcome: audit.Failed}
	if state != tenants.ExportDone {
		return e, nil
	}
	said, err := json.Marshal(struct {
		Bytes  int64  `json:"bytes"`
		Object string `json:"object"`
		SHA256 string `json:"sha256"`
	}{s.task.Job.Bytes, s.task.Job.Object, hex.EncodeToString(s.task.Job.SHA256)})
	if err != nil {
		return e, fmt.Errorf("say what has arrived: %w", err)
	}
	e.Outcome, e.Count, e.After = audit.OK, s.task.Job.Records, string(said)
	return e, nil
}

// failed writes down what failed and when it is tried again, or that it is not.
func (s *slice) failed(ctx context.Context, cause error) error {
	s.task, s.progress = s.saved, nil // whatever was made since is made again
	j := &s.task.Job
	now := s.opts.Now()
	wait := min(firstRetry<<min(j.Failures, 12), longestRetry)
	j.Failures++
	if j.FailingSince.IsZero() {
		j.FailingSince = now
	}
	j.Trouble = fault.Public(cause)
	_, last := errors.AsType[final](cause)
	if last || now.Sub(j.FailingSince) >= giveUpAfter {
		return s.giveUp(ctx)
	}
	t := Turn{}
	if errors.Is(cause, sinks.ErrNoUpload) {
		t.Anew = true
		j.Bytes, j.Records, j.Next = 0, 0, j.From
		s.task.Parts, s.task.Complete, s.task.Upload, s.task.Progress = 0, false, "", nil
	}
	return s.put(ctx, t, now.Add(max(wait, fault.RetryAfter(cause))))
}

// giveUp ends an export that cannot be made or brought. What has arrived of it is
// removed if it can be, once.
func (s *slice) giveUp(ctx context.Context) error {
	if s.task.Job.State == tenants.ExportCancelling {
		return s.ended(ctx, tenants.ExportCancelled, "")
	}
	if s.to.Sink.ID == s.task.Sink.Sink.ID && !s.task.Sink.Sink.ID.IsZero() {
		if err := s.opts.Carrier.Abandon(ctx, s.at(), s.upload()); err != nil {
			s.task.Job.Trouble += "; what has arrived of it is still there"
		}
	}
	return s.ended(ctx, tenants.ExportFailed, "given up: "+s.task.Job.Trouble)
}
