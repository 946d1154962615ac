package limit

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Rate is a token bucket: PerSecond on average, Burst at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Config is what a process admits. Every field is required: zero never means
// unlimited.
type Config struct {
	PerOrganization Rate
	PerCaller       Rate
	// MaxConcurrentPerOrganization is how many calls of one organization may
	// be under way.
	MaxConcurrentPerOrganization int
	// MaxConcurrentPerCaller is how many of them may be one caller's, so that
	// nobody can keep all places of an organization busy.
	MaxConcurrentPerCaller int
	// MaxOrganizations and MaxCallers bound the buckets kept; each takes
	// about 200 bytes.
	MaxOrganizations, MaxCallers int
}

// Limits admits and refuses calls. It is safe for concurrent use.
type Limits struct {
	config        Config
	organizations [shards]organizations
	callers       [shards]callers
	seed          maphash.Seed
	texts         texts
}

// shards is how many independently locked parts each table has, so that calls
// of different organizations rarely meet.
const shards = 64

// concurrencyRetry is what a caller is told to wait for a free place. Calls end
// when they end; a second is a guess that neither idles nor hammers.
const concurrencyRetry = time.Second

// texts are the public sentences, formatted once: refusals must stay cheap.
type texts struct{ organization, caller, concurrency, share string }

// New returns limits, or an error that names every field that is unusable.
func New(c Config) (*Limits, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	l := &Limits{config: c, seed: maphash.MakeSeed(), texts: texts{
		organization: fmt.Sprintf("the organization's limit of %g calls per second (%d at once) is reached; retry later",
			c.PerOrganization.PerSecond, c.PerOrganization.Burst),
		caller: fmt.Sprintf("your limit of %g calls per second (%d at once) is reached; retry later",
			c.PerCaller.PerSecond, c.PerCaller.Burst),
		concurrency: fmt.Sprintf("the organization's limit of %d calls under way is reached; retry when some have ended",
			c.MaxConcurrentPerOrganization),
		share: fmt.Sprintf("your limit of %d calls under way is reached; retry when some have ended", c.MaxConcurrentPerCaller),
	}}
	for i := range shards {
		l.organizations[i] = newOrganizations(c.PerOrganization, share(c.MaxOrganizations))
		l.callers[i] = newCallers(c.PerCaller, share(c.MaxCallers))
	}
	return l, nil
}

// share is a shard's part of a table, rounded up.
func share(total int) int { return (total + shards - 1) / shards }

func (c Config) check() error {
	return errors.Join(
		c.PerOrganization.check("PerOrganization"),
		c.PerCaller.check("PerCaller"),
		positive("MaxConcurrentPerOrganization", c.MaxConcurrentPerOrganization),
		positive("MaxConcurrentPerCaller", c.MaxConcurrentPerCaller),
		positive("MaxOrganizations", c.MaxOrganizations),
		positive("MaxCallers", c.MaxCallers),
	)
}

func (r Rate) check(name string) error {
	if !(r.PerSecond > 0) || math.IsInf(r.PerSecond, 1) { // written so that NaN fails too
		return fmt.Errorf("limit: %s.PerSecond %g is not a positive number", name, r.PerSecond)
	}
	return positive(name+".Burst", r.Burst)
}

func positive(name string, n int) error {
	if n <= 0 {
		return fmt.Errorf("limit: %s %d is not positive; zero does not mean unlimited", name, n)
	}
	return nil
}

// key names a caller within an organization.
type key struct {
	org    tenants.ID
	caller tenants.GUID
}

// Acquire admits a call or refuses it with Limited, a sentence that names the
// limit reached, and the time to wait. An admitted call must be released. A
// caller who is over their own limit takes nothing of the organization's, and
// no organization takes anything of another's.
func (l *Limits) Acquire(org tenants.ID, caller tenants.GUID) (Permit, error) {
	if org.IsZero() {
		return Permit{}, errors.New("admit call: there is no organization")
	}
	now := time.Now()
	k := key{org, caller}
	mine := &l.callers[maphash.Comparable(l.seed, k)%shards]
	if wait := mine.take(k, now); wait > 0 {
		return Permit{}, fault.New(fault.Limited, l.texts.caller).RetryAfter(wait)
	}
	return l.organization(k, now)
}

func (l *Limits) organization(k key, now time.Time) (Permit, error) {
	all := &l.organizations[maphash.Comparable(l.seed, k.org)%shards]
	permit, verdict, wait := all.take(k, now, places{l.config.MaxConcurrentPerOrganization, l.config.MaxConcurrentPerCaller})
	switch verdict {
	case admitted:
		return permit, nil
	case overRate:
		return Permit{}, fault.New(fault.Limited, l.texts.organization).RetryAfter(wait)
	case overConcurrency:
		return Permit{}, fault.New(fault.Limited, l.texts.concurrency).RetryAfter(concurrencyRetry)
	case overShare:
		return Permit{}, fault.New(fault.Limited, l.texts.share).RetryAfter(concurrencyRetry)
	case noRoom:
	}
	return Permit{}, fault.New(fault.Unavailable, "the service has no room for another organization; retry later").
		RetryAfter(concurrencyRetry)
}
