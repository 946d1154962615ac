package jobs_test

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"gatehouse/internal/devstack"
	"gatehouse/internal/jobs"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// patience bounds what a test waits for; everything usually takes a tenth.
const patience = 30 * time.Second

// rows are what the database knows: who is due, and who has taken what. One that is
// taken is due again when its lease has passed, unless it was done.
type rows struct {
	lease time.Duration
	takes time.Duration // how long a refresh takes
	stuck chan struct{} // if set, refreshes take until it is closed, or their context ends
	panic bool          // refreshes do
	away  atomic.Int32  // how many ends of chores are not heard

	unserved tenants.ID // is due for chores of everybody only

	mu      sync.Mutex
	due     map[membership.Due]time.Time
	calls   map[membership.Due]int // of Refresh
	done    map[membership.Due]int
	cut     int // refreshes whose context ended
	doneAt  map[tenants.ID]time.Time
	running map[tenants.ID]int
	most    map[tenants.ID]int     // running at a time
	chores  map[choreRow]time.Time // when due; of every organization that is served
	failed  map[choreRow]int       // in a row
}

func newRows() *rows {
	return &rows{
		lease: 5 * time.Second, due: map[membership.Due]time.Time{}, calls: map[membership.Due]int{}, done: map[membership.Due]int{},
		doneAt: map[tenants.ID]time.Time{}, running: map[tenants.ID]int{}, most: map[tenants.ID]int{},
		chores: map[choreRow]time.Time{}, failed: map[choreRow]int{},
	}
}

// add makes so many people of a new organization due.
func (r *rows) add(people int) tenants.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	org, since := tenants.NewID(), time.Now()
	for i := range people {
		r.due[membership.Due{Org: org, Person: tenants.NewGUID()}] = since.Add(time.Duration(i) * time.Microsecond)
	}
	return org
}

// DueMemberships implements jobs.Store.
func (r *rows) DueMemberships(_ context.Context, before time.Time, each, most int) ([]membership.Due, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var due []membership.Due
	for who, at := range r.due {
		if !at.After(before) {
			due = append(due, who)
		}
	}
	slices.SortFunc(due, func(a, b membership.Due) int { return cmp.Compare(r.due[a].UnixNano(), r.due[b].UnixNano()) })
	of := map[tenants.ID]int{}
	due = slices.DeleteFunc(due, func(d membership.Due) bool { of[d.Org]++; return of[d.Org] > each })
	return due[:min(most, len(due))], nil
}

// Refresh implements jobs.Refresher.
func (r *rows) Refresh(ctx context.Context, who membership.Due) (membership.Outcome, error) {
	if !r.take(who) {
		return membership.Outcome{Result: membership.NotDue}, nil
	}
	defer r.leave(who)
	if r.panic {
		panic("as the test wants")
	}
	select {
	case <-r.ends():
	case <-ctx.Done():
		r.mu.Lock()
		defer r.mu.Unlock()
		r.cut++
		return membership.Outcome{}, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.due, who)
	r.done[who]++
	r.doneAt[who.Org] = time.Now()
	return membership.Outcome{Result: membership.Changed, Lag: 3 * time.Second, Age: 4 * time.Minute}, nil
}

func (r *rows) ends() <-chan struct{} {
	if r.stuck != nil {
		return r.stuck
	}
	ended := make(chan struct{})
	time.AfterFunc(r.takes, func() { close(ended) })
	return ended
}

func (r *rows) take(who membership.Due) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[who]++
	at, there := r.due[who]
	now := time.Now()
	if !there || at.After(now) {
		return false
	}
	r.due[who] = now.Add(r.lease)
	r.running[who.Org]++
	r.most[who.Org] = max(r.most[who.Org], r.running[who.Org])
	return true
}

func (r *rows) leave(who membership.Due) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running[who.Org]--
}

// left is how many have not been done.
func (r *rows) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.due)
}

// under is how many refreshes are under way.
func (r *rows) under() (all int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.running {
		all += n
	}
	return all
}

// wantOnce fails unless so many people were refreshed, each of them once.
func (r *rows) wantOnce(t *testing.T, people int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.done) != people {
		t.Errorf("%d people were refreshed, want %d", len(r.done), people)
	}
	for who, times := range r.done {
		if times != 1 {
			t.Errorf("%v was refreshed %d times", who, times)
		}
	}
}

// rig is workers, a real Redis, and rows.
type rig struct {
	*rows
	url   string
	redis *redis.Client
	log   *kept
	meter metric.Meter
}

func newRig(t *testing.T) *rig {
	t.Helper()
	server, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop()) })
	r := &rig{rows: newRows(), url: server.URL(), log: &kept{}, meter: noop.NewMeterProvider().Meter("")}
	r.redis = r.connect(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the workers:\n%s", r.log.text())
		}
	})
	return r
}

func (r *rig) connect(t *testing.T) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(r.url)
	must(t, err)
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// every is how often the tests' workers sweep.
const every = time.Second

func (r *rig) options() jobs.Options {
	return jobs.Options{
		Redis: r.redis, Store: r.rows, Refresher: r.rows, Meter: r.meter, Logger: slog.New(slog.NewTextHandler(r.log, nil)), Now: time.Now,
		Every: every, Each: 100, AtOnce: 64, PerOrg: 4, PutBack: 100 * time.Millisecond, Grace: 5 * time.Second,
	}
}

func (r *rig) worker(t *testing.T, o jobs.Options) *jobs.Worker {
	t.Helper()
	w, err := jobs.New(o)
	must(t, err)
	return w
}

// run has a worker work until the test ends, or until stop is called, which returns
// when it has ended.
func (r *rig) run(t *testing.T, w *jobs.Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			must(t, err)
		case <-time.After(patience):
			t.Error("the worker does not end")
		}
	})
	t.Cleanup(stop)
	return stop
}

// wantNothingKept fails if the queue keeps a task that nobody looks at, or, once
// everything is done, any task at all.
func (r *rig) wantNothingKept(t *testing.T) {
	t.Helper()
	inspector := asynq.NewInspectorFromRedisClient(r.redis)
	for _, queue := range jobs.Queues {
		eventually(t, "the queue "+queue+" is empty", func() bool {
			known, err := inspector.Queues()
			must(t, err)
			if !slices.Contains(known, queue) { // nothing has ever been queued
				return true
			}
			info, err := inspector.GetQueueInfo(queue)
			must(t, err)
			if info.Archived > 0 {
				t.Fatalf("%d tasks of %s are archived", info.Archived, queue)
			}
			return queue == jobs.Queues[0] || info.Size == 0
		})
	}
}

// kept is what a worker has logged.
type kept struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (k *kept) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.buf.Write(b)
}

func (k *kept) text() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.buf.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.NewTimer(limit), time.NewTicker(5*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}
