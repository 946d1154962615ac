package platform

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/witness"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// The pace of the log.
const (
	Every     = time.Hour // it grows no more often
	lookEvery = 5 * time.Second
	aPage     = 500   // organizations
	most      = 20000 // leaves that one transaction adds
)

// Options is what a Recorder is made from; all of it is required.
type Options struct {
	Store  Store
	Keys   seal.Keys
	Host   string // the deployment's; the log is named after it when it begins
	Now    func() time.Time
	Clock  func() proof.Clock // of Now
	Logger *slog.Logger
}

// Recorder adds to the log. Several may be at it, one at a time.
type Recorder struct {
	o Options

	mu   sync.Mutex
	last proof.Checkpoint // that this process has signed
}

// NewRecorder returns a Recorder.
func NewRecorder(o Options) (*Recorder, error) {
	if o.Store == nil || o.Keys == nil || o.Host == "" || o.Now == nil || o.Clock == nil || o.Logger == nil {
		return nil, errors.New("create recorder of checkpoints: every option is required")
	}
	return &Recorder{o: o}, nil
}

// Run records until ctx ends.
func (r *Recorder) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := r.Record(ctx); err != nil && ctx.Err() == nil {
			r.o.Logger.LogAttrs(ctx, slog.LevelError, "checkpoints are not recorded in the platform's log", telemetry.Err(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Record takes the newest checkpoint of every organization whose log has grown, and adds
// them to the log, if that has not grown for an hour. Without any it does nothing.
func (r *Recorder) Record(ctx context.Context) error {
	head, err := r.o.Store.PlatformLog(ctx)
	if err != nil || !r.due(head) {
		return err
	}
	if err := r.take(ctx); err != nil {
		return err
	}
	var stored Head
	err = r.o.Store.GrowPlatformLog(ctx, witness.Origin(r.o.Host), most, func(ctx context.Context, b Batch) (Grown, error) {
		out, err := r.grow(ctx, b)
		stored = out.Head
		return out, err
	})
	if err != nil && fault.KindOf(err) == fault.NotFound { // somebody else is at it
		return nil
	}
	if err == nil {
		r.remember(stored)
	}
	return err
}

// remember takes note of what was stored.
func (r *Recorder) remember(h Head) {
	if c, err := proof.ReadCheckpoint(h.Checkpoint); err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.last = c
	}
}

func (r *Recorder) due(h Head) bool {
	return h.GrownAt.IsZero() || r.o.Now().Sub(h.GrownAt) >= Every
}

// take takes the newest checkpoint of everybody whose log has grown. One that cannot be
// taken keeps nobody else's.
func (r *Recorder) take(ctx context.Context) error {
	var after tenants.ID
	for {
		orgs, err := r.o.Store.MovedLogs(ctx, after, aPage)
		if err != nil {
			return err
		}
		for _, org := range orgs {
			after = org
			if err := r.takeOf(ctx, org); err != nil {
				if ctx.Err() != nil {
					return err
				}
				r.o.Logger.LogAttrs(ctx, slog.LevelError, "an organization's checkpoint cannot be taken for the platform's log", slog.String(telemetry.LogOrg, org.String()), telemetry.Err(err))
			}
		}
		if len(orgs) < aPage {
			return nil
		}
	}
}

func (r *Recorder) takeOf(ctx context.Context, org tenants.ID) error {
	head, err := r.o.Store.LogReach(ctx, org)
	if err != nil || head.Size == 0 {
		return err
	}
	t := Taken{Size: head.Size, Salt: witness.NewSalt(), Note: head.Checkpoint}
	if t.Leaf, err = witness.Leaf(t.Salt, t.Note); err != nil {
		return err
	}
	return r.o.Store.TakeCheckpoint(ctx, authz.SystemCaller(org, "platform log"), t)
}
