package graph_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/emulator/msgraph/throttle"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// spent is when how many resource units were.
type spent struct {
	at    time.Time
	units int
}

// till is a Graph that has an answer to everything and keeps the bill.
type till struct {
	mu     sync.Mutex
	bill   []spent
	units  int // that an answer costs
	answer func(req *http.Request) *egress.Response
}

func answered(status int, header ...string) *egress.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &egress.Response{Status: status, Header: h, Body: []byte(`{"value":[]}`)}
}

func newTill() *till { return &till{units: 2} }

func (g *till) Do(_ context.Context, req *http.Request) (*egress.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bill = append(g.bill, spent{time.Now(), g.units})
	if g.answer != nil {
		return g.answer(req), nil
	}
	return answered(http.StatusOK, "x-ms-resource-unit", strconv.Itoa(g.units)), nil
}

func (g *till) asked() int { return len(g.bill) }

// most is the most that was spent in any window of that length.
func (g *till) most(window time.Duration) (most int) {
	sum, first := 0, 0
	for _, s := range g.bill {
		sum += s.units
		for s.at.Sub(g.bill[first].at) >= window {
			sum -= g.bill[first].units
			first++
		}
		most = max(most, sum)
	}
	return most
}

func (g *till) client(t *testing.T) *graph.Client {
	t.Helper()
	c, err := graph.New("https://graph.microsoft.com", g)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tidOf(text string) tenants.TID {
	tid, err := tenants.ParseTID(text)
	if err != nil {
		panic(err)
	}
	return tid
}

func accountOf() graph.Account {
	return graph.Account{TID: tidOf(contoso), App: tenants.MustGUID(toolsID)}
}

func charged(p graph.Priority) graph.Asking {
	as := asking()
	as.Priority, as.Account = p, accountOf()
	return as
}

// lists asks a question that costs two units.
func lists(t *testing.T, c *graph.Client, as graph.Asking) error {
	t.Helper()
	_, err := c.GetMemberGroups(t.Context(), as, graph.AllGroups)
	return err
}

// greedy asks in the background as often as it may, for so long.
func greedy(t *testing.T, c *graph.Client, as graph.Asking, d time.Duration) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		err := lists(t, c, as)
		if err == nil {
			continue
		}
		if !errors.Is(err, graph.ErrBudget) || fault.KindOf(err) != fault.Limited || fault.RetryAfter(err) <= 0 {
			t.Fatal(err)
		}
		time.Sleep(fault.RetryAfter(err))
	}
}

// TestBackgroundLeavesHalf: of 3,500 units in ten seconds, whenever these begin.
func TestBackgroundLeavesHalf(t *testing.T) {
	t.Parallel()
	for _, units := range []int{1, 2, 5} { // what a question really costs is in its answer
		synctest.Test(t, func(t *testing.T) {
			g := newTill()
			g.units = units
			c := g.client(t)
			greedy(t, c, charged(graph.Low), 2*time.Minute)
			if most := g.most(10 * time.Second); most > 1750 || most < 1700 {
				t.Errorf("%d units a question: %d in ten seconds", units, most)
			}
			time.Sleep(time.Hour) // what was not spent is not saved up
			before := len(g.bill)
			greedy(t, c, charged(graph.Low), 10*time.Second)
			g.bill = g.bill[before:]
			if most := g.most(time.Hour); most > 1750 {
				t.Errorf("%d units a question: %d after an hour of silence", units, most)
			}
		})
	}
}

func TestBackgroundOfAllTenantsLeavesHalfOfTheApps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newTill()
		c := g.client(t)
		all := make([]graph.Asking, 100)
		for i := range all {
			all[i] = charged(graph.Low)
			all[i].Account.TID = tidOf(tenants.NewGUID().String())
		}
		for range 2_500 { // 25 seconds
			for _, as := range all {
				for lists(t, c, as) == nil {
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
		if most := g.most(20 * time.Second); most > 75_000 || most < 70_000 {
			t.Errorf("%d units in twenty seconds", most)
		}
	})
}

