package upstream

import (
	"bytes"
	"context"
	"mime"
	"net/http"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// conversation is one request to a server and all that is said until its answer.
type conversation struct {
	s        *Server
	asker    asker
	era      wire.Era
	session  *session // legacy
	id       []byte   // of the request
	listener listener

	sent    bool           // the request may be on its way
	shown   string         // the credential; empty: none
	begun   bool           // the server has begun to answer
	header  http.Header    // of the answer
	tail    *egress.Stream // what is left behind the answer, for its connection
	budget  budget
	coming  int // bytes of a stream since its last event
	held    int // bytes that are counted of the memory of answers
	replies int
}

// listener is who hears what a server says before it answers. An error ends the
// conversation.
type listener interface {
	alive()
	notified(ctx context.Context, m wire.Message) error
	asked(ctx context.Context, c *conversation, m wire.Message) error
}

// ask sends the request body and returns the answer to it, which is a response
// with the request's id.
func (c *conversation) ask(ctx context.Context, header http.Header, body []byte) (wire.Message, error) {
	stream, err := c.s.send(ctx, c.asker, outgoing{method: http.MethodPost, header: header, body: body, options: c.s.within(), sent: &c.sent, shown: &c.shown})
	if err != nil {
		return wire.Message{}, err
	}
	c.begun = true
	c.listener.alive()
	return c.answer(ctx, stream)
}

// answer reads the answer from what was opened for it.
func (c *conversation) answer(ctx context.Context, stream *egress.Stream) (wire.Message, error) {
	defer c.letGo()
	if stream.Status < 200 || stream.Status > 299 {
		defer discard(stream)
		return wire.Message{}, c.refused(stream)
	}
	c.header = stream.Header
	switch mediaOf(stream.Header) {
	case mediaJSON:
		defer func() { _ = stream.Body.Close() }()
		return c.document(stream)
	case mediaStream:
		return c.stream(ctx, stream)
	}
	defer func() { _ = stream.Body.Close() }()
	return wire.Message{}, c.s.fail(fault.Upstream, "answered with something that is neither JSON nor an event stream; check that its URL is that of an MCP endpoint", nil)
}

func mediaOf(h http.Header) string {
	value := h.Get("Content-Type")
	if value == mediaJSON || value == mediaStream {
		return value
	}
	media, _, err := mime.ParseMediaType(value)
	if err != nil {
		return ""
	}
	return media
}

// document reads an answer that is one JSON text.
func (c *conversation) document(stream *egress.Stream) (wire.Message, error) {
	body, err := c.read(stream, c.s.hub.o.MaxResult)
	if err != nil {
		return wire.Message{}, err
	}
	m, err := c.s.decode(body)
	if err != nil {
		return wire.Message{}, err
	}
	if err := c.mine(m); err != nil {
		return wire.Message{}, err
	}
	return m, nil
}

// mine refuses what is not the answer to this request.
func (c *conversation) mine(m wire.Message) error {
	if m.Kind != wire.Response {
		return c.s.wrong("sent a message that is not the answer to a request", nil)
	}
	if !bytes.Equal(m.ID, c.id) && (m.ID != nil || m.Failure == nil) {
		return c.s.wrong("answered a request that was not made", nil)
	}
	return nil
}

// decode reads one message of the server.
func (s *Server) decode(body []byte) (wire.Message, error) {
	m, err := wire.DecodeReply(body, s.hub.limits)
	if err != nil {
		return wire.Message{}, s.wrong("sent a message that cannot be used: "+err.Error(), nil)
	}
	return m, nil
}
