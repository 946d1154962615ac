package mcphost

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// What streams a replica holds open.
const (
	mostStreams             = 50_000
	mostStreamsOrganization = 20_000
	mostStreamsCaller       = 32
)

// streaming is what the open streams of a replica have in common.
type streaming struct {
	all, organizations, callers *limit.Places
	looking                     chan struct{} // lets a few compare at a time: calls go on meanwhile
	seed                        maphash.Seed
	watches                     *watches

	mu    sync.Mutex
	views map[tenants.ID]*lists
}

// How many streams do the same at a time.
const (
	comparers = 4 // of all, compare their lists
	renewers  = 2 // of one organization, derive their caller anew
)

// enter waits for a place and returns what gives it back.
func enter(ctx context.Context, places chan struct{}) (leave func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func newStreaming(h *Host) (*streaming, error) {
	s := &streaming{looking: make(chan struct{}, comparers), seed: maphash.MakeSeed(), watches: newWatches(h), views: map[tenants.ID]*lists{}}
	for _, p := range []struct {
		places **limit.Places
		each   int
	}{{&s.all, mostStreams}, {&s.organizations, mostStreamsOrganization}, {&s.callers, mostStreamsCaller}} {
		var err error
		if *p.places, err = limit.NewPlaces(p.each); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// enter takes a place for a stream of a caller.
func (s *streaming) enter(by authz.Caller) (leave func(), err error) {
	org := by.Org().String()
	var taken []func()
	back := func() {
		for _, leave := range taken {
			leave()
		}
	}
	for _, p := range []struct {
		places *limit.Places
		name   string
	}{{s.callers, org + by.Identity().OID.String()}, {s.organizations, org}, {s.all, ""}} {
		leave, err := p.places.Enter(p.name)
		if err != nil {
			back()
			return nil, fault.Wrap(fault.Limited, "too many streams are open; close some and try again", err).RetryAfter(5 * time.Second)
		}
		taken = append(taken, leave)
	}
	s.join(by.Org())
	return func() { s.part(by.Org()); back() }, nil
}

// lists remembers, for the streams of an organization, what the lists of its
// newest view come to: however many see the same list, it is read once. Their share
// of the work stands beside.
type lists struct {
	streams  int
	snap     *snapshot.Snapshot
	sums     map[listName]uint64
	renewers chan struct{}
}

// listName names a list of a view.
type listName struct {
	change change
	key    string
}

// mostSums bounds what is remembered of a view.
const mostSums = 1024

func (s *streaming) join(org tenants.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.views[org] == nil {
		s.views[org] = &lists{renewers: make(chan struct{}, renewers)}
	}
	s.views[org].streams++
}

// renewers returns the places of an organization that has streams.
func (s *streaming) renewers(org tenants.ID) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.views[org].renewers
}

func (s *streaming) part(org tenants.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.views[org].streams--; s.views[org].streams == 0 {
		delete(s.views, org)
	}
}

// sum returns a number that differs where what a caller sees differs. Nobody but
// this process can find two lists with one number: the seed is its own.
func (h *Host) sum(of change, by authz.Caller, req *request) uint64 {
	s, name := h.streaming, listName{of, req.listKey(by)}
	s.mu.Lock()
	l := s.views[by.Org()]
	if l.snap != req.snap && (l.snap == nil || l.snap.Version <= req.snap.Version) {
		l.snap, l.sums = req.snap, map[listName]uint64{}
	}
	sum, known := l.sums[name]
	known = known && l.snap == req.snap
	s.mu.Unlock()
	if known {
		return sum
	}
	var text maphash.Hash
	text.SetSeed(s.seed)
	for _, kind := range of.kinds() {
		_, _ = text.Write(h.listOf(kind, by, req))
		_ = text.WriteByte(0)
	}
	sum = text.Sum64()
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.snap == req.snap && len(l.sums) < mostSums {
		l.sums[name] = sum
	}
	return sum
}

// change is a list that a client wants to hear of.
type change uint8

// The lists, in the order of the protocol.
const (
	toolsChange change = iota
	promptsChange
	resourcesChange
	changes
)

// kinds returns what is in the list.
func (c change) kinds() []tools.Kind {
	return [changes][]tools.Kind{{tools.KindTool}, {tools.KindPrompt}, {tools.KindResource, tools.KindTemplate}}[c]
}

// name returns how the protocol calls the list.
func (c change) name() string { return [changes]string{"tools", "prompts", "resources"}[c] }

// Drain ends every stream and every exchange that waits for a person, in words,
// because the process is about to end. It returns when what they leave behind for
// other replicas is in the database, or when ctx ends. New ones end at once.
func (h *Host) Drain(ctx context.Context) {
	h.drain.Do(func() { close(h.draining) })
	done := make(chan struct{})
	go func() {
		h.parking.open.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
