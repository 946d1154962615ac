package upstream

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// Answer implements tools.Server: it sends what the client says on the session
// that the question came on.
func (s *Server) Answer(ctx context.Context, by authz.Caller, a tools.Answer) error {
	w, err := parseWay(a.ReplyTo)
	if err != nil || w.who != whose(by) {
		return fault.Wrap(fault.Invalid, "this answers no question of "+s.conn.Source.Name, errWay)
	}
	if s.endpoint == nil {
		return s.noURL()
	}
	asker := asker{by: by, assertion: a.Call.Assertion}
	session := &session{id: w.session, revision: w.revision}
	if w.stored {
		if session, err = s.storedSession(ctx, by.Org(), a.Session); err != nil {
			return s.forgotten(err)
		}
	}
	ctx, clock := startClock(ctx, s.patience())
	defer clock.end()
	err = s.tell(ctx, asker, session, appendAnswer(nil, w.request, a))
	if lost, ok := errors.AsType[*refusal](err); ok && lost.ofSession() {
		return s.forgotten(err)
	}
	return err
}

func appendAnswer(dst, id []byte, a tools.Answer) []byte {
	dst = append(append(dst, `{"jsonrpc":"2.0","id":`...), id...)
	if a.Failure != nil {
		return append(append(append(dst, `,"error":`...), a.Failure...), '}')
	}
	return append(append(append(dst, `,"result":`...), a.Result...), '}')
}

func (s *Server) forgotten(err error) error {
	return s.fail(fault.Unavailable, "no longer waits for this answer; look what has become of the call before you repeat it", err)
}

// tell sends what has no answer: a notification, or the answer to a request.
func (s *Server) tell(ctx context.Context, a asker, session *session, body []byte) error {
	stream, err := s.send(ctx, a, outgoing{
		method: http.MethodPost, header: s.headers(wire.Legacy, session), body: body,
		options: egress.OpenOptions{Begin: s.patience(), Idle: s.patience(), MaxBytes: mostOfRefusal},
	})
	if err != nil {
		return err
	}
	defer discard(stream)
	switch {
	case stream.Status == http.StatusUnauthorized:
		return s.unauthenticated(a, stream.Header)
	case stream.Status < 200 || stream.Status > 299:
		return s.statusFault(stream)
	}
	return nil
}

// pong answers a ping of the server.
func (s *Server) pong(ctx context.Context, c *conversation, id []byte) error {
	return s.reply(ctx, c, appendAnswer(nil, id, tools.Answer{Result: []byte("{}")}))
}

// refuse answers a request of the server that the client cannot be asked.
func (s *Server) refuse(ctx context.Context, c *conversation, m wire.Message) error {
	return s.reply(ctx, c, wire.AppendError(nil, m.ID, &wire.Error{
		Code: wire.CodeMethodNotFound, Message: "the client did not say that it can answer this request",
	}))
}

// reply answers a request of the server. It may be about one thing at a time, and
// a server that does not take an answer has to live without.
func (s *Server) reply(ctx context.Context, c *conversation, body []byte) error {
	if c.replies++; c.replies > mostReplies {
		return s.wrong("asks more than can be answered", nil)
	}
	ctx, cancel := context.WithTimeout(ctx, courtesy)
	defer cancel()
	_ = s.tell(ctx, c.asker, c.session, body)
	return nil
}

// mostReplies is how many requests of a server are answered during one of ours.
const mostReplies = 100

// cancel tells a legacy server that nobody waits for a request any more
// (2025-11-25, "Cancellation"); a modern one sees its stream end.
func (s *Server) cancel(ctx context.Context, c *conversation) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), courtesy)
	defer stop()
	body := append([]byte(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":`), c.id...)
	_ = s.tell(ctx, c.asker, c.session, append(body, `,"reason":"nobody waits for it any more"}}`...))
}
