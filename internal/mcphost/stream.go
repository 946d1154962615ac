package mcphost

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// The clock of a stream.
const (
	lookEvery  = 5 * time.Minute        // also where nobody tells of anything
	notesEvery = time.Minute            // likewise, for the subscriptions of a session
	lookAgain  = 2 * time.Second        // after the database did not answer
	pause      = 100 * time.Millisecond // between two notifications about resources: a source may not flood a client
)

// stream is an open answer in which a client hears of changes, as long as its
// token is good. It belongs to the goroutine of its request, but for what is
// guarded.
type stream struct {
	host   *Host
	by     authz.Caller
	req    *request // what the views are looked at through; nothing of its message is left
	entry  *cached  // what by rests on
	id     []byte   // that notifications carry; nil in the initialize revisions
	wants  [changes]bool
	seen   [changes]uint64
	uris   map[string]bool // of resources
	tasks  map[string]task // by the ids that the client knows them by
	events eventStream
	timer  *time.Timer
	rests  bool // after a look that failed, until the next

	own     tenants.GUID    // of a stream of a session: the newest of them hears
	changed <-chan struct{} // the session's subscriptions may have
	ended   <-chan struct{} // closed when the session has ended
	stale   bool            // they are to be read again

	over []tenants.GUID        // elicitations of which is to be told that they are
	told map[tenants.GUID]bool // and of which it has been

	mu      sync.Mutex
	updated map[string]bool // resources whose change is to be told
	advance advances        // tasks of which is to be told
	woken   chan struct{}
}

// The ends of a stream that are no fault.
var (
	errStreamEnds  = errors.New("the stream ends")
	errStreamTaken = errors.New("another stream of the session has taken over")
)

// newStream returns a stream for the caller of a request. It keeps nothing that
// belongs to the request's body.
func (h *Host) newStream(by authz.Caller, req *request) *stream {
	own := &request{
		snap: req.snap, toolset: req.toolset, only: req.only, http: req.http, era: req.era, version: req.version,
		token: req.token, session: req.session,
	}
	s := &stream{host: h, by: by, req: own, uris: map[string]bool{}, woken: make(chan struct{}, 1)}
	s.req.message.Params.Meta = ownMeta(&req.message.Params.Meta)
	return s
}

// ownMeta keeps of a request's metadata what sources are told of the client.
func ownMeta(m *wire.Meta) wire.Meta {
	return wire.Meta{
		ProtocolVersion: m.ProtocolVersion, ClientInfo: m.ClientInfo,
		ClientCapabilities: append([]byte(nil), m.ClientCapabilities...),
	}
}

// run tells of changes until the client leaves, the token ends, or this replica
// does. It reports whether the client is to be told that this is the end.
func (s *stream) run(ctx context.Context) bool {
	defer s.host.streaming.watches.leave(s) //nolint:contextcheck // what is watched outlives the stream that has begun it
	s.timer = time.NewTimer(0)
	defer s.timer.Stop()
	for {
		later, moved := s.news()
		var err error
		select {
		case <-ctx.Done():
			return false
		case <-s.host.draining:
			return true
		case <-s.ended:
			return true
		case <-later:
			err = s.look(ctx)
		case <-moved:
			err = s.look(ctx)
		case <-s.changed:
			s.stale = true
			err = s.look(ctx)
		case <-s.timer.C:
			s.stale = true
			err = s.look(ctx)
		case <-s.woken:
			err = s.tell(ctx)
		}
		if err != nil {
			return ctx.Err() == nil
		}
	}
}

// news returns what is closed once there is a later view, and once the caller's
// memberships have changed. What a look that failed could not look at is no news
// until the stream has rested; a view that comes meanwhile is, because it may cut the
// caller off.
func (s *stream) news() (later, moved <-chan struct{}) {
	later = s.host.leases.Later(s.by.Org(), s.req.snap.Version)
	if s.rests {
		select {
		case <-later:
			return nil, nil
		default:
			return later, nil
		}
	}
	if s.entry != nil {
		moved = s.entry.standing.Left(s.entry.at)
	}
	return later, moved
}

// look compares what the caller sees now with what they have seen, and tells of
// what differs. The error is the end of the stream.
func (s *stream) look(ctx context.Context) error {
	switch err := s.renewInTurn(ctx); {
	case err == nil:
		s.rests = false
		s.rest(s.nextLook())
		s.wake() // for what could not be told meanwhile
		return s.compare(ctx)
	case isPassing(err):
		s.rests = true
		s.rest(lookAgain)
		return nil
	default:
		return err
	}
}

