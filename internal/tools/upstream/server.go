package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// Server is one MCP server behind us, for one organization. It may be used
// concurrently.
type Server struct {
	hub      *Hub
	conn     Connection
	endpoint *url.URL // nil: the source's URL is none
	links    atomic.Pointer[links]
	ids      atomic.Int64
	gate     *gate
	breaker  *breaker
	dialects *dialects
	sessions *sessions
	grants   *grants
	audience *audience
	wanted   wanted
}

var _ tools.Server = (*Server)(nil)

// links are what a newer view may bring anew for an equal connection.
type links struct {
	box    Box
	tokens Tokens
	people Authorizations
}

func newServer(h *Hub, c Connection) *Server {
	s := &Server{
		hub: h, conn: c, gate: newGate(c.Source.Concurrent), breaker: newBreaker(h.o.Now),
		dialects: &dialects{}, sessions: newSessions(), grants: &grants{}, audience: newAudience(),
	}
	if u, err := url.Parse(c.Source.URL); err == nil && u.Host != "" {
		u.Fragment = ""
		s.endpoint = u
	}
	s.refresh(c)
	return s
}

func (s *Server) refresh(c Connection) { s.links.Store(&links{c.Box, c.Tokens, c.People}) }

// newID returns the id of a request of ours, a JSON string. No other replica uses
// it, because replicas share sessions.
func (s *Server) newID() []byte {
	id := make([]byte, 0, 32)
	id = append(append(append(id, '"'), s.hub.replica...), '-')
	return append(strconv.AppendInt(id, s.ids.Add(1), 10), '"')
}

// patience is how long one request may take.
func (s *Server) patience() time.Duration {
	return min(max(s.conn.Source.Timeout, time.Second), 5*time.Minute)
}

// Exchange implements tools.Server. The source's timeout runs anew whenever the
// server says something about the call, and stands still while a person is
// asked, up to a quarter of an hour in all.
func (s *Server) Exchange(ctx context.Context, by authz.Caller, to tools.Target, call tools.Call) (tools.Result, error) {
	if err := s.admit(ctx); err != nil {
		return tools.Result{}, err
	}
	x := &exchange{s: s, by: by, to: to, call: &call}
	x.inside.Store(true)
	ctx, x.clock = startClock(ctx, s.patience())
	defer x.leave()
	result, err := x.run(ctx)
	err = s.explain(ctx, err)
	s.note(by.Identity().OID, s.located(err))
	return result, x.unsettled(err)
}

// admit refuses while the server is known to be down, and waits a moment for a
// free place.
func (s *Server) admit(ctx context.Context) error {
	if s.endpoint == nil {
		return s.noURL()
	}
	if wait := s.breaker.closedFor(); wait > 0 {
		wait = (wait + time.Second - 1).Truncate(time.Second)
		return fault.New(fault.Unavailable, s.says(fmt.Sprintf("has failed several times in a row and is left alone for another %s; try again after that", wait))).RetryAfter(wait)
	}
	return s.enter(ctx)
}

// enter waits a moment for a free place.
func (s *Server) enter(ctx context.Context) error {
	if s.endpoint == nil {
		return s.noURL()
	}
	if err := s.gate.enter(ctx); err != nil {
		s.breaker.abandon()
		return s.gateFault(err)
	}
	return nil
}

func (s *Server) noURL() error {
	return fault.New(fault.Upstream, s.says("has no valid URL; an admin can correct it"))
}

func (s *Server) gateFault(err error) error {
	if errors.Is(err, errFull) {
		return fault.New(fault.Limited, s.says("is at its limit of requests at a time from here; try again in a moment")).RetryAfter(time.Second)
	}
	return err
}

// says begins a sentence about this server, for people.
func (s *Server) says(rest string) string { return "source " + s.conn.Source.Name + " " + rest }

// fail is a fault of the other side; rest ends with what can be done about it.
func (s *Server) fail(kind fault.Kind, rest string, cause error) *fault.Error {
	return fault.Wrap(kind, s.says(rest), cause)
}

// wrong is a fault of the other side that nobody here can do anything about.
func (s *Server) wrong(what string, cause error) *fault.Error {
	return s.fail(fault.Upstream, what+"; tell whoever runs it", cause)
}
