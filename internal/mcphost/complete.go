package mcphost

import (
	"context"
	"fmt"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// complete answers completion/complete. It is not recorded: a person types.
func (h *Host) complete(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	if !h.offered(by, req).completions {
		return answer{}, wire.MethodNotFound(req.era, req.message.Method)
	}
	entry, target, err := h.completed(by, req)
	if err != nil {
		return answer{}, err
	}
	if !declares(req.snap, entry.Source, "completions") || !completable(by, req, entry) {
		return answer{members: []byte(`"completion":{"values":[],"hasMore":false}`)}, nil
	}
	e := errand{entry: entry, name: target.Name, target: target}
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

// completed returns what a completion is for, if the caller may know of it.
func (h *Host) completed(by authz.Caller, req *request) (*tools.Entry, tools.Target, error) {
	p, catalog := &req.message.Params, req.snap.Catalog
	if p.Argument.Raw == nil || p.Argument.Name == "" {
		return nil, tools.Target{}, wire.MalformedParams("params.argument is missing; name what to complete")
	}
	var at int
	target := tools.Target{Method: wire.MethodComplete}
	unknown := wire.InvalidParams(fmt.Sprintf("unknown prompt: %.128s", p.Ref.Name))
	switch p.Ref.Type {
	case wire.RefPrompt:
		at, target.Kind = catalog.Prompt(p.Ref.Name), tools.KindPrompt
	case wire.RefResource:
		unknown, target.Kind = wire.ResourceNotFound(req.era, p.Ref.URI), tools.KindTemplate
		if at = catalog.Position(tools.PermissionName(tools.KindTemplate, p.Ref.URI)); at < 0 {
			at = catalog.Resource(p.Ref.URI)
		}
	default:
		return nil, target, wire.MalformedParams("params.ref.type must be ref/prompt or ref/resource")
	}
	if !req.listed(by, at) || catalog.At(at).Server == nil {
		return nil, target, unknown
	}
	entry := catalog.At(at)
	if entry.Kind == tools.KindTemplate && entry.Shown != p.Ref.URI && !by.MaySee(at, p.Ref.URI).Listed() {
		return nil, target, unknown
	}
	target.Name = p.Ref.URI
	if target.Kind == tools.KindPrompt {
		target.Name = entry.Own
	}
	return entry, target, nil
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
