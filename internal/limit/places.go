package limit

import (
	"crypto/sha256"
	"sync"

	"gatehouse/internal/fault"
)

// Places bounds how much each of those who are told apart by a text only, be it a
// person or all of a replica, may have under way. It is safe for concurrent use, and remembers nobody who has
// none under way.
type Places struct {
	mu    sync.Mutex
	taken map[[sha256.Size]byte]int
	each  int
}

// NewPlaces returns so many places for each name, or an error when that is none.
func NewPlaces(each int) (*Places, error) {
	if err := positive("Places", each); err != nil {
		return nil, err
	}
	return &Places{taken: map[[sha256.Size]byte]int{}, each: each}, nil
}

// Enter takes a place, which leave gives back, or refuses with Limited and the
// time to wait. Leaving twice is a mistake. It keeps a hash of the name only.
func (p *Places) Enter(name string) (leave func(), err error) {
	who := sha256.Sum256([]byte(name))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[who] >= p.each {
		return nil, fault.Newf(fault.Limited, "the limit of %d under way at a time is reached; retry when some have ended", p.each).RetryAfter(concurrencyRetry)
	}
	p.taken[who]++
	return func() { p.leave(who) }, nil
}

func (p *Places) leave(who [sha256.Size]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[who]--; p.taken[who] == 0 {
		delete(p.taken, who)
	}
}
