package mcphost

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// peer is the client's side of one request. Until something has to be said
// before the answer, the answer is JSON; from then on it is an event stream, and
// the answer is its last event.
//
// Before the first byte leaves, the log holds that the request's token was
// accepted and that the request began.
type peer struct {
	host *Host
	by   authz.Caller
	req  *request
}

var _ tools.Peer = (*peer)(nil)

// errNoStream is the answer to a server that wants to say something to a client
// that reads the final answer only.
var errNoStream = fault.New(fault.Conflict, "the client accepts no event stream")

// Notify implements tools.Peer. What the client did not ask for, and what only
// the server and we have to do with each other, goes no further.
func (p *peer) Notify(ctx context.Context, n tools.Notification) error {
	if !p.wants(n.Method) || !p.req.streams() {
		return nil
	}
	message, err := p.req.notification(n)
	if err != nil {
		return err
	}
	return p.say(ctx, message)
}

// errNobodyAsks is the answer to who asks where nobody waits for the answer.
var errNobodyAsks = fault.New(fault.Conflict, "the client cannot be asked anything by this tool")

// Ask implements tools.Peer. Only in a conversation there is somebody to take
// the answer.
func (p *peer) Ask(context.Context, tools.Question) error { return errNobodyAsks }

// say sends a message before the answer.
func (p *peer) say(ctx context.Context, message []byte) error {
	if err := p.host.stream(ctx, p.req); err != nil {
		return err
	}
	return p.req.events.send(message)
}

// stream turns the answer to a request into an event stream, once. Nothing
// leaves if it returns an error.
func (h *Host) stream(ctx context.Context, req *request) error {
	req.opening.Lock()
	defer req.opening.Unlock()
	switch {
	case req.answered:
		return errClosed
	case req.events.isOpen():
		return nil
	case !req.streams():
		return errNoStream
	}
	if err := h.settled(ctx, req, nil); err != nil {
		return err
	}
	if req.entry != nil {
		if err := req.entry.Commit(ctx); err != nil {
			return err
		}
		req.writer.Header().Set(recordHeader, req.entry.ID())
	}
	return req.events.open(req.writer)
}

// finish is called when the answer is there: nothing opens a stream any more. It
// reports whether one is open.
func (r *request) finish() bool {
	r.opening.Lock()
	defer r.opening.Unlock()
	r.answered = true
	return r.events.isOpen()
}

// streams reports whether the client can read an event stream. Every client of
// the modern era can.
func (r *request) streams() bool {
	return r.era == wire.Modern || wire.CheckAccept(r.http.Header, wire.Modern) == nil
}
