package authserver

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// Parts is what a Server is made of. Every field but Sources, StepUps and Disowned is
// required.
type Parts struct {
	Base      *url.URL // public origin, without a path
	Views     Views
	Store     connections.Store
	OneTime   OneTime
	Signer    Signer
	Documents Doer // fetches client documents: guarded, and without redirects
	Entra     SignIns
	Members   Members
	Log       Log
	Counts    Counts
	Limits    Limits
	Origins   Origins
	Sources   Sources  // nil: nobody can sign in at sources
	StepUps   StepUps  // nil: nobody is led to a stronger sign-in
	Disowned  Disowned // nil: only the connection is withdrawn
	Authority func(tenants.Cloud) entra.Authority
	Logger    *slog.Logger
	Now       func() time.Time
}

// Disowned hears that Entra disowns a person, and returns at once. Whoever hears it
// drops what Entra has refused, alone or with everything that the person has.
type Disowned func(ctx context.Context, org tenants.ID, person tenants.GUID, refusal *entra.TokenError, drop func(ctx context.Context))

// Views are the organizations as requests see them.
type Views interface {
	// Get returns the view of a slug; one without endpoints is NotFound.
	Get(ctx context.Context, slug string) (*snapshot.Snapshot, error)
}

// OneTime keeps what may be taken exactly once, under the SHA-256 of what its
// bearer shows.
type OneTime interface {
	// PutOneTime is a Conflict where there is something already.
	PutOneTime(ctx context.Context, hash [32]byte, expires time.Time, ciphertext []byte) error
	TakeOneTime(ctx context.Context, hash [32]byte) ([]byte, error)
	// HasOneTime reports whether there is something, and leaves it there.
	HasOneTime(ctx context.Context, hash [32]byte) (bool, error)
}

// Signer signs access tokens of ours: JWTs of type at+jwt (RFC 9068), ES256.
type Signer interface {
	SignAccessToken(ctx context.Context, claims any) (string, error)
}

// Doer sends one request.
type Doer interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
}

// SignIns signs people in at an organization's own Entra tenant.
type SignIns interface {
	// Begin returns where to send the browser.
	Begin(snap *snapshot.Snapshot, r entra.SignIn) (string, error)
	// Finish redeems the code of a callback.
	Finish(ctx context.Context, snap *snapshot.Snapshot, h entra.Handshake, code string) (entra.Person, entra.Tokens, error)
	// Confirm asks anew about a person, with the refresh token that was kept.
	Confirm(ctx context.Context, snap *snapshot.Snapshot, person tenants.GUID, token entra.RefreshToken) (entra.Person, entra.Tokens, error)
}

// Members says which groups a person is in.
type Members interface {
	Resolve(ctx context.Context, q membership.Question) (authz.Membership, time.Time, error)
}

// Log records what happens.
type Log interface {
	Event(ctx context.Context, by authz.Caller, e audit.Event) error
	Refused(ctx context.Context, id authz.Identity, e audit.Event) error
}

// Counts counts what is refused while nobody knows whom: anybody can cause that, so
// that it has no records of its own.
type Counts interface {
	// Count counts one for a reason, which is a word of ours.
	Count(org tenants.ID, reason string, source netip.Addr)
}

// Limits bounds how often strangers may ask: by address, before anybody knows who
// they are. What is too much is Limited.
type Limits interface {
	Admit(org tenants.ID, address string) error
	// AdmitKept bounds, besides, requests that leave something behind before anybody has
	// signed in: registrations, and authorizations begun.
	AdmitKept(org tenants.ID, address string) error
}

// Origins says which pages of other origins may ask.
type Origins interface {
	// CheckOrigin lets requests pass that carry no Origin, one of our own, or one that
	// is listed, and sets the CORS headers for it. Another is Forbidden.
	CheckOrigin(w http.ResponseWriter, r *http.Request, listed []string) error
}

// Server is the authorization server of every organization. It may be used
// concurrently.
type Server struct {
	Parts
	base          string
	documents     *documents
	keySets       *documents // that documents and admins name
	confirmations *confirmations
}

// New returns a server, or an error that says what is missing.
func New(p Parts) (*Server, error) {
	if p.Base == nil || p.Views == nil || p.Store == nil || p.OneTime == nil || p.Signer == nil || p.Documents == nil ||
		p.Entra == nil || p.Members == nil || p.Log == nil || p.Counts == nil || p.Limits == nil || p.Origins == nil || p.Authority == nil || p.Logger == nil || p.Now == nil {
		return nil, fault.New(fault.Invalid, "authorization server: every part is required")
	}
	s := &Server{Parts: p, base: p.Base.Scheme + "://" + p.Base.Host}
	s.documents, s.keySets, s.confirmations = newDocuments(p.Documents, p.Now), newKeySets(p.Documents, p.Now), newConfirmations(p)
	return s, nil
}

// Close asks Entra about nobody any more and waits for what is under way, or for
// ctx. Requests are answered as before.
func (s *Server) Close(ctx context.Context) error { return s.confirmations.close(ctx) }

// The paths below the deployment's origin. {org} is a slug.
const (
	MetadataPath  = "/.well-known/oauth-authorization-server/t/{org}"
	FacadePath    = "/.well-known/oauth-authorization-server/t/{org}/entra"
	AuthorizePath = "/t/{org}/authorize"
	ConsentPath   = "/t/{org}/consent"
	CallbackPath  = "/t/{org}/callback"
	TokenPath     = "/t/{org}/token" //nolint:gosec // a path, no credential
	RegisterPath  = "/t/{org}/register"
	RevokePath    = "/t/{org}/revoke"
)

// Routes hands over each of the server's handlers with its pattern (net/http).
func (s *Server) Routes(handle func(pattern string, handler func(http.ResponseWriter, *http.Request))) {
	handle("GET "+MetadataPath, s.metadata)
	handle("GET "+FacadePath, s.facade)
	handle("GET "+AuthorizePath, s.authorize)
	handle("POST "+ConsentPath, s.consent)
	handle("GET "+CallbackPath, s.callback)
	handle("GET "+SharedCallbackPath, s.sharedCallback)
	handle("POST "+TokenPath, s.token)
	handle("POST "+RegisterPath, s.register)
	handle("POST "+RevokePath, s.revoke)
	s.sourceRoutes(handle)
	s.stepUpRoutes(handle)
	for _, path := range []string{TokenPath, RegisterPath, RevokePath} {
		handle("OPTIONS "+path, s.preflight)
	}
	for _, path := range []string{MetadataPath, FacadePath} {
		handle("OPTIONS "+path, anybody)
	}
}
