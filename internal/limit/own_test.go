package limit_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

// toolCall is a call of a tool in an organization without limits of its own.
func toolCall(org tenants.ID, tool string) limit.Call {
	return limit.Call{Who: limit.Who{Org: org}, Name: tool}
}

func own(tb testing.TB, limits ...tenants.Limit) *limit.Own {
	tb.Helper()
	o, err := limit.Compile(limits)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

func perMinute(calls, burst int) tenants.LimitRate {
	return tenants.LimitRate{Calls: calls, Every: tenants.EveryMinute, Burst: burst}
}

// made counts how many of n calls of a tool are admitted.
func made(l *limit.Limits, c limit.Call, n int) (count int) {
	for range n {
		if l.AdmitTool(c) == nil {
			count++
		}
	}
	return count
}

func TestOwnLimitCountsWhatItIsPer(t *testing.T) {
	t.Parallel()
	alice, bob := tenants.NewGUID(), tenants.NewGUID()
	for name, c := range map[string]struct {
		limit tenants.Limit
		other limit.Call // what is counted by itself
		admit int        // of five of those
		same  limit.Call // what is counted together
	}{
		"caller":     {tenants.Limit{Per: tenants.PerCaller}, limit.Call{Who: limit.Who{Caller: bob, Client: "code"}, Name: "pay"}, 3, limit.Call{Who: limit.Who{Caller: alice, Client: "cli"}, Name: "look"}},
		"client":     {tenants.Limit{Per: tenants.PerClient}, limit.Call{Who: limit.Who{Caller: alice, Client: "cli"}, Name: "pay"}, 3, limit.Call{Who: limit.Who{Caller: bob, Client: "code"}, Name: "look"}},
		"one client": {tenants.Limit{Per: tenants.PerClient, Client: "code"}, limit.Call{Who: limit.Who{Caller: alice, Client: "cli"}, Name: "pay"}, 5, limit.Call{Who: limit.Who{Caller: bob, Client: "code"}, Name: "look"}},
		"tool":       {tenants.Limit{Per: tenants.PerTool, Tool: "p*"}, limit.Call{Who: limit.Who{Caller: alice, Client: "code"}, Name: "put"}, 3, limit.Call{Who: limit.Who{Caller: bob, Client: "cli"}, Name: "pay"}},
		"no tool":    {tenants.Limit{Per: tenants.PerTool, Tool: "p*"}, limit.Call{Who: limit.Who{Caller: alice, Client: "code"}, Name: "look"}, 5, limit.Call{Who: limit.Who{Caller: bob, Client: "cli"}, Name: "pay"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, org := newLimits(t, roomy()), tenants.NewID()
			c.limit.Name, c.limit.PerDay = "mine", 3
			decided := own(t, c.limit)
			in := func(org tenants.ID, call limit.Call) limit.Call { call.Org, call.Own = org, decided; return call }
			first := in(org, limit.Call{Who: limit.Who{Caller: alice, Client: "code"}, Name: "pay"})
			if got := made(l, first, 5); got != 3 {
				t.Fatalf("%d calls admitted, want 3", got)
			}
			if made(l, in(org, c.same), 1) != 0 {
				t.Error("what is counted together is admitted")
			}
			if got := made(l, in(org, c.other), 5); got != c.admit {
				t.Errorf("%d of what is counted by itself are admitted, want %d", got, c.admit)
			}
			if made(l, in(tenants.NewID(), first), 3) != 3 {
				t.Error("another organization is refused")
			}
			first.Own = nil
			if made(l, first, 5) != 5 {
				t.Error("without the limit calls are refused")
			}
		})
	}
}

func TestOwnRateRefillsAndSaysItsName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(t, roomy())
		c := toolCall(tenants.NewID(), "pay")
		c.Own = own(t, tenants.Limit{Name: "slow", Per: tenants.PerTool, Tool: "pay", Rate: perMinute(6, 2)})
		if got := made(l, c, 5); got != 2 {
			t.Fatalf("%d calls admitted at once, want 2", got)
		}
		wantLimited(t, l.AdmitTool(c), `the organization's limit "slow" is reached: 6 calls every minute of one tool, 2 at once`, 10*time.Second)
		wantLimited(t, l.AdmitOther(c), `limit "slow"`, 10*time.Second)
		time.Sleep(10 * time.Second)
		if got := made(l, c, 5); got != 1 {
			t.Errorf("%d calls admitted after the wait, want 1", got)
		}
	})
}

func TestCallsOfADayEndWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // the clock begins at midnight UTC
		time.Sleep(23 * time.Hour)
		l := newLimits(t, roomy())
		c := toolCall(tenants.NewID(), "pay")
		c.Own = own(t, tenants.Limit{Name: "daily", Per: tenants.PerCaller, PerDay: 1})
		if got := made(l, c, 2); got != 1 {
			t.Fatalf("%d calls admitted, want 1", got)
		}
		wantLimited(t, l.AdmitTool(c), `limit "daily" is used up: 1 call per day by one caller`, time.Hour)
		time.Sleep(time.Hour)
		if got := made(l, c, 2); got != 1 {
			t.Errorf("%d calls admitted on the next day, want 1", got)
		}
	})
}

func TestRefusedCallCountsAgainstNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := roomy()
		config.PerTool = limit.Rate{PerSecond: 1, Burst: 3}
		l, org := newLimits(t, config), tenants.NewID()
		decided := own(
			t, tenants.Limit{Name: "people", Per: tenants.PerCaller, PerDay: 3},
			tenants.Limit{Name: "slow", Per: tenants.PerTool, Tool: "pay", Rate: perMinute(60, 1)},
		)
		pay, look := toolCall(org, "pay"), toolCall(org, "look")
		pay.Own, look.Own = decided, decided
		if got := made(l, pay, 50); got != 1 {
			t.Fatalf("%d calls admitted, want 1", got)
		}
		unlimited := toolCall(org, "pay")
		if made(l, unlimited, 2) != 2 {
			t.Error("refusals of the organization's limit used up the deployment's")
		}
		if err := l.AdmitTool(unlimited); fault.KindOf(err) != fault.Limited {
			t.Fatalf("the deployment's limit says %v", err)
		}
		time.Sleep(time.Second)
		_ = l.AdmitTool(unlimited)
		wantLimited(t, l.AdmitTool(pay), "this tool's limit", time.Second) // the organization's own would admit it
		if got := made(l, look, 5); got != 2 {
			t.Errorf("%d other calls admitted on that day, want 2", got)
		}
	})
}

func TestLongestOfSeveralRefusalsIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, c := newLimits(t, roomy()), toolCall(tenants.NewID(), "pay")
		c.Own = own(
			t, tenants.Limit{Name: "brief", Per: tenants.PerTool, Tool: "*", Rate: perMinute(60, 1)},
			tenants.Limit{Name: "long", Per: tenants.PerCaller, PerDay: 1, Rate: perMinute(1, 9)},
			tenants.Limit{Name: "middling", Per: tenants.PerClient, Rate: perMinute(1, 1)},
		)
		if made(l, c, 1) != 1 {
			t.Fatal("the first call is refused")
		}
		wantLimited(t, l.AdmitTool(c), `limit "long" is used up`, 24*time.Hour)
	})
}

// TestAnotherRateBeginsAfresh and does not pay back at its own pace what was
// borrowed at a slower one; the calls of the day stay counted.
func TestAnotherRateBeginsAfresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, c := newLimits(t, roomy()), toolCall(tenants.NewID(), "pay")
		c.Own = own(t, tenants.Limit{Name: "mine", Per: tenants.PerTool, Tool: "*", Rate: perMinute(1, 60), PerDay: 70})
		if got := made(l, c, 70); got != 60 {
			t.Fatalf("%d calls admitted, want 60", got)
		}
		c.Own = own(t, tenants.Limit{Name: "mine", Per: tenants.PerTool, Tool: "*", Rate: perMinute(600, 20), PerDay: 70})
		if got := made(l, c, 70); got != 10 {
			t.Errorf("%d calls admitted after the change, want 10", got)
		}
	})
}

