package snapshot

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/secrets"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Data is everything the database knows that a view is built from, read in one
// transaction.
type Data struct {
	Organization tenants.Organization
	Version      int64
	Decisions    int64 // the last version that can have changed who may do what
	Clients      []tenants.Client
	Rules        authz.Rules
	Tools        []tools.Selection
	Revocations  []authz.Revocation
	Ended        []authz.EndedSession
	WrappedKey   []byte // the organization's data key, wrapped
	Credential   []byte // what is secret of the app's credential, encrypted; nil without it

	Sources       []tools.Source
	SourceSecrets map[tenants.GUID][]byte    // what is secret of the sources' credentials, encrypted, by the id of the source
	Refreshed     map[tenants.GUID]time.Time // when each source last answered, by the id of the source
	Capabilities  map[tenants.GUID][]byte    // what each source then said that it can do, object as sent
	Pinned        []tools.Pinned             // what is approved and offered, in the order in which it was first approved; without the texts that the view before has
	Toolsets      []tools.Toolset
	Limits        []tenants.Limit // of the organization's own
	Recordings    []tenants.Recording
}

// Snapshot is an organization as one request sees it. It is immutable.
type Snapshot struct {
	Organization tenants.Organization
	Version      int64
	Decisions    int64 // the last version that can have changed who may do what
	Accept       *entra.Acceptance
	Policy       *authz.Policy
	Catalog      *tools.Catalog
	Revocations  authz.Revocations
	Key          *secrets.OrgKey
	Limits       *limit.Own // nil without any
	Keeps        Keeps      // nil where the log keeps no fields in clear
	AuthorizeURL string     // the tenant's authorization endpoint
	clients      []tenants.Client
	credential   []byte
	credentials  Credentials
	federation   *federation // nil in an organization without sources and toolsets
	ends         *ends
}

// ClientName is what the organization's list calls a client; empty: it names none.
func (s *Snapshot) ClientName(id string) string {
	for _, c := range s.clients {
		if c.ID == id {
			return c.Name
		}
	}
	return ""
}

// Credentials builds what proves that we are an organization's app, from its
// connection and from what was encrypted: a secret, a certificate's bundle, nil
// where there is nothing secret. A connection without a usable credential is a
// fault that names the remedy.
type Credentials func(org *tenants.Organization, plain []byte) (entra.Credential, error)

// Credential proves that we are the organization's app. What is secret about it
// is decrypted when it is applied; an organization that has given us none is
// then NotFound.
func (s *Snapshot) Credential() entra.Credential { return (*ownApp)(s) }

// ownApp is a snapshot as a credential.
type ownApp Snapshot

// Apply implements entra.Credential.
func (s *ownApp) Apply(ctx context.Context, endpoint string, form url.Values) error {
	c, err := s.reveal()
	if err != nil {
		return err
	}
	return c.Apply(ctx, endpoint, form)
}

func (s *ownApp) reveal() (entra.Credential, error) {
	c := s.Organization.Connection
	if !c.CanAsk() {
		return nil, fault.Newf(fault.NotFound, "organization %s has given no credential of its app registration", s.Organization.Slug)
	}
	if s.credential == nil {
		return s.credentials(&s.Organization, nil)
	}
	plain, err := s.Key.Decrypt(CredentialLabel(c.Credential.ID), s.credential)
	if err != nil {
		return nil, err
	}
	return s.credentials(&s.Organization, plain)
}

// String implements fmt.Stringer without revealing anything.
func (*ownApp) String() string { return "•••" }

// CredentialLabel is what the ciphertext of a credential is bound to besides
// its organization.
func CredentialLabel(row tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "client_secret", ID: row.String()}
}

// Builder turns data into views. Every field is required.
type Builder struct {
	Origin      string // public, of the deployment, without a trailing slash
	Tools       *tools.Registry
	Authority   func(tenants.Cloud) entra.Authority
	Credentials Credentials
	Secrets     *secrets.Box
	Servers     Servers
	Logger      *slog.Logger
}

// Build returns the view of data.
func (b Builder) Build(ctx context.Context, d Data) (*Snapshot, error) {
	return b.BuildAfter(ctx, d, nil)
}

// BuildAfter is Build with the view before, if there is one: what it has made of
// the same is taken over.
func (b Builder) BuildAfter(ctx context.Context, d Data, before *Snapshot) (*Snapshot, error) {
	own, err := b.Tools.Catalog(b.runnable(ctx, d))
	if err != nil {
		return nil, err
	}
	key, err := b.Secrets.Open(ctx, d.Organization.ID, d.WrappedKey)
	if err != nil {
		return nil, err
	}
	catalog, federation := b.federate(ctx, &d, key, own, before)
	policy, err := authz.Compile(d.Rules, catalog.Names())
	if err != nil {
		return nil, err
	}
	limits, err := limit.Compile(d.Limits)
	if err != nil {
		return nil, err
	}
	authority := b.Authority(d.Organization.Connection.Cloud)
	accept, err := entra.NewAcceptance(d.Organization, policy.Scopes(), d.Clients, authority)
	if err != nil {
		return nil, err
	}
	return &Snapshot{
		Organization: d.Organization, Version: d.Version, Decisions: d.Decisions, Accept: accept.Behind(b.Origin), Policy: policy, Catalog: catalog,
		Revocations: authz.IndexRevocations(d.Revocations), Key: key, Limits: limits, Keeps: compileKeeps(d.Recordings, catalog.Names()), clients: d.Clients, credential: d.Credential, credentials: b.Credentials,
		AuthorizeURL: authority.AuthorizeURL(d.Organization.TID), federation: federation, ends: endsOf(d.Ended),
	}, nil
}

// runnable leaves out tools that this process does not know: during a rollout
// another version may, and one missing tool must not take the others away.
func (b Builder) runnable(ctx context.Context, d Data) []tools.Selection {
	known := make([]tools.Selection, 0, len(d.Tools))
	for _, s := range d.Tools {
		if !b.Tools.Has(s.Name) {
			b.Logger.LogAttrs(ctx, slog.LevelWarn, "tool is switched on but unknown to this version",
				slog.String(telemetry.LogOrg, d.Organization.ID.String()), slog.String(telemetry.LogTool, s.Name))
			continue
		}
		known = append(known, s)
	}
	return known
}
