package upstream

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// asker is on whose behalf a request goes out. The zero one is ourselves.
type asker struct {
	by        authz.Caller
	assertion authz.Assertion
	allowance *allowance // nil: each request has its own bounds only
}

// outgoing is one HTTP request to a server.
type outgoing struct {
	method  string // HTTP
	header  http.Header
	body    []byte // nil: none
	options egress.OpenOptions
	sent    *bool   // nil, or set once the request may be on its way
	shown   *string // nil, or set to the credential that the server was shown
}

const (
	mediaJSON   = "application/json"
	mediaStream = "text/event-stream"

	headerSession = "Mcp-Session-Id"
	headerVersion = "Mcp-Protocol-Version"
	headerMethod  = "Mcp-Method"
	headerName    = "Mcp-Name"
	headerLast    = "Last-Event-Id"
)

var (
	acceptBoth   = []string{mediaJSON + ", " + mediaStream}
	acceptStream = []string{mediaStream}
	sendsJSON    = []string{mediaJSON}
	modernOnly   = []string{wire.Revision20260728}
)

// headers returns what every request to a server carries.
func (s *Server) headers(era wire.Era, session *session) http.Header {
	h := make(http.Header, 10)
	h["Accept"], h["Content-Type"], h["User-Agent"] = acceptBoth, sendsJSON, []string{s.hub.agent}
	if era == wire.Modern {
		h[headerVersion] = modernOnly
		return h
	}
	if session != nil {
		h[headerVersion] = []string{session.revision}
		if session.id != "" {
			h[headerSession] = []string{session.id}
		}
	}
	return h
}

// send makes one request with the server's credential. A token that the server
// does not accept is replaced, by one with what it wants to see.
func (s *Server) send(ctx context.Context, a asker, o outgoing) (*egress.Stream, error) {
	c, err := s.credential(ctx, a, objection{})
	if err != nil {
		return nil, err
	}
	stream, err := s.opened(ctx, a, o, c)
	for range s.replacements() {
		if err != nil || !s.objects(stream, c) {
			return stream, err
		}
		next, err := s.credential(ctx, a, s.objectionTo(c, stream))
		if err == nil && next == c {
			return stream, nil // there is no other
		}
		discard(stream)
		if err != nil {
			return nil, err
		}
		c = next
		if stream, err = s.opened(ctx, a, o, c); err != nil {
			return nil, err
		}
	}
	return stream, err
}

func (s *Server) opened(ctx context.Context, a asker, o outgoing, c credential) (*egress.Stream, error) {
	if o.shown != nil {
		*o.shown = c.value
	}
	stream, err := s.open(ctx, o, c)
	if err != nil {
		return nil, err
	}
	if stream.Status != http.StatusUnauthorized && s.conn.Source.Credential.Kind == tools.ClientCredentials {
		s.grants.accepted(c.value)
	}
	return a.allowance.limited(stream), nil
}

func (s *Server) open(ctx context.Context, o outgoing, c credential) (*egress.Stream, error) {
	req := &http.Request{
		Method: o.method, URL: s.endpoint, Host: s.endpoint.Host, Header: o.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(o.body)),
	}
	if o.body != nil {
		req.Body = io.NopCloser(bytes.NewReader(o.body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(o.body)), nil }
	}
	if c.header != "" {
		req.Header[c.header] = []string{c.value}
	}
	if o.sent != nil {
		*o.sent = true
	}
	stream, err := s.hub.o.Egress.Open(ctx, req, o.options)
	if err != nil {
		return nil, s.unreachable(err)
	}
	return stream, nil
}

// within bounds a request that ends with its context.
func (s *Server) within() egress.OpenOptions {
	return egress.OpenOptions{Begin: longest, Idle: longest, MaxBytes: int64(2*mostOfResults) * int64(s.hub.o.MaxResult)}
}

// discard ends a stream whose rest nobody needs. What little is left is read
// without anybody waiting for it, so that the connection serves the next request.
func discard(stream *egress.Stream) { go drain(stream) }

// discardThen is discard, and calls after at the end.
func discardThen(stream *egress.Stream, after func()) {
	go func() {
		drain(stream)
		after()
	}()
}

func drain(stream *egress.Stream) {
	late := time.AfterFunc(tailPatience, func() { _ = stream.Body.Close() })
	defer late.Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(stream.Body, mostOfTail))
	_ = stream.Body.Close()
}

const (
	tailPatience = 250 * time.Millisecond
	mostOfTail   = 16 << 10
)