func TestReplicasShareOwnLimits(t *testing.T) {
	t.Parallel()
	for name, mine := range map[string]tenants.Limit{
		"rate": {Name: "mine", Per: tenants.PerTool, Tool: "p*", Rate: perMinute(6, 5)},
		"day":  {Name: "mine", Per: tenants.PerTool, Tool: "p*", PerDay: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				board := newBlackboard()
				one, two := replicas(t, board, roomy())
				c := toolCall(tenants.NewID(), "pay")
				c.Own = own(t, mine)
				if made(one, c, 3) != 3 || made(two, c, 1) != 1 {
					t.Fatal("fewer calls are admitted")
				}
				time.Sleep(3 * limit.SyncEvery)
				if got := made(two, c, 5); got != 1 {
					t.Errorf("%d further calls admitted by the second replica, want 1", got)
				}
				time.Sleep(3 * limit.SyncEvery)
				if got := made(one, c, 5); got != 0 {
					t.Errorf("%d further calls admitted by the first, want none", got)
				}
				other := c
				other.Name = "put"
				if made(one, other, 1) != 1 {
					t.Error("another tool is refused")
				}
				elsewhere := c
				elsewhere.Org = tenants.NewID()
				_ = made(two, elsewhere, 1)
				time.Sleep(3 * limit.SyncEvery)
				if made(two, elsewhere, 1) != 1 {
					t.Error("another organization is refused")
				}
				for _, name := range board.names() {
					if strings.Contains(name, "mine") || strings.Contains(name, "pay") {
						t.Errorf("the others are told the name %q", name)
					}
				}
			})
		})
	}
}

// TestOwnLimitsSurviveAnOutage: what could not be told is told later.
func TestOwnLimitsSurviveAnOutage(t *testing.T) {
	t.Parallel()
	for name, mine := range map[string]tenants.Limit{
		"rate": {Name: "mine", Per: tenants.PerClient, Rate: perMinute(1, 8)},
		"day":  {Name: "mine", Per: tenants.PerCaller, PerDay: 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				board := newBlackboard()
				one, two := replicas(t, board, roomy())
				c := toolCall(tenants.NewID(), "pay")
				c.Own = own(t, mine)
				time.Sleep(3 * limit.SyncEvery)
				board.setGone(true)
				if made(one, c, 6) != 6 || made(two, c, 1) != 1 {
					t.Fatal("without the others fewer calls are admitted")
				}
				time.Sleep(10 * time.Second)
				board.setGone(false)
				time.Sleep(3 * limit.SyncEvery)
				_ = made(two, c, 1) // what nobody has asked about for long is looked up again
				time.Sleep(3 * limit.SyncEvery)
				if got := made(two, c, 5); got != 0 {
					t.Errorf("%d further calls admitted, want none", got)
				}
			})
		})
	}
}

func TestOwnLimitThatIsClosedRefusesUncounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		board := newBlackboard()
		l, _ := replicas(t, board, roomy())
		c := toolCall(tenants.NewID(), "pay")
		c.Own = own(
			t, tenants.Limit{Name: "closed", Per: tenants.PerTool, Tool: "p*", PerDay: 1000, Uncounted: tenants.Refuse},
			tenants.Limit{Name: "open", Per: tenants.PerCaller, PerDay: 1000, Uncounted: tenants.Admit},
		)
		time.Sleep(time.Second)
		if err := l.AdmitTool(c); err != nil {
			t.Fatal(err)
		}
		board.setGone(true)
		time.Sleep(10 * time.Second)
		err := l.AdmitTool(c)
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(fault.Public(err), `limit "closed"`) || fault.RetryAfter(err) <= 0 {
			t.Errorf("uncounted, the closed limit says %v", err)
		}
		other := c
		other.Name = "look"
		if err := l.AdmitTool(other); err != nil {
			t.Errorf("uncounted, the open limit says %v", err)
		}
	})
}

// TestConcurrentCallsAreAdmittedExactly also has limits that cross: whatever their
// order, no two calls wait for each other.
func TestConcurrentCallsAreAdmittedExactly(t *testing.T) {
	t.Parallel()
	l, org := newLimits(t, roomy()), tenants.NewID()
	var rules []tenants.Limit
	for i := range 20 {
		rules = append(rules, tenants.Limit{Name: fmt.Sprint("l", i), Per: []tenants.LimitSubject{tenants.PerTool, tenants.PerClient}[i%2], PerDay: 100})
		if i%2 == 0 {
			rules[i].Tool = "*"
		}
	}
	decided := own(t, rules...)
	var admitted atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c := limit.Call{Who: limit.Who{Org: org, Client: "code"}, Name: []string{"pay", "look"}[i%2], Own: decided}
			admitted.Add(int64(made(l, c, 100)))
		})
	}
	all.Wait()
	if admitted.Load() != 100 {
		t.Errorf("%d calls admitted, want 100", admitted.Load())
	}
}

