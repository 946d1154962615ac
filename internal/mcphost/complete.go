package mcphost

import (
	"context"
	"fmt"

	"gatehouse/internal/authz"
	"gatehouse/internal/limit"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// completionRecord is how often completions of one person about one thing are
// recorded: each letter that somebody types asks for one, so that the first of a
// while stands for those that follow.
var completionRecord = limit.Rate{PerSecond: 1.0 / 300, Burst: 1}

// mostCompleting bounds what is remembered of who completes what; beyond it more is
// recorded, not less.
const mostCompleting = 10_000

// complete answers completion/complete under the rules of what is completed.
func (h *Host) complete(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	if !h.offered(by, req).completions {
		return answer{}, wire.MethodNotFound(req.era, req.message.Method)
	}
	at, target, unknown, err := completed(req)
	switch {
	case err != nil:
		return answer{}, err
	case !req.listed(by, at) || req.snap.Catalog.At(at).Server == nil:
		return answer{}, unknown
	}
	entry := req.snap.Catalog.At(at)
	if uri := req.message.Params.Ref.URI; entry.Kind == tools.KindTemplate && entry.Shown != uri && !by.MaySee(at, uri).Listed() {
		return answer{}, unknown
	}
	if err := h.limits.AdmitTool(callOf(by, req, entry)); err != nil {
		return answer{}, err
	}
	run := func(h *Host, ctx context.Context, by authz.Caller, req *request) (answer, error) {
		return h.runCompletion(ctx, by, req, errand{entry: entry, name: target.Name, target: target})
	}
	if h.completing.Admit(by.Org().String()+by.Identity().OID.String()+entry.Name) != nil {
		return run(h, ctx, by, req)
	}
	return h.recorded(ctx, by, req, run)
}

// runCompletion asks the server, as far as the caller may use what is completed
// with what is known of its arguments.
func (h *Host) runCompletion(ctx context.Context, by authz.Caller, req *request, e errand) (answer, error) {
	arguments, err := h.completedArguments(req, e)
	if err != nil {
		return answer{}, err
	}
	at := req.snap.Catalog.Position(e.entry.Name)
	if err := h.allow(by, req, wish{at: at, name: e.entry.Shown, arguments: arguments, unknown: errUnknownPrompt}); err != nil {
		return answer{}, err
	}
	if req.entry != nil {
		if err := h.intend(ctx, by, req, e.entry); err != nil {
			return answer{}, err
		}
	}
	if !declares(req.snap, e.entry.Source, "completions") || !completable(by, req, e.entry) {
		return answer{members: []byte(`"completion":{"values":[],"hasMore":false}`)}, nil
	}
	call := h.callOf(req, e)
	p := &req.message.Params
	call.Ref = p.Ref.Others
	call.Others = append([]wire.Member{{Name: "argument", Value: p.Argument.Raw}}, p.Others...)
	if p.Context != nil {
		call.Others = append(call.Others, wire.Member{Name: "context", Value: p.Context})
	}
	result, err := h.run(ctx, by, req, e, call)
	if err != nil {
		return answer{ran: true}, err
	}
	return h.seal(by, req, e, result)
}

// completedArguments returns the arguments of a prompt as they stand, for the
// conditions of roles: what was entered before, and what is being entered. A name
// that stands twice makes conditions fail.
func (h *Host) completedArguments(req *request, e errand) ([]byte, error) {
	p := &req.message.Params
	if e.entry.Kind != tools.KindPrompt {
		return nil, nil
	}
	arguments := []byte{'{'}
	if p.Context != nil {
		given, err := wire.Members(p.Context, h.bounds)
		if err != nil {
			return nil, wire.MalformedParams("params.context: " + err.Error())
		}
		if entered := wire.Value(given, "arguments"); entered != nil {
			if given, err = wire.Members(entered, h.bounds); err != nil {
				return nil, wire.MalformedParams("params.context.arguments: " + err.Error())
			}
			for _, m := range given {
				arguments = wire.AppendMember(arguments, m)
			}
		}
	}
	arguments = wire.AppendMember(arguments, wire.Member{Name: p.Argument.Name, Value: wire.AppendString(nil, p.Argument.Value)})
	return append(arguments, '}'), nil
}

// completed returns the position of what a completion is for, how its source knows
// it, and the answer to who may not know of it.
func completed(req *request) (at int, target tools.Target, unknown, err error) {
	p, catalog := &req.message.Params, req.snap.Catalog
	if p.Argument.Raw == nil || p.Argument.Name == "" {
		return 0, target, nil, wire.MalformedParams("params.argument is missing; name what to complete")
	}
	target.Method = wire.MethodComplete
	switch p.Ref.Type {
	case wire.RefPrompt:
		target.Kind, unknown = tools.KindPrompt, wire.InvalidParams(fmt.Sprintf("unknown prompt: %.128s", p.Ref.Name))
		if at = catalog.Prompt(p.Ref.Name); at >= 0 {
			target.Name = catalog.At(at).Own
		}
	case wire.RefResource:
		target.Kind, target.Name, unknown = tools.KindTemplate, p.Ref.URI, wire.ResourceNotFound(req.era, p.Ref.URI)
		if at = catalog.Position(tools.PermissionName(tools.KindTemplate, p.Ref.URI)); at < 0 {
			at = catalog.Resource(p.Ref.URI)
		}
	default:
		err = wire.MalformedParams("params.ref.type must be ref/prompt or ref/resource")
	}
	return at, target, unknown, err
}

// completable reports whether what a server completes may be told: of a template
// that makes URIs which the caller is denied, the values would name them.
func completable(by authz.Caller, req *request, entry *tools.Entry) bool {
	if entry.Kind != tools.KindTemplate {
		return true
	}
	p := &req.message.Params
	given := membersOf(wire.Value(membersOf(p.Context), "arguments"))
	begin := entry.Begins(p.Argument.Name, func(name string) string {
		value, _ := wire.Text(wire.Value(given, name))
		return value
	})
	return by.MaySeeAll(req.snap.Catalog.Position(entry.Name), begin)
}
