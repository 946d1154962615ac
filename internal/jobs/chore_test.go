package jobs_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/jobs"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// choreRow names a row of the fake database.
type choreRow struct {
	org   tenants.ID
	chore string
}

// owe makes a chore due for a new organization.
func (r *rows) owe(chore string) tenants.ID {
	org := tenants.NewID()
	r.hurry(choreRow{org, chore})
	return org
}

func (r *rows) hurry(row choreRow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.chores[row] = time.Now()
}

// next is when a chore comes again, and how often it has failed.
func (r *rows) next(row choreRow) (time.Time, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.chores[row], r.failed[row]
}

// DueChores implements jobs.Store.
func (r *rows) DueChores(_ context.Context, chore string, before time.Time, _ int) (due []tenants.ID, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for row, at := range r.chores {
		if row.chore == chore && !at.After(before) {
			due = append(due, row.org)
		}
	}
	return due, nil
}

// TakeChore implements jobs.Store.
func (r *rows) TakeChore(_ context.Context, by authz.Caller, chore string, now, until time.Time) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row := choreRow{by.Org(), chore}
	if at, there := r.chores[row]; !there || at.After(now) {
		return 0, fault.New(fault.NotFound, "the chore is not due")
	}
	r.chores[row] = until
	return r.failed[row], nil
}

// EndChore implements jobs.Store.
func (r *rows) EndChore(_ context.Context, by authz.Caller, chore string, taken, next time.Time, failed bool) error {
	if r.away.Add(-1) >= 0 {
		return fault.New(fault.Unavailable, "the database is away")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	row := choreRow{by.Org(), chore}
	if r.chores[row].Equal(taken) {
		r.chores[row] = next
	}
	r.failed[row]++
	if !failed {
		r.failed[row] = 0
	}
	return nil
}

// doing has a worker of the rig's do chores.
func (r *rig) doing(t *testing.T, all ...jobs.Chore) {
	t.Helper()
	o := r.options()
	o.Chores = all
	r.run(t, r.worker(t, o))
}

func TestChoreComesAgainWhenItSays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var done [2]atomic.Int32
	usual, soon := r.owe("usual"), r.owe("soon")
	began := time.Now()
	r.doing(t,
		jobs.Chore{Name: "usual", Every: time.Hour, Do: func(_ context.Context, org tenants.ID) (time.Duration, error) {
			if org != usual {
				t.Errorf("done for %s", org)
			}
			done[0].Add(1)
			return 0, nil
		}},
		jobs.Chore{Name: "soon", Every: time.Hour, Do: func(context.Context, tenants.ID) (time.Duration, error) {
			done[1].Add(1)
			return time.Millisecond, nil
		}},
	)
	eventually(t, "one comes again", func() bool { return done[1].Load() >= 3 })
	if n := done[0].Load(); n != 1 {
		t.Errorf("the other is done %d times", n)
	}
	at, failed := r.next(choreRow{usual, "usual"})
	if failed != 0 || at.Before(began.Add(time.Hour)) || at.After(time.Now().Add(time.Hour)) {
		t.Errorf("it comes again at %s after %d failures", at, failed)
	}
	r.hurry(choreRow{usual, "usual"})
	eventually(t, "it is done when it is hurried", func() bool { return done[0].Load() == 2 })
	if at, _ := r.next(choreRow{soon, "soon"}); at.After(time.Now().Add(time.Minute)) {
		t.Errorf("the one that comes soon comes at %s", at)
	}
}

func TestChoreHurriedWhileItIsDoneIsDoneAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.owe("follow")
	var done atomic.Int32
	r.doing(t, jobs.Chore{Name: "follow", Every: time.Hour, Do: func(context.Context, tenants.ID) (time.Duration, error) {
		if done.Add(1) == 1 {
			r.hurry(choreRow{org, "follow"})
		}
		return 0, nil
	}})
	eventually(t, "it is done again", func() bool { return done.Load() == 2 })
}

// TestChoreIsDoneAlsoWhereTheDatabaseIsAwayForAMoment when it has been.
func TestChoreIsDoneAlsoWhereTheDatabaseIsAwayForAMoment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.away.Store(2)
	row := choreRow{r.owe("follow"), "follow"}
	var done atomic.Int32
	r.doing(t, jobs.Chore{Name: "follow", Every: time.Minute, Do: func(context.Context, tenants.ID) (time.Duration, error) {
		done.Add(1)
		return 0, nil
	}})
	eventually(t, "its row says when it comes next", func() bool {
		at, _ := r.next(row)
		left := time.Until(at)
		return done.Load() == 1 && left > 0 && left <= time.Minute
	})
}

func TestChoreThatFailsWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(context.Context, tenants.ID) (time.Duration, error){
		"error": func(context.Context, tenants.ID) (time.Duration, error) {
			return time.Second, errors.New("as the test wants")
		},
		"panic": func(context.Context, tenants.ID) (time.Duration, error) { panic("as the test wants") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			row := choreRow{r.owe("watch"), "watch"}
			r.doing(t, jobs.Chore{Name: "watch", Every: 100 * time.Second, Do: do})
			for times, wait := range []time.Duration{30 * time.Second, time.Minute, 100 * time.Second, 100 * time.Second} {
				eventually(t, "it has failed", func() bool { _, failed := r.next(row); return failed == times+1 })
				at, _ := r.next(row)
				if left := time.Until(at); left > wait || left < wait-20*time.Second {
					t.Errorf("after %d failures it waits %s, want %s", times+1, left, wait)
				}
				r.hurry(row)
			}
			if n := strings.Count(r.log.text(), "as the test wants"); n < 4 {
				t.Errorf("the log tells of %d failures", n)
			}
			r.wantNothingKept(t)
		})
	}
}

// TestChoresLeaveRoomForRefreshes: those that hang take a quarter of a worker.
func TestChoresLeaveRoomForRefreshes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 20 {
		r.owe("deliver")
	}
	var running, most atomic.Int32
	stuck := make(chan struct{})
	t.Cleanup(func() { close(stuck) })
	o := r.options()
	o.AtOnce = 8
	o.Chores = []jobs.Chore{{Name: "deliver", Every: time.Hour, Do: func(ctx context.Context, _ tenants.ID) (time.Duration, error) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer running.Add(-1)
		select {
		case <-stuck:
		case <-ctx.Done():
		}
		return 0, ctx.Err()
	}}}
	r.run(t, r.worker(t, o))
	eventually(t, "two chores hang", func() bool { return running.Load() == 2 })
	r.add(20)
	eventually(t, "people are refreshed meanwhile", func() bool { return r.left() == 0 })
	if n := most.Load(); n != 2 {
		t.Errorf("%d chores at a time in a worker of eight", n)
	}
}

func TestTaskOfNoChoreDoesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	reader := sdkmetric.NewManualReader()
	r.meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	o := r.options()
	o.Chores = []jobs.Chore{{Name: "watch", Every: time.Hour, Do: func(context.Context, tenants.ID) (time.Duration, error) {
		t.Error("it is done")
		return 0, nil
	}}}
	w := r.worker(t, o)
	queue := asynq.NewClientFromRedisClient(r.redis)
	org := tenants.NewID().String()
	for _, payload := range []string{`{"org":"` + org + `","chore":"watch"}`, `{"org":"` + org + `","chore":"of another version"}`, `{}`, `{"org":7}`, ``} {
		_, err := queue.Enqueue(asynq.NewTask("chore", []byte(payload), asynq.Queue(jobs.Queues[2]), asynq.MaxRetry(1)))
		must(t, err)
	}
	r.run(t, w)
	eventually(t, "all are looked at", func() bool {
		return strings.Count(r.log.text(), "task is not understood") == 3 && strings.Contains(r.log.text(), "no chore that this version knows")
	})
	r.wantNothingKept(t)
	sum, _ := measured(t, reader, telemetry.Chores).(metricdata.Sum[int64])
	want := attribute.NewSet(telemetry.ChoreKey.String("watch"), telemetry.ChoreOutcomeKey.String("not due"))
	if len(sum.DataPoints) != 1 || !sum.DataPoints[0].Attributes.Equals(&want) || sum.DataPoints[0].Value != 1 {
		t.Errorf("counted %+v", sum.DataPoints)
	}
}

func TestWorkerRefusesChoresItCannotTellApart(t *testing.T) {
	t.Parallel()
	do := func(context.Context, tenants.ID) (time.Duration, error) { return 0, nil }
	good := jobs.Chore{Name: "watch", Every: time.Hour, Do: do}
	r := unconnected()
	for name, all := range map[string][]jobs.Chore{
		"twice": {good, good}, "no name": {{Every: 1, Do: do}}, "another name": {{Name: "Watch", Every: 1, Do: do}},
		"long": {{Name: strings.Repeat("a", 33), Every: 1, Do: do}}, "no interval": {{Name: "a", Do: do}}, "nothing to do": {{Name: "a", Every: 1}},
	} {
		o := r.options()
		if _, err := jobs.New(o); err != nil {
			t.Fatal(err)
		}
		o.Chores = all
		if _, err := jobs.New(o); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// DueKeeping implements jobs.Store: beside those that are served there is one that is not.
func (r *rows) DueKeeping(ctx context.Context, chore string, before time.Time, most int) (due []tenants.ID, err error) {
	if due, err = r.DueChores(ctx, chore, before, most); err != nil || r.unserved.IsZero() {
		return due, err
	}
	return append(due, r.unserved), nil
}
