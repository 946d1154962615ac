package mcphost

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// endWithin bounds what the servers behind us get to end a session.
const endWithin = 10 * time.Second

// endBehind ends what the servers behind us keep for a session that has ended,
// behind the answer. One that does not hear of it forgets the session by itself.
func (h *Host) endBehind(ctx context.Context, by authz.Caller, req *request, session tenants.GUID) {
	var servers []tools.Server
	req.snap.Sources(func(source tools.Source, _ time.Time) {
		if _, server, ok := req.snap.Source(source.ID); ok {
			servers = append(servers, server)
		}
	})
	if len(servers) == 0 {
		return
	}
	client := clientOf(req)
	client.Session = session
	call := tools.Call{Assertion: authz.NewAssertion(req.token), Now: h.now(), Client: client}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	go func() {
		defer cancel()
		var ending sync.WaitGroup
		for _, s := range servers { // together: one that does not answer keeps none from hearing of it
			ending.Go(func() { _ = s.End(ctx, by, call) })
		}
		ending.Wait()
	}()
}
