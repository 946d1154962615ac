package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"gatehouse/internal/audit/keep"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/egress"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/jobs"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/sinks"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/watch"
)

// The pace of a worker.
const (
	refreshesAtOnce    = 64 // over all organizations
	refreshesPerOrg    = 4
	refreshesSpare     = 32  // up to which one organization has more, if others leave them
	dueOfAnOrg         = 100 // that one sweep queues
	dueOfOneAlone      = 300
	refreshPutBack     = 500 * time.Millisecond
	workerConnections  = 16 // to Redis
	readinessPatience  = 2 * time.Second
	workerDialPatience = 2 * time.Second
)

// WorkerOptions is what a worker is made from. All fields are required.
type WorkerOptions struct {
	Config    config.Worker
	Telemetry *telemetry.Telemetry
	Now       func() time.Time

	machine func() time.Time // Now as it was given; Now is corrected by what the database says
}

// Worker is the worker process: what is done without anybody asking, and health.
type Worker struct {
	db       *store.DB
	egress   *egress.Client
	webhooks *egress.Client // of contacts
	outlets  *egress.Client // to sinks
	redis    *redis.Client
	leases   *snapshot.Leases
	jobs     *jobs.Worker
	shipper  *sinks.Shipper
	sealer   *seal.Sealer
	keeper   *keep.Keeper
	common   *commonLog
	exporter *exports.Runner
	logger   *slog.Logger
}

// NewWorker connects to the database and builds the process. It refuses database
// roles that row level security does not bind or that may not ask what is due and,
// in production, servers that may forget what they confirmed. Redis need not be
// there yet.
func NewWorker(ctx context.Context, o WorkerOptions) (_ *Worker, err error) {
	url := o.Config.DatabaseURL.Reveal()
	if err := about("GATEHOUSE_DATABASE_URL", guardOf(o.Config.Environment)(ctx, url)); err != nil {
		return nil, err
	}
	w := &Worker{logger: o.Telemetry.Logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.disconnect())
		}
	}()
	if w.db, err = store.Open(ctx, url, o.Now); err != nil {
		return nil, err
	}
	o.machine, o.Now = o.Now, w.db.Now // one time for all processes
	if _, err := w.db.DueMemberships(ctx, o.Now(), 1, 1); err != nil {
		return nil, about("GATEHOUSE_DATABASE_URL", fmt.Errorf("ask what is due, as only the role gatehouse_worker may: %w", err))
	}
	if err := w.build(ctx, o); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *Worker) build(ctx context.Context, o WorkerOptions) error {
	f, err := newFoundation(ctx, process{o.Config.Process, o.Telemetry, o.Now, o.machine}, w.db, nil)
	if err != nil {
		return err
	}
	w.egress, w.leases = f.egress, f.views(w.db, noServers)
	if w.sealer, err = newSealer(f, w.db, o.Config.SealInterval); err != nil {
		return err
	}
	if w.common, err = newCommonLog(f, w.db, o.Config.PlatformSink); err != nil {
		return err
	}
	if err := w.keep(ctx, f, o.Config.Tombstones); err != nil {
		return err
	}
	people, err := newRefreshes(f.asking, w.db)
	if err != nil {
		return err
	}
	watcher, webhooks, err := newWatcher(f, w.db)
	w.webhooks = webhooks
	if err != nil {
		return err
	}
	places, outlets, err := newSinks(f, w.db, nil)
	w.outlets = outlets
	if err != nil {
		return err
	}
	if w.shipper, err = newShipper(f, w.db, places); err != nil {
		return err
	}
	if w.exporter, err = newExporter(f, w.db, places, outlets); err != nil {
		return err
	}
	options, err := redis.ParseURL(o.Config.RedisURL.Reveal())
	if err != nil {
		return about("GATEHOUSE_REDIS_URL", errRedisURL)
	}
	redis.SetLogger(silent{}) // jobs says what matters
	options.PoolSize, options.DialTimeout, options.DialerRetries = workerConnections, workerDialPatience, 1
	w.redis = redis.NewClient(options)
	w.jobs, err = jobs.New(jobs.Options{
		Redis: w.redis, Store: w.db, Refresher: watched{people, w.db, o.Now, w.logger}, Chores: w.chores(f, people, watcher), Meter: o.Telemetry.Meter, Logger: w.logger, Now: o.Now,
		Every: o.Config.SweepInterval, Each: dueOfAnOrg, Alone: dueOfOneAlone, AtOnce: refreshesAtOnce, PerOrg: refreshesPerOrg, Spare: refreshesSpare, PutBack: refreshPutBack,
		Grace: o.Config.ShutdownTimeout,
	})
	return err
}

