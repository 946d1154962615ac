package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"gatehouse/internal/tenants"
)

// organizations is one shard of the organizations' buckets and places.
type organizations struct {
	mu      sync.Mutex
	entries map[tenants.ID]*organization
	rate    Rate
	room    int
}

// organization is guarded by its shard's lock.
type organization struct {
	bucket   *rate.Limiter
	underWay int
	callers  map[tenants.GUID]int // calls under way of those who have any
}

func newOrganizations(r Rate, room int) organizations {
	return organizations{entries: map[tenants.ID]*organization{}, rate: r, room: room}
}

// verdict is what the organization's limits say to a call.
type verdict uint8

const (
	noRoom verdict = iota
	admitted
	overRate
	overConcurrency
	overShare
)

// places is how many calls may be under way: of an organization, and of one of
// its callers.
type places struct{ organization, caller int }

// take takes a place and a token. A call without a place takes no token.
func (o *organizations) take(k key, now time.Time, room places) (Permit, verdict, time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.entries[k.org]
	if !ok {
		if e = o.add(k.org, now); e == nil {
			return Permit{}, noRoom, 0
		}
	}
	if e.underWay >= room.organization {
		return Permit{}, overConcurrency, 0
	}
	if e.callers[k.caller] >= room.caller {
		return Permit{}, overShare, 0
	}
	if !e.bucket.AllowN(now, 1) {
		return Permit{}, overRate, until(e.bucket, now)
	}
	e.underWay++
	e.callers[k.caller]++
	return Permit{o, e, k.caller}, admitted, 0
}

// add returns a new entry, or nil when the table is full of organizations that
// are busy: forgetting one of those would lift its limits.
func (o *organizations) add(org tenants.ID, now time.Time) *organization {
	if len(o.entries) >= o.room && !o.evict(now) {
		return nil
	}
	e := &organization{bucket: rate.NewLimiter(rate.Limit(o.rate.PerSecond), o.rate.Burst), callers: map[tenants.GUID]int{}}
	o.entries[org] = e
	return e
}

// evict forgets an organization without calls under way and with a full bucket.
func (o *organizations) evict(now time.Time) bool {
	for id, e := range o.entries {
		if e.underWay == 0 && full(e.bucket, now) {
			delete(o.entries, id)
			return true
		}
	}
	return false
}

// Permit is the place of one admitted call.
type Permit struct {
	shard  *organizations
	entry  *organization
	caller tenants.GUID
}

// Release gives the place back. Releasing a Permit twice does nothing the second
// time; a copy of one must not be released too.
func (p *Permit) Release() {
	if p.shard == nil {
		return
	}
	p.shard.mu.Lock()
	p.entry.underWay--
	if p.entry.callers[p.caller]--; p.entry.callers[p.caller] == 0 {
		delete(p.entry.callers, p.caller)
	}
	p.shard.mu.Unlock()
	p.shard, p.entry = nil, nil
}
