package exports

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Maker makes the content of exports. A search.Reader does.
type Maker interface {
	Decider
	Piece(ctx context.Context, org tenants.ID, x search.Export, at search.Place, most search.Portion) ([]byte, search.Place, error)
}

// Carrier brings objects in parts. A sinks.Storage does.
type Carrier interface {
	Begin(ctx context.Context, to sinks.For, u sinks.Upload) (sinks.Upload, error)
	Part(ctx context.Context, to sinks.For, u sinks.Upload, n int, body []byte) (tag string, err error)
	End(ctx context.Context, to sinks.For, u sinks.Upload, tags []string, size int64) error
	Abandon(ctx context.Context, to sinks.For, u sinks.Upload) error
}

// Options is what a Runner is made from. All fields are required.
type Options struct {
	Store   Store
	Maker   Maker
	Carrier Carrier
	Key     Key
	// Prepare says for whom a sink is, with what of it is secret in clear.
	Prepare func(ctx context.Context, org tenants.ID, t sinks.Task) (sinks.For, error)
	Logger  *slog.Logger
	Now     func() time.Time
	Every   time.Duration // how often is looked for what is due
	Part    int           // bytes of a part, at least; sinks.PartSize but in tests
}

// atOnce is how many exports one process makes at a time, each of another organization:
// the rest of the machine is for sealing and for sinks.
const atOnce = 4

// Runner makes exports and brings them.
type Runner struct {
	opts Options

	mu   sync.Mutex
	busy map[tenants.ID]bool
	done sync.WaitGroup
}

// NewRunner checks the options and returns a Runner.
func NewRunner(o Options) (*Runner, error) {
	if o.Store == nil || o.Maker == nil || o.Carrier == nil || o.Key == nil || o.Prepare == nil || o.Logger == nil || o.Now == nil || o.Every <= 0 || o.Part <= 0 {
		return nil, fault.New(fault.Invalid, "runner of exports needs Store, Maker, Carrier, Key, Prepare, Logger, Now, Every and Part")
	}
	return &Runner{opts: o, busy: map[tenants.ID]bool{}}, nil
}

// job is the actor of what a runner writes.
const job = "exports"

// Run looks for what is due, again and again, until ctx ends; then it lets what is
// under way be told that it is over, and returns.
func (r *Runner) Run(ctx context.Context) error {
	tick := time.NewTicker(r.opts.Every)
	defer tick.Stop()
	defer r.done.Wait()
	for {
		if err := r.Sweep(ctx); err != nil && ctx.Err() == nil {
			r.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "exports that are due could not be read", telemetry.Err(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep asks for the exports whose periods are over, and begins what is due and there is
// room for.
func (r *Runner) Sweep(ctx context.Context) error {
	planned := r.plan(ctx)
	due, err := r.opts.Store.DueExports(ctx, r.opts.Now(), 2*atOnce) // some may be of organizations that have a place
	if err != nil {
		return errors.Join(planned, err)
	}
	for _, d := range due {
		if !r.begin(d.Org) {
			continue
		}
		r.done.Go(func() {
			defer r.end(d.Org)
			if err := r.turn(ctx, d); err != nil && ctx.Err() == nil {
				r.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "an export's turn failed", slog.String(telemetry.LogOrg, d.Org.String()), slog.String("export", d.ID.String()), telemetry.Err(err))
			}
		})
	}
	return planned
}

// Wait returns when nothing is under way.
func (r *Runner) Wait() { r.done.Wait() }

func (r *Runner) begin(org tenants.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[org] || len(r.busy) >= atOnce {
		return false
	}
	r.busy[org] = true
	return true
}

func (r *Runner) end(org tenants.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, org)
}

func actor(org tenants.ID) authz.Caller { return authz.SystemCaller(org, job) }
