package jobs

import (
	"slices"
	"sync"
	"time"

	"gatehouse/internal/tenants"
)

// places bounds how many refreshes of one organization are under way: each, or any
// number while fewer than spare are in all, so that one that is alone does not wait for
// nobody. As many more as each may wait for their turn, so that a place that is given
// back is taken at once; whatever comes then would take what others could work with.
type places struct {
	each, spare int

	mu  sync.Mutex
	all int
	of  map[tenants.ID]*taken
}

// taken is what one organization has.
type taken struct {
	places  int
	waiting []chan struct{} // in the order in which they came; closed when it is their turn
}

func newPlaces(each, spare int) *places {
	return &places{each: each, spare: spare, of: map[tenants.ID]*taken{}}
}

// enter takes a place of an organization's, which leave gives back, and reports
// whether there was one, or has been before patience ran out.
func (p *places) enter(org tenants.ID, patience time.Duration) (leave func(), ok bool) {
	turn := p.queue(org)
	if turn == nil {
		return nil, false
	}
	leave = func() { p.leave(org) }
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-turn:
		return leave, true
	case <-timer.C:
		return leave, !p.giveUp(org, turn)
	}
}

// queue returns what is closed when it is the caller's turn; nil: as many wait as
// may.
func (p *places) queue(org tenants.ID) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.of[org]
	if t == nil {
		t = &taken{}
		p.of[org] = t
	}
	turn := make(chan struct{})
	switch {
	case t.places < p.each || p.all < p.spare:
		t.places++
		p.all++
		close(turn)
	case len(t.waiting) < p.each:
		t.waiting = append(t.waiting, turn)
	default:
		return nil
	}
	return turn
}

// giveUp stops waiting. It returns false if it is the caller's turn after all.
func (p *places) giveUp(org tenants.ID, turn chan struct{}) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.of[org]
	if t == nil {
		return false
	}
	at := slices.Index(t.waiting, turn)
	if at < 0 {
		return false
	}
	t.waiting = slices.Delete(t.waiting, at, at+1)
	return true
}

// leave hands a place on, or gives it back.
func (p *places) leave(org tenants.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.of[org]
	if len(t.waiting) > 0 && (t.places <= p.each || p.all <= p.spare) {
		close(t.waiting[0])
		t.waiting = slices.Delete(t.waiting, 0, 1)
		return
	}
	p.all--
	if t.places--; t.places == 0 {
		delete(p.of, org)
	}
}
