package chaos_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"gatehouse/internal/devstack"
)

// killSeed makes a run kill at the same moments as another.
var killSeed = flag.Uint64("kill-seed", 0, "seed of what is killed at random; 0: another one each time")

// havoc says how long everything is killed at random, and in what.
type havoc struct {
	during   time.Duration
	at       int           // people who are there before it
	lost     int           // of them, people whom Entra disowns meanwhile
	patience time.Duration // how long it may take until everybody has been asked about afterwards
}

// The worker's figures that this is about: how soon somebody is asked about again, and
// for how long a refresh is its own that a killed worker had taken.
const (
	softLimit = 2 * time.Second
	taken     = 30 * time.Second
)

// What is killed, and how often.
var (
	ofWorkers    = pace{up: span{time.Second, 5 * time.Second}, down: span{10 * time.Millisecond, time.Second}}
	ofRedis      = pace{up: span{2 * time.Second, 7 * time.Second}, down: span{10 * time.Millisecond, 1500 * time.Millisecond}}
	ofPostgreSQL = pace{up: span{3 * time.Second, 8 * time.Second}, down: span{10 * time.Millisecond, 1500 * time.Millisecond}}
	ofFlushes    = pace{up: span{2 * time.Second, 7 * time.Second}, down: span{time.Millisecond, 2 * time.Millisecond}}
)

// wreck is what came of it.
type wreck struct {
	seed      uint64
	counts    map[string]int // kills, by what was killed
	changes   int
	gone      int           // people whom Entra has disowned
	questions int           // about people, of Entra
	cut       int           // of them, asked again because what had come of it was lost
	gap       time.Duration // longest between two questions about a person
	recovered time.Duration // from when all was there again to when everybody had been asked about
	round     time.Duration // how long the next round took
	orphans   int           // tasks in the hands of workers that had been killed, at the end
	chores    int           // that were begun
	broken    int           // of them, never ended
}

// TestWorkerRedisAndPostgreSQLKilledAtRandom: two workers and two others that have
// chores, their Redis and their PostgreSQL are killed with SIGKILL and Redis is emptied,
// each at moments of its own, while people become due, arrive, change groups and are
// disowned, and chores are hurried.
func TestWorkerRedisAndPostgreSQLKilledAtRandom(t *testing.T) {
	t.Parallel()
	wreckHavoc(t, havoc{during: 30 * time.Second, at: 24, lost: 6, patience: 5 * taken}).mustMeanSomething(t)
}

// ruin is what gets killed.
type ruin struct {
	w        *world
	postgres *devstack.Postgres
	redis    *devstack.Redis
	queues   []*redis.Client // of the workers, and of those that have chores
	workers  []*service
	choring  []*service
	hurries  *hurries
	replica  *replica
	flock    *flock
	letGoBy  time.Time // when time was let go by for what the killed had in hand
}

func newRuin(t *testing.T) *ruin {
	t.Helper()
	server, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Durability: devstack.Durable})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop()) })
	queue, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{Persistence: devstack.Remembered})
	must(t, err)
	t.Cleanup(func() { must(t, queue.Stop()) })
	must(t, server.CreateDatabase(t.Context(), template))
	must(t, migrate(t.Context(), server, template))
	x := &ruin{w: worldOn(t, server, template), postgres: server, redis: queue, hurries: &hurries{all: map[string]time.Time{}}}
	for n := range 2 {
		options, err := redis.ParseURL(queue.URL())
		must(t, err)
		options.DB = n
		client := redis.NewClient(options)
		x.queues = append(x.queues, client)
		t.Cleanup(func() { _ = client.Close() })
	}
	x.w.every(t, softLimit)
	x.w.till.slowed(200 * time.Millisecond)
	x.flock = newFlock(x.w)
	x.replica = startReplica(t, x.w.environment())
	self, err := os.Executable()
	must(t, err)
	for range 2 {
		x.workers = append(x.workers, startService(t, binary(t, "worker"), x.w.workerEnvironment(queue.URL())))
		x.choring = append(x.choring, startService(t, self, []string{choringDatabase + "=" + x.w.worker, choringRedis + "=" + queue.URL()}))
	}
	return x
}

