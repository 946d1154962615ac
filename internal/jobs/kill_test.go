package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric/noop"

	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/jobs"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// The environment of a child, which is a worker process.
const (
	childRedis    = "JOBS_TEST_REDIS"
	childDatabase = "JOBS_TEST_DATABASE"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childDatabase); url != "" {
		fmt.Fprintln(os.Stderr, beChild(url, os.Getenv(childRedis)))
		os.Exit(1)
	}
	storetest.Run(m)
}

// childLease is how long a child's refresh is its own, childTakes how long it takes.
const (
	childLease = 2 * time.Second
	childTakes = 200 * time.Millisecond
)

// beChild works until it is killed.
func beChild(database, server string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, database, time.Now)
	if err != nil {
		return err
	}
	options, err := redis.ParseURL(server)
	if err != nil {
		return err
	}
	w, err := jobs.New(jobs.Options{
		Redis: redis.NewClient(options), Store: db, Refresher: child{db}, Meter: noop.NewMeterProvider().Meter(""),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)), Now: time.Now,
		Every: every, Each: 100, AtOnce: 64, PerOrg: 4, PutBack: 100 * time.Millisecond, Grace: time.Second,
	})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// child is a Refresher that says what it does.
type child struct{ db *store.DB }

// Refresh implements jobs.Refresher.
func (c child) Refresh(ctx context.Context, who membership.Due) (membership.Outcome, error) {
	by, now := authz.SystemCaller(who.Org, "test"), time.Now()
	record, err := c.db.TakeDue(ctx, by, who.Person, now, now.Add(childLease))
	if err != nil {
		return membership.Outcome{Result: membership.NotDue}, nil //nolint:nilerr // whatever it is, the next sweep finds the row
	}
	fmt.Println("took", who.Person)
	select {
	case <-time.After(childTakes):
	case <-ctx.Done():
		return membership.Outcome{}, ctx.Err()
	}
	record.AskedAt = time.Now()
	if _, err := c.db.SaveMembership(ctx, by, record, record.AskedAt.Add(time.Hour)); err != nil {
		return membership.Outcome{}, err
	}
	fmt.Println("did", who.Person)
	return membership.Outcome{Result: membership.Unchanged}, nil
}

// process is a worker process, and what it has said.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has said its last
}

// kill ends the process with SIGKILL and returns when it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have been
	<-p.ended
	_ = p.cmd.Wait()
}

// heard is what worker processes have said, and when.
type heard struct {
	mu   sync.Mutex
	took map[string][]time.Time
	did  map[string]int
}

func (h *heard) read(in *bufio.Scanner) {
	for in.Scan() {
		what, who, _ := strings.Cut(in.Text(), " ")
		h.mu.Lock()
		switch what {
		case "took":
			h.took[who] = append(h.took[who], time.Now())
		case "did":
			h.did[who]++
		}
		h.mu.Unlock()
	}
}

// underWay is how many have been taken and not done.
func (h *heard) underWay() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.took) - len(h.did)
}

func startChild(t *testing.T, database storetest.Database, r *rig, of *heard) *process {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	p := &process{cmd: exec.Command(self), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childDatabase+"="+database.Worker, childRedis+"="+r.url)
	p.cmd.Stderr, p.cmd.SysProcAttr = r.log, dyingWithUs()
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	must(t, p.cmd.Start())
	go func() { defer close(p.ended); of.read(bufio.NewScanner(out)) }()
	t.Cleanup(p.kill)
	return p
}

// TestKilledWorkerLosesNothing kills a worker process with refreshes in its hands:
// another does them when they are due again, and no sooner.
func TestKilledWorkerLosesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	database := storetest.New(t)
	db := database.Open(t)
	people := seed(t, db)
	of := &heard{took: map[string][]time.Time{}, did: map[string]int{}}
	first := startChild(t, database, r, of)
	eventually(t, "some are done and others under way", func() bool { return undone(t, db, people) <= len(people)-8 && of.underWay() >= 4 })
	first.kill()
	lost := of.underWay()
	r.elapse(t, 31*time.Second)
	startChild(t, database, r, of)
	// By itself asynq would give back what the first had in hand a minute later.
	within(t, 20*time.Second, "everybody is refreshed", func() bool { return undone(t, db, people) == 0 })
	of.mu.Lock()
	defer of.mu.Unlock()
	again := 0
	for who, times := range of.took {
		for i := range times[1:] {
			again++
			if apart := times[i+1].Sub(times[i]); apart < childLease-childTakes {
				t.Errorf("%s was taken %s after it had been", who, apart)
			}
		}
		if of.did[who] > 1 {
			t.Errorf("%s was done %d times", who, of.did[who])
		}
	}
	if again == 0 || again > lost {
		t.Errorf("%d were taken again, of %d that were lost", again, lost)
	}
}

// elapse lets time go by for what asynq knows of tasks in hand: they are a worker's
// until half a minute after it was last heard of.
func (r *rig) elapse(t *testing.T, d time.Duration) {
	t.Helper()
	const leases = "asynq:{membership}:lease"
	held, err := r.redis.ZRange(t.Context(), leases, 0, -1).Result()
	must(t, err)
	if len(held) == 0 {
		t.Fatal("no worker has anything in hand")
	}
	for _, task := range held {
		must(t, r.redis.ZIncrBy(t.Context(), leases, -d.Seconds(), task).Err())
	}
}

// seed makes the people of two organizations due.
func seed(t *testing.T, db *store.DB) (people []membership.Due) {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{7})
	must(t, err)
	box, err := secrets.NewBox(kek)
	must(t, err)
	places := demo.Places{Base: "http://localhost:1", Entra: "http://localhost:2", Graph: "http://localhost:3"}
	for _, c := range demo.Companies() {
		must(t, demo.Create(t.Context(), db, box, demo.New{Organization: c.Organization(places), ClientSecret: "secret"}))
		for range 30 {
			who := membership.Due{Org: c.Org, Person: tenants.NewGUID()}
			must(t, db.SeeMember(t.Context(), authz.SystemCaller(c.Org, "test"), who.Person, time.Now()))
			people = append(people, who)
		}
	}
	return people
}

// undone is how many of them have never been asked about.
func undone(t *testing.T, db *store.DB, people []membership.Due) (n int) {
	t.Helper()
	for _, who := range people {
		record, err := db.LoadMembership(t.Context(), who.Org, who.Person)
		must(t, err)
		if record.AskedAt.IsZero() {
			n++
		}
	}
	return n
}
