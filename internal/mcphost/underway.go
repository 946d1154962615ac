package mcphost

import (
	"context"
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// underWay are the requests of sessions that a server behind us works on, on this
// replica. There are never more of them than places for calls under way.
type underWay struct {
	mu      sync.Mutex
	cancels map[sessionRequest]*context.CancelFunc
}

// sessionRequest names a request of a session of the initialize revisions.
type sessionRequest struct {
	session tenants.GUID
	id      string // JSON
}

// enter returns the context that a request's server works under. In a session a
// connection that breaks cancels nothing, as these revisions want it (2025-11-25,
// "Streamable HTTP"): only cancel does. Everybody else's request ends with its
// connection.
func (u *underWay) enter(ctx context.Context, req *request) (inner context.Context, leave func()) {
	// How long a server may take is its own limit, not that for a request's arrival.
	_ = http.NewResponseController(req.writer).SetReadDeadline(time.Time{})
	if req.era != wire.Legacy || req.session.id.IsZero() {
		return ctx, func() {}
	}
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	key := sessionRequest{req.session.id, string(req.message.ID)}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.cancels == nil {
		u.cancels = map[sessionRequest]*context.CancelFunc{}
	}
	u.cancels[key] = &cancel
	return inner, func() { u.leave(key, &cancel) }
}

func (u *underWay) leave(key sessionRequest, cancel *context.CancelFunc) {
	u.mu.Lock()
	if u.cancels[key] == cancel { // a client that uses an id twice has another there
		delete(u.cancels, key)
	}
	u.mu.Unlock()
	(*cancel)()
}

// cancel ends the request of a session that a client does not wait for any more,
// if this replica has it. To the others the notification is lost: it is a hint,
// and each call has its limit.
func (u *underWay) cancel(session tenants.GUID, id []byte) {
	u.mu.Lock()
	cancel := u.cancels[sessionRequest{session, string(id)}]
	u.mu.Unlock()
	if cancel != nil {
		(*cancel)()
	}
}