// wreckHavoc kills as long as the plan says and looks at what is left.
func wreckHavoc(t *testing.T, h havoc) wreck {
	t.Helper()
	sum := wreck{seed: *killSeed}
	if sum.seed == 0 {
		sum.seed = rand.Uint64()
	}
	t.Logf("go test -run %s ./internal/e2e/chaos -kill-seed %d kills at the same moments", t.Name(), sum.seed)
	x := newRuin(t)
	concurrently(t, 4, h.at, func(n int) error { return x.flock.arrive(t.Context(), x.replica, n) })
	eventually(t, replicaLimit, "everybody is asked about", func() bool { q, _ := x.w.till.questions(); return q > 2*h.at })

	x.suffer(t, h, &sum)
	eventually(t, replicaLimit, "the workers get somewhere", func() bool { return x.workers[0].ready(t) && x.workers[1].ready(t) })
	sum.recovered = x.askedAgain(t, h.patience)
	sum.round = x.askedAgain(t, h.patience)
	sum.orphans = x.rest(t)

	done := x.chores()
	wrong := slices.Concat(x.w.till.complaints(), x.flock.complaints(t, x.w.cutOffs(t)), done.complaints(x.letGoBy), x.hurries.complaints(done))
	for _, complaint := range wrong {
		t.Error(complaint)
	}
	sum.chores, sum.broken = done.count(), done.broken()
	there, gone := x.flock.people()
	sum.changes, sum.gone, sum.gap = x.flock.changes, len(gone), x.w.till.longestGap(oids(there))
	sum.questions, sum.cut = x.w.till.questions()
	t.Logf("%+v", sum)
	return sum
}

// suffer kills everything at random, as long as the plan says, while people come and
// go. Afterwards everything is there again, and everybody has come.
func (x *ruin) suffer(t *testing.T, h havoc, sum *wreck) {
	t.Helper()
	r, hurried := rand.New(rand.NewPCG(sum.seed, 100)), rand.New(rand.NewPCG(sum.seed, 102))
	often := pace{span{100 * time.Millisecond, 500 * time.Millisecond}, span{1, 2}}
	fine := func(context.Context) error { return nil }
	all := begin(t, sum.seed,
		killing("worker", x.workers[0], ofWorkers), killing("worker", x.workers[1], ofWorkers),
		killing("worker with chores", x.choring[0], ofWorkers), killing("worker with chores", x.choring[1], ofWorkers),
		killing("Redis", x.redis, ofRedis), killing("PostgreSQL", x.postgres, ofPostgreSQL),
		torment{"flush", ofFlushes, x.flush, fine},
		torment{"change", often, func() error { return x.flock.change(r) }, fine},
		torment{"hurry", often, func() error { return x.hurries.hurry(x.w.store, hurried) }, fine},
	)
	until, cancel := context.WithTimeout(t.Context(), h.during+h.patience)
	defer cancel()
	var coming sync.WaitGroup
	each := h.during / time.Duration(h.lost+crowdSize-h.at+1)
	coming.Go(func() {
		for n := h.at; n < crowdSize; n++ {
			<-time.After(each)
			coming.Go(func() {
				if err := x.flock.arrive(until, x.replica, n); err != nil {
					t.Error(err)
				}
			})
		}
	})
	fate := rand.New(rand.NewPCG(sum.seed, 101))
	for range h.lost {
		<-time.After(h.during / time.Duration(h.lost+1))
		must(t, x.flock.lose(fate, h.at))
	}
	<-time.After(h.during / time.Duration(h.lost+1))
	x.within(h.during, func() bool { _, cut := x.w.till.questions(); return cut > 0 }) // a busy machine may need longer for a kill to meet work
	sum.counts = all.end()
	coming.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// flush empties Redis, unless it is down.
func (x *ruin) flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
	defer cancel()
	_ = x.queues[0].FlushAll(ctx).Err()
	return nil
}

// askedAgain waits until everybody has been asked about since now, and returns how
// long that took.
func (x *ruin) askedAgain(t *testing.T, patience time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	var waiting []string
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for time.Since(began) < patience {
		if waiting = x.flock.askedSince(t, began); len(waiting) == 0 {
			return time.Since(began)
		}
		<-tick.C
	}
	t.Fatalf("not asked about within %s:\n%s", patience, strings.Join(waiting, "\n"))
	return 0
}

