package membership_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// The directory of these tests. Carol is in so many groups that her tokens list
// none; Finance is in Staff.
var (
	contoso = "c0000000-0000-4000-8000-000000000001"
	api     = "c0000000-0000-4000-8000-0000000000a1"
	carol   = tenants.MustGUID("c0000000-0000-4000-8000-0000000000c1")
	alice   = tenants.MustGUID("c0000000-0000-4000-8000-0000000000c2")
	staff   = tenants.MustGUID("c0000000-0000-4000-8000-0000000000d1")
	finance = tenants.MustGUID("c0000000-0000-4000-8000-0000000000d2")
)

// world is a bench whose Entra and Graph are the emulator, over HTTP.
type world struct {
	*bench
	emulator *emulator.Emulator
	entra    string
	accept   *entra.Acceptance
	verifier *entra.Verifier
	client   *entra.TokenClient
	asks     *graph.Client
	auth     entra.Authority
}

// listen starts a server whose URL is known before its handler.
func listen(t *testing.T) (string, func(http.Handler)) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + l.Addr().String(), func(h http.Handler) {
		srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}}
		srv.Start()
		t.Cleanup(srv.Close)
	}
}

// newWorld seeds a tenant whose admin has consented to the permissions.
func newWorld(t *testing.T, consented ...string) *world {
	t.Helper()
	w := &world{bench: newBench(t)}
	entraURL, serveEntra := listen(t)
	graphURL, serveGraph := listen(t)
	w.entra = entraURL
	var err error
	w.emulator, err = emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: "control", Entropy: "membership", Now: w.clock, Tenants: []seed.Tenant{tenant(consented)},
	})
	if err != nil {
		t.Fatal(err)
	}
	serveEntra(w.emulator.Entra())
	serveGraph(w.emulator.Graph())
	w.connect(t, graphURL)
	return w
}

func tenant(consented []string) seed.Tenant {
	in := seed.Tenant{
		ID: contoso, Name: "Contoso", Domain: "contoso.example",
		Users: []seed.User{
			{ID: carol.String(), Username: "carol@contoso.example", Password: "pw", Name: "Carol Cole"},
			{ID: alice.String(), Username: "alice@contoso.example", Password: "pw", Name: "Alice Ames"},
		},
		Groups: []seed.Group{
			{ID: staff.String(), Name: "Staff", Members: []string{finance.String()}},
			{ID: finance.String(), Name: "Finance", Members: []string{carol.String(), alice.String()}},
		},
		Apps: []seed.App{{
			ID: api, Name: "Gatehouse", Secret: "client secret", IdentifierURIs: []string{"api://" + api}, Scopes: []string{"access_as_user"},
			RequestedTokenVersion: 2, GroupMembershipClaims: "SecurityGroup",
			PreAuthorized: []seed.PreAuthorized{{Client: seed.VisualStudioCode}},
		}},
	}
	if len(consented) > 0 {
		in.Apps[0].Consents = []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: consented}}
	}
	for i := range 201 {
		in.Groups = append(in.Groups, seed.Group{
			ID: fmt.Sprintf("c0000000-0000-4000-8000-1000000%05d", i), Name: fmt.Sprintf("Project %d", i), Members: []string{carol.String()},
		})
	}
	return in
}

