package authorizations

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Store keeps authorizations. What does not exist, or belongs to a credential that
// no source has any more, is NotFound. What somebody agrees to or revokes is
// recorded in the organization's log, in the transaction that does it.
type Store interface {
	// AuthorizeSource keeps what a person has agreed to, in place of what they agreed
	// to before for the same credential. The store says when.
	AuthorizeSource(ctx context.Context, by authz.Caller, a Authorization) error
	SourceAuthorization(ctx context.Context, org tenants.ID, k Key) (Authorization, error)
	// SourceAuthorizations lists those of an organization, the last made first.
	SourceAuthorizations(ctx context.Context, org tenants.ID, f Filter) ([]Authorization, error)
	// RevokeSourceAuthorization removes an authorization, on every replica, and returns
	// it as it was.
	RevokeSourceAuthorization(ctx context.Context, by authz.Caller, r Revoking) (Authorization, error)

	// ClaimRenewal lets one renew an authorization of a generation until an instant. It
	// is Conflict where another does, or has.
	ClaimRenewal(ctx context.Context, by authz.Caller, c Claim) error
	// RenewSourceAuthorization puts what is kept in place of that of the generation
	// before it, and gives the claim back. It is Conflict if another is there.
	RenewSourceAuthorization(ctx context.Context, by authz.Caller, a Authorization) error

	// SourceClient returns how Gatehouse has registered for a credential, and when.
	SourceClient(ctx context.Context, org tenants.ID, credential tenants.GUID) ([]byte, time.Time, error)
	// KeepSourceClient keeps a registration; nil: it is no use any more.
	KeepSourceClient(ctx context.Context, by authz.Caller, credential tenants.GUID, ciphertext []byte) error
}

// Key names the authorization of a person for a credential.
type Key struct{ Person, Credential tenants.GUID }

// Claim says who is to renew an authorization: nobody else, until then.
type Claim struct {
	ID         tenants.GUID
	Generation int
	Now, Until time.Time
}

// Revoking says which authorization is to be removed.
type Revoking struct {
	ID     tenants.GUID
	Person tenants.GUID // whose it has to be; zero: anybody's
	Why    string       // for the log
}

// Filter says which authorizations to list.
type Filter struct {
	Person tenants.GUID // zero: everybody's
	Source tenants.GUID // zero: at every source
	After  tenants.GUID // zero: from the first
	Most   int
}
