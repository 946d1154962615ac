package limit_test

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

// roomy admits everything a test does; tests narrow what they are about.
func roomy() limit.Config {
	return limit.Config{
		PerOrganization:              limit.Rate{PerSecond: 1e6, Burst: 1e6},
		PerCaller:                    limit.Rate{PerSecond: 1e6, Burst: 1e6},
		PerClient:                    limit.Rate{PerSecond: 1e6, Burst: 1e6},
		PerTool:                      limit.Rate{PerSecond: 1e6, Burst: 1e6},
		MaxConcurrentPerOrganization: 1e6,
		MaxConcurrentPerCaller:       1e6,
		MaxOrganizations:             6400,
		MaxCallers:                   6400,
	}
}

func newLimits(tb testing.TB, c limit.Config) *limit.Limits {
	tb.Helper()
	l, err := limit.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// admitted counts how many of n calls are admitted; none is released.
func admitted(l *limit.Limits, org tenants.ID, caller tenants.GUID, n int) int {
	count := 0
	for range n {
		if _, err := l.Acquire(limit.Who{Org: org, Caller: caller}); err == nil {
			count++
		}
	}
	return count
}

// wantLimited fails unless err is Limited, names the limit and says how long to
// wait.
func wantLimited(t *testing.T, err error, word string, wait time.Duration) {
	t.Helper()
	if err == nil || fault.KindOf(err) != fault.Limited {
		t.Fatalf("error = %v, want Limited", err)
	}
	if !strings.Contains(fault.Public(err), word) {
		t.Errorf("text %q does not mention %q", fault.Public(err), word)
	}
	if got := fault.RetryAfter(err); (got - wait).Abs() > time.Millisecond {
		t.Errorf("retry after %s, want %s", got, wait)
	}
}

// TestWhatIsChargedIsWaitedFor by the caller, and by all of their client and
// organization.
func TestWhatIsChargedIsWaitedFor(t *testing.T) {
	t.Parallel()
	narrow := limit.Rate{PerSecond: 1, Burst: 4}
	for word, narrowed := range map[string]func(c *limit.Config){
		"your limit":   func(c *limit.Config) { c.PerCaller = narrow },
		"AI app":       func(c *limit.Config) { c.PerClient = narrow },
		"organization": func(c *limit.Config) { c.PerOrganization = narrow },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := roomy()
			narrowed(&c)
			l, who := newLimits(t, c), limit.Who{Org: tenants.NewID(), Caller: tenants.NewGUID(), Client: "c"}
			if _, err := l.Acquire(who); err != nil {
				t.Fatal(err)
			}
			l.Charge(who, 10)
			_, err := l.Acquire(who)
			wantLimited(t, err, word, 8*time.Second)
			other := limit.Who{Org: tenants.NewID(), Caller: tenants.NewGUID(), Client: "c"}
			if _, err := l.Acquire(other); err != nil {
				t.Errorf("somebody else pays: %v", err)
			}
			time.Sleep(8 * time.Second)
			if _, err := l.Acquire(who); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCallerIsLimitedAndRefills(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerCaller = limit.Rate{PerSecond: 4, Burst: 3}
		l, org, alice := newLimits(t, c), tenants.NewID(), tenants.NewGUID()
		if got := admitted(l, org, alice, 10); got != 3 {
			t.Errorf("%d calls admitted at once, want 3", got)
		}
		_, err := l.Acquire(limit.Who{Org: org, Caller: alice})
		wantLimited(t, err, "your limit of 4 calls per second", 250*time.Millisecond)
		time.Sleep(fault.RetryAfter(err))
		if got := admitted(l, org, alice, 10); got != 1 {
			t.Errorf("%d calls admitted after the wait, want 1", got)
		}
	})
}

func TestOrganizationIsLimitedOverAllItsCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerOrganization = limit.Rate{PerSecond: 10, Burst: 5}
		l, org := newLimits(t, c), tenants.NewID()
		total := 0
		for range 20 {
			total += admitted(l, org, tenants.NewGUID(), 1)
		}
		if total != 5 {
			t.Errorf("%d calls admitted at once, want 5", total)
		}
		_, err := l.Acquire(limit.Who{Org: org, Caller: tenants.NewGUID()})
		wantLimited(t, err, "organization's limit of 10 calls per second", 100*time.Millisecond)
	})
}

