package graph

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Account is whose resource units a question costs: those of an app in a tenant,
// and those of the app in all tenants. The zero Account is nobody's.
type Account struct {
	TID tenants.TID
	App tenants.GUID
}

func (a Account) isZero() bool { return a.TID.IsZero() || a.App.IsZero() }

// Limits of the directory (Microsoft Graph service-specific throttling limits,
// "Identity and access service limits"). Which of three a tenant has depends on its
// size, which nobody tells; this is the least of them, for fewer than 50 people.
const (
	tenantUnits  = 3500
	tenantWindow = 10 * time.Second
	appUnits     = 150_000
	appWindow    = 20 * time.Second
)

// nearLimit is from how much of a limit on Graph reports that.
const nearLimit = 0.8

// budget is what background questions may cost. Questions that somebody waits for
// are never held back: what Graph says to them is heard, and makes the background
// wait. Several replicas need not know of each other: each hears what all of them
// have spent.
type budget struct {
	now     func() time.Time
	observe func(Observation)
	tenants purses[Account]
	apps    purses[tenants.GUID]
}

func newBudget() *budget {
	b := &budget{now: time.Now, observe: func(Observation) {}}
	b.tenants.limit, b.tenants.window = tenantUnits, tenantWindow
	b.apps.limit, b.apps.window = appUnits, appWindow
	return b
}

// ErrBudget is in the chain of a question that was not asked, because background
// questions have had their share of the budget. Its fault says when to ask.
var ErrBudget = errors.New("the background's share of the Microsoft Graph budget is spent")

// charge is what a question has cost so far.
type charge struct {
	b           *budget
	tenant, app *purse // nil: nobody's account
	priority    Priority
	low         bool
	units       int64
}

// open takes what a question will cost.
func (b *budget) open(as Asking, units int64) (charge, error) {
	if as.Account.isZero() {
		return charge{}, nil
	}
	now := b.now()
	c := charge{b: b, tenant: b.tenants.of(as.Account, now), app: b.apps.of(as.Account.App, now), priority: as.Priority, low: as.Priority == Low}
	if !c.low {
		return c, nil
	}
	wait := c.app.spend(now, units)
	if wait == 0 {
		if wait = c.tenant.spend(now, units); wait != 0 {
			c.app.settle(now, -units)
		}
	}
	if wait != 0 {
		b.observe(Observation{HeldBack, as.Priority, units})
		return charge{}, fault.Wrap(fault.Limited, "Microsoft Graph is left to people who wait for it", ErrBudget).RetryAfter(wait)
	}
	c.units = units
	return c, nil
}

// cancel gives back what was taken: nothing was asked.
func (c *charge) cancel() {
	if c.low {
		c.app.settle(c.b.now(), -c.units)
		c.tenant.settle(c.b.now(), -c.units)
	}
}

// hear learns from one answer: what it has cost, and how much of the limit is used.
// Of a batch, each answer is heard.
func (c *charge) hear(status int, header http.Header, reserved int64) {
	if c.tenant == nil {
		return
	}
	now := c.b.now()
	if status == http.StatusTooManyRequests {
		which := c.tenant
		if strings.HasPrefix(header.Get("X-Ms-Throttle-Scope"), "Application/") {
			which = c.app
		}
		which.refused(now, retryAfter(header))
		c.b.observe(Observation{Throttled, c.priority, 0})
		c.correct(now, -reserved) // what is refused costs nothing
		return
	}
	c.tenant.answered()
	c.app.answered()
	if used, err := strconv.ParseFloat(header.Get("X-Ms-Throttle-Limit-Percentage"), 64); err == nil && used >= nearLimit && !math.IsInf(used, 0) {
		c.tenant.crowded(now)
	}
	cost, err := strconv.ParseInt(header.Get("X-Ms-Resource-Unit"), 10, 16)
	if err != nil || cost < 0 {
		cost = reserved
	}
	c.correct(now, cost-reserved)
	c.b.observe(Observation{Spent, c.priority, cost})
}

func (c *charge) correct(now time.Time, units int64) {
	if c.low {
		c.app.settle(now, units)
		c.tenant.settle(now, units)
	}
}
