package membership

import (
	"math/rand/v2"
	"time"

	"gatehouse/internal/tenants"
)

// interval is how long after an answer the next is due: before the soft limit, so
// that nobody waits for it or gets an older one.
func interval(p tenants.MembershipPolicy) time.Duration { return p.Soft * 8 / 10 }

// nextRefresh is when to ask again after an answer. What was asked at one time is
// not asked again at one time.
func nextRefresh(asked time.Time, p tenants.MembershipPolicy) time.Time {
	return asked.Add(spread(interval(p)))
}

// spread is the duration or up to a tenth less.
func spread(d time.Duration) time.Duration {
	if d < 10 {
		return d
	}
	return d - rand.N(d/10) //nolint:gosec // it spreads load; nobody gains by guessing it
}
