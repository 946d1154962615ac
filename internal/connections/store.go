package connections

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Store keeps registrations, connections and grants of organizations. What does
// not exist is NotFound. Everything that somebody does is recorded in the
// organization's log, in the transaction that does it.
type Store interface {
	// Register keeps a registration. With MaxRegistered there already the oldest that
	// nobody has agreed to makes room, and where there is none it is Limited; those
	// that have expired go first.
	Register(ctx context.Context, by authz.Caller, c Registered) error
	// Registered returns a registration that has not expired.
	Registered(ctx context.Context, org tenants.ID, id string) (Registered, error)

	// Preregistered returns a client that an admin has registered.
	Preregistered(ctx context.Context, org tenants.ID, id string) (Preregistered, error)

	// Connect keeps what a person has agreed to, with the grant that comes of it: a
	// connection of the same person and client is renewed and keeps its id, which
	// the returned one has. c.Agreed zero leaves nothing remembered; c.Entra nil
	// leaves the token that is there. A registration that is agreed to lives on.
	Connect(ctx context.Context, by authz.Caller, c Connection, g Grant) (Connection, error)
	// Agreement returns the connection of a person and a client.
	Agreement(ctx context.Context, org tenants.ID, person tenants.GUID, client string) (Connection, error)
	Connection(ctx context.Context, org tenants.ID, id tenants.GUID) (Connection, error)
	// Connections lists those of an organization, or of one person of it, the last
	// used first, after the one whose id is given; at most so many.
	Connections(ctx context.Context, org tenants.ID, f Filter) ([]Connection, error)
	// Disconnect removes a connection with its grants, and cuts off what was issued
	// for it, on every replica.
	Disconnect(ctx context.Context, by authz.Caller, id tenants.GUID) error
	// KeepEntra puts what Entra answers in place of what there is, of this instant,
	// unless Entra has spoken since the token was shown. That a connection is withdrawn
	// is an event of the log, and nothing else of it is.
	KeepEntra(ctx context.Context, by authz.Caller, id tenants.GUID, a Answer) error

	// Rotate makes the next refresh token of a grant the good one if that of
	// generation is, and returns the grant as it is then. It returns the grant
	// unchanged, and Conflict, if another is.
	Rotate(ctx context.Context, by authz.Caller, id tenants.GUID, generation int, now time.Time) (Grant, error)
	Grant(ctx context.Context, org tenants.ID, id tenants.GUID) (Grant, Connection, error)
	// EndGrant removes a grant; one that does not exist has ended already.
	EndGrant(ctx context.Context, by authz.Caller, id tenants.GUID, why string) error

	// Ask notes that somebody wanted to connect software that is not listed.
	Ask(ctx context.Context, by authz.Caller, r Request) error
	// Requests lists what waits, the last asked for first.
	Requests(ctx context.Context, org tenants.ID) ([]Request, error)
	// Dismiss removes a request.
	Dismiss(ctx context.Context, by authz.Caller, software string) error
}

// Filter says which connections to list.
type Filter struct {
	Person tenants.GUID // zero: everybody's
	After  tenants.GUID // zero: from the first
	Most   int
}
