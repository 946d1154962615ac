package mcphost

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/authz"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/wire"
)

// handler answers one method for one caller.
type handler func(h *Host, ctx context.Context, by authz.Caller, req *request) (answer, error)

// answer is a result before it is written.
type answer struct {
	members   []byte // members of the result object, without braces
	meta      []byte // further members of its _meta, each behind a comma
	ttl       string // milliseconds a client may reuse it; empty where the protocol has no such hint
	kind      string // resultType; empty: complete
	record    string // id of the audit record
	session   string // id of a session it opens
	isError   bool   // the tool ran and says it could not
	ran       bool   // what is behind us was asked
	unsettled bool   // what was asked may have been done, and nothing says so
	lacks     bool   // its person is led to a stronger sign-in
}

// The methods of each era. What is not here is not advertised either.
var (
	modern = map[string]handler{
		"server/discover":          (*Host).discover,
		"tools/list":               (*Host).listTools,
		"tools/call":               (*Host).callTool,
		"resources/list":           (*Host).listResources,
		"resources/templates/list": (*Host).listTemplates,
		"resources/read":           (*Host).readResource,
		"prompts/list":             (*Host).listPrompts,
		"prompts/get":              (*Host).getPrompt,
		"completion/complete":      (*Host).complete,
		"tasks/get":                (*Host).askTask,
		"tasks/update":             (*Host).askTask,
		"tasks/cancel":             (*Host).askTask,
		"subscriptions/listen":     (*Host).listen,
	}
	legacy = map[string]handler{
		"initialize":               (*Host).initialize,
		"ping":                     (*Host).ping,
		"tools/list":               (*Host).listTools,
		"tools/call":               (*Host).callTool,
		"resources/list":           (*Host).listResources,
		"resources/templates/list": (*Host).listTemplates,
		"resources/read":           (*Host).readResource,
		"prompts/list":             (*Host).listPrompts,
		"prompts/get":              (*Host).getPrompt,
		"completion/complete":      (*Host).complete,
		"logging/setLevel":         (*Host).setLevel,
		"resources/subscribe":      (*Host).subscribe,
		"resources/unsubscribe":    (*Host).unsubscribe,
	}
)

// receive decodes one POST and answers it. It takes a place among the calls
// under way only once the body is here: somebody who sends theirs slowly must not
// keep the places of others. Nothing of a body is decoded for somebody who is over
// a limit, and a large one counts as several requests.
func (h *Host) receive(w http.ResponseWriter, r *http.Request, by authz.Caller, req *request) {
	began := h.now()
	buffer := buffers.get()
	defer buffers.put(buffer)
	err := h.readBody(r, buffer)
	by, admitted := h.admittedStill(r, by, req)
	if admitted != nil {
		h.refuseToken(w, req, admitted)
		return
	}
	permit, limited := h.limits.Acquire(who(by.Identity()))
	if limited != nil {
		h.turnAway(w, r, req, limited)
		return
	}
	req.permit = permit
	defer req.permit.Release()
	if more := len(*buffer) / chargedBytes; more > 0 {
		h.limits.Charge(who(by.Identity()), more)
	}
	if err == nil {
		err = h.decode(r, req, *buffer)
	}
	if err != nil {
		h.reply(w, req, answer{}, h.settled(r.Context(), req, err))
		return
	}
	if req.era == wire.Legacy {
		if req.session, err = h.readSession(by, req); err != nil {
			h.turnAway(w, r, req, err)
			return
		}
	}
	req.version = revision(r, req)
	if req.message.Kind != wire.Request {
		h.accept(w, r, by, req)
		return
	}
	h.answer(telemetry.FromHeaders(r.Context(), r.Header), w, by, req, began)
}

// answer answers a request that has been decoded.
func (h *Host) answer(ctx context.Context, w http.ResponseWriter, by authz.Caller, req *request, began time.Time) {
	a, err := h.serve(ctx, by, req, began)
	if req.then != nil && err == nil {
		return
	}
	h.reply(w, req, a, err)
}

// serve has a request's method served, and leaves a span of it.
func (h *Host) serve(ctx context.Context, by authz.Caller, req *request, began time.Time) (answer, error) {
	serve, known := methods(req.era)[req.message.Method]
	name := req.message.Method
	if !known {
		name = "" // what anybody may send must not grow metrics at will
	}
	p := &req.message.Params
	ctx, span := h.operations.Start(ctx, telemetry.Operation{
		Method: name, Tool: h.visibleTool(by, req), RequestID: string(req.message.ID),
		ProtocolVersion: req.version, SessionID: req.session.name(), Org: by.Org().String(), Began: began,
		Parent: telemetry.Parent{TraceParent: p.Meta.TraceParent, TraceState: p.Meta.TraceState, Baggage: p.Meta.Baggage},
	})
	req.client = peer{h, by, req}
	var a answer
	var err error
	if known {
		a, err = serve(h, ctx, by, req)
	} else {
		err = wire.MethodNotFound(req.era, req.message.Method)
	}
	err = h.settled(ctx, req, err)
	span.End(ctx, outcomeOf(a, err))
	return a, err
}

// accept answers notifications and responses, which ask for nothing.
func (h *Host) accept(w http.ResponseWriter, r *http.Request, by authz.Caller, req *request) {
	if req.message.Kind == wire.Response {
		h.answered(w, r, by, req)
		return
	}
	if err := h.settled(r.Context(), req, nil); err != nil {
		h.refuse(w, r, err)
		return
	}
	if req.message.Method == wire.MethodCancelled {
		h.underWay.cancel(req.session.id, req.message.Params.RequestID)
	}
	w.WriteHeader(http.StatusAccepted)
}

// revision is what the reply follows: what the request says, or what its session
// has agreed on, or what the protocol assumes of a request that says nothing.
func revision(r *http.Request, req *request) string {
	switch said := r.Header.Get("Mcp-Protocol-Version"); {
	case req.era == wire.Modern:
		return wire.FirstModern
	case said != "":
		return said
	case req.session.version != "":
		return req.session.version
	}
	return wire.Revision20250326
}

func methods(era wire.Era) map[string]handler {
	if era == wire.Modern {
		return modern
	}
	return legacy
}

// visibleTool is the tool's name for telemetry, if the caller sees it: a
// name that only the caller vouches for would let it grow metrics at will.
func (h *Host) visibleTool(by authz.Caller, req *request) string {
	if req.message.Method != "tools/call" {
		return ""
	}
	if !req.listed(by, req.snap.Catalog.Tool(req.message.Params.Name)) {
		return ""
	}
	return req.message.Params.Name
}

func traceID(ctx context.Context) string {
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		return id.String()
	}
	return ""
}
