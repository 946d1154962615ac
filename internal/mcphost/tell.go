package mcphost

import (
	"context"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// listing is what a list shows.
type listing struct {
	kind tools.Kind
	list []byte // the encoded definitions, the same bytes for all who see the same
	page bool   // it is one of several
}

// nothing is where a list begins that is empty.
var nothing byte

// begins says which list it is: two of one view that show the same are the same bytes.
func (l listing) begins() *byte {
	if len(l.list) == 0 {
		return &nothing
	}
	return &l.list[0]
}

// tell has the log hold what somebody is shown before they are. While their token is
// remembered, a list that is the same again is not told again: clients list often, and
// it says nothing new. Of a list in pages each page is told, with what the whole shows.
func (h *Host) tell(ctx context.Context, by authz.Caller, req *request, l listing) error {
	at, begins := kindIndex(l.kind), l.begins()
	if !l.page && req.known.told[at].Load() == begins {
		return nil
	}
	event := audit.Event{
		Kind: audit.List, Endpoint: req.http.URL.Path, Method: req.message.Method, Session: req.session.name(), Source: sourceOf(req.http),
		Request: string(req.message.ID), TraceID: traceID(ctx), Policy: req.snap.Version, Outcome: audit.OK,
	}
	if l.page {
		event.Detail = "page"
	}
	event.Count, event.NamesDigest = audit.DigestNames(req.snap.Catalog.Shown(l.kind, func(at int) bool { return req.listed(by, at) }))
	if err := h.audit.Event(ctx, by, event); err != nil {
		return err
	}
	if !l.page {
		req.known.told[at].Store(begins)
	}
	return nil
}

func kindIndex(kind tools.Kind) int {
	switch kind {
	case tools.KindPrompt:
		return 1
	case tools.KindResource:
		return 2
	case tools.KindTemplate:
		return 3
	case tools.KindTool, tools.KindInstructions:
	}
	return 0
}
