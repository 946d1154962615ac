package graph

import (
	"sync"
	"sync/atomic"
	"time"
)

// purse is what background questions may spend of one limit of Graph's, in
// resource units. It fills evenly and holds little, so that in any window of the
// limit no more than half of it is spent in the background. Nothing here locks.
type purse struct {
	limit  int64 // resource units that Graph allows in a window
	window time.Duration

	due    atomic.Int64  // when all that was spent will have come in again, in ns since 1970
	closed atomic.Int64  // until when nothing is spent in the background, likewise
	share  atomic.Uint64 // since when (ns >> shareBits) and how much of the half is ours, in 1/wholeShare
	row    atomic.Int32  // refusals that did not say for how long, in a row
}

// Shares of a limit. Background questions leave half of it. A tenth of that half may
// be spent at once, the rest comes evenly.
const (
	background = 2
	atOnce     = 10
)

// Graph tells how much of a limit is used from 80 % on, whoever used it
// (Microsoft Graph, "Throttling"). Then a replica halves what it takes, because
// others take as well, and tries for more little by little: from the least share to
// the whole in half an hour.
const (
	wholeShare  = 64
	leastShare  = 1
	regainEvery = 30 * time.Second
	shareBits   = 7
)

func newPurse(limit int64, window time.Duration) *purse {
	p := &purse{limit: limit, window: window}
	p.share.Store(wholeShare)
	return p
}

// spend takes units out, or says how long to wait until that may be tried.
func (p *purse) spend(now time.Time, units int64) (wait time.Duration) {
	at := now.UnixNano()
	if left := time.Duration(p.closed.Load() - at); left > 0 {
		return left
	}
	each := p.each(at)
	tolerance := int64(p.window) / atOnce // what is held at most, as time
	for {
		due := p.due.Load()
		next := max(due, at) + units*each
		if over := next - at - tolerance; over > 0 && due > at {
			return time.Duration(min(over, due-at)) // what costs more than is held is let through when nothing is owed
		}
		if p.due.CompareAndSwap(due, next) {
			return 0
		}
	}
}

// settle corrects what was taken by what it has cost; more or less.
func (p *purse) settle(now time.Time, units int64) {
	if units != 0 {
		p.due.Add(units * p.each(now.UnixNano()))
	}
}

// each is how long a unit takes to come in. What may be held besides counts within
// the half.
func (p *purse) each(at int64) int64 {
	_, share := p.held(at)
	evenly := p.limit * (atOnce - 1) * share
	return int64(p.window) * background * atOnce * wholeShare / evenly
}

// held is what part of the half is ours, and since when.
func (p *purse) held(at int64) (since, share int64) {
	packed := p.share.Load()
	since, share = int64(packed>>shareBits)<<shareBits, int64(packed&(1<<shareBits-1))
	if since == 0 {
		return 0, share
	}
	return since, min(share+max(at-since, 0)/int64(regainEvery), wholeShare)
}

// crowded has Graph near the limit: what is ours is halved, once in a window, and
// the rest of the window is left to those who are waited for.
func (p *purse) crowded(now time.Time) {
	at := now.UnixNano()
	p.close(at + int64(p.window))
	packed := p.share.Load()
	since, share := p.held(at)
	if since != 0 && at-since < int64(p.window) {
		return
	}
	next := uint64(at)>>shareBits<<shareBits | uint64(max(share/2, leastShare))
	p.share.CompareAndSwap(packed, next) // who was faster has halved it
}

// refused has Graph over the limit. Without a Retry-After it is left alone for a
// window, and for twice as long each time that was not enough.
func (p *purse) refused(now time.Time, after time.Duration) {
	p.crowded(now)
	if after <= 0 {
		after = p.window << min(p.row.Add(1)-1, 5)
	}
	p.close(now.Add(after).UnixNano())
}

// answered ends a row of refusals.
func (p *purse) answered() {
	if p.row.Load() != 0 {
		p.row.Store(0)
	}
}

func (p *purse) close(until int64) {
	for {
		closed := p.closed.Load()
		if closed >= until || p.closed.CompareAndSwap(closed, until) {
			return
		}
	}
}

// idle reports whether forgetting the purse would change nothing.
func (p *purse) idle(now time.Time) bool {
	at := now.UnixNano()
	_, share := p.held(at)
	return share == wholeShare && p.due.Load() <= at && p.closed.Load() <= at
}

// purses are those of one kind of limit.
type purses[K comparable] struct {
	limit  int64
	window time.Duration
	by     sync.Map // K → *purse
	n      atomic.Int64
}

// maxPurses is beyond how many those are forgotten that are as good as new.
const maxPurses = 1 << 16

func (s *purses[K]) of(key K, now time.Time) *purse {
	if p, ok := s.by.Load(key); ok {
		return p.(*purse)
	}
	if s.n.Load() >= maxPurses {
		s.tidy(now)
	}
	p, known := s.by.LoadOrStore(key, newPurse(s.limit, s.window))
	if !known {
		s.n.Add(1)
	}
	return p.(*purse)
}

func (s *purses[K]) tidy(now time.Time) {
	s.by.Range(func(key, p any) bool {
		if p.(*purse).idle(now) {
			if _, was := s.by.LoadAndDelete(key); was {
				s.n.Add(-1)
			}
		}
		return true
	})
}