// chores is what is done for every organization again and again.
func (w *Worker) chores(f *foundation, people refreshes, watcher *watch.Watcher) []jobs.Chore {
	return append(watchChores(watcher, w.db, f.process.now),
		w.keepChore(), w.eraseChore(),
		farewellChore(w.shipper, w.db),
		followChore(people),
		subscribeChore(f.asking, graphhook.Keeper{Origin: origin(f.process.config), Book: w.db, Now: f.process.now}),
	)
}

// refreshes satisfies jobs.Refresher: it refreshes people by the views of their
// organizations.
type refreshes struct {
	views  func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	people *membership.Refresher
}

func newRefreshes(a *asking, db *store.DB) (refreshes, error) {
	people, err := newMembershipRefresher(a, db)
	return refreshes{a.views, people}, err
}

// Refresh implements jobs.Refresher. In an organization that is gone nothing is due.
func (r refreshes) Refresh(ctx context.Context, who membership.Due) (membership.Outcome, error) {
	snap, err := r.views(ctx, who.Org)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return membership.Outcome{Result: membership.NotDue}, nil
	}
	if err != nil {
		return membership.Outcome{}, err
	}
	return r.people.Refresh(ctx, membersOf(snap), who.Person)
}

// noServers stands in for the servers behind us: a worker calls none of their tools.
func noServers(*tenants.Organization, *secrets.OrgKey, tools.Source, []byte) tools.Server { return nil }

// Handler answers whoever watches the process.
func (w *Worker) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", readyz(w.ready))
	return mux
}

// ready says whether the worker gets anywhere: its views are current, and its queue
// is there.
func (w *Worker) ready(ctx context.Context) error {
	if err := w.leases.Fresh(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readinessPatience)
	defer cancel()
	return w.jobs.Ready(ctx)
}

// Run works until ctx ends, lets what is under way finish, and disconnects.
func (w *Worker) Run(ctx context.Context) error {
	viewing, stopViews := context.WithCancel(context.WithoutCancel(ctx))
	defer stopViews()
	viewed := make(chan error, 1)
	go func() { viewed <- w.leases.Run(viewing) }()
	beside, stopBeside := context.WithCancel(ctx) // whether or not there is a queue
	defer stopBeside()
	shipped := make(chan error, 1)
	go func() { shipped <- w.shipper.Run(beside) }()
	var quiet sync.WaitGroup
	quiet.Go(func() { w.sealer.Run(beside) })
	quiet.Go(func() { w.keepTombstones(beside) })
	quiet.Go(func() { w.common.run(beside) })
	quiet.Go(func() { _ = w.exporter.Run(beside) }) // which says what fails
	err := w.jobs.Run(ctx)
	stopBeside()
	quiet.Wait()
	err = errors.Join(err, <-shipped)
	stopViews() // what was under way needed them
	return errors.Join(err, <-viewed, w.disconnect())
}

// ListenAndRun works, and says on the configured address how it does, until ctx
// ends.
func (w *Worker) ListenAndRun(ctx context.Context, c config.Worker) error {
	listeners, err := Listen(ctx, c.WorkerListen)
	if err != nil {
		return errors.Join(err, w.disconnect())
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- w.Run(working) }()
	w.logger.LogAttrs(ctx, slog.LevelInfo, "working", slog.String("listen", listeners[0].Addr().String()))
	err = Server{Handler: w.Handler(), Grace: c.ShutdownTimeout, Logger: w.logger}.Serve(working, listeners...)
	stop()
	err = errors.Join(err, <-ended)
	w.logger.LogAttrs(ctx, slog.LevelInfo, "stopped")
	return err
}

func (w *Worker) disconnect() error {
	var err error
	if w.db != nil {
		err = w.db.Close()
	}
	if w.redis != nil {
		err = errors.Join(err, w.redis.Close())
	}
	w.common.close()
	for _, outbound := range []*egress.Client{w.egress, w.webhooks, w.outlets} {
		if outbound != nil {
			outbound.Close()
		}
	}
	if err != nil {
		return fmt.Errorf("close connections: %w", err)
	}
	return nil
}
