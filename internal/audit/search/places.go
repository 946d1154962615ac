package search

import (
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// How many contents one organization reads at a time from a process, and how many all
// of them do: the rest of the machine is for calls.
const (
	mostOfOne = 2
	mostOfAll = 4
)

// places are what contents under way take.
type places struct {
	mu    sync.Mutex
	taken map[tenants.ID]int
	all   int
}

// enter takes a place, which leave gives back, or refuses with Limited.
func (p *places) enter(org tenants.ID) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[org] >= mostOfOne || p.all >= mostOfAll {
		return nil, fault.New(fault.Limited, "as many exports are under way as may be at a time; retry when one has ended").RetryAfter(10 * time.Second)
	}
	if p.taken == nil {
		p.taken = map[tenants.ID]int{}
	}
	p.taken[org]++
	p.all++
	return sync.OnceFunc(func() { p.leave(org) }), nil
}

func (p *places) leave(org tenants.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.taken[org]--; p.taken[org] == 0 {
		delete(p.taken, org)
	}
}
