package wallet

import (
	"sync"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/tenants"
)

// tokenCache is the tokens that are in use on this replica. What it forgets is read from
// the store again.
type tokenCache struct {
	mu     sync.Mutex
	bytes  int
	tokens map[cacheKey]cachedToken
}

// cacheKey names the token of a person at a source.
type cacheKey struct {
	org tenants.ID
	authorizations.Key
}

// cachedToken is a token, good until an instant and for what is stamped on it.
type cachedToken struct {
	token string
	stamp
	until time.Time
}

// stamp is a version of the organization, of which whoever revokes a token makes
// another, and the URL where the token is shown.
type stamp struct {
	version int64
	place   string
}

// The bounds of a cache.
const (
	maxCached      = 50_000
	maxCachedBytes = 64 << 20 // bytes of tokens
)

func newTokenCache() *tokenCache { return &tokenCache{tokens: map[cacheKey]cachedToken{}} }

// get returns the token of a person at a source; empty: there is none that is known to be good.
func (t *tokenCache) get(at cacheKey, good stamp, now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.tokens[at]
	if !ok || c.stamp != good || !now.Before(c.until) {
		return ""
	}
	return c.token
}

// put keeps a token; others make room.
func (t *tokenCache) put(at cacheKey, c cachedToken) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(at)
	for other := range t.tokens {
		if len(t.tokens) < maxCached && t.bytes+len(c.token) <= maxCachedBytes {
			break
		}
		t.drop(other)
	}
	t.tokens[at] = c
	t.bytes += len(c.token)
}

// forget drops a token.
func (t *tokenCache) forget(at cacheKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(at)
}

// drop is forget; the lock is held.
func (t *tokenCache) drop(at cacheKey) {
	t.bytes -= len(t.tokens[at].token)
	delete(t.tokens, at)
}
