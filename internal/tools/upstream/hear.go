package upstream

import (
	"context"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// alive implements listener: the server has said something.
func (x *exchange) alive() { x.clock.again() }

// notified implements listener. What is about the call goes to its client; that
// lists have changed goes to whoever watches the server.
func (x *exchange) notified(ctx context.Context, m wire.Message) error {
	x.hearing.Lock()
	defer x.hearing.Unlock()
	switch {
	case m.Method == wire.MethodProgress:
		return x.progress(ctx, m)
	case m.Method == wire.MethodLogMessage && x.call.Client.Era == wire.Modern && x.call.Client.LogLevel == "":
		return nil // nobody asked for it
	case isListChanged(m.Method):
		x.s.audience.listsChanged()
		return nil
	case m.Method == wire.MethodResourcesUpdated, m.Method == wire.MethodCancelled, m.Method == wire.MethodAcknowledged:
		return nil // not about this call
	}
	return x.call.Peer.Notify(ctx, tools.Notification{Method: m.Method, Params: m.Params.Others})
}

// progress passes on what is about this call, without the token: each side has its
// own.
func (x *exchange) progress(ctx context.Context, m wire.Message) error {
	if !x.call.Client.Progress || string(wire.Value(m.Params.Others, "progressToken")) != string(x.id) {
		return nil
	}
	params := make([]wire.Member, 0, len(m.Params.Others))
	for _, p := range m.Params.Others {
		if p.Name != "progressToken" {
			params = append(params, p)
		}
	}
	return x.call.Peer.Notify(ctx, tools.Notification{Method: m.Method, Params: params})
}

// asked implements listener.
func (x *exchange) asked(ctx context.Context, c *conversation, m wire.Message) error {
	x.hearing.Lock()
	defer x.hearing.Unlock()
	return x.question(ctx, c, m)
}

// question passes a request of the server on to the client, if that said that it can
// answer such.
func (x *exchange) question(ctx context.Context, c *conversation, m wire.Message) error {
	if m.Method == wire.MethodPing {
		return x.s.pong(ctx, c, m.ID)
	}
	capability, known := needs(m.Method, m.Params.Raw)
	if !known || x.call.Client.Capabilities.Can&capability == 0 {
		return x.s.refuse(ctx, c, m)
	}
	to, ok := x.replyTo(c.session, m.ID)
	if !ok {
		return x.s.refuse(ctx, c, m)
	}
	x.yield()
	x.clock.wait()
	return x.call.Peer.Ask(ctx, tools.Question{Method: m.Method, Params: m.Params.Raw, ReplyTo: to})
}

// replyTo is what any replica needs to hand the answer over.
func (x *exchange) replyTo(session *session, id []byte) ([]byte, bool) {
	way := way{who: whose(x.by), request: id, revision: session.revision, session: session.id}
	if !x.call.Client.Session.IsZero() && len(way.append(nil)) > longestWay {
		way.session, way.stored = "", true
	}
	encoded := way.append(nil)
	return encoded, len(encoded) <= longestWay
}