// rest has nobody be due for long, and wants every chore to be done once more and the
// queues to be empty then. It returns how many tasks were in the hands of workers that
// had been killed.
func (x *ruin) rest(t *testing.T) (orphans int) {
	t.Helper()
	x.w.every(t, 12*time.Hour)
	for _, s := range x.workers {
		must(t, s.end(syscall.SIGTERM, 2*replicaLimit))
	}
	for _, s := range x.choring {
		must(t, s.Kill())
	}
	orphans = x.letTimeGoBy(t)
	for _, s := range slices.Concat(x.workers[:1], x.choring) {
		must(t, s.Restart(t.Context()))
	}
	var waiting []string
	if !x.within(replicaLimit, func() bool { waiting = x.chores().since(x.letGoBy); return len(waiting) == 0 }) {
		t.Errorf("chores have not been done any more: %v", waiting)
	}
	x.asSuperuser(t, "UPDATE chores SET due_at = now() + interval '12 hours'") // so that their queue can become empty
	db := openStore(t, x.w.worker)
	if !x.within(replicaLimit, func() bool {
		due, err := db.DueMemberships(t.Context(), time.Now(), 1000, 1000)
		must(t, err)
		waiting = x.queued(t)
		return len(waiting) == 0 && len(due) == 0
	}) {
		t.Errorf("something is still due, or in a queue: %v", waiting)
	}
	return orphans
}

// letTimeGoBy makes what killed workers had in hand somebody else's. Their chores are
// due again after minutes, and asynq gives tasks back to a worker that starts a minute
// after the other was last heard of. It returns how many tasks those are.
func (x *ruin) letTimeGoBy(t *testing.T) (orphans int) {
	t.Helper()
	x.letGoBy = time.Now()
	x.asSuperuser(t, "UPDATE chores SET due_at = due_at - $1::interval WHERE due_at > now() + interval '1 minute'", choreLease)
	for _, client := range x.queues {
		keys, err := client.Keys(t.Context(), "asynq:*:lease").Result()
		must(t, err)
		for _, leases := range keys {
			held, err := client.ZRange(t.Context(), leases, 0, -1).Result()
			must(t, err)
			for _, task := range held {
				must(t, client.ZIncrBy(t.Context(), leases, -time.Minute.Seconds(), task).Err())
			}
			orphans += len(held)
		}
	}
	return orphans
}

func (x *ruin) asSuperuser(t *testing.T, statement string, arguments ...any) {
	t.Helper()
	super, err := pgx.Connect(t.Context(), x.w.superuser)
	must(t, err)
	_, err = super.Exec(t.Context(), statement, arguments...)
	must(t, errors.Join(err, super.Close(t.Context())))
}

// queued lists the queues that hold a task. One that nobody would look at any more is
// an error.
func (x *ruin) queued(t *testing.T) (all []string) {
	t.Helper()
	for _, client := range x.queues {
		inspector := asynq.NewInspectorFromRedisClient(client)
		names, err := inspector.Queues()
		must(t, err)
		for _, name := range names {
			info, err := inspector.GetQueueInfo(name)
			must(t, err)
			if info.Archived > 0 {
				t.Fatalf("%d tasks of %s are archived", info.Archived, name)
			}
			if info.Size > 0 {
				all = append(all, fmt.Sprintf("%s: %+v", name, *info))
			}
		}
	}
	return all
}

// within reports whether something came to hold.
func (x *ruin) within(limit time.Duration, holds func() bool) bool {
	late, tick := time.NewTimer(limit), time.NewTicker(20*time.Millisecond)
	defer late.Stop()
	defer tick.Stop()
	for !holds() {
		select {
		case <-late.C:
			return false
		case <-tick.C:
		}
	}
	return true
}

// chores are those that have been done.
func (x *ruin) chores() chores {
	return readChores(slices.Concat(x.choring[0].log.all(), x.choring[1].log.all()))
}

// inHand is how many refreshes of one organization a worker has under way at most.
const inHand = 4

// mustMeanSomething fails a run that killed nothing in the middle of its work, or in
// which nothing happened, and one in which more was lost than the kills explain: what
// Entra gave is kept, unless whoever got it or the database died at that moment.
func (s wreck) mustMeanSomething(t *testing.T) {
	t.Helper()
	if most := inHand * (s.counts["worker"] + 2*s.counts["PostgreSQL"]); s.cut > most {
		t.Errorf("%d refresh tokens were redeemed again, which the kills can explain of %d", s.cut, most)
	}
	for _, name := range []string{"worker", "worker with chores", "Redis", "PostgreSQL", "flush"} {
		if s.counts[name] == 0 {
			t.Errorf("nothing happened to %s: %v", name, slices.Sorted(maps.Keys(s.counts)))
		}
	}
	if s.cut == 0 || s.gone == 0 || s.changes == 0 || s.broken == 0 || s.chores == s.broken {
		t.Errorf("the kills met no work: %+v", s)
	}
}
