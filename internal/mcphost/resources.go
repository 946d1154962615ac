package mcphost

import (
	"context"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// appType is the media type of an MCP App (io.modelcontextprotocol/ui).
const appType = "text/html;profile=mcp-app"

// errUnknownResource is the answer for a resource that does not exist and for
// one that belongs to a tool this caller does not see.
var errUnknownResource = fault.New(fault.NotFound, "unknown resource")

// listResources answers resources/list with the apps of the caller's tools.
func (h *Host) listResources(_ context.Context, by authz.Caller, req *request) (answer, error) {
	if err := noCursor(req); err != nil {
		return answer{}, err
	}
	list := req.snap.Catalog.List(tools.KindResource, by.ListKey(), func(at int) bool { return by.May(at).Listed() })
	members := append([]byte(`"resources":[`), list...)
	return answer{members: append(members, ']'), ttl: listTTL}, nil
}

// listTemplates answers resources/templates/list: apps have fixed URIs.
func (h *Host) listTemplates(_ context.Context, _ authz.Caller, req *request) (answer, error) {
	if err := noCursor(req); err != nil {
		return answer{}, err
	}
	return answer{members: []byte(`"resourceTemplates":[]`), ttl: listTTL}, nil
}

// readResource answers resources/read under the rules of a call: the attempt is
// recorded, and what the caller may not see does not exist.
func (h *Host) readResource(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	if req.message.Params.URI == "" {
		return answer{}, wire.MalformedParams("params.uri is missing; name the resource")
	}
	entry, err := h.Audit.Begin(ctx, by, audit.Attempt{
		Kind: audit.ResourceRead, Endpoint: req.http.URL.Path, Method: req.message.Method, Session: req.session.name(),
		Source: sourceOf(req.http), Target: req.message.Params.URI, TraceID: traceID(ctx), Policy: req.snap.Version,
	})
	if err != nil {
		return answer{}, err
	}
	app, err := findApp(by, req)
	end := audit.Ending{Outcome: audit.OK}
	if err != nil {
		end = audit.Ending{Outcome: audit.Refused, Reason: "unknown_resource"}
	}
	if unrecorded := entry.End(ctx, end); unrecorded != nil {
		err = unrecorded
	}
	if err != nil {
		return answer{record: entry.ID()}, err
	}
	members := append([]byte(`"contents":[{"uri":`), wire.AppendString(nil, app.URI)...)
	members = append(members, `,"mimeType":"`+appType+`","text":`...)
	members = wire.AppendString(members, string(app.HTML))
	return answer{members: append(members, "}]"...), ttl: listTTL, record: entry.ID()}, nil
}

func findApp(by authz.Caller, req *request) (*tools.App, error) {
	catalog := req.snap.Catalog
	at := catalog.Resource(req.message.Params.URI)
	if at < 0 || catalog.At(at).App == nil || !by.May(at).Listed() {
		return nil, errUnknownResource
	}
	return catalog.At(at).App, nil
}
