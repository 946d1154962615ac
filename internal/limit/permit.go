package limit

import (
	"fmt"
	"hash/maphash"
	"sync"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// roomOf counts the calls that organizations and their callers have under way.
type roomOf struct {
	seed         maphash.Seed
	shards       [shards]occupied
	organization int // places of one
	caller       int
	full, share  string // public sentences
}

// occupied is one shard. It remembers nobody who has no call under way.
type occupied struct {
	mu      sync.Mutex
	callers map[key]int
	all     map[tenants.ID]int
}

func newRoomOf(c Config) *roomOf {
	r := &roomOf{
		seed: maphash.MakeSeed(), organization: c.MaxConcurrentPerOrganization, caller: c.MaxConcurrentPerCaller,
		full:  fmt.Sprintf("the organization's limit of %d calls under way is reached; retry when some have ended", c.MaxConcurrentPerOrganization),
		share: fmt.Sprintf("your limit of %d calls under way is reached; retry when some have ended", c.MaxConcurrentPerCaller),
	}
	for i := range r.shards {
		r.shards[i].callers, r.shards[i].all = map[key]int{}, map[tenants.ID]int{}
	}
	return r
}

// enter takes a place for a call, or refuses it.
func (r *roomOf) enter(org tenants.ID, caller tenants.GUID) (Permit, error) {
	s := &r.shards[maphash.Comparable(r.seed, org)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	who := key{org: org, id: caller}
	if s.all[org] >= r.organization {
		return Permit{}, fault.New(fault.Limited, r.full).RetryAfter(concurrencyRetry)
	}
	if s.callers[who] >= r.caller {
		return Permit{}, fault.New(fault.Limited, r.share).RetryAfter(concurrencyRetry)
	}
	s.all[org]++
	s.callers[who]++
	return Permit{shard: s, who: who}, nil
}

// Permit is the place of one admitted call.
type Permit struct {
	shard *occupied
	who   key
}

// Release gives the place back. Releasing a Permit twice does nothing the second
// time; a copy of one must not be released too.
func (p *Permit) Release() {
	if p.shard == nil {
		return
	}
	p.shard.leave(p.who)
	p.shard = nil
}

func (s *occupied) leave(who key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.callers[who]--; s.callers[who] == 0 {
		delete(s.callers, who)
	}
	if s.all[who.org]--; s.all[who.org] == 0 {
		delete(s.all, who.org)
	}
}
