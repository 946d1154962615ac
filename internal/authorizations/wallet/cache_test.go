package wallet

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/tenants"
)

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	p, now := newTokenCache(), time.Now()
	large := strings.Repeat("x", maxCachedBytes/10)
	at := func() cacheKey { return cacheKey{tenants.ID{}, authorizations.Key{Person: tenants.NewGUID()}} }
	for range 25 {
		p.put(at(), cachedToken{large, stamp{version: 1}, now.Add(time.Hour)})
		if p.bytes > maxCachedBytes || len(p.tokens) > 10 {
			t.Fatalf("%d bytes in %d", p.bytes, len(p.tokens))
		}
	}
	one := at()
	p.put(one, cachedToken{"a", stamp{version: 1}, now.Add(time.Hour)})
	p.put(one, cachedToken{"bc", stamp{version: 1}, now.Add(time.Hour)})
	for range maxCached + 10 {
		p.put(at(), cachedToken{"a", stamp{version: 1}, now.Add(time.Hour)})
	}
	if len(p.tokens) > maxCached {
		t.Errorf("%d tokens", len(p.tokens))
	}
	for other := range p.tokens {
		p.forget(other)
	}
	if p.bytes != 0 {
		t.Errorf("%d bytes of nothing", p.bytes)
	}
}

func TestCoinIsGoodForAWhileAVersionAndAPlace(t *testing.T) {
	t.Parallel()
	p, now, at := newTokenCache(), time.Now(), cacheKey{}
	p.put(at, cachedToken{"a", stamp{3, "here"}, now.Add(time.Minute)})
	if p.get(at, stamp{3, "here"}, now) != "a" || p.get(at, stamp{4, "here"}, now) != "" || p.get(at, stamp{3, "there"}, now) != "" || p.get(at, stamp{3, "here"}, now.Add(time.Minute)) != "" {
		t.Error("it is good for something else")
	}
}
