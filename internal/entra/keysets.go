package entra

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/egress"
)

// Doer performs one HTTP request and reads the whole reply, bounded in time and
// size. It must not follow redirects, which could carry a secret to another host.
type Doer interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
}

// KeyFetch is the outcome of asking for a key set.
type KeyFetch struct {
	URL  string
	Keys int   // how many are usable
	Err  error // nil if the keys were replaced or confirmed
}

// KeySets holds the signing keys of the tenants whose tokens a process has seen:
// those of organizations, and those that Entra says people signed in to; and our
// own keys, from Own.
// For each address of Entra's keys are good for 24 hours after the last answer, asked for
// again every hour, and at most once in five minutes whatever tokens come in.
// No address comes from a token that somebody presents: there are at most two for
// each tenant. It may be used concurrently.
type KeySets struct {
	doer        Doer
	now         func() time.Time
	observe     func(context.Context, KeyFetch)
	generations atomic.Uint64

	own *keySet

	mu   sync.RWMutex
	sets map[string]*keySet
}

// NewKeySets returns an empty collection.
func NewKeySets(doer Doer, now func() time.Time) *KeySets {
	s := &KeySets{doer: doer, now: now, observe: func(context.Context, KeyFetch) {}, sets: map[string]*keySet{}}
	s.Own(noOwnKeys)
	return s
}

// Observe has a function called after every fetch, for logs and metrics. It must
// be set before the first token is verified.
func (s *KeySets) Observe(fn func(context.Context, KeyFetch)) { s.observe = fn }

// The housekeeping of Run.
const (
	sweepEvery   = time.Minute
	sweepFetches = 8              // fetches one sweep has under way
	keyIdle      = 24 * time.Hour // a set nobody asked for so long is dropped
)

// Run refreshes key sets before requests find them old, and drops those that no
// token has asked for in a day, until ctx ends; that is no error. Key sets work
// without it, then each refresh is started by a request.
func (s *KeySets) Run(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			s.sweep(ctx)
		}
	}
}

func (s *KeySets) sweep(ctx context.Context) {
	var under []<-chan struct{}
	for _, set := range s.due() {
		if done := s.fetch(ctx, set, set.pace.again); done != nil {
			under = append(under, done)
		}
		if len(under) < sweepFetches {
			continue
		}
		select {
		case <-under[0]:
			under = under[1:]
		case <-ctx.Done():
			return
		}
	}
}

// due drops idle sets and returns those that want a refresh.
func (s *KeySets) due() (due []*keySet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if p := s.own.current.Load(); p != nil && !now.Before(p.refresh) {
		due = append(due, s.own)
	}
	for url, set := range s.sets {
		if now.Sub(time.Unix(set.used.Load(), 0)) > keyIdle {
			delete(s.sets, url)
			continue
		}
		if p := set.current.Load(); p != nil && !now.Before(p.refresh) {
			due = append(due, set)
		}
	}
	return due
}

func (s *KeySets) set(url string) *keySet {
	s.mu.RLock()
	set := s.sets[url]
	s.mu.RUnlock()
	if set != nil {
		return set
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if set = s.sets[url]; set == nil {
		set = &keySet{
			url: url, pace: entraPace, lack: "the signing keys of the Entra tenant cannot be had now; try again shortly",
			get: func(ctx context.Context) (map[string]key, error) { return s.get(ctx, url) },
		}
		set.used.Store(s.now().Unix())
		s.sets[url] = set
	}
	return set
}

func (s *KeySets) generation(url string) uint64 {
	s.mu.RLock()
	set := s.sets[url]
	s.mu.RUnlock()
	if set == nil {
		return 0
	}
	return set.generation()
}

// maxKeySet bounds a key set: a key with its certificate takes about 3 kB.
const maxKeySet = 256 << 10

func (s *KeySets) get(ctx context.Context, url string) (map[string]key, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("get key set: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := s.doer.Do(ctx, req)
	switch {
	case err != nil:
		return nil, fmt.Errorf("get key set: %w", err)
	case resp.Status != http.StatusOK:
		return nil, fmt.Errorf("get key set: status %d", resp.Status)
	case len(resp.Body) > maxKeySet:
		return nil, fmt.Errorf("get key set: more than %d bytes", maxKeySet)
	}
	return parseKeys(resp.Body)
}