// connect makes the real verifier, token client and Graph client for the tenant.
func (w *world) connect(t *testing.T, graphURL string) {
	t.Helper()
	out, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	if w.auth, err = entra.LoopbackAuthority(w.entra, graphURL); err != nil {
		t.Fatal(err)
	}
	tid, err := tenants.ParseTID(contoso)
	if err != nil {
		t.Fatal(err)
	}
	slug, err := tenants.ParseSlug("contoso")
	if err != nil {
		t.Fatal(err)
	}
	w.org = &tenants.Organization{
		ID: tenants.NewID(), Slug: slug, Name: "Contoso", TID: tid, State: tenants.Active, Mode: tenants.Direct,
		Membership: tenants.MembershipPolicy{Soft: soft, Hard: hard},
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: tenants.MustGUID(api), Versions: tenants.V2Only, Resource: "api://" + api, Scope: "access_as_user",
			Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimUnknown, ID: tenants.NewGUID(), Model: tenants.OwnApp,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
	}
	w.accept, err = entra.NewAcceptance(*w.org, nil, []tenants.Client{{ID: seed.VisualStudioCode, Name: "Visual Studio Code"}}, w.auth)
	if err != nil {
		t.Fatal(err)
	}
	w.verifier = entra.NewVerifier(entra.NewKeySets(out, w.clock), w.clock)
	w.client = entra.NewTokenClient(out, w.clock)
	w.groups = []tenants.GUID{staff, finance}
	if w.asks, err = graph.New(graphURL, out); err != nil {
		t.Fatal(err)
	}
	w.use(t, w.asks, w)
}

// OnBehalfOf satisfies membership.Tokens with the real token client.
func (w *world) OnBehalfOf(ctx context.Context, x membership.Exchange) (string, error) {
	exchange := entra.Exchange{
		Organization: x.Organization, Authority: w.auth, Identity: x.Identity, Assertion: x.Assertion, Credential: x.Credential, Challenge: x.Claims,
	}
	exchange.Scopes = w.scopes()
	exchange.Offline = func(ctx context.Context, token entra.RefreshToken) {
		_ = w.store.KeepToken(ctx, authz.Caller{}, membership.KeptToken{
			Person: x.Identity.OID, Client: x.Organization.Connection.ClientID, Ciphertext: []byte(token.Reveal()), TokenID: x.Identity.TokenID, MadeAt: w.clock(),
		})
	}
	token, err := w.client.OnBehalfOf(ctx, exchange)
	return token.Reveal(), err
}

func (w *world) scopes() (all []string) {
	for _, s := range membership.Scopes {
		all = append(all, w.auth.DelegatedGraphScope(s))
	}
	return all
}

// signIn gets a person's token as a script would and verifies it.
func (w *world) signIn(t *testing.T, username string) membership.Question {
	t.Helper()
	form := url.Values{
		"grant_type": {"password"}, "client_id": {seed.VisualStudioCode}, "scope": {w.org.Connection.QualifiedScope()},
		"username": {username}, "password": {"pw"},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.entra+"/"+contoso+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Token string `json:"access_token"`
		Why   string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("sign in %s: %v %s", username, err, answer.Why)
	}
	token, err := w.verifier.Verify(t.Context(), answer.Token, w.accept)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := entra.SecretCredential(entra.NewSecret("client secret"))
	if err != nil {
		t.Fatal(err)
	}
	return membership.Question{
		Organization: w.org, Identity: token.Identity, Groups: claimOf(token.Groups), Assertion: authz.NewAssertion(answer.Token),
		Credential: proof, Mapped: w.groups,
	}
}

func claimOf(c entra.GroupClaim) membership.GroupClaim {
	switch c.State {
	case entra.GroupsPresent:
		return membership.GroupClaim{Kind: membership.Present, Groups: c.IDs}
	case entra.GroupsElsewhere:
		return membership.GroupClaim{Kind: membership.Overage}
	case entra.GroupsAbsent:
	}
	return membership.GroupClaim{Kind: membership.Absent}
}

// requests counts the requests that Entra or Graph got for a path's end.
func (w *world) requests(suffix string) (n int) {
	for _, entry := range w.emulator.Journal() {
		if strings.HasSuffix(entry.Path, suffix) {
			n++
		}
	}
	return n
}

// exchanges counts the on-behalf-of exchanges.
func (w *world) exchanges() (n int) {
	for _, entry := range w.emulator.Journal() {
		if strings.HasSuffix(entry.GrantType, "jwt-bearer") {
			n++
		}
	}
	return n
}

func TestRealOverageIsResolvedThroughNestedGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t, membership.Scopes...)
	q := w.signIn(t, "carol@contoso.example")
	if q.Groups.Kind != membership.Overage {
		t.Fatalf("carol's token is no overage: %+v", q.Groups)
	}
	m, _ := w.ask(t, q)
	expect(t, m, finance, authz.Member, authz.SourceGraph, w.clock())
	expect(t, m, staff, authz.Member, authz.SourceGraph, w.clock())
	if w.exchanges() != 1 || w.requests("/me/checkMemberGroups") != 1 {
		t.Errorf("%d exchanges, %d checks", w.exchanges(), w.requests("/me/checkMemberGroups"))
	}
}

func TestRealMembershipInManyMappedGroupsIsListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, membership.Scopes...)
	for range 20 {
		w.groups = append(w.groups, tenants.NewGUID())
	}
	m, _ := w.ask(t, w.signIn(t, "carol@contoso.example"))
	expect(t, m, staff, authz.Member, authz.SourceGraph, w.clock())
	expect(t, m, w.groups[21], authz.NotMember, authz.SourceGraph, w.clock())
	if w.requests("/me/getMemberGroups") != 1 || w.requests("/me/checkMemberGroups") != 0 {
		t.Error("the groups were not listed once")
	}
}

func TestRealRemovalTakesEffectWhileTheTokenLives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, membership.Scopes...)
	q := w.signIn(t, "alice@contoso.example")
	m, _ := w.ask(t, q)
	expect(t, m, staff, authz.Member, authz.SourceToken, q.Identity.IssuedAt)
	if err := w.emulator.SetMembers(contoso, "Finance", nil, []string{alice.String()}); err != nil {
		t.Fatal(err)
	}
	w.advance(soft + time.Second)
	w.ask(t, q)
	w.settle(t)
	m, _ = w.ask(t, q)
	expect(t, m, finance, authz.NotMember, authz.SourceGraph, w.clock())
	expect(t, m, staff, authz.NotMember, authz.SourceGraph, w.clock())
}

func TestRealRefusalsNameWhatEntraOrGraphSaid(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		consented []string
		fault     emulator.Fault
		text      string
	}{
		"no consent":         {text: "consent"},
		"too little consent": {consented: []string{"User.Read"}, text: "consent"},
		"Graph throttles":    {membership.Scopes, emulator.Fault{Endpoint: emulator.EndpointGraph, Status: 429, RetryAfter: 17 * time.Second}, "17 seconds"},
		"Graph is down":      {membership.Scopes, emulator.Fault{Endpoint: emulator.EndpointGraph, Status: 503}, "Microsoft Graph is not available"},
		"Entra is down":      {membership.Scopes, emulator.Fault{Endpoint: emulator.EndpointToken, Outage: true}, "Microsoft Entra ID did not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, row.consented...)
			q := w.signIn(t, "carol@contoso.example")
			if row.fault.Endpoint != "" {
				if err := w.emulator.SetFault(row.fault); err != nil {
					t.Fatal(err)
				}
			}
			m, _, err := w.Resolve(t.Context(), q)
			if err == nil || fault.KindOf(err) != fault.Forbidden || !strings.Contains(fault.Public(err), row.text) {
				t.Errorf("error %v; public %q", err, fault.Public(err))
			}
			if m.Of(staff) != authz.Unknown {
				t.Error("an answer was given")
			}
		})
	}
}

func TestRealStampedeAsksEntraAndGraphOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, membership.Scopes...)
	q := w.signIn(t, "carol@contoso.example")
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			m, _, err := w.Resolve(t.Context(), q)
			if err != nil || m.Of(staff) != authz.Member {
				t.Errorf("answer %d, %v", m.Of(staff), err)
			}
		})
	}
	wg.Wait()
	if w.exchanges() != 1 || w.requests("/me/checkMemberGroups") != 1 {
		t.Errorf("%d exchanges, %d checks", w.exchanges(), w.requests("/me/checkMemberGroups"))
	}
}
