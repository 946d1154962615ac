package mcphost

import (
	"context"
	"fmt"

	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools"
)

func (r *request) see(snap *snapshot.Snapshot) bool { r.snap = snap; return true }

func (r *request) listed(by authz.Caller, at int) bool { return by.May(at).Listed() }

func (r *request) listKey(by authz.Caller) string { return by.ListKey() }

func (r *request) resource(by authz.Caller, uri string) (at int, ok bool) {
	at = r.snap.Catalog.Resource(uri)
	return at, at >= 0 && r.snap.Catalog.Readable(at, func(at int) bool { return r.listed(by, at) })
}

func (h *Host) listOf(kind tools.Kind, by authz.Caller, req *request) []byte {
	return req.snap.Catalog.List(kind, req.listKey(by), func(at int) bool { return req.listed(by, at) })
}

func clientOf(req *request) tools.Client { return tools.Client{Era: req.era, Session: req.session.id} }

func (h *Host) recoverFrom(_ context.Context, _ string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%v", r)
	}
}
