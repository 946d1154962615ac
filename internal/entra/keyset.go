package entra

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/fault"
)

// pace is the clock of a key set.
type pace struct {
	life    time.Duration // how long keys are good after the last answer
	refresh time.Duration // when they are asked for again, behind requests
	again   time.Duration // least time between two requests while keys are at hand
	retry   time.Duration // the same while none are
}

// entraPace is that of Entra's (Microsoft, "Signing key rollover").
var entraPace = pace{life: 24 * time.Hour, refresh: time.Hour, again: 5 * time.Minute, retry: 5 * time.Second}

const (
	keyJitter   = 10               // percent of a refresh by which replicas differ
	keyPatience = 10 * time.Second // longest wait for one answer
)

var errUnknownKey = errors.New("unknown key")

// keySet is the keys of one source.
type keySet struct {
	url  string // that Entra publishes them at; of ours a name
	get  func(ctx context.Context) (map[string]key, error)
	pace pace
	lack string       // what people are told while there are none
	used atomic.Int64 // when a token last asked, Unix seconds

	current atomic.Pointer[published]

	mu     sync.Mutex
	last   time.Time     // when the last fetch began
	failed error         // how it ended
	flying chan struct{} // closed when the fetch under way ends; nil without one
}

// published is one answer of a source. It is immutable.
type published struct {
	keys       map[string]key
	at         time.Time
	refresh    time.Time
	generation uint64
}

// fresh returns the keys at hand, or nil if there are none that are still good.
func (set *keySet) fresh(now time.Time) *published {
	if p := set.current.Load(); p != nil && now.Before(p.at.Add(set.pace.life)) {
		return p
	}
	return nil
}

// generation changes with the keys; 0: there have been none.
func (set *keySet) generation() uint64 {
	if p := set.current.Load(); p != nil {
		return p.generation
	}
	return 0
}

// key returns the key with an id. Without keys at hand it waits for them; with
// an id it does not know it waits for the one fetch that may happen now, if any.
// In every other case a fetch happens behind the answer.
func (s *KeySets) key(ctx context.Context, set *keySet, kid string) (key, error) {
	now := s.now()
	set.used.Store(now.Unix())
	if p := set.fresh(now); p != nil {
		if k, ok := p.keys[kid]; ok {
			if !now.Before(p.refresh) {
				s.fetch(ctx, set, set.pace.again)
			}
			return k, nil
		}
	}
	if err := s.await(ctx, set); err != nil {
		return key{}, err
	}
	if k, ok := set.current.Load().keys[kid]; ok {
		return k, nil
	}
	return key{}, errUnknownKey
}

// await waits for a fetch if one is under way or due, and says why there are
// still no keys.
func (s *KeySets) await(ctx context.Context, set *keySet) error {
	least := set.pace.retry
	if set.fresh(s.now()) != nil {
		least = set.pace.again
	}
	if done := s.fetch(ctx, set, least); done != nil {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if set.fresh(s.now()) != nil {
		return nil
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	return fault.Wrap(fault.Unavailable, set.lack, set.failed).RetryAfter(set.pace.retry)
}

// fetch starts a fetch unless one is under way or began less than least ago. It
// returns what is closed when the fetch under way ends, or nil without one. The
// fetch outlives the request that started it, because others wait for it too.
func (s *KeySets) fetch(ctx context.Context, set *keySet, least time.Duration) <-chan struct{} {
	set.mu.Lock()
	defer set.mu.Unlock()
	now := s.now()
	if set.flying != nil {
		return set.flying
	}
	if !set.last.IsZero() && now.Before(set.last.Add(least)) {
		return nil
	}
	done := make(chan struct{})
	set.last, set.flying = now, done
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyPatience)
		defer cancel()
		keys, err := set.get(ctx)
		s.settle(set, keys, err)
		close(done)
		s.observe(ctx, KeyFetch{URL: set.url, Keys: len(keys), Err: err})
	}()
	return done
}

// settle records how a fetch ended. A failure leaves the last good keys.
func (s *KeySets) settle(set *keySet, keys map[string]key, err error) {
	set.mu.Lock()
	defer set.mu.Unlock()
	set.flying, set.failed = nil, err
	if err != nil {
		return
	}
	now, old := s.now(), set.current.Load()
	next := &published{keys: keys, at: now, refresh: now.Add(jittered(set.pace.refresh))}
	if old != nil && sameKeys(old.keys, keys) {
		next.generation = old.generation
	} else {
		next.generation = s.generations.Add(1)
	}
	set.current.Store(next)
}

func sameKeys(a, b map[string]key) bool {
	if len(a) != len(b) {
		return false
	}
	for id, k := range a {
		if o, ok := b[id]; !ok || !k.equal(o) {
			return false
		}
	}
	return true
}

// jittered spreads what replicas started together would do together.
func jittered(d time.Duration) time.Duration {
	spread := int64(d) / 100 * keyJitter
	return d - time.Duration(spread) + time.Duration(rand.Int64N(2*spread)) //nolint:gosec // spreading load needs no secrecy
}
