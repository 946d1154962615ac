package upstream

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// sessions are the legacy sessions with one server that this replica has in
// memory.
type sessions struct {
	flights singleflight.Group

	mu    sync.Mutex
	all   map[sessionOf]*cached
	sweep bool // the next one is due
}

// sessionOf is whose a session is: a client's session's, which every replica
// shares, or a person's at a client, who can do certain things.
type sessionOf struct {
	session tenants.GUID
	who     [16]byte
	can     [16]byte
}

type cached struct {
	session *session
	used    time.Time
}

const (
	mostSessions = 2_000 // with one server, in memory
	sessionIdle  = 30 * time.Minute
)

func newSessions() *sessions { return &sessions{all: map[sessionOf]*cached{}} }

func ownerOf(a asker, client tools.Client) sessionOf {
	if !client.Session.IsZero() {
		return sessionOf{session: client.Session, who: whose(a.by)}
	}
	can := sha256.Sum256(appendCapabilities(nil, client.Capabilities))
	return sessionOf{who: whose(a.by), can: [16]byte(can[:16])}
}

// get returns a session in memory, or nil.
func (p *sessions) get(of sessionOf, now time.Time) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.all[of]
	if !ok {
		return nil
	}
	if !now.Before(c.session.expires) {
		delete(p.all, of)
		return nil
	}
	c.used = now
	return c.session
}

// put keeps a session, and returns those that made room for it.
func (p *sessions) put(of sessionOf, c *cached) (gone []*cached) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[of] = c
	if len(p.all) <= mostSessions {
		return nil
	}
	for key, other := range p.all {
		if c.used.Sub(other.used) > sessionIdle {
			gone = append(gone, p.without(key))
		}
	}
	for key := range p.all { // none is idle: some other has to do
		if len(p.all) <= mostSessions {
			break
		}
		if key != of {
			gone = append(gone, p.without(key))
		}
	}
	return gone
}

// idle takes out what nobody has used for long or what has expired, and returns
// what is to be ended of it.
func (p *sessions) idle(now time.Time) (gone []*cached, left int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, c := range p.all {
		if now.Sub(c.used) <= sessionIdle && now.Before(c.session.expires) {
			continue
		}
		if own := p.without(key); own != nil {
			gone = append(gone, own)
		}
	}
	p.sweep = len(p.all) > 0
	return gone, len(p.all)
}

// empty takes out everything, and returns what is to be ended of it.
func (p *sessions) empty() (gone []*cached) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key := range p.all {
		if own := p.without(key); own != nil {
			gone = append(gone, own)
		}
	}
	return gone
}

// due reports whether a sweep has to be arranged.
func (p *sessions) due() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sweep {
		return false
	}
	p.sweep = true
	return true
}

// without takes a session out, and returns it if no other replica uses it.
func (p *sessions) without(key sessionOf) *cached {
	c := p.all[key]
	delete(p.all, key)
	if !key.session.IsZero() {
		return nil
	}
	return c
}

// drop forgets a session, or whichever there is.
func (p *sessions) drop(of sessionOf, s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.all[of]; ok && (s == nil || c.session == s) {
		delete(p.all, of)
	}
}

// sessionFor returns the session for a client: from memory, from where replicas
// share them, or a new one.
func (s *Server) sessionFor(ctx context.Context, a asker, client tools.Client) (*session, error) {
	of := ownerOf(a, client)
	if known := s.sessions.get(of, s.hub.o.Now()); known != nil {
		return known, nil
	}
	client = client.Own() // the flight may outlive the request
	return s.flight(ctx, of, func(ctx context.Context) (*session, error) {
		if known := s.sessions.get(of, s.hub.o.Now()); known != nil {
			return known, nil
		}
		if s.shares(client) {
			if stored, err := s.storedSession(ctx, a.by.Org(), client.Session); err == nil && stored.revision != "" {
				s.remember(ctx, of, stored)
				return stored, nil
			}
		}
		return s.fresh(ctx, a, client)
	})
}

// renewed returns a session in place of one that the server no longer knows:
// another replica may have one already.
func (s *Server) renewed(ctx context.Context, a asker, client tools.Client, lost *session) (*session, error) {
	of := ownerOf(a, client)
	s.sessions.drop(of, lost)
	client = client.Own() // the flight may outlive the request
	return s.flight(ctx, of, func(ctx context.Context) (*session, error) {
		if known := s.sessions.get(of, s.hub.o.Now()); known != nil {
			return known, nil
		}
		if s.shares(client) {
			if stored, err := s.storedSession(ctx, a.by.Org(), client.Session); err == nil && stored.revision != "" && stored.id != lost.id {
				s.remember(ctx, of, stored)
				return stored, nil
			}
		}
		begun, err := s.fresh(ctx, a, client)
		if err != nil {
			return nil, err
		}
		return begun, s.setLevel(ctx, a, begun, lost.levelNow())
	})
}