func TestUnusableOwnLimitsAreRefused(t *testing.T) {
	t.Parallel()
	good := tenants.Limit{Name: "mine", Per: tenants.PerCaller, PerDay: 1}
	for name, change := range map[string]func(*tenants.Limit){
		"nothing":       func(l *tenants.Limit) { l.PerDay = 0 },
		"negative":      func(l *tenants.Limit) { l.PerDay = -1 },
		"negative rate": func(l *tenants.Limit) { l.Rate = perMinute(-1, 1) },
		"no burst":      func(l *tenants.Limit) { l.Rate = perMinute(1, 0) },
		"no subject":    func(l *tenants.Limit) { l.Per = "" },
	} {
		l := good
		change(&l)
		if o, err := limit.Compile([]tenants.Limit{good, l}); err == nil || !strings.Contains(err.Error(), "mine") {
			t.Errorf("%s: %v %v", name, o, err)
		}
	}
	if _, err := limit.Compile(make([]tenants.Limit, 65)); err == nil || !strings.Contains(err.Error(), "65") {
		t.Errorf("of too many is said %v", err)
	}
	if o, err := limit.Compile(nil); o != nil || err != nil {
		t.Errorf("of none is made %v, %v", o, err)
	}
}

// TestOwnLimitsAllocateNothing is not parallel: allocations are counted for the
// whole process.
func TestOwnLimitsAllocateNothing(t *testing.T) {
	l, c := newLimits(t, roomy()), toolCall(tenants.NewID(), "pay")
	for name, decided := range map[string]*limit.Own{"none": nil, "some": own(
		t, tenants.Limit{Name: "a", Per: tenants.PerTool, Tool: "p*", PerDay: 1e9}, tenants.Limit{Name: "b", Per: tenants.PerClient, Rate: tenants.LimitRate{Calls: 1e6, Every: tenants.EverySecond, Burst: 1e6}},
	)} {
		c.Own = decided
		if n := testing.AllocsPerRun(200, func() {
			if err := l.AdmitTool(c); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("with %s: %v allocations", name, n)
		}
	}
}

func TestMemoryOfOwnLimitsIsBounded(t *testing.T) {
	// Not parallel: it measures the heap of the whole process.
	config := roomy()
	config.MaxCallers, config.MaxOrganizations = 1024, 1024
	l := newLimits(t, config)
	c := limit.Call{Name: "pay", Own: own(t, tenants.Limit{Name: "mine", Per: tenants.PerCaller, PerDay: 1e6, Rate: perMinute(1e6, 1e6)})}
	before := heap()
	for range 200_000 {
		c.Org, c.Caller = tenants.NewID(), tenants.NewGUID()
		_ = l.AdmitTool(c)
	}
	if grown := int64(heap()) - int64(before); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	runtime.KeepAlive(l)
}

// TestFloodForgetsThoseWhoHaveHadLeast: whoever is at their limit stays there.
func TestFloodForgetsThoseWhoHaveHadLeast(t *testing.T) {
	t.Parallel()
	config := roomy()
	config.MaxCallers = 64 * 8
	l, org := newLimits(t, config), tenants.NewID()
	c := limit.Call{Who: limit.Who{Org: org, Caller: tenants.NewGUID()}, Name: "pay", Own: own(t, tenants.Limit{Name: "mine", Per: tenants.PerCaller, PerDay: 5})}
	if made(l, c, 6) != 5 {
		t.Fatal("the limit is another")
	}
	for range 20_000 {
		flood := c
		flood.Caller = tenants.NewGUID()
		_ = l.AdmitTool(flood)
	}
	if made(l, c, 1) != 0 {
		t.Error("a flood of others made the limit forget")
	}
}

// TestFloodOfOneOrganizationForgetsItsOwn: another's counts stay, however few.
func TestFloodOfOneOrganizationForgetsItsOwn(t *testing.T) {
	t.Parallel()
	config := roomy()
	config.MaxCallers = 64 * 8
	l := newLimits(t, config)
	once := own(t, tenants.Limit{Name: "mine", Per: tenants.PerCaller, PerDay: 1})
	small := limit.Call{Who: limit.Who{Org: tenants.NewID(), Caller: tenants.NewGUID()}, Name: "pay", Own: once}
	if made(l, small, 2) != 1 {
		t.Fatal("the limit is another")
	}
	flood := limit.Call{Who: limit.Who{Org: tenants.NewID()}, Name: "pay", Own: own(t, tenants.Limit{Name: "mine", Per: tenants.PerCaller, PerDay: 9})}
	for range 5_000 {
		flood.Caller = tenants.NewGUID()
		_ = made(l, flood, 3) // each has had more than the other organization's caller
	}
	if made(l, small, 1) != 0 {
		t.Error("a flood of another organization made the limit forget")
	}
}
