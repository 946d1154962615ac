package wallet

import (
	"sync"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/tenants"
)

// purse is the tokens that are in use on this replica. What it forgets is read from
// the store again.
type purse struct {
	mu    sync.Mutex
	bytes int
	coins map[pocket]coin
}

// pocket names the token of a person at a source.
type pocket struct {
	org tenants.ID
	authorizations.Key
}

// coin is a token, good until an instant and for what is stamped on it.
type coin struct {
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

// The bounds of a purse.
const (
	mostCoins  = 50_000
	mostPursed = 64 << 20 // bytes of tokens
)

func newPurse() *purse { return &purse{coins: map[pocket]coin{}} }

// get returns the token of a pocket; empty: there is none that is known to be good.
func (p *purse) get(at pocket, good stamp, now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.coins[at]
	if !ok || c.stamp != good || !now.Before(c.until) {
		return ""
	}
	return c.token
}

// put keeps a token; others make room.
func (p *purse) put(at pocket, c coin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(at)
	for other := range p.coins {
		if len(p.coins) < mostCoins && p.bytes+len(c.token) <= mostPursed {
			break
		}
		p.drop(other)
	}
	p.coins[at] = c
	p.bytes += len(c.token)
}

// forget drops a token.
func (p *purse) forget(at pocket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(at)
}

// drop is forget; the lock is held.
func (p *purse) drop(at pocket) {
	p.bytes -= len(p.coins[at].token)
	delete(p.coins, at)
}