// TestWhoWaitsIsNeverHeldBack, whatever the background has spent and Graph has said
// to it.
func TestWhoWaitsIsNeverHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newTill()
		c := g.client(t)
		for lists(t, c, charged(graph.Low)) == nil {
		}
		before := g.asked()
		for range 5000 {
			if err := lists(t, c, charged(graph.High)); err != nil {
				t.Fatal(err)
			}
		}
		if g.asked() != before+5000 || lists(t, c, charged(graph.Low)) == nil {
			t.Errorf("%d questions", g.asked()-before)
		}
		nobody := charged(graph.Low)
		nobody.Account = graph.Account{}
		if err := lists(t, c, nobody); err != nil {
			t.Errorf("nobody's account: %v", err)
		}
	})
}

// TestBackgroundWaitsWhereGraphIsNearItsLimit, whoever hears of it, and then takes
// half of what it took.
func TestBackgroundWaitsWhereGraphIsNearItsLimit(t *testing.T) {
	t.Parallel()
	for _, hears := range []graph.Priority{graph.Low, graph.High} {
		synctest.Test(t, func(t *testing.T) {
			g := newTill()
			c := g.client(t)
			g.answer = func(*http.Request) *egress.Response {
				return answered(http.StatusOK, "x-ms-resource-unit", "2", "x-ms-throttle-limit-percentage", "0.83")
			}
			if err := lists(t, c, charged(hears)); err != nil {
				t.Fatal(err)
			}
			g.answer = nil
			err := lists(t, c, charged(graph.Low))
			if fault.RetryAfter(err) != 10*time.Second || !errors.Is(err, graph.ErrBudget) {
				t.Fatalf("after %s: %v", fault.RetryAfter(err), err)
			}
			other := charged(graph.Low)
			other.Account.TID = tidOf(tenants.NewGUID().String())
			if err := lists(t, c, other); err != nil {
				t.Errorf("another tenant's: %v", err)
			}
			for _, row := range []struct {
				after       time.Duration
				least, most int
			}{{10 * time.Second, 850, 905}, {15 * time.Minute, 1650, 1750}} {
				time.Sleep(row.after)
				g.bill = nil
				greedy(t, c, charged(graph.Low), 10*time.Second)
				if got := g.most(10 * time.Second); got < row.least || got > row.most {
					t.Errorf("%s later: %d units in ten seconds", row.after, got)
				}
			}
		})
	}
}

// TestBackgroundWaitsAsLongAsGraphSays, and for longer each time it does not say.
func TestBackgroundWaitsAsLongAsGraphSays(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		header []string
		waits  []time.Duration
	}{
		"said":   {[]string{"Retry-After", "30"}, []time.Duration{30 * time.Second, 30 * time.Second}},
		"unsaid": {nil, []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second}},
		"the app's": {
			[]string{"Retry-After", "30", "x-ms-throttle-scope", "Application/ReadWrite/x/"}, []time.Duration{30 * time.Second},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := newTill()
			c := g.client(t)
			other := charged(graph.Low)
			other.Account.TID = tidOf(tenants.NewGUID().String())
			g.answer = func(*http.Request) *egress.Response { return answered(http.StatusTooManyRequests, row.header...) }
			for _, wait := range row.waits {
				if err := lists(t, c, charged(graph.Low)); fault.KindOf(err) != fault.Limited || errors.Is(err, graph.ErrBudget) {
					t.Fatalf("%s: %v", name, err)
				}
				if err := lists(t, c, charged(graph.Low)); fault.RetryAfter(err) != wait || !errors.Is(err, graph.ErrBudget) {
					t.Fatalf("%s: waits %s, want %s: %v", name, fault.RetryAfter(err), wait, err)
				}
				time.Sleep(wait)
			}
			g.answer = nil
			if err := lists(t, c, charged(graph.Low)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			g.answer = func(*http.Request) *egress.Response { return answered(http.StatusTooManyRequests, row.header...) }
			_ = lists(t, c, charged(graph.Low))
			g.answer = nil
			if err := lists(t, c, other); errors.Is(err, graph.ErrBudget) != (name == "the app's") {
				t.Errorf("%s: another tenant's: %v", name, err)
			}
		})
	}
}