// shares reports whether replicas share the session of a client.
func (s *Server) shares(client tools.Client) bool {
	return !client.Session.IsZero() && s.hub.o.Sessions != nil && s.links.Load().box != nil
}

// fresh begins a session and keeps it.
func (s *Server) fresh(ctx context.Context, a asker, client tools.Client) (*session, error) {
	begun, _, err := s.begin(ctx, a, client.Capabilities)
	if err != nil {
		return nil, err
	}
	s.remember(ctx, ownerOf(a, client), begun)
	if s.shares(client) {
		s.share(ctx, a, client, begun)
	}
	return begun, nil
}

// storedSession returns the session that replicas share for a client's session.
func (s *Server) storedSession(ctx context.Context, org tenants.ID, client tenants.GUID) (*session, error) {
	if client.IsZero() || s.hub.o.Sessions == nil || s.links.Load().box == nil {
		return nil, fault.New(fault.NotFound, "there is no such session")
	}
	key := s.key(client)
	ciphertext, err := s.hub.o.Sessions.UpstreamSession(ctx, org, key)
	if err != nil {
		return nil, err
	}
	return s.unseal(key, ciphertext)
}

// remember keeps a session in memory and ends those that it takes the place of,
// where that needs nobody's own credential.
func (s *Server) remember(ctx context.Context, of sessionOf, x *session) {
	for _, gone := range s.sessions.put(of, &cached{x, s.hub.o.Now()}) {
		if gone != nil {
			s.hub.behind(ctx, func(ctx context.Context) { s.end(ctx, asker{}, gone.session) })
		}
	}
	if s.sessions.due() {
		time.AfterFunc(sweepEvery, s.sweep)
	}
}

// sweepEvery is how often sessions are looked for that nobody uses any more.
const sweepEvery = sessionIdle / 3

// sweep ends the sessions that nobody uses any more, and looks again as long as
// there are any.
func (s *Server) sweep() {
	gone, left := s.sessions.idle(s.hub.o.Now())
	s.endAll(context.Background(), gone)
	if left > 0 {
		time.AfterFunc(sweepEvery, s.sweep)
	}
}

// endAll ends sessions that are nobody else's, some at a time, where that needs
// nobody's own credential. It returns when each has had its time, or ctx ends.
func (s *Server) endAll(ctx context.Context, gone []*cached) {
	var ending sync.WaitGroup
	defer ending.Wait()
	for _, c := range gone {
		select {
		case s.hub.background <- struct{}{}:
		case <-ctx.Done():
			return
		}
		ending.Go(func() {
			defer func() { <-s.hub.background }()
			timed, cancel := context.WithTimeout(ctx, courtesy)
			defer cancel()
			s.end(timed, asker{}, c.session)
		})
	}
}

// flight does what many want at a time one time. It goes on when one of them
// stops waiting.
func (s *Server) flight(ctx context.Context, of sessionOf, do func(ctx context.Context) (*session, error)) (*session, error) {
	key := of.session.String() + string(of.who[:]) + string(of.can[:])
	done := s.sessions.flights.DoChan(key, func() (any, error) {
		ctx, clock := startClock(context.WithoutCancel(ctx), s.patience())
		defer clock.end()
		return do(ctx)
	})
	select {
	case r := <-done:
		x, _ := r.Val.(*session)
		return x, r.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// End implements tools.Server: it ends the session that a client's session has
// with the server. A server that does not answer keeps it until it
// forgets it by itself.
func (s *Server) End(ctx context.Context, by authz.Caller, call tools.Call) error {
	if s.endpoint == nil || !s.shares(call.Client) {
		return nil
	}
	a := asker{by: by, assertion: call.Assertion}
	known, err := s.storedSession(ctx, by.Org(), call.Client.Session)
	if err == nil {
		s.sessions.drop(ownerOf(a, call.Client), nil)
		s.end(ctx, a, known)
	}
	return s.hub.o.Sessions.RemoveUpstreamSession(ctx, by, s.key(call.Client.Session))
}
