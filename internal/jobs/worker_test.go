package jobs_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric/noop"

	"gatehouse/internal/jobs"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

func TestEverybodyDueIsRefreshedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.takes = 5 * time.Millisecond
	for range 5 {
		r.add(20)
	}
	for range 2 {
		o := r.options()
		o.Redis = r.connect(t)
		r.run(t, r.worker(t, o))
	}
	eventually(t, "everybody is refreshed", func() bool { return r.left() == 0 })
	r.wantOnce(t, 100)
	r.wantNothingKept(t)
}

func TestWhoIsQueuedTwiceIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.add(10)
	o, at := r.options(), time.Now().Add(time.Second)
	o.Now = func() time.Time { return at } // names change with it
	w := r.worker(t, o)
	var sweeping sync.WaitGroup
	for range 8 {
		sweeping.Go(func() { w.SweepForTest(t.Context()) })
	}
	sweeping.Wait()
	info, err := asynq.NewInspectorFromRedisClient(r.redis).GetQueueInfo(jobs.Queues[1])
	must(t, err)
	if info.Size != 10 {
		t.Errorf("eight sweeps queued %d tasks for ten people", info.Size)
	}
	r.run(t, w)
	eventually(t, "everybody is refreshed", func() bool { return r.left() == 0 })
	r.wantNothingKept(t)
	r.wantOnce(t, 10)
}

func TestTaskWithoutARowDoesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	w := r.worker(t, r.options())
	gone := membership.Due{Org: tenants.NewID(), Person: tenants.NewGUID()}
	for _, payload := range []string{`{"org":"` + gone.Org.String() + `","person":"` + gone.Person.String() + `"}`, `{}`, `{"org":7}`, ``} {
		must(t, w.QueueForTest(t.Context(), payload))
	}
	r.run(t, w)
	eventually(t, "the task is in hand", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.calls[gone] > 0 })
	r.wantNothingKept(t)
	if r.wantOnce(t, 0); len(r.calls) != 1 {
		t.Errorf("asked about %v", r.calls)
	}
	if n := strings.Count(r.log.text(), "task is not understood"); n != 3 {
		t.Errorf("%d tasks were not understood", n)
	}
}

func TestPanicIsLoggedAndLeftToTheNextSweep(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.panic, r.lease = true, time.Hour
	r.add(1)
	r.run(t, r.worker(t, r.options()))
	eventually(t, "the panic is in the log", func() bool { return strings.Contains(r.log.text(), "task panicked") })
	r.wantNothingKept(t)
	r.mu.Lock()
	defer r.mu.Unlock()
	for who, calls := range r.calls {
		if calls != 1 {
			t.Errorf("%v was in hand %d times", who, calls)
		}
	}
}

// TestLargeOrganizationDelaysNobody: what a small organization has is done by the
// end of the sweep that finds it, however much another has waiting.
func TestLargeOrganizationDelaysNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.takes = 100 * time.Millisecond
	large := r.add(1000)
	r.run(t, r.worker(t, r.options()))
	eventually(t, "the large organization is under way", func() bool { return r.under() == 4 })
	small, began := r.add(3), time.Now()
	eventually(t, "the small one is done", func() bool { return r.of(small) == 3 })
	if took := time.Since(began); took > 2*every+time.Second {
		t.Errorf("three people took %s behind a thousand", took)
	}
	if n := r.of(large); n == 0 || n > 200 {
		t.Errorf("%d of the large one are done by then", n)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.most[large] != 4 {
		t.Errorf("%d refreshes of an organization ran at a time", r.most[large])
	}
}

// TestOrganizationThatIsAloneUsesTheWorker: ten thousand people at 0.4 s each are done
// within the 240 s that the default limits leave. Small ones that come are done as if
// the large one were not there.
func TestOrganizationThatIsAloneUsesTheWorker(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.takes = 400 * time.Millisecond
	large := r.add(10_000)
	o := r.options()
	o.Spare, o.Alone = 32, 300
	r.run(t, r.worker(t, o))
	eventually(t, "the large organization has what others leave", func() bool { return r.under() >= 20 })
	small, began := r.add(3), time.Now()
	eventually(t, "the small one is done", func() bool { return r.of(small) == 3 })
	if took := time.Since(began); took > 10*(every+r.takes) {
		t.Errorf("three people took %s behind ten thousand", took)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.most[large] > 32 {
		t.Errorf("%d refreshes of an organization ran at a time", r.most[large])
	}
}

// of is how many of an organization have been refreshed.
func (r *rows) of(org tenants.ID) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for who := range r.done {
		if who.Org == org {
			n++
		}
	}
	return n
}

func TestRefreshWithoutAPlaceIsPutBackAsOftenAsItTakes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.takes = 150 * time.Millisecond
	org := r.add(15)
	o := r.options()
	o.PerOrg, o.PutBack = 1, 10*time.Millisecond
	r.run(t, r.worker(t, o))
	eventually(t, "everybody is refreshed", func() bool { return r.left() == 0 })
	r.wantOnce(t, 15)
	r.wantNothingKept(t)
	if r.most[org] != 1 {
		t.Errorf("%d ran at a time", r.most[org])
	}
}

func TestNoMoreRunAtATimeThanAWorkerMay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.stuck = make(chan struct{})
	for range 10 {
		r.add(4)
	}
	o := r.options()
	o.AtOnce = 8
	r.run(t, r.worker(t, o))
	eventually(t, "as many run as may", func() bool { return r.under() == 8 })
	close(r.stuck)
	eventually(t, "everybody is refreshed", func() bool { return r.left() == 0 })
	r.wantOnce(t, 40)
}

func TestOrganizationsTakeTurnsInTheQueue(t *testing.T) {
	t.Parallel()
	a, b := tenants.NewID(), tenants.NewID()
	var due []membership.Due
	for range 3 {
		due = append(due, membership.Due{Org: a, Person: tenants.NewGUID()})
	}
	due = append(due, membership.Due{Org: b, Person: tenants.NewGUID()})
	want := []membership.Due{due[0], due[3], due[1], due[2]}
	if got := jobs.InTurnForTest(due); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// unconnected is a rig whose workers are never run.
func unconnected() *rig {
	return &rig{rows: newRows(), log: &kept{}, redis: redis.NewClient(&redis.Options{}), meter: noop.NewMeterProvider().Meter("")}
}

func TestWorkerRefusesWhatItCannotWorkWith(t *testing.T) {
	t.Parallel()
	r := unconnected()
	if _, err := jobs.New(r.options()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*jobs.Options){
		"no redis":        func(o *jobs.Options) { o.Redis = nil },
		"no store":        func(o *jobs.Options) { o.Store = nil },
		"no refresher":    func(o *jobs.Options) { o.Refresher = nil },
		"no meter":        func(o *jobs.Options) { o.Meter = nil },
		"no logger":       func(o *jobs.Options) { o.Logger = nil },
		"no clock":        func(o *jobs.Options) { o.Now = nil },
		"sweeps all time": func(o *jobs.Options) { o.Every = time.Second - 1 },
		"nobody due":      func(o *jobs.Options) { o.Each = 0 },
		"nothing at once": func(o *jobs.Options) { o.AtOnce = 0 },
		"no place":        func(o *jobs.Options) { o.PerOrg = 0 },
		"no put back":     func(o *jobs.Options) { o.PutBack = 0 },
		"no grace":        func(o *jobs.Options) { o.Grace = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := r.options()
			spoil(&o)
			if _, err := jobs.New(o); err == nil {
				t.Errorf("made one: %v", err)
			}
		})
	}
}
