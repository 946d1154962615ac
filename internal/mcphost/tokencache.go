package mcphost

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// tokenCache remembers callers whose token has been verified, so that only a
// token's first call pays for its signature. It never remembers a refusal.
//
// An entry is bound to the token's bytes and the endpoint through its key; to mode, issuer, audience, clients, assignments and
// revocations through the last version that decides anything; to memberships through
// the person's standing; and to the generation of the keys. All are compared on every
// hit. It lives no longer than
// any assignment that the caller's roles rest on. It holds the caller's decisions,
// never the token.
type tokenCache struct {
	shards [cacheShards]cacheShard
}

const (
	cacheShards   = 64
	cacheShardMax = 1024              // entries of one shard: 65,536 in all
	cacheShare    = cacheShardMax / 4 // of one organization, so that none pushes the others out
	cacheLife     = 5 * time.Minute   // the longest an entry lives
	setBack       = time.Minute       // what a clock may be set back without a difference
)

type cacheShard struct {
	mu      sync.RWMutex
	entries map[cacheKey]*cached
	held    map[tenants.ID]int
}

type cacheKey struct {
	token   [sha256.Size]byte
	org     tenants.ID
	toolset string // whose endpoint of the organization it is; empty: its own
}

type cached struct {
	caller     authz.Caller
	stepsUp    stepsUp
	held       []string // its scopes
	decisions  int64
	generation uint64
	standing   *snapshot.Standing // of the person
	at         uint64             // where it was
	until      int64              // unix nanoseconds

	told [4]atomic.Pointer[byte] // lists that the log has, by kind: where they begin
}

// stands reports whether what the entry says is true now. It takes no lock. An entry
// that would live longer than any is from before the clock was set back.
func (e *cached) stands(decisions int64, generation uint64, now time.Time) bool {
	left := time.Duration(e.until - now.UnixNano())
	return e.decisions == decisions && e.generation == generation && left > 0 && left <= cacheLife+setBack && e.standing.Still(e.at)
}

func newTokenCache() *tokenCache {
	c := &tokenCache{}
	for i := range c.shards {
		c.shards[i].entries, c.shards[i].held = map[cacheKey]*cached{}, map[tenants.ID]int{}
	}
	return c
}

// keyOf hashes the exact bytes of a token. They are copied into a buffer that is
// used again: converting the string would allocate the token anew for each call.
func keyOf(req *request, token string) cacheKey {
	buffer := buffers.get()
	defer buffers.put(buffer)
	*buffer = append((*buffer)[:0], token...)
	return cacheKey{token: sha256.Sum256(*buffer), org: req.snap.Organization.ID, toolset: req.toolset}
}

// get returns what is remembered under a key, or nil.
func (c *tokenCache) get(key cacheKey, decisions int64, generation uint64, now time.Time) *cached {
	s := &c.shards[key.token[0]%cacheShards]
	s.mu.RLock()
	e, ok := s.entries[key]
	s.mu.RUnlock()
	if !ok || !e.stands(decisions, generation, now) {
		return nil
	}
	return e
}

func (c *tokenCache) put(key cacheKey, e *cached) {
	s := &c.shards[key.token[0]%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.entries[key]; !again {
		s.makeRoom(key.org)
		s.held[key.org]++
	}
	s.entries[key] = e
}

// makeRoom drops one entry where the organization's share or the shard is full.
// Go iterates a map from a random place, which is as good a victim as any.
func (s *cacheShard) makeRoom(org tenants.ID) {
	mine := s.held[org] >= cacheShare
	if !mine && len(s.entries) < cacheShardMax {
		return
	}
	for key := range s.entries {
		if mine && key.org != org {
			continue
		}
		delete(s.entries, key)
		if s.held[key.org]--; s.held[key.org] == 0 {
			delete(s.held, key.org)
		}
		return
	}
}
