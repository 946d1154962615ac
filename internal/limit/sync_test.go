package limit_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

// blackboard is an Exchange between the replicas of a test, by the clock of its
// bubble.
type blackboard struct {
	mu     sync.Mutex
	due    map[string]time.Time
	counts map[string]int64
	gone   bool
	asked  int
}

func newBlackboard() *blackboard {
	return &blackboard{due: map[string]time.Time{}, counts: map[string]int64{}}
}

func (b *blackboard) Exchange(_ context.Context, spent []limit.Spent) ([]limit.Known, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.gone {
		return nil, errors.New("nobody answers")
	}
	known := make([]limit.Known, len(spent))
	for i, s := range spent {
		if !s.Until.IsZero() {
			b.counts[s.Name] += s.Count
			known[i].Count = b.counts[s.Name]
			continue
		}
		due := b.due[s.Name]
		if due.Before(time.Now()) {
			due = time.Now()
		}
		b.due[s.Name] = due.Add(s.Time)
		known[i].Ahead = time.Until(b.due[s.Name])
	}
	return known, nil
}

// seen returns how often it was asked, of how many rates, and the counts.
func (b *blackboard) seen() (asked, rates int, counts []int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked, len(b.due), slices.Collect(maps.Values(b.counts))
}

// names returns what it was told of.
func (b *blackboard) names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Concat(slices.Collect(maps.Keys(b.due)), slices.Collect(maps.Keys(b.counts)))
}

func (b *blackboard) setGone(gone bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = gone
}

// through returns a Sync of some limits and visitors.
func through(e limit.Exchange, shared ...interface{ ShareThrough(s *limit.Sync) }) *limit.Sync {
	s := limit.NewSync(e, slog.New(slog.DiscardHandler))
	for _, one := range shared {
		one.ShareThrough(s)
	}
	return s
}

// replicas returns limits of one configuration that share a blackboard.
func replicas(t *testing.T, b *blackboard, c limit.Config) (one, two *limit.Limits) {
	t.Helper()
	one, two = newLimits(t, c), newLimits(t, c)
	for _, l := range []*limit.Limits{one, two} {
		s := through(b, l)
		ctx, stop := context.WithCancel(t.Context())
		t.Cleanup(stop)
		go func() { _ = s.Run(ctx) }()
	}
	return one, two
}

func TestReplicasTogetherAdmitWhatOneWould(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerCaller = limit.Rate{PerSecond: 20, Burst: 20}
		one, two := replicas(t, newBlackboard(), c)
		org, alice := tenants.NewID(), tenants.NewGUID()
		total := 0
		for range 1000 { // ten seconds of more than both may
			total += admitted(one, org, alice, 2) + admitted(two, org, alice, 2)
			time.Sleep(10 * time.Millisecond)
		}
		// One replica: 20 at once and 20 a second. The second replica's first burst
		// comes before anybody could tell it.
		if total < 215 || total > 245 {
			t.Errorf("%d requests admitted in 10 s, want about 220 and the burst of a second replica", total)
		}
	})
}

func TestRefusalOfOneReplicaHoldsOnTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerOrganization = limit.Rate{PerSecond: 0.001, Burst: 10}
		one, two := replicas(t, newBlackboard(), c)
		org := tenants.NewID()
		if got := admitted(one, org, tenants.NewGUID(), 9); got != 9 {
			t.Fatalf("%d admitted", got)
		}
		admitted(two, org, tenants.NewGUID(), 1) // it has to know of the organization to be told
		time.Sleep(2 * limit.SyncEvery)
		if got := admitted(two, org, tenants.NewGUID(), 10); got != 0 {
			t.Errorf("the other replica admits %d more", got)
		}
	})
}

func TestWhatNobodyWasToldOfIsToldLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerOrganization = limit.Rate{PerSecond: 0.001, Burst: 10}
		c.Quota = limit.Quota{Requests: 100, Period: limit.Day}
		b := newBlackboard()
		one, two := replicas(t, b, c)
		org := tenants.NewID()
		b.setGone(true)
		admitted(one, org, tenants.NewGUID(), 9)
		time.Sleep(5 * limit.SyncEvery)
		b.setGone(false)
		time.Sleep(2 * limit.SyncEvery)
		admitted(two, org, tenants.NewGUID(), 1)
		time.Sleep(2 * limit.SyncEvery)
		if got := admitted(two, org, tenants.NewGUID(), 10); got != 0 {
			t.Errorf("the other replica admits %d more", got)
		}
		if _, _, counts := b.seen(); !slices.Equal(counts, []int64{10}) {
			t.Errorf("%d requests are counted, want 10", counts)
		}
	})
}

func TestWithoutTheOthersOpenLimitsGoOnAndClosedOnesRefuse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBlackboard()
		c := roomy()
		c.PerCaller = limit.Rate{PerSecond: 0.001, Burst: 5}
		open, _ := replicas(t, b, c)
		c.Closed = []limit.Subject{limit.Tool}
		closed, _ := replicas(t, b, c)
		time.Sleep(limit.SyncEvery)
		org, alice := tenants.NewID(), tenants.NewGUID()
		if err := closed.AdmitTool(toolCall(org, "pay")); err != nil {
			t.Fatal(err)
		}
		b.setGone(true)
		time.Sleep(4 * time.Second)
		err := closed.AdmitTool(toolCall(org, "pay"))
		if fault.KindOf(err) != fault.Unavailable || fault.RetryAfter(err) <= 0 {
			t.Errorf("error = %v, want Unavailable with a time to wait", err)
		}
		if got := admitted(closed, org, alice, 1); got != 1 {
			t.Error("a limit that is open refuses, too")
		}
		if err := open.AdmitTool(toolCall(org, "pay")); err != nil {
			t.Errorf("open: %v", err)
		}
		if got := admitted(open, org, alice, 10); got != 5 {
			t.Errorf("%d admitted by the local limit, want 5", got)
		}
		b.setGone(false)
		time.Sleep(2 * limit.SyncEvery)
		if err := closed.AdmitTool(toolCall(org, "pay")); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	})
}

func TestIdleReplicaAsksTenTimesASecondAndMovesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBlackboard()
		replicas(t, b, roomy())
		time.Sleep(time.Second + limit.SyncEvery/2)
		if asked, rates, _ := b.seen(); asked < 20 || asked > 24 || rates > 0 {
			t.Errorf("two idle replicas asked %d times in a second about %d things", asked, rates)
		}
	})
}

func TestQuotaIsCountedOverAllReplicas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.Quota = limit.Quota{Requests: 10, Period: limit.Month}
		one, two := replicas(t, newBlackboard(), c)
		org := tenants.NewID()
		admitted(one, org, tenants.NewGUID(), 8)
		admitted(two, org, tenants.NewGUID(), 1)
		time.Sleep(2 * limit.SyncEvery)
		if got := admitted(two, org, tenants.NewGUID(), 10); got != 1 {
			t.Errorf("%d more admitted, want 1", got)
		}
	})
}

func TestEverythingInUseIsToldOnceHoweverMuchItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, org := newBlackboard(), tenants.NewID()
		c := roomy()
		c.PerCaller, c.MaxCallers = limit.Rate{PerSecond: 0.1, Burst: 10}, 64_000
		l := newLimits(t, c)
		for range 5000 {
			admitted(l, org, tenants.NewGUID(), 1)
		}
		s := through(b, l)
		for round := range 2 { // the second asks about what is still in use
			if err := s.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
			if asked, rates, _ := b.seen(); asked != 6*(round+1) || rates != 5002 {
				t.Fatalf("round %d: asked %d times about %d things, want 6 times a round about 5000 callers, their client and organization", round, asked, rates)
			}
			b.mu.Lock()
			for name, due := range b.due {
				if ahead := time.Until(due); strings.HasPrefix(name, "caller:") && ahead > 10*time.Second {
					t.Fatalf("%s is counted %s for one request of 10s", name, ahead)
				}
			}
			b.mu.Unlock()
		}
	})
}
