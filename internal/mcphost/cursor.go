package mcphost

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// cursorLife is how long a client may take from one page to the next.
const cursorLife = time.Hour

// DefaultPageSize is how many things a list shows at once unless an operator wants
// it otherwise.
const DefaultPageSize = 1000

// list answers a list of one kind. A catalog that fits on one page is encoded
// once for all who see the same of it.
func (h *Host) list(ctx context.Context, by authz.Caller, req *request, kind tools.Kind, member string) (answer, error) {
	after, err := h.openCursor(by, req)
	if err != nil {
		return answer{}, err
	}
	var list []byte
	next := ""
	if after == "" && len(req.snap.Catalog.Names()) <= h.pageSize {
		list = h.listOf(kind, by, req)
	} else {
		list, next = req.snap.Catalog.Page(kind, after, h.pageSize, func(at int) bool { return req.listed(by, at) })
	}
	if err := h.tell(ctx, by, req, listing{kind: kind, list: list, page: after != "" || next != ""}); err != nil {
		return answer{}, err
	}
	members := make([]byte, 0, len(member)+len(list)+len(`]`))
	members = append(members, member...)
	members = append(members, list...)
	members = append(members, ']')
	if next != "" {
		if members, err = h.appendCursor(members, by, req, next); err != nil {
			return answer{}, err
		}
	}
	return answer{members: members, ttl: listTTL}, nil
}

// appendCursor appends the cursor of the page behind the entry of a permission
// name. It is good in every version of the catalog.
func (h *Host) appendCursor(members []byte, by authz.Caller, req *request, last string) ([]byte, error) {
	now := h.now()
	cursor, err := req.snap.Key.Cursors().Encrypt(req.binding(by, req.message.Method), []byte(last), now, now.Add(cursorLife))
	if err != nil {
		return nil, err
	}
	return wire.AppendMember(members, wire.Member{Name: "nextCursor", Value: wire.AppendString(nil, cursor)}), nil
}

// openCursor returns the permission name that a cursor stands behind; empty
// without a cursor.
func (h *Host) openCursor(by authz.Caller, req *request) (string, error) {
	cursor := req.message.Params.Cursor
	if cursor == "" {
		return "", nil
	}
	last, err := req.snap.Key.Cursors().Open(req.binding(by, req.message.Method), cursor, h.now())
	if err != nil || len(last) == 0 {
		return "", wire.InvalidParams("cursor is not one that this server gave you for this list, or it has expired; ask for the first page without one")
	}
	return string(last), nil
}
