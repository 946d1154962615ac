package mcphost

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const (
	endWithin  = 10 * time.Second // what each server gets to end a session
	endAtATime = 8                // servers of one session
)

// endBehind ends what the servers behind us keep for a session that has ended,
// behind the answer. One that does not hear of it, as when too many sessions end at
// once, forgets the session by itself.
func (h *Host) endBehind(ctx context.Context, by authz.Caller, req *request, session tenants.GUID) {
	servers := endersOf(req)
	if len(servers) == 0 {
		return
	}
	client := clientOf(req)
	client.Session = session
	call := tools.Call{Assertion: authz.NewAssertion(req.token), Now: h.now(), Client: client}
	ctx = context.WithoutCancel(ctx)
	h.farewells.add(by.Org(), func() {
		var ending errgroup.Group
		ending.SetLimit(endAtATime)
		for _, e := range servers {
			ending.Go(func() error { return h.end(ctx, by, e, call) })
		}
		_ = ending.Wait() // nobody is there to be told
	})
}

// endersOf returns the servers that may keep something for a session.
func endersOf(req *request) (servers []tools.Server) {
	req.snap.Sources(func(source tools.Source, _ time.Time) {
		if _, server, ok := req.snap.Source(source.ID); ok {
			servers = append(servers, server)
		}
	})
	return servers
}

// end has one server end a session. It must not take the process with it.
func (h *Host) end(ctx context.Context, by authz.Caller, e tools.Server, call tools.Call) (err error) {
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	defer h.recoverFrom(ctx, "", &err)
	return e.End(ctx, by, call)
}
