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
func (h *Host) listTools(_ context.Context, by authz.Caller, req *request) (answer, error) {
	if err := noCursor(req); err != nil {
		return answer{}, err
	}
	list := req.snap.Catalog.List(tools.KindTool, by.ListKey(), func(at int) bool { return by.May(at).Listed() })
	members := make([]byte, 0, len(list)+len(`"tools":[]`))
	members = append(members, `"tools":[`...)
	members = append(members, list...)
	members = append(members, ']')
	a := answer{members: members, ttl: listTTL}
	if len(list) == 0 {
		a.meta = appendMember(nil, "gatehouse/explanation", instructions(by, req.snap))
	}
	return a, nil
}

// noCursor refuses cursors: every list here is one page, so none was ever given.
func noCursor(req *request) error {
	if req.message.Params.Cursor != "" {
		return wire.InvalidParams("cursor is not one this server gave; ask for the first page without one")
	}
	return nil
}

func appendMember(dst []byte, name, value string) []byte {
	dst = append(dst, ',')
	dst = wire.AppendString(dst, name)
	dst = append(dst, ':')
	return wire.AppendString(dst, value)
}
