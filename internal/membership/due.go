package membership

import (
	"math/rand/v2"
	"time"

	"gatehouse/internal/entra"
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

// The waits after failures. The shortest doubles with each, for one person or for
// everybody of an organization whose app registration is wrong.
const (
	shortestWait = 10 * time.Second
	longestRest  = 10 * time.Minute
)

// backOff is how long to wait after so many failures in a row and one of a class.
// What only somebody at a browser can put right is not asked for again soon.
func backOff(class entra.ErrorClass, before int, p tenants.MembershipPolicy) time.Duration {
	longest := p.Soft * 4
	switch class {
	case entra.Interaction, entra.Consent, entra.Blocked:
		return longest
	case entra.Throttled, entra.Transient, entra.Misconfigured, entra.Reauth:
	}
	return min(doubled(shortestWait, before), longest)
}

func doubled(d time.Duration, times int) time.Duration { return d << min(max(times, 0), 20) }

// pause is for how long nobody of an organization is asked about.
type pause struct {
	until time.Time
	times int // in a row
}

// pausedUntil returns when the pause of an organization ends that lasts now.
func (f *Refresher) pausedUntil(org tenants.ID, now time.Time) (time.Time, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.pauses[org]
	return p.until, ok && now.Before(p.until)
}

// pause begins a pause, or returns the end of the one that lasts: those who were
// under way when it began have nothing to add.
func (f *Refresher) pause(org tenants.ID, now time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.pauses[org]
	if !now.Before(p.until) {
		p.until, p.times = now.Add(min(doubled(shortestWait, p.times), longestRest)), p.times+1
		f.pauses[org] = p
	}
	return p.until
}

func (f *Refresher) resume(org tenants.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.pauses, org)
}
