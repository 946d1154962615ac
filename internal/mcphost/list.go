package mcphost

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// ttl is how long a client may reuse a list, in milliseconds. The list is the
// caller's own, so its scope is always private.
const (
	listTTL     = "30000"
	discoverTTL = "60000"
)

// listTools answers tools/list: the same predicate as a call, asked once for
// each set of tools and encoded once for all who have it.
func (h *Host) listTools(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	defer h.lookBehind(ctx, by, req)
	return h.explained(ctx, by, req, tools.KindTool, `"tools":[`)
}

// explained is list with an explanation of why nothing is in it, where that holds
// for all that the caller could be shown here. A list of tools says at least whom
// the client acts for.
func (h *Host) explained(ctx context.Context, by authz.Caller, req *request, kind tools.Kind, member string) (answer, error) {
	a, err := h.list(ctx, by, req, kind, member)
	empty := err == nil && len(a.members) == len(member)+1 && req.message.Params.Cursor == ""
	if empty && (kind == tools.KindTool || !req.hasAnything(by)) {
		a.meta = appendMember(nil, "gatehouse/explanation", h.instructions(by, req))
	}
	return a, err
}

func appendMember(dst []byte, name, value string) []byte {
	dst = append(dst, ',')
	dst = wire.AppendString(dst, name)
	dst = append(dst, ':')
	return wire.AppendString(dst, value)
}
