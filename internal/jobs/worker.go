package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Store says what is due.
type Store interface {
	// DueChores returns for which organizations a chore is due at an instant, those
	// for which it has never been done first, then the longest due, and most in all.
	DueChores(ctx context.Context, chore string, before time.Time, most int) ([]tenants.ID, error)
	// DueKeeping is DueChores for organizations in whatever state.
	DueKeeping(ctx context.Context, chore string, before time.Time, most int) ([]tenants.ID, error)
	// TakeChore makes a chore that is due the caller's own until an instant, and returns
	// how often in a row it has failed. It is NotFound if it is not due.
	TakeChore(ctx context.Context, by authz.Caller, chore string, now, until time.Time) (failures int, err error)
	// EndChore says when a chore that was taken until an instant comes next, unless it
	// was made due meanwhile, and whether it failed.
	EndChore(ctx context.Context, by authz.Caller, chore string, taken, next time.Time, failed bool) error
	// DueMemberships returns whose refresh is due at an instant, the longest due
	// first, at most each of one organization, and most in all.
	DueMemberships(ctx context.Context, before time.Time, each, most int) ([]membership.Due, error)
}

// Refresher asks about one person.
type Refresher interface {
	// Refresh takes the person's refresh if it is due, does it, and notes when the
	// next is, also when Entra or Graph does not answer. An error is a failure of our
	// own systems.
	Refresh(ctx context.Context, who membership.Due) (membership.Outcome, error)
}

// Options is what a Worker works with. All fields but Chores, Alone and Spare are required.
type Options struct {
	Redis     redis.UniversalClient
	Store     Store
	Refresher Refresher
	Chores    []Chore
	Meter     metric.Meter
	Logger    *slog.Logger
	Now       func() time.Time

	Every   time.Duration // between sweeps, at least a second
	Each    int           // of one organization that a sweep takes
	Alone   int           // and where that keeps nobody else waiting; zero: no more
	AtOnce  int           // tasks under way
	PerOrg  int           // refreshes of one organization under way; as many wait for them
	Spare   int           // while fewer refreshes than that are under way in all, one organization may have more; zero: never
	PutBack time.Duration // how long a refresh waits for a place, and about how long it is put back then
	Grace   time.Duration // what tasks under way get when it stops
}

// maxSweep bounds what one sweep queues, over all organizations.
const maxSweep = 5_000

// How often the queue is looked at while nothing is in it, and for what was put
// back.
const (
	lookEvery    = 250 * time.Millisecond
	putBackEvery = 250 * time.Millisecond
)

// Worker sweeps, refreshes and does chores. Any number of them share a Redis and a database.
type Worker struct {
	opts    Options
	places  *places
	chores  map[string]Chore
	choring chan struct{} // has as many places as chores may be under way
	metrics *metrics
}

// New checks the options and returns a Worker that does nothing until Run.
func New(o Options) (*Worker, error) {
	if o.Redis == nil || o.Store == nil || o.Refresher == nil || o.Meter == nil || o.Logger == nil || o.Now == nil {
		return nil, fault.New(fault.Invalid, "worker needs Redis, Store, Refresher, Meter, Logger and Now")
	}
	if o.Every < time.Second || o.Each <= 0 || o.AtOnce <= 0 || o.PerOrg <= 0 || o.PutBack <= 0 || o.Grace <= 0 {
		return nil, fault.New(fault.Invalid, "worker needs a second or more between sweeps, and Each, AtOnce, PerOrg, PutBack and Grace above zero")
	}
	chores, err := byName(o.Chores)
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(o.Meter)
	if err != nil {
		return nil, err
	}
	return &Worker{opts: o, places: newPlaces(o.PerOrg, o.Spare), chores: chores, choring: make(chan struct{}, max(1, o.AtOnce/choresShare)), metrics: m}, nil
}

// Run sweeps and refreshes until ctx ends. Then it takes no further tasks, and lets
// those under way finish for Grace; what is left goes back into the queue. Redis
// need not be there, or stay.
func (w *Worker) Run(ctx context.Context) error {
	base := context.WithoutCancel(ctx) // a stop lets tasks finish
	server := asynq.NewServerFromRedisClient(w.opts.Redis, asynq.Config{
		BaseContext: func() context.Context { return base },
		Concurrency: w.opts.AtOnce,
		Queues:      map[string]int{queueSweep: 3, queueChores: 2, queueRefresh: 1}, StrictPriority: true,
		TaskCheckInterval: lookEvery, DelayedTaskCheckInterval: putBackEvery,
		IsFailure:       func(error) bool { return false },
		RetryDelayFunc:  func(int, error, *asynq.Task) time.Duration { return w.opts.PutBack/2 + rand.N(w.opts.PutBack) }, //nolint:gosec // nobody gains by guessing it
		ShutdownTimeout: w.opts.Grace,
		Logger:          queueLog{w.opts.Logger}, LogLevel: asynq.WarnLevel,
	})
	if err := server.Start(asynq.HandlerFunc(w.handle)); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	w.keepSweeping(ctx)
	server.Shutdown()
	return nil
}

// keepSweeping queues a sweep at once and then at each interval until ctx ends.
func (w *Worker) keepSweeping(ctx context.Context) {
	tick := time.NewTicker(w.opts.Every)
	defer tick.Stop()
	trouble := false
	for {
		err := queue(ctx, w.client(), sweepTask(w.opts.Every))
		failed := err != nil && !isThere(err) && ctx.Err() == nil
		if failed && !trouble {
			w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "the queue cannot be reached, nothing is refreshed in the background", telemetry.Err(err))
		}
		if !failed && trouble {
			w.opts.Logger.LogAttrs(ctx, slog.LevelInfo, "the queue is reached again")
		}
		trouble = failed
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Ready returns a fault of kind Unavailable while the queue cannot be reached.
func (w *Worker) Ready(ctx context.Context) error {
	if err := w.opts.Redis.Ping(ctx).Err(); err != nil {
		return fault.Wrap(fault.Unavailable, "Redis cannot be reached; check GATEHOUSE_REDIS_URL and that it runs", err)
	}
	return nil
}

// handle does a task. What went wrong has been logged, and is tried again when a
// sweep finds it due: only what found no place is an error.
func (w *Worker) handle(ctx context.Context, task *asynq.Task) (err error) {
	defer w.metrics.underWay(ctx, task.Type())()
	defer func() {
		if x := recover(); x != nil {
			w.opts.Logger.LogAttrs(ctx, slog.LevelError, "task panicked", slog.String("task", task.Type()), slog.String("panic", fmt.Sprint(x)))
			err = nil
		}
	}()
	switch task.Type() {
	case taskSweep:
		w.sweepChores(ctx)
		w.sweep(ctx)
		return nil
	case taskChore:
		return w.chore(ctx, task.Payload())
	case taskRefresh:
		return w.refresh(ctx, task.Payload())
	default: // of another version
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "task is of no type that this version knows", slog.String("task", task.Type()))
		return nil
	}
}
