package mcphost

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// appType is the media type of an MCP App (io.modelcontextprotocol/ui).
const appType = "text/html;profile=mcp-app"

// listResources answers resources/list: what sources offer, and the apps of the
// caller's tools.
func (h *Host) listResources(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	defer h.lookBehind(ctx, by, req)
	return h.explained(ctx, by, req, tools.KindResource, `"resources":[`)
}

// listTemplates answers resources/templates/list.
func (h *Host) listTemplates(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	defer h.lookBehind(ctx, by, req)
	return h.explained(ctx, by, req, tools.KindTemplate, `"resourceTemplates":[`)
}

// readResource answers resources/read under the rules of a call: the attempt is
// recorded, and what the caller may not see does not exist.
func (h *Host) readResource(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	if req.message.Params.URI == "" {
		return answer{}, wire.MalformedParams("params.uri is missing; name the resource")
	}
	return h.recorded(ctx, by, req, runResourceFreshly)
}

var runResourceFreshly = freshly((*Host).runResource)

func (h *Host) runResource(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	uri := req.message.Params.URI
	entry, err := h.findResource(by, req)
	if err != nil {
		return answer{}, err
	}
	if entry.Server != nil {
		if err := h.limits.AdmitOther(callOf(by, req, entry)); err != nil {
			return answer{}, err
		}
		return h.forward(ctx, by, req, errand{entry: entry, name: uri, target: tools.Target{Method: wire.MethodResourcesRead, Name: uri}})
	}
	if entry.App == nil || entry.App.URI != uri {
		return answer{}, errUnknownResource
	}
	if req.message.Params.RequestState != "" {
		return answer{}, errState
	}
	members := append([]byte(`"contents":[{"uri":`), wire.AppendString(nil, uri)...)
	members = append(members, `,"mimeType":"`+appType+`","text":`...)
	members = wire.AppendString(members, string(entry.App.HTML))
	return answer{members: append(members, "}]"...), ttl: listTTL}, nil
}

// findResource returns what a URI is read through. A tool's app is read by whoever
// sees the tool, also where it has no permission of its own.
func (h *Host) findResource(by authz.Caller, req *request) (*tools.Entry, error) {
	uri := req.message.Params.URI
	at, ok := req.resource(by, uri)
	if at < 0 {
		return nil, errUnknownResource
	}
	entry := req.snap.Catalog.At(at)
	switch {
	case entry.Kind == tools.KindTool && !ok:
		return nil, errUnknownResource
	case entry.Kind == tools.KindTool, ok && !req.listed(by, at):
		return entry, nil
	}
	return entry, h.allow(by, req, wish{at: at, name: uri, made: entry.Kind == tools.KindTemplate, unknown: errUnknownResource})
}