func TestCallsUnderWayAreLimitedUntilReleased(t *testing.T) {
	t.Parallel()
	c := roomy()
	c.MaxConcurrentPerOrganization = 2
	l, org, alice := newLimits(t, c), tenants.NewID(), tenants.NewGUID()
	first, err := l.Acquire(limit.Who{Org: org, Caller: alice})
	if err != nil {
		t.Fatal(err)
	}
	if got := admitted(l, org, tenants.NewGUID(), 3); got != 1 {
		t.Fatalf("%d more calls admitted, want 1", got)
	}
	_, err = l.Acquire(limit.Who{Org: org, Caller: alice})
	wantLimited(t, err, "limit of 2 calls under way", time.Second)
	first.Release()
	first.Release() // does nothing
	if got := admitted(l, org, alice, 3); got != 1 {
		t.Errorf("%d calls admitted into one free place", got)
	}
}

func TestNobodyKeepsAllPlacesOfAnOrganization(t *testing.T) {
	t.Parallel()
	c := roomy()
	c.MaxConcurrentPerOrganization, c.MaxConcurrentPerCaller = 4, 2
	l, org, bob := newLimits(t, c), tenants.NewID(), tenants.NewGUID()
	first, err := l.Acquire(limit.Who{Org: org, Caller: bob})
	if err != nil {
		t.Fatal(err)
	}
	if got := admitted(l, org, bob, 4); got != 1 {
		t.Errorf("%d more calls of one caller admitted, want 1", got)
	}
	_, err = l.Acquire(limit.Who{Org: org, Caller: bob})
	wantLimited(t, err, "your limit of 2 calls under way", time.Second)
	if got := admitted(l, org, tenants.NewGUID(), 2); got != 2 {
		t.Errorf("%d calls of somebody else admitted, want 2", got)
	}
	first.Release()
	if got := admitted(l, org, bob, 2); got != 1 {
		t.Errorf("%d calls admitted into one free place", got)
	}
}

func TestCallRefusedForItsPlaceTakesNoToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.MaxConcurrentPerOrganization = 1
		c.PerOrganization = limit.Rate{PerSecond: 0.001, Burst: 2}
		l, org := newLimits(t, c), tenants.NewID()
		first, err := l.Acquire(limit.Who{Org: org, Caller: tenants.NewGUID()})
		if err != nil {
			t.Fatal(err)
		}
		admitted(l, org, tenants.NewGUID(), 100)
		first.Release()
		if _, err := l.Acquire(limit.Who{Org: org, Caller: tenants.NewGUID()}); err != nil {
			t.Errorf("the second token was lost: %v", err)
		}
	})
}

func TestFloodOfOneOrganizationCostsAnotherNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerOrganization = limit.Rate{PerSecond: 100, Burst: 100}
		c.PerCaller = limit.Rate{PerSecond: 10, Burst: 10}
		c.MaxConcurrentPerOrganization = 1000
		c.MaxCallers = 640
		l, loud, quiet, bob := newLimits(t, c), tenants.NewID(), tenants.NewID(), tenants.NewGUID()
		for round := range 50 {
			for range 1000 {
				_, _ = l.Acquire(limit.Who{Org: loud, Caller: tenants.NewGUID()})
			}
			permit, err := l.Acquire(limit.Who{Org: quiet, Caller: bob})
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			permit.Release()
			time.Sleep(100 * time.Millisecond)
		}
	})
}

func TestOneCallersFloodLeavesTheOrganizationsShareToTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerOrganization = limit.Rate{PerSecond: 10, Burst: 10}
		c.PerCaller = limit.Rate{PerSecond: 1, Burst: 4}
		l, org := newLimits(t, c), tenants.NewID()
		if got := admitted(l, org, tenants.NewGUID(), 1000); got != 4 {
			t.Fatalf("%d calls of the flood admitted, want 4", got)
		}
		if got := admitted(l, org, tenants.NewGUID(), 4); got != 4 {
			t.Errorf("%d calls of somebody else admitted, want 4", got)
		}
	})
}