// TestWhatWasNotAskedCostsNothing: neither for want of a token, nor of a connection.
func TestWhatWasNotAskedCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := graph.New("https://graph.microsoft.com", nobody{})
		if err != nil {
			t.Fatal(err)
		}
		unproved := charged(graph.Low)
		unproved.Token = func(context.Context) (string, error) { return "", errors.New("no token") }
		for range 5000 {
			for _, as := range []graph.Asking{unproved, charged(graph.Low)} {
				if err := lists(t, c, as); err == nil || errors.Is(err, graph.ErrBudget) {
					t.Fatal(err)
				}
			}
		}
	})
}

// TestReplicasShareWithoutKnowingOfEachOther: four of them ask as often as they may
// for ten minutes, and people for three tenths of the limit. Once each has heard
// how much is taken, hardly anything is refused, and people never are.
func TestReplicasShareWithoutKnowingOfEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		meter := throttle.New(throttle.Limits{})
		g, refusedLow, low := newTill(), 0, 0
		began := time.Now()
		g.answer = func(req *http.Request) *egress.Response {
			got := meter.Spend(time.Now(), throttle.Request{
				Client: toolsID, Tenant: contoso, People: 10, Priority: req.Header.Get("x-ms-throttle-priority"), Price: throttle.PriceOf(req.Method, req.URL),
			})
			background := req.Header.Get("x-ms-throttle-priority") == "low"
			if !got.Refused {
				if background && time.Since(began) > time.Minute {
					low += 2
				}
				if got.Used >= throttle.NearLimit {
					return answered(http.StatusOK, "x-ms-resource-unit", "2", "x-ms-throttle-limit-percentage", strconv.FormatFloat(got.Used, 'f', 2, 64))
				}
				return answered(http.StatusOK, "x-ms-resource-unit", "2")
			}
			if !background {
				t.Error("somebody who waits is refused")
			} else if time.Since(began) > time.Minute {
				refusedLow++
			}
			return answered(http.StatusTooManyRequests, "Retry-After", strconv.Itoa(int(got.Wait.Seconds())+1))
		}
		replicas := []*graph.Client{g.client(t), g.client(t), g.client(t), g.client(t)}
		for tick := range 6_000 {
			for _, c := range replicas {
				for lists(t, c, charged(graph.Low)) == nil {
				}
			}
			if tick%20 == 0 { // 1,050 units in ten seconds
				for range 105 {
					if err := lists(t, replicas[tick/20%4], charged(graph.High)); err != nil {
						t.Fatal(err)
					}
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		used := float64(low) / (540.0 / 10 * 3500)
		t.Logf("the background used %.0f %% of the limit; %d of %d questions were refused", used*100, refusedLow, low/2)
		if used > 0.5 || used < 0.2 || refusedLow*1000 > low/2 {
			t.Errorf("the background has used %.0f %% of the limit, %d questions were refused", used*100, refusedLow)
		}
	})
}

// BenchmarkBudget is what the accounting costs a background question: asked by all
// processors for one account.
func BenchmarkBudget(b *testing.B) {
	c, err := graph.New("https://graph.microsoft.com", nobody{})
	if err != nil {
		b.Fatal(err)
	}
	as := charged(graph.Low)
	as.Token = func(context.Context) (string, error) { return "", errNoToken }
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.GetMemberGroups(b.Context(), as, graph.AllGroups); err == nil {
				b.Fatal("an answer of nobody")
			}
		}
	})
}

var errNoToken = errors.New("no token")
