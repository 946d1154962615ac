// Package throttle is the accounting behind Microsoft Graph's limits on the
// directory: what a request costs and what apps have spent. It answers nobody;
// what a refusal looks like is Graph's business.
package throttle

import (
	"strings"
	"sync"
	"time"
)

// Limits are how much an app may ask of the directory. Zero fields are
// Microsoft's own limits (page throttling-limits, "Identity and access service
// limits").
type Limits struct {
	Small        int  // resource units of an app in a tenant of fewer than 50 people, per 10 s; 0: 3,500
	Medium       int  // in one of 50 to 500; 0: 5,000
	Large        int  // in one of more; 0: 8,000
	App          int  // resource units of an app in all tenants, per 20 s; 0: 150,000
	Writes       int  // writes of an app in a tenant, per 2 min 30 s; 0: 3,000
	NoRetryAfter bool // refusals come without Retry-After, which Graph does not promise
}

// Windows the limits are counted in. They open with the first request and close
// by the emulator's clock.
const (
	tenantWindow = 10 * time.Second
	appWindow    = 20 * time.Second
	writeWindow  = 150 * time.Second
)

// Shares of a limit. The page gives the order in which requests are refused, low
// priority before normal before high, and the range of the percentage it
// reports, 0.8 to 1.8; that these two are where low and high priority end is the
// emulator's conclusion. Normal priority ends at the limit. From NearLimit on
// answers say how much is spent.
const (
	NearLimit = 0.8
	farLimit  = 1.8
)

func (l Limits) withDefaults() Limits {
	for field, normal := range map[*int]int{&l.Small: 3500, &l.Medium: 5000, &l.Large: 8000, &l.App: 150_000, &l.Writes: 3000} {
		if *field == 0 {
			*field = normal
		}
	}
	return l
}

// tenant is the limit in a tenant of so many people.
func (l Limits) tenant(people int) int {
	switch {
	case people < 50:
		return l.Small
	case people <= 500:
		return l.Medium
	default:
		return l.Large
	}
}

// budgetKey is what one count is for.
type budgetKey struct{ scope, client, tenant string }

// budget is what has been spent since a window opened.
type budget struct {
	opened time.Time
	spent  int
}

// Meter counts what apps spend. It is safe for concurrent use.
type Meter struct {
	limits  Limits
	mu      sync.Mutex
	budgets map[budgetKey]*budget
}

// New makes a Meter.
func New(limits Limits) *Meter { return &Meter{limits: limits.withDefaults()} }

// Request is what an app asks of a tenant of so many people.
type Request struct {
	Client, Tenant string
	People         int
	Priority       string // low, high or, whatever else it is, normal
	Price          Price
}

// Receipt says what came of a request. Without Refused it has been booked; Used is
// the highest share of a limit that is spent then.
type Receipt struct {
	Used float64

	Refused bool          // it has not been booked
	Scope   string        // of the limit there is no room in
	Because string        // X-Ms-Throttle-Information
	Wait    time.Duration // until there is room again
}

// charge is one limit a request has to stay within.
type charge struct {
	key     budgetKey
	cost    int
	limit   int
	window  time.Duration
	because string // X-Ms-Throttle-Information
}

// Spend books a request on all limits it counts towards, or on none when one has
// no room for it.
func (m *Meter) Spend(now time.Time, r Request) Receipt {
	charges, room := m.charges(r), r.room()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range charges {
		b := m.open(now, c)
		if float64(b.spent+c.cost) > room*float64(c.limit) {
			return Receipt{Refused: true, Scope: c.key.scope + "/" + r.Client + "/" + r.Tenant, Because: c.because, Wait: b.opened.Add(c.window).Sub(now)}
		}
	}
	used := 0.0
	for _, c := range charges {
		b := m.budgets[c.key]
		b.spent += c.cost
		used = max(used, float64(b.spent)/float64(c.limit))
	}
	return Receipt{Used: used}
}

// charges are the limits a request counts towards.
func (m *Meter) charges(r Request) []charge {
	out := []charge{
		{budgetKey{"Tenant_Application/ReadWrite", r.Client, r.Tenant}, r.Price.Units, m.limits.tenant(r.People), tenantWindow, "ResourceUnitLimitExceeded"},
		{budgetKey{"Application/ReadWrite", r.Client, ""}, r.Price.Units, m.limits.App, appWindow, "ResourceUnitLimitExceeded"},
	}
	if r.Price.Writes > 0 {
		out = append(out, charge{budgetKey{"Tenant_Application/Write", r.Client, r.Tenant}, r.Price.Writes, m.limits.Writes, writeWindow, "WriteLimitExceeded"})
	}
	return out
}

// room is the share of a limit a request may fill, by its priority.
func (r Request) room() float64 {
	switch strings.ToLower(r.Priority) {
	case "low":
		return NearLimit
	case "high":
		return farLimit
	default:
		return 1
	}
}

// open finds a budget whose window is open at now.
func (m *Meter) open(now time.Time, c charge) *budget {
	if m.budgets == nil {
		m.budgets = map[budgetKey]*budget{}
	}
	b, ok := m.budgets[c.key]
	if !ok || now.Before(b.opened) || now.Sub(b.opened) >= c.window {
		b = &budget{opened: now}
		m.budgets[c.key] = b
	}
	return b
}

// Reset opens every budget anew.
func (m *Meter) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.budgets = nil
}
