package access

import (
	"fmt"
	"strings"

	"gatehouse/internal/tenants"
)

// Allowance is what a deployment admits of an organization by itself. A limit of
// the organization's own that does not lie below is never reached. What is zero is
// not known, and nothing is compared with it.
type Allowance struct {
	Organization, Caller, Client, Tool Pace
	Quota                              int64 // requests of the organization in a day or longer
}

// Pace is so many requests per second on average, and so many at once.
type Pace struct {
	PerSecond float64
	Burst     int
}

// within reports whether whoever keeps to the pace keeps to a rate as well.
func (p Pace) within(r tenants.LimitRate) bool {
	seconds := 1.0
	if r.Every == tenants.EveryMinute {
		seconds = 60
	}
	return p != Pace{} && p.PerSecond*seconds <= float64(r.Calls) && p.Burst <= r.Burst
}

// withinDay reports whether whoever keeps to the pace makes no more calls a day.
func (p Pace) withinDay(calls int64) bool {
	const day = 24 * 60 * 60
	return p != Pace{} && p.PerSecond*day+float64(p.Burst) <= float64(calls)
}

func (p Pace) String() string {
	return fmt.Sprintf("%g calls every second, %d at once", p.PerSecond, p.Burst)
}

// bound is a limit of the deployment that a limit of an organization falls under.
type bound struct {
	whose string
	pace  Pace
}

// bounds returns what all calls that a limit counts fall under. A deployment has no
// limit for each prompt and each resource.
func (a Allowance) bounds(l tenants.Limit) []bound {
	organization := bound{"the organization", a.Organization}
	switch {
	case l.Per == tenants.PerCaller:
		return []bound{{"each caller", a.Caller}, organization}
	case l.Per == tenants.PerClient:
		return []bound{{"each client", a.Client}, organization}
	case strings.Contains(l.Tool, ":") || strings.Trim(l.Tool, "*") == "":
		return []bound{organization}
	}
	return []bound{{"each tool", a.Tool}, organization}
}

// unreached warns of what a limit says and the deployment never lets happen.
func (w *warner) unreached(at Place, l tenants.Limit) {
	const remedy = "so no call reaches it; lower it, or remove it"
	rate, day := l.Rate != tenants.LimitRate{}, l.PerDay > 0
	for _, b := range w.allowed.bounds(l) {
		if rate && b.pace.within(l.Rate) {
			w.add(at.Field("rate"), fmt.Sprintf("%d calls every %s, %d at once, is not below what the deployment allows %s (%s), %s", l.Rate.Calls, l.Rate.Every, l.Rate.Burst, b.whose, b.pace, remedy))
			rate = false
		}
		if day && b.pace.withinDay(l.PerDay) {
			w.add(at.Field("callsPerDay"), fmt.Sprintf("%d calls are not fewer than the deployment allows %s in a day (%s), %s", l.PerDay, b.whose, b.pace, remedy))
			day = false
		}
	}
	if quota := w.allowed.Quota; day && quota > 0 && quota <= l.PerDay {
		w.add(at.Field("callsPerDay"), fmt.Sprintf("%d calls are not fewer than the quota that the deployment gives the organization (%d), %s", l.PerDay, quota, remedy))
	}
}
