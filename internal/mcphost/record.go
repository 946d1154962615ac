package mcphost

import (
	"context"
	"errors"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// recorded runs a handler as the second room: the attempt is in the log before
// anything is looked up, and how it ended before the answer leaves. What cannot
// be recorded is not done.
func (h *Host) recorded(ctx context.Context, by authz.Caller, req *request, run handler) (answer, error) {
	entry, err := h.audit.Begin(ctx, by, h.attempt(ctx, req))
	if err != nil {
		return answer{}, err
	}
	req.entry = entry
	a, err := run(h, ctx, by, req)
	a.record = entry.ID()
	end := ending(a, err)
	if err == nil {
		end.Result = a.members
		if len(req.keeps) > 0 {
			end.Kept = keep(req.keeps, braced(a.members))
		}
		if req.bodies != tenants.NoBodies {
			end.Body = req.resultBody(a.members)
		}
	}
	a.unsettled = errors.Is(err, tools.ErrUnsettled)
	if unrecorded := entry.End(ctx, end); unrecorded != nil {
		err, a.unsettled = unrecorded, a.ran
	}
	return a, err
}

// attempt is what a request asks for, in the words of the log.
func (h *Host) attempt(ctx context.Context, req *request) audit.Attempt {
	p := &req.message.Params
	a := audit.Attempt{
		Kind: audit.ToolCall, Endpoint: req.http.URL.Path, Method: req.message.Method, Session: req.session.name(),
		Source: sourceOf(req.http), TraceID: traceID(ctx), Request: string(req.message.ID), Policy: req.snap.Version,
	}
	switch req.message.Method {
	case "resources/read":
		a.Kind, a.Target = audit.ResourceRead, p.URI
	case "prompts/get":
		a.Kind, a.Target, a.Arguments = audit.PromptGet, p.Name, p.Arguments
	case wire.MethodComplete:
		a.Kind, a.Target = audit.PromptGet, p.Ref.Name
		if p.Ref.Type == wire.RefResource {
			a.Kind, a.Target = audit.ResourceRead, p.Ref.URI
		}
	case "tools/call":
		a.Tool, a.Arguments = p.Name, p.Arguments
	default: // about a task
		a.Tool, a.Arguments = req.task.tool, p.InputResponses
	}
	return a
}

// argumentsOf is what the log has a digest of as the arguments of a request; nil: there
// are none.
func argumentsOf(req *request) []byte {
	if req.task.tool != "" {
		return req.message.Params.InputResponses
	}
	return req.message.Params.Arguments
}

// intend notes what the attempt is about, and its effect: durable before anything
// runs unless that only reads.
func (h *Host) intend(ctx context.Context, by authz.Caller, req *request, e *tools.Entry) error {
	if e.Server != nil {
		req.entry.About(audit.Called{Origin: e.Source, OwnName: e.Own, Definition: audit.Digest(e.Hash)})
	}
	if k, kept := req.snap.Keeps[e.Name]; kept {
		req.keeps = k.Result
		req.entry.Keep(keep(k.Arguments, req.message.Params.Arguments))
		if k.Bodies != tenants.NoBodies {
			if err := h.keepBodies(ctx, by, req, k); err != nil {
				return err
			}
		}
	}
	effect := audit.Effect(e.Effect)
	if e.Kind != tools.KindTool {
		effect = audit.Read
	}
	return req.entry.Intend(ctx, effect)
}
