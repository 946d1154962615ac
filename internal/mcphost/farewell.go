package mcphost

import (
	"sync"

	"gatehouse/internal/tenants"
)

// How many ended sessions servers are still told of.
const (
	mostFarewells             = 512 // of this replica, those under way included
	mostFarewellsOrganization = 128
	farewellsAtATime          = 4 // of an organization
)

// farewells are what is said to servers behind answers, a few at a time for each
// organization: one whose servers are slow keeps no other waiting. The zero value
// is ready.
type farewells struct {
	mu    sync.Mutex
	many  int // waiting and under way
	lines map[tenants.ID]*line
}

// line is what an organization has to say.
type line struct {
	many    int
	workers int
	waiting []func()
}

// add has say called soon, or not at all where too many wait already.
func (f *farewells) add(org tenants.ID, say func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.lines[org]
	if l == nil {
		l = &line{}
	}
	if f.many >= mostFarewells || l.many >= mostFarewellsOrganization {
		return
	}
	if f.lines == nil {
		f.lines = map[tenants.ID]*line{}
	}
	f.many++
	l.many++
	l.waiting, f.lines[org] = append(l.waiting, say), l
	if l.workers < farewellsAtATime {
		l.workers++
		go f.work(org, l)
	}
}

// work says what waits in a line until nothing does.
func (f *farewells) work(org tenants.ID, l *line) {
	for say := f.next(org, l); say != nil; say = f.next(org, l) {
		say()
		f.mu.Lock()
		f.many--
		l.many--
		f.mu.Unlock()
	}
}

// next takes what waits longest, or ends a worker.
func (f *farewells) next(org tenants.ID, l *line) (say func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(l.waiting) == 0 {
		if l.workers--; l.workers == 0 {
			delete(f.lines, org)
		}
		return nil
	}
	say, l.waiting[0] = l.waiting[0], nil
	l.waiting = l.waiting[1:]
	return say
}
