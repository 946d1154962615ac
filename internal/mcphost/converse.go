package mcphost

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// conversation is a request to a server behind us and whatever is said on both
// sides until there is a result.
type conversation struct {
	req    *request
	source tools.Source
	server tools.Server
	target tools.Target
	call   tools.Call
	state  string // that the client has brought, without that of a question of ours
}

// The first byte of a state says whose it is; the rest goes to its owner.
const (
	serversState = "s"
	parkedState  = "p"
	signInState  = "a" // before another, or alone
	stepUpState  = "u" // likewise
)

// converse returns the result of a conversation. A client of the initialize
// revisions is asked whatever a server wants to know, and waited for; one of the
// modern era gets a result with Asked and comes back with its State as
// call.State, to whichever replica.
//
// It takes as long as people take to answer, at most questionLife for each round.
func (h *Host) converse(ctx context.Context, by authz.Caller, c conversation) (tools.Result, error) {
	if c.call.State != "" {
		if err := c.signedIn(); err != nil {
			return tools.Result{}, err
		}
	}
	c.state = c.call.State
	result, err := h.goOn(ctx, by, c)
	if err == nil {
		return result, nil
	}
	if result, err = c.askingToSignIn(result, introducedError(c.source, err)); err == nil {
		return result, nil
	}
	return h.leadToStepUp(by, c.req, c.target.Method, c.state, err)
}

// goOn has the server go on from the state that the client has brought.
func (h *Host) goOn(ctx context.Context, by authz.Caller, c conversation) (tools.Result, error) {
	state := c.call.State
	if state != "" {
		c.call.State = state[1:]
		if state[:1] == parkedState {
			return h.resume(ctx, by, c)
		}
	}
	switch {
	case c.req.era == wire.Legacy:
		return h.converseLegacy(ctx, by, c)
	case c.call.Client.Capabilities.Can == 0 || !retriable(c.target.Method):
		c.call.Peer = refuser{&c, by}
		return marked(c.server.Exchange(ctx, by, c.target, c.call))
	}
	return h.park(ctx, by, c)
}

// retriable reports whether a request of a method may be answered with a question
// (2026-07-28, "Multi Round-Trip Requests").
func retriable(method string) bool {
	switch method {
	case wire.MethodToolsCall, wire.MethodPromptsGet, wire.MethodResourcesRead:
		return true
	}
	return false
}

// marked says in a result's state that it is the server's own.
func marked(result tools.Result, err error) (tools.Result, error) {
	if err == nil && result.Asked != nil {
		result.Asked = &tools.Asked{Requests: result.Asked.Requests, State: serversState + result.Asked.State}
	}
	return result, err
}

// refuser is the client's side of a conversation in which nobody is asked
// anything.
type refuser struct {
	c  *conversation
	by authz.Caller
}

// Notify implements tools.Peer.
func (p refuser) Notify(ctx context.Context, n tools.Notification) error {
	return p.c.req.client.Notify(ctx, n)
}

// Ask implements tools.Peer: the server hears at once that the client cannot be
// asked.
func (p refuser) Ask(ctx context.Context, q tools.Question) error {
	_, why := p.c.askable(q.Method, q.Params)
	if why == nil {
		why = &wire.Error{Message: "nobody can be asked anything during " + p.c.target.Method}
	}
	return p.c.refuseQuestion(ctx, p.by, q, why)
}

// tooManyRounds is the fault of a server that goes on asking.
func (c *conversation) tooManyRounds() error {
	return wrong(c.source.Name, "asks again and again and comes to no result", nil)
}