// isPassing reports whether a fault may be over soon: a stream outlives it, and
// says nothing meanwhile.
func isPassing(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Upstream, fault.Limited:
		return true
	case fault.Internal, fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict:
	}
	return false
}

// rest sets when to look next though nobody tells of anything.
func (s *stream) rest(d time.Duration) { s.timer.Reset(d) }

// nextLook is spread, so that streams that were opened together do not look
// together, and never after the token's end.
func (s *stream) nextLook() time.Duration {
	every := lookEvery
	if !s.own.IsZero() {
		every = notesEvery
	}
	every -= time.Duration(rand.Int64N(int64(every / 5))) //nolint:gosec // nothing is secret about it
	if left := s.by.Identity().ExpiresAt.Sub(s.host.now()); left < every {
		every = max(left, 0) + time.Second
	}
	return every
}

// compare tells of the lists that differ, and has the sources watched that the
// caller now sees.
func (s *stream) compare(ctx context.Context) error {
	if err := s.readNotes(ctx); err != nil {
		return err
	}
	if err := s.tellOver(); err != nil {
		return err
	}
	differing, err := s.differing(ctx)
	if err != nil {
		return err
	}
	for c := range changes {
		if !differing[c] {
			continue
		}
		if err := s.events.send(s.notification("notifications/"+c.name()+"/list_changed", "")); err != nil {
			return err
		}
	}
	s.host.streaming.watches.want(s) //nolint:contextcheck // what is watched outlives the stream that has begun it
	return nil
}

// differing returns which lists differ from what the caller has seen, and notes
// that they have seen them. It alone has a place among those who compare: whoever
// waits for a client, or for anybody else, must not keep the places of others.
func (s *stream) differing(ctx context.Context) (d [changes]bool, err error) {
	leave, err := enter(ctx, s.host.streaming.looking)
	if err != nil {
		return d, err
	}
	defer leave()
	for c := range changes {
		if !s.wants[c] {
			continue
		}
		sum := s.host.sum(c, s.by, s.req)
		d[c], s.seen[c] = sum != s.seen[c], sum
	}
	return d, nil
}

// tell tells which resources have changed, and where tasks are: what the caller may
// know of now.
func (s *stream) tell(ctx context.Context) error {
	switch renewed, err := s.current(ctx); {
	case err != nil && isPassing(err):
		s.rest(lookAgain)
		return nil
	case err != nil:
		return err
	case renewed:
		if err := s.compare(ctx); err != nil {
			return err
		}
	}
	for uri := range s.takeUpdated() {
		if _, ok := s.req.resource(s.by, uri); !ok || !s.uris[uri] {
			continue
		}
		if err := s.events.send(s.notification("notifications/resources/updated", uri)); err != nil {
			return err
		}
	}
	if err := s.tellTasks(); err != nil { //nolint:contextcheck // what is watched outlives the stream that has begun it
		return err
	}
	select {
	case <-time.After(pause):
	case <-ctx.Done():
	}
	return nil
}

func (s *stream) takeUpdated() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.updated
	s.updated = nil
	return all
}

// push notes that a resource has changed. It never waits.
func (s *stream) push(uri string) {
	s.mu.Lock()
	if s.updated == nil {
		s.updated = map[string]bool{}
	}
	s.updated[uri] = true
	s.mu.Unlock()
	s.wake()
}

// wake has the stream tell what there is to tell.
func (s *stream) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.updated) == 0 && s.advance.isEmpty() {
		return
	}
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// notification returns a notification, with the id of a subscription where there
// is one, and about a resource where it is about one.
func (s *stream) notification(method, uri string) []byte {
	b := wire.AppendString([]byte(`{"jsonrpc":"2.0","method":`), method)
	if s.id == nil && uri == "" {
		return append(b, '}')
	}
	b = append(b, `,"params":{`...)
	if s.id != nil {
		b = append(append(append(b, `"_meta":{"`+subscriptionID+`":`...), s.id...), '}')
	}
	if uri != "" {
		b = wire.AppendMember(b, wire.Member{Name: "uri", Value: wire.AppendString(nil, uri)})
	}
	return append(b, "}}"...)
}

// subscriptionID is the member of _meta that says which listen a message is for.
const subscriptionID = "io.modelcontextprotocol/subscriptionId"

// begin notes what the caller sees now: of later changes they hear.
func (s *stream) begin() {
	for c := range changes {
		if s.wants[c] {
			s.seen[c] = s.host.sum(c, s.by, s.req)
		}
	}
}
