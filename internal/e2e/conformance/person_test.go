package conformance_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authorizations/wallet"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	ours "gatehouse/internal/tools/upstream"
	"gatehouse/internal/tools/upstream/oauth"
)

// The URL of a client document that the suite takes for one, and the origin that it
// makes of us. Nobody fetches anything from there.
const (
	suiteDocument = "https://conformance-test.local/client-metadata.json"
	suiteOrigin   = "https://conformance-test.local"
)

// connect makes the source, and where people sign in the wallet that holds what
// they get there.
func (p *program) connect(ctx context.Context, at string, signingIn bool) error {
	source := tools.Source{
		ID: tenants.NewGUID(), Name: "suite", URL: at, Enabled: true, Timeout: 20 * time.Second, Credential: tools.SourceCredential{Kind: tools.NoCredential},
	}.Filled()
	if signingIn {
		source.Credential = tools.SourceCredential{Kind: tools.UserAuthorization, ID: tenants.NewGUID(), ClientID: p.given.ClientID}
	}
	client, err := egress.New(egress.Options{Loopback: egress.AllowLoopback, Timeout: 20 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer("")})
	if err != nil {
		return err
	}
	hub, err := ours.New(ours.Options{Egress: client, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Version: "conformance"})
	if err != nil {
		return err
	}
	a := &person{client: client, shelf: &shelf{}}
	if err := a.see(ctx, hub, source, p.given.ClientSecret); err != nil {
		return err
	}
	server, _ := a.snap.Server(source.ID)
	p.server, _ = server.(*ours.Server)
	p.person, p.by = a, a.caller()
	return nil
}

// person is somebody who uses the source, with their browser.
type person struct {
	client *egress.Client
	wallet *wallet.Wallet
	snap   *snapshot.Snapshot
	shelf  *shelf
	oid    tenants.GUID
}

func (a *person) caller() authz.Caller {
	return authz.Actor(authz.Identity{Org: a.snap.Organization.ID, OID: a.oid, Kind: authz.User, Delegated: true, Client: "suite"})
}

// see makes the view of an organization that has the source.
func (a *person) see(ctx context.Context, hub *ours.Hub, source tools.Source, secret string) error {
	a.oid = tenants.NewGUID()
	kek, err := secrets.NewLocalKEK([32]byte{1})
	if err != nil {
		return err
	}
	box, err := secrets.NewBox(kek)
	if err != nil {
		return err
	}
	org := organization()
	wrapped, err := box.NewOrganizationKey(ctx, org.ID)
	if err != nil {
		return err
	}
	key, err := box.Open(ctx, org.ID, wrapped)
	if err != nil {
		return err
	}
	sealed, err := key.Encrypt(secrets.SourceLabel(source.Credential.ID), []byte(secret))
	if err != nil {
		return err
	}
	if a.wallet, err = a.newWallet(); err != nil {
		return err
	}
	registry, err := tools.NewRegistry(nil)
	if err != nil {
		return err
	}
	builder := snapshot.Builder{
		Origin: suiteOrigin, Tools: registry, Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.DiscardHandler),
		Servers: func(org *tenants.Organization, key *secrets.OrgKey, s tools.Source, secret []byte) tools.Server {
			return hub.Server(ours.Connection{Org: org.ID, Source: s, Box: key, Secret: secret, People: a.wallet})
		},
	}
	a.snap, err = builder.Build(ctx, snapshot.Data{
		Organization: org, Version: 1, Decisions: 1, WrappedKey: wrapped, Sources: []tools.Source{source}, SourceSecrets: map[tenants.GUID][]byte{source.ID: sealed},
	})
	return err
}

func organization() tenants.Organization {
	return tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("suite"), Name: "Suite", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active, Mode: tenants.Brokered,
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: "api://a", Scope: "access_as_user",
			Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Refuse, GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
			Model: tenants.OwnApp, Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
}

func (a *person) newWallet() (*wallet.Wallet, error) {
	protocol, err := oauth.New(oauth.Options{Doer: a.client, Agent: "gatehouse/conformance", Now: time.Now, Loopback: egress.AllowLoopback})
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(suiteOrigin)
	if err != nil {
		return nil, err
	}
	return wallet.New(wallet.Parts{
		Base: base, Store: a.shelf, OAuth: named{protocol}, Doer: a.client, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		Views: func(context.Context, tenants.ID) (*snapshot.Snapshot, error) { return a.snap, nil },
	})
}

// named goes by the client document that the suite prescribes.
type named struct{ *oauth.Client }

func (n named) Register(ctx context.Context, s oauth.Server, a oauth.Application) (oauth.Registration, error) {
	a.Document = suiteDocument
	return n.Client.Register(ctx, s, a)
}

// signIn follows the URL that the person is given, as our pages do between them
// agreeing and coming back.
func (a *person) signIn(ctx context.Context, at string) error {
	u, err := url.Parse(at)
	if err != nil {
		return err
	}
	request, source, err := a.wallet.Read(a.snap, u.Query().Get("request"))
	if err != nil {
		return err
	}
	server, err := a.wallet.Discover(ctx, source, request)
	if err != nil {
		return err
	}
	begun, err := a.wallet.Begin(ctx, a.snap, request, server)
	if err != nil {
		return err
	}
	answer, err := visit(ctx, begun.URL())
	if err != nil {
		return err
	}
	return a.wallet.Finish(ctx, a.snap, wallet.Arrival{
		By: a.caller(), Person: authorizations.Person{OID: a.oid, Name: "Alice"}, Request: request, SignIn: begun, Answer: answer,
	})
}

// visit is the person's browser: the suite signs everybody in, and sends them back.
func visit(ctx context.Context, at string) (url.Values, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		return nil, fmt.Errorf("the authorization server answers with %s: %w", resp.Status, err)
	}
	return back.Query(), nil
}
