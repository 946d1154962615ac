package entra

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/tenants"
)

// accessKey is everything a token on behalf of somebody depends on. The
// assertion is part of it: what one sign-in may have, another of the same person
// may not, for instance without the second factor.
type accessKey struct {
	org       tenants.ID
	tid       tenants.TID
	person    tenants.GUID
	client    tenants.GUID
	scopes    string
	assertion [sha256.Size]byte
}

// String spells the key without ambiguity.
func (k accessKey) String() string {
	return strings.Join([]string{
		k.org.String(), k.tid.String(), k.person.String(), k.client.String(), hex.EncodeToString(k.assertion[:]), k.scopes,
	}, " ")
}

type held struct {
	token     AccessToken
	until     time.Time
	since     time.Time
	challenge string // what it was asked for with
}

// renewal is how old a token is at least before another is asked for in its place
// because a resource wants one: so soon there is no other, and whoever goes on
// asking is taken for a loop (AADSTS50196).
const renewal = time.Minute

func (h held) isNew(now time.Time) bool { return now.Before(h.since.Add(renewal)) }

// Bounds of the cache. A token takes about 2.5 kB.
const (
	maxAccess   = 16384         // in all
	accessShare = maxAccess / 4 // of one organization, so that none pushes the others out
	accessTidy  = 8             // tokens looked at for each one put in
)

// accessCache holds tokens in memory. Nothing but a good token is ever held.
type accessCache struct {
	mu     sync.Mutex
	orgs   map[tenants.ID]map[accessKey]held
	total  int
	purges map[tenants.ID]uint64
}

func newAccessCache() *accessCache {
	return &accessCache{orgs: map[tenants.ID]map[accessKey]held{}, purges: map[tenants.ID]uint64{}}
}

// get returns the token held. One that a resource challenges is given up, unless
// it is new and the answer to the same challenge.
func (c *accessCache) get(key accessKey, challenge string, now time.Time) (AccessToken, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.orgs[key.org][key]
	if !ok || !now.Before(h.until) {
		return AccessToken{}, false
	}
	if challenge != "" && (h.challenge != challenge || !h.isNew(now)) {
		c.remove(key)
		return AccessToken{}, false
	}
	return h.token, true
}

// refuse gives up a token that a resource does not accept, unless it is new or
// not the one that is held.
func (c *accessCache) refuse(key accessKey, token string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h, ok := c.orgs[key.org][key]; ok && h.token.token == token && !h.isNew(now) {
		c.remove(key)
	}
}

// epoch changes with every purge in the organization.
func (c *accessCache) epoch(org tenants.ID) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.purges[org]
}

// put holds a token, unless something was purged since the epoch in which it was
// asked for: it might be what was meant.
func (c *accessCache) put(key accessKey, h held, epoch uint64, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.purges[key.org] {
		return
	}
	c.tidy(key.org, now)
	c.makeRoom(key.org)
	if c.orgs[key.org] == nil {
		c.orgs[key.org] = map[accessKey]held{}
	}
	if _, again := c.orgs[key.org][key]; !again {
		c.total++
	}
	c.orgs[key.org][key] = h
}

// tidy drops what has expired among a few tokens. Go iterates a map from a random
// place, so that in the long run every token is looked at.
func (c *accessCache) tidy(org tenants.ID, now time.Time) {
	looked := 0
	for key, h := range c.orgs[org] {
		if !now.Before(h.until) {
			c.remove(key)
		}
		if looked++; looked == accessTidy {
			return
		}
	}
}

// makeRoom drops tokens where the organization's share or the whole is full.
func (c *accessCache) makeRoom(org tenants.ID) {
	if len(c.orgs[org]) >= accessShare {
		c.removeAny(org)
	}
	if c.total < maxAccess {
		return
	}
	for other := range c.orgs {
		c.removeAny(other)
		return
	}
}

func (c *accessCache) removeAny(org tenants.ID) {
	for key := range c.orgs[org] {
		c.remove(key)
		return
	}
}

func (c *accessCache) remove(key accessKey) {
	of := c.orgs[key.org]
	if _, ok := of[key]; !ok {
		return
	}
	c.total--
	if delete(of, key); len(of) == 0 {
		delete(c.orgs, key.org)
	}
}

func (c *accessCache) purge(org tenants.ID, person tenants.GUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.purges[org]++
	for key := range c.orgs[org] {
		if key.person == person {
			c.remove(key)
		}
	}
}