func TestSameCallerInTwoOrganizationsHasTwoBuckets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerCaller = limit.Rate{PerSecond: 1, Burst: 1}
		l, guest := newLimits(t, c), tenants.NewGUID()
		for range 2 {
			if got := admitted(l, tenants.NewID(), guest, 2); got != 1 {
				t.Errorf("%d calls admitted in an organization, want 1", got)
			}
		}
	})
}

func TestDrainedCallerDoesNotGainFromAFloodOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerCaller = limit.Rate{PerSecond: 0.001, Burst: 50}
		c.MaxCallers = 64 * 4
		l, org, mallory := newLimits(t, c), tenants.NewID(), tenants.NewGUID()
		admitted(l, org, mallory, 50)
		for range 20_000 {
			_, _ = l.Acquire(limit.Who{Org: org, Caller: tenants.NewGUID()})
		}
		if got := admitted(l, org, mallory, 50); got != 0 {
			t.Errorf("%d calls admitted after the flood, want 0", got)
		}
	})
}

func TestBusyOrganizationKeepsItsPlacesInAFlood(t *testing.T) {
	t.Parallel()
	c := roomy()
	c.MaxOrganizations, c.MaxConcurrentPerOrganization = 1, 1
	l, busy, alice := newLimits(t, c), tenants.NewID(), tenants.NewGUID()
	if _, err := l.Acquire(limit.Who{Org: busy, Caller: alice}); err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		permit, err := l.Acquire(limit.Who{Org: tenants.NewID(), Caller: alice})
		if err != nil {
			t.Fatal(err)
		}
		permit.Release()
	}
	_, err := l.Acquire(limit.Who{Org: busy, Caller: alice})
	wantLimited(t, err, "under way", time.Second)
}

func TestClientIsLimitedOverAllItsPeople(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerClient = limit.Rate{PerSecond: 10, Burst: 2}
		l, org := newLimits(t, c), tenants.NewID()
		ask := func(org tenants.ID, client string) error {
			permit, err := l.Acquire(limit.Who{Org: org, Caller: tenants.NewGUID(), Client: client})
			permit.Release()
			return err
		}
		for range 2 {
			if err := ask(org, "assistant"); err != nil {
				t.Fatal(err)
			}
		}
		wantLimited(t, ask(org, "assistant"), "this AI app's limit of 10 calls per second", 100*time.Millisecond)
		if err := ask(org, "editor"); err != nil {
			t.Errorf("another client: %v", err)
		}
		if err := ask(tenants.NewID(), "assistant"); err != nil {
			t.Errorf("the client in another organization: %v", err)
		}
	})
}

func TestToolIsLimitedOverAllItsCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := roomy()
		c.PerTool = limit.Rate{PerSecond: 2, Burst: 1}
		l, org := newLimits(t, c), tenants.NewID()
		if err := l.AdmitTool(toolCall(org, "pay")); err != nil {
			t.Fatal(err)
		}
		wantLimited(t, l.AdmitTool(toolCall(org, "pay")), "this tool's limit of 2 calls per second", 500*time.Millisecond)
		for _, other := range []error{l.AdmitTool(toolCall(org, "look")), l.AdmitTool(toolCall(tenants.NewID(), "pay"))} {
			if other != nil {
				t.Errorf("another tool: %v", other)
			}
		}
	})
}

func TestQuotaLastsUntilItsPeriodIsOver(t *testing.T) {
	t.Parallel()
	for period, lasts := range map[limit.Period]time.Duration{limit.Day: 24 * time.Hour, limit.Month: 31 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) { // begins at midnight UTC, 1 January 2000
			c := roomy()
			c.Quota = limit.Quota{Requests: 3, Period: period}
			l, org := newLimits(t, c), tenants.NewID()
			begun := time.Now()
			time.Sleep(time.Hour)
			if got := admitted(l, org, tenants.NewGUID(), 10); got != 3 {
				t.Errorf("%d requests admitted, want 3", got)
			}
			_, err := l.Acquire(limit.Who{Org: org, Caller: tenants.NewGUID()})
			wantLimited(t, err, "quota of 3 requests per "+string(period), lasts-time.Hour)
			if got := admitted(l, tenants.NewID(), tenants.NewGUID(), 1); got != 1 {
				t.Error("another organization pays for it")
			}
			time.Sleep(time.Until(begun.Add(lasts)))
			if got := admitted(l, org, tenants.NewGUID(), 10); got != 3 {
				t.Errorf("%d requests admitted in the next period, want 3", got)
			}
		})
	}
}

