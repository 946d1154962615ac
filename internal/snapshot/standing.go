package snapshot

import (
	"runtime"
	"sync"
	"sync/atomic"
	"weak"

	"gatehouse/internal/tenants"
)

// Standing stands for what is known of one person's memberships on this replica.
// It moves whenever that has changed. Whoever derives something from memberships
// takes At before anything of them is read, keeps both, and relies on what was
// derived only while Still. It is safe for concurrent use.
type Standing struct {
	moves atomic.Uint64

	mu    sync.Mutex
	last  uint64        // the change that was heard of last
	later chan struct{} // closed at the next move; nil while nobody waits
}

// At returns where the standing is now.
func (s *Standing) At() uint64 { return s.moves.Load() }

// Still reports whether nothing has changed since. It costs one atomic load.
func (s *Standing) Still(at uint64) bool { return s.moves.Load() == at }

// Left returns a channel that is closed once the standing is elsewhere: at once if
// it already is.
func (s *Standing) Left(at uint64) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Still(at) {
		return passed
	}
	if s.later == nil {
		s.later = make(chan struct{})
	}
	return s.later
}

// heard reports whether a change was the last one that the standing moved for.
func (s *Standing) heard(change uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return change != 0 && s.last == change
}

func (s *Standing) move(change uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = change
	s.moves.Add(1)
	if s.later != nil {
		close(s.later)
		s.later = nil
	}
}

// Standings are those of all people of whom this replica remembers anything. Each
// lives exactly as long as somebody holds it, so that no change is lost on whoever
// relies on one, and nothing is left of those on whom nobody does.
type Standings struct {
	mu  sync.Mutex
	all map[member]weak.Pointer[Standing]
}

// member names a person of an organization.
type member struct {
	org    tenants.ID
	person tenants.GUID
}

// NewStandings returns Standings of nobody yet.
func NewStandings() *Standings { return &Standings{all: map[member]weak.Pointer[Standing]{}} }

// Of returns the standing of a person: the same for all who hold it.
func (s *Standings) Of(org tenants.ID, person tenants.GUID) *Standing {
	m := member{org, person}
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.all[m].Value(); one != nil {
		return one
	}
	one := &Standing{}
	s.all[m] = weak.Make(one)
	runtime.AddCleanup(one, s.forget, m)
	return one
}

// forget drops a person on whose standing nobody relies any more.
func (s *Standings) forget(m member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[m].Value() == nil {
		delete(s.all, m)
	}
}

// known returns the standing of a person if somebody relies on it, or nil.
func (s *Standings) known(m member) *Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[m].Value()
}

// Moved says that what is known of a person's memberships has changed. Change names
// which time that is, because one change may be heard of many times; zero is one
// that was not heard of before. Before the standing moves, forget drops what was
// known; neither happens where the standing has moved for this change last.
func (s *Standings) Moved(org tenants.ID, person tenants.GUID, change uint64, forget func()) {
	m := member{org, person}
	if one := s.known(m); one != nil && one.heard(change) {
		return
	}
	forget()
	// Whoever has come to rely on a standing meanwhile may have read what was known.
	if one := s.known(m); one != nil {
		one.move(change)
	}
}

// Standing returns what stands for all that is known here of a person's
// memberships.
func (l *Leases) Standing(org tenants.ID, person tenants.GUID) *Standing {
	return l.standings.Of(org, person)
}

// OnMembershipChange has forget called with each person whose memberships have
// changed, before anything is derived from them anew: it drops what is remembered
// of the person. It must not wait, and is for before Run.
func (l *Leases) OnMembershipChange(forget func(org tenants.ID, person tenants.GUID)) {
	l.forget = append(l.forget, forget)
}

func (l *Leases) moved(c Change) {
	l.standings.Moved(c.Org, c.Person, c.Moment, func() {
		for _, forget := range l.forget {
			forget(c.Org, c.Person)
		}
	})
}
