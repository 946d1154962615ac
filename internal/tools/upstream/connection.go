package upstream

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Connection is a source and what is needed to speak to it.
type Connection struct {
	Org    tenants.ID
	Source tools.Source
	Box    Box
	Secret []byte         // of the credential, as Box encrypted it for secrets.SourceLabel; nil: none
	Tokens Tokens         // nil where nobody can ask Entra
	People Authorizations // nil where nobody can sign in at sources
}

// Box encrypts what is kept for an organization; *secrets.OrgKey does.
type Box interface {
	Encrypt(l secrets.Label, plaintext []byte) ([]byte, error)
	Decrypt(l secrets.Label, ciphertext []byte) ([]byte, error)
}

// Tokens gives access tokens of Entra on behalf of people. Where Entra wants to
// see more of a sign-in and says what, the error is a *tools.ChallengeError.
type Tokens interface {
	OnBehalfOf(ctx context.Context, by authz.Caller, w Wanted) (string, error)
}

// Wanted is the token that a server wants to see.
type Wanted struct {
	Assertion authz.Assertion // of the caller
	Scopes    []string        // of the server's own audience
	Claims    string          // JSON, what it wants the token to have besides; empty: nothing
	Refused   string          // a token that it did not accept; empty: none
}

// Sessions keeps the legacy sessions that clients' sessions have with servers
// behind us, so that every replica uses the same. An unknown one is NotFound; what
// is put replaces what was there.
type Sessions interface {
	UpstreamSession(ctx context.Context, org tenants.ID, k SessionKey) (ciphertext []byte, err error)
	PutUpstreamSession(ctx context.Context, by authz.Caller, s StoredSession) error
	RemoveUpstreamSession(ctx context.Context, by authz.Caller, k SessionKey) error
}

// SessionKey names the session that a client's session has with a source.
type SessionKey struct{ Session, Source tenants.GUID }

// StoredSession is what another replica needs to go on with a session.
type StoredSession struct {
	SessionKey
	Ciphertext []byte
	ExpiresAt  time.Time
}

// same reports whether two connections lead to one server in one way, so that
// what is known of it still holds.
func (c Connection) same(other Connection) bool {
	a, b := c.Source, other.Source
	return c.Org == other.Org && a.ID == b.ID && a.Name == b.Name && a.URL == b.URL &&
		a.Timeout == b.Timeout && a.Concurrent == b.Concurrent && sameCredential(a.Credential, b.Credential) &&
		sha256.Sum256(c.Secret) == sha256.Sum256(other.Secret)
}

func sameCredential(a, b tools.SourceCredential) bool {
	return a.Kind == b.Kind && a.ID == b.ID && a.Header == b.Header && slices.Equal(a.Scopes, b.Scopes) &&
		a.TokenURL == b.TokenURL && a.ClientID == b.ClientID
}