func TestPlacesAreExactUnderConcurrency(t *testing.T) {
	t.Parallel()
	c := roomy()
	c.MaxConcurrentPerOrganization = 7
	l, org := newLimits(t, c), tenants.NewID()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			caller := tenants.NewGUID()
			for range 2000 {
				if permit, err := l.Acquire(limit.Who{Org: org, Caller: caller}); err == nil {
					permit.Release()
				}
			}
		})
	}
	group.Wait()
	if got := admitted(l, org, tenants.NewGUID(), 10); got != 7 {
		t.Errorf("%d places are free after everything was released, want 7", got)
	}
}

func TestCallWithoutAnOrganizationIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := newLimits(t, roomy()).Acquire(limit.Who{Caller: tenants.NewGUID()}); err == nil {
		t.Error("admitted")
	}
}

func TestZeroNeverMeansUnlimited(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*limit.Config){
		"PerOrganization.PerSecond":    func(c *limit.Config) { c.PerOrganization.PerSecond = 0 },
		"PerOrganization.Burst":        func(c *limit.Config) { c.PerOrganization.Burst = 0 },
		"PerCaller.PerSecond":          func(c *limit.Config) { c.PerCaller.PerSecond = math.NaN() },
		"PerCaller.PerSecond +Inf":     func(c *limit.Config) { c.PerCaller.PerSecond = math.Inf(1) },
		"PerCaller.Burst":              func(c *limit.Config) { c.PerCaller.Burst = -1 },
		"PerClient.PerSecond":          func(c *limit.Config) { c.PerClient.PerSecond = -1 },
		"PerTool.Burst":                func(c *limit.Config) { c.PerTool.Burst = 0 },
		"Quota.Requests":               func(c *limit.Config) { c.Quota.Period = limit.Day },
		"Quota.Period":                 func(c *limit.Config) { c.Quota = limit.Quota{Requests: 1, Period: "week"} },
		"Closed":                       func(c *limit.Config) { c.Closed = []limit.Subject{"planet"} },
		"MaxConcurrentPerOrganization": func(c *limit.Config) { c.MaxConcurrentPerOrganization = 0 },
		"MaxConcurrentPerCaller":       func(c *limit.Config) { c.MaxConcurrentPerCaller = 0 },
		"MaxOrganizations":             func(c *limit.Config) { c.MaxOrganizations = 0 },
		"MaxCallers":                   func(c *limit.Config) { c.MaxCallers = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := roomy()
			spoil(&c)
			if _, err := limit.New(c); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error = %v, want one that names the field and value %s", err, name)
			}
		})
	}
	_, err := limit.New(limit.Config{})
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); !ok || len(joined.Unwrap()) != 8 {
		t.Errorf("error = %v, want all eight complaints", err)
	}
}

func TestAdmittingAllocatesNothing(t *testing.T) {
	// Not parallel: AllocsPerRun counts for the whole process.
	l, org, caller := newLimits(t, roomy()), tenants.NewID(), tenants.NewGUID()
	if got := testing.AllocsPerRun(1000, func() {
		permit, err := l.Acquire(limit.Who{Org: org, Caller: caller})
		if err != nil {
			t.Fatal(err)
		}
		permit.Release()
		if err := l.AdmitTool(toolCall(org, "look")); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("%v allocations a call, want none", got)
	}
}

func BenchmarkAcquire(b *testing.B) {
	l, org, caller := newLimits(b, roomy()), tenants.NewID(), tenants.NewGUID()
	b.ReportAllocs()
	for b.Loop() {
		permit, _ := l.Acquire(limit.Who{Org: org, Caller: caller})
		permit.Release()
	}
}
