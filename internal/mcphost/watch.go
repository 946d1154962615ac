package mcphost

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Refresher reads anew what a source offers.
type Refresher interface {
	// Changed says that a source has told of a change. However often it does, the
	// source is read once in a while; what changes with that changes the
	// organization's view. It returns at once.
	Changed(ctx context.Context, org tenants.ID, source tenants.GUID)
	// StaleFor reads on behalf of a person what sources of a view offer that
	// answer people only, where it was read long ago. It returns at once.
	StaleFor(ctx context.Context, by authz.Caller, assertion authz.Assertion, snap *snapshot.Snapshot)
}

// How sources are watched.
const (
	mostWatches    = 500 // of one organization, on this replica
	watchAgain     = time.Second
	watchAgainMost = time.Minute
)

// watches are the sources that streams want to hear of. Nobody watches a source
// that no stream wants. What lists a source has is watched once for everybody, on
// behalf of one of them who sees something of it; its resources and tasks once
// for each person and client.
type watches struct {
	host *Host

	mu   sync.Mutex
	all  map[watchKey]*watch
	held map[tenants.ID]int
	of   map[*stream]interest
}

// interest is what a stream wants to hear of, and on whose behalf.
type interest struct {
	by        authz.Caller
	client    tools.Client
	assertion authz.Assertion
	sources   map[watchKey]topics
}

// topics is what is to be heard of a source besides its lists.
type topics struct{ uris, tasks []string }

// watchKey names a watch. Whoever asks for lists is nobody in particular.
type watchKey struct {
	org    tenants.ID
	source tenants.GUID
	person tenants.GUID
	client string
}

// watch is one source that is watched.
type watch struct {
	key     watchKey
	streams map[*stream]bool
	sponsor *stream // on whose behalf it is watched
	server  tools.Server
	topics  topics // sorted
	stop    context.CancelFunc
}

func newWatches(h *Host) *watches {
	return &watches{
		host: h, all: map[watchKey]*watch{}, held: map[tenants.ID]int{}, of: map[*stream]interest{},
	}
}

// want has the sources watched that a stream wants to hear of now.
func (w *watches) want(s *stream) {
	now := interest{by: s.by, client: clientOf(s.req), assertion: authz.NewAssertion(s.req.token), sources: s.wanted()}
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range w.of[s].sources {
		if _, still := now.sources[key]; !still {
			w.drop(s, key)
		}
	}
	if len(now.sources) == 0 {
		delete(w.of, s)
		return
	}
	w.of[s] = now
	for key := range now.sources {
		w.join(s, key)
	}
}

// leave ends what a stream has wanted.
func (w *watches) leave(s *stream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range w.of[s].sources {
		w.drop(s, key)
	}
	delete(w.of, s)
}

// wanted returns what a stream wants to hear of under its view.
func (s *stream) wanted() map[watchKey]topics {
	all, id := map[watchKey]topics{}, s.by.Identity()
	if s.wants != [changes]bool{} {
		catalog := s.req.snap.Catalog
		for at := range catalog.Names() {
			if source := catalog.At(at).Source; !source.IsZero() && s.req.listed(s.by, at) {
				all[watchKey{org: s.by.Org(), source: source}] = topics{}
			}
		}
	}
	for uri := range s.uris {
		at, ok := s.req.resource(s.by, uri)
		if !ok {
			continue
		}
		if source := s.req.snap.Catalog.At(at).Source; !source.IsZero() {
			key := watchKey{s.by.Org(), source, id.OID, id.Client}
			of := all[key]
			of.uris = append(of.uris, uri)
			all[key] = of
		}
	}
	for _, t := range s.tasks {
		if s.req.hasTask(s.by, t) {
			key := watchKey{s.by.Org(), t.source, id.OID, id.Client}
			of := all[key]
			of.tasks = append(of.tasks, t.id)
			all[key] = of
		}
	}
	return all
}

