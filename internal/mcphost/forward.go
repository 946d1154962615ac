package mcphost

import (
	"context"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// errand is a request on its way to the server of a catalog's entry, after every
// check but those of what the client repeats.
type errand struct {
	entry     *tools.Entry
	name      string // as the client knows it
	arguments []byte // nil: the method takes none
	target    tools.Target
}

// forward has the entry's server answer a recorded request.
func (h *Host) forward(ctx context.Context, by authz.Caller, req *request, e errand) (answer, error) {
	state, err := h.openState(by, req, e)
	if err != nil {
		return answer{}, err
	}
	if err := h.intend(ctx, by, req, e.entry); err != nil {
		return answer{}, err
	}
	call := h.callOf(req, e)
	call.State, call.Responses = state, req.message.Params.InputResponses
	result, err := h.run(ctx, by, req, e, call)
	if err != nil {
		return answer{ran: true}, err
	}
	return h.seal(by, req, e, result)
}

// run converses with the server until there is a result, the client has gone, or
// it has said that it does not wait any more.
func (h *Host) run(ctx context.Context, by authz.Caller, req *request, e errand, call tools.Call) (result tools.Result, err error) {
	source, _, _ := req.snap.Source(e.entry.Source)
	ctx, done := h.underWay.enter(ctx, req)
	defer done()
	defer h.recoverFrom(ctx, e.entry.Name, &err)
	result, err = h.converse(ctx, by, conversation{req: req, source: source, server: e.entry.Server, target: e.target, call: call})
	if err != nil && ctx.Err() != nil {
		err = errCancelled
	}
	return result, err
}

// callOf is a request as its server gets it.
func (h *Host) callOf(req *request, e errand) tools.Call {
	p := &req.message.Params
	call := tools.Call{
		Arguments: e.arguments, Assertion: authz.NewAssertion(req.token), Now: h.now(),
		Client: clientOf(req), Others: p.Others, Meta: metaOf(&p.Meta), Peer: &req.client,
	}
	if req.entry != nil {
		call.Record = req.entry.ID()
	}
	if e.entry.Kind == tools.KindTool {
		call.HeaderParams = e.entry.HeaderParams()
	}
	if e.target.Method == wire.MethodToolsCall {
		call.Effect = e.entry.Effect
	}
	return call
}

// metaOf returns what of a request's _meta is the client's own: not what the
// protocol says on each leg anew, nor what only we say.
func metaOf(m *wire.Meta) []wire.Member {
	own := make([]wire.Member, 0, len(m.Others)+3)
	for _, member := range m.Others {
		if !strings.HasPrefix(member.Name, ourPrefix) {
			own = append(own, member)
		}
	}
	for _, trace := range [...]struct{ name, value string }{
		{"traceparent", m.TraceParent}, {"tracestate", m.TraceState}, {"baggage", m.Baggage},
	} {
		if trace.value != "" {
			own = append(own, wire.Member{Name: trace.name, Value: wire.AppendString(nil, trace.value)})
		}
	}
	return own
}

// ourPrefix begins the names of the members of _meta that only we write.
const ourPrefix = "gatehouse/"