// join adds a stream to a watch, which begins with the first. The caller holds the
// lock, as of the methods that follow.
func (w *watches) join(s *stream, key watchKey) {
	_, server, ok := s.req.snap.Source(key.source)
	if !ok {
		return
	}
	one := w.all[key]
	if one == nil {
		if w.held[key.org] >= mostWatches {
			return // it is heard of when the source is read again
		}
		one = &watch{key: key, streams: map[*stream]bool{}}
		w.all[key] = one
		w.held[key.org]++
	}
	one.streams[s] = true
	w.follow(one, server)
}

// drop takes a stream off a watch, which ends with the last.
func (w *watches) drop(s *stream, key watchKey) {
	one := w.all[key]
	if one == nil || !one.streams[s] {
		return
	}
	delete(one.streams, s)
	if len(one.streams) > 0 {
		w.follow(one, one.server)
		return
	}
	one.stop()
	delete(w.all, key)
	if w.held[key.org]--; w.held[key.org] == 0 {
		delete(w.held, key.org)
	}
}

// follow starts watching anew if it is about something else than before, or on
// behalf of somebody who is not there any more.
func (w *watches) follow(one *watch, server tools.Server) {
	uris, tasks := map[string]bool{}, map[string]bool{}
	for s := range one.streams {
		of := w.of[s].sources[one.key]
		for _, uri := range of.uris {
			uris[uri] = true
		}
		for _, id := range of.tasks {
			tasks[id] = true
		}
	}
	all := topics{slices.Sorted(maps.Keys(uris)), slices.Sorted(maps.Keys(tasks))}
	if one.streams[one.sponsor] && one.server == server && slices.Equal(one.topics.uris, all.uris) && slices.Equal(one.topics.tasks, all.tasks) {
		return
	}
	before := one.stop
	if !one.streams[one.sponsor] {
		for s := range one.streams {
			one.sponsor = s
			break
		}
	}
	one.server, one.topics = server, all
	var ctx context.Context
	ctx, one.stop = context.WithCancel(context.Background())
	go w.run(ctx, server, w.of[one.sponsor].by, w.about(one))
	if before != nil {
		before()
	}
}

// about is what a source is told of whoever watches it.
func (w *watches) about(one *watch) tools.Watch {
	who, key := w.of[one.sponsor], one.key
	return tools.Watch{
		Client: who.client, Assertion: who.assertion, URIs: one.topics.uris, Tasks: one.topics.tasks, Lists: key.person.IsZero(),
		Told: func(e tools.Event) { w.told(key, e) },
	}
}

// told passes on what a source tells.
func (w *watches) told(key watchKey, e tools.Event) {
	if e.Resource == "" && e.Task == nil {
		w.host.refresher.Changed(context.Background(), key.org, key.source)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.all[key]
	if one == nil {
		return
	}
	for s := range one.streams {
		of := w.of[s].sources[key]
		switch {
		case e.Task == nil && slices.Contains(of.uris, e.Resource):
			s.push(e.Resource)
		case e.Task != nil && slices.Contains(of.tasks, e.Task.ID):
			s.pushTask(key.source, e.Task)
		}
	}
}

// run watches until ctx ends. A source that cannot be watched is tried again, ever
// more seldom; one that tells of nothing is let alone.
func (w *watches) run(ctx context.Context, server tools.Server, by authz.Caller, about tools.Watch) {
	wait := watchAgain
	for {
		began := w.host.now()
		err := w.once(ctx, server, by, about)
		if err == nil || ctx.Err() != nil {
			return
		}
		if w.host.now().Sub(began) > watchAgainMost {
			wait = watchAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-w.host.draining:
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, watchAgainMost)
	}
}

var errPanicked = errors.New("watching panicked")

// once watches until the source ends it. It must not take the process with it.
func (w *watches) once(ctx context.Context, server tools.Server, by authz.Caller, about tools.Watch) (err error) {
	defer func() {
		if r := recover(); r != nil {
			w.host.logger.LogAttrs(ctx, slog.LevelError, "watching a source panicked", slog.Any("panic", r))
			err = fault.Wrap(fault.Internal, "the source cannot be watched", errPanicked)
		}
	}()
	return server.Watch(ctx, by, about)
}
