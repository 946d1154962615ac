package onboarding_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

const (
	globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"
	cloudAdministrator  = "158c047a-c907-4556-b7ef-446551a6b5f7"

	contosoID  = "11111111-1111-4111-8111-111111111111"
	platformID = "22222222-2222-4222-8222-222222222222"
	toolsID    = "33333333-3333-4333-8333-333333333333"
	otherID    = "44444444-4444-4444-8444-444444444444"
	sharedID   = "55555555-5555-4555-8555-555555555555"
	adaID      = "66666666-6666-4666-8666-666666666666"
	annID      = "77777777-7777-4777-8777-777777777777"
	staffID    = "88888888-8888-4888-8888-888888888888"
	paulID     = "99999999-9999-4999-8999-999999999999"

	endpoint       = "https://gatehouse.example/t/contoso/mcp"
	sharedEndpoint = "https://gatehouse.example/t/fabrikam/mcp"

	callback = "https://gatehouse.example/t/contoso/callback"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// wanted is an app registration with nothing wrong about it.
func wanted() seed.App {
	return seed.App{
		ID: toolsID, Name: "Contoso Tools", Secret: "tools-secret", RequestedTokenVersion: 2,
		IdentifierURIs: []string{"api://" + toolsID, endpoint}, Scopes: []string{"access_as_user"},
		AppRoles:              []seed.AppRole{{Value: "Tools.Execute.All", Members: []string{"Application"}}},
		PreAuthorized:         []seed.PreAuthorized{{Client: seed.VisualStudioCode}, {Client: seed.AzureCLI}},
		GroupMembershipClaims: "SecurityGroup",
		OptionalClaims: seed.OptionalClaims{AccessToken: []seed.OptionalClaim{
			{Name: "idtyp", Properties: []string{"include_user_token"}}, {Name: "xms_cc"}, {Name: "acct"}, {Name: "sid"}, {Name: "acrs"},
		}},
		Redirects: seed.Redirects{Web: []string{callback}, Public: publicRedirects()},
		Consents:  []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: onboarding.BasePermissions()}},
	}
}

// publicRedirects are those of every client, that of Claude first.
func publicRedirects() []string {
	var uris []string
	for _, r := range setup.ClientRedirects() {
		uris = append(uris, r.URI)
	}
	return uris
}

// shared is the platform's app as a tenant that consented to it has it.
func shared() seed.App {
	a := wanted()
	a.ID, a.Name, a.Secret, a.MultiTenant, a.Publisher = sharedID, "Gatehouse", "shared-secret", true, "Example Ltd"
	a.IdentifierURIs = []string{"api://" + sharedID, sharedEndpoint}
	a.RequiredAccess = []seed.Access{{Resource: seed.MicrosoftGraph, Scopes: onboarding.BasePermissions()}}
	return a
}

// world is an organization's tenant and that of the platform.
func world() []seed.Tenant {
	home := shared()
	home.Consents = nil
	return []seed.Tenant{
		{
			ID: contosoID, Name: "Contoso", Domain: "contoso.example", Domains: []string{"contoso.co.example"},
			Users: []seed.User{
				{ID: adaID, Username: "ada@contoso.example", Password: "pw", Name: "Ada Admin", DirectoryRoles: []string{globalAdministrator}},
				{ID: annID, Username: "ann@contoso.example", Password: "pw", Name: "Ann Asker", EligibleRoles: []string{cloudAdministrator}},
			},
			Groups: []seed.Group{{ID: staffID, Name: "Staff", Members: []string{annID}}},
			Apps:   []seed.App{wanted(), {ID: otherID, Name: "Other", Secret: "other-secret", RequestedTokenVersion: 2, Scopes: []string{"x"}}},
		},
		{
			ID: platformID, Name: "Platform", Domain: "platform.example",
			Users: []seed.User{{ID: paulID, Username: "paul@platform.example", Password: "pw", Name: "Paul Platform", DirectoryRoles: []string{globalAdministrator}}},
			Apps:  []seed.App{home},
		},
	}
}

// rig is an emulated Entra and Graph with a platform that is an issuer.
type rig struct {
	*emulator.Emulator
	t              *testing.T
	login, graph   string
	issuer         string
	client         *graph.Client
	authority      entra.Authority
	now            func() time.Time
	adminOfContoso string
}

func newRig(t *testing.T, all []seed.Tenant) *rig {
	t.Helper()
	login, root := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	r := &rig{t: t, login: "http://" + login.Listener.Addr().String(), graph: "http://" + root.Listener.Addr().String(), issuer: newIssuer(t), now: func() time.Time { return noon }}
	var err error
	r.Emulator, err = emulator.New(emulator.Options{
		EntraURL: r.login, GraphURL: r.graph, ControlToken: "test", Tenants: all, Entropy: "onboarding", Now: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	login.Config.Handler, root.Config.Handler = r.Entra(), r.Graph()
	for _, s := range []*httptest.Server{login, root} {
		s.Start()
		t.Cleanup(s.Close)
	}
	out, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	if r.client, err = graph.New(r.graph, out); err != nil {
		t.Fatal(err)
	}
	if r.authority, err = entra.LoopbackAuthority(r.login, r.graph); err != nil {
		t.Fatal(err)
	}
	r.adminOfContoso = r.password(contosoID, "ada@contoso.example", adminScopes)
	return r
}

const adminScopes = "Application.ReadWrite.All Directory.Read.All Policy.Read.All DelegatedPermissionGrant.ReadWrite.All AppRoleAssignment.ReadWrite.All " +
	"RoleManagement.Read.Directory User.Read"

// token posts a form to a tenant's token endpoint.
func (r *rig) token(tid string, form url.Values) (string, error) {
	r.t.Helper()
	resp, err := http.PostForm(r.login+"/"+tid+"/oauth2/v2.0/token", form)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Token string `json:"access_token"`
		Name  string `json:"error"`
		Codes []int  `json:"error_codes"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		r.t.Fatal(err)
	}
	if answer.Token == "" {
		return "", &entra.TokenError{Class: entra.Misconfigured, Status: resp.StatusCode, Name: answer.Name, Code: slices.Concat(answer.Codes, []int{0})[0]}
	}
	return answer.Token, nil
}

func (r *rig) password(tid, username, scopes string) string {
	r.t.Helper()
	scope := "https://graph.microsoft.com/" + strings.ReplaceAll(scopes, " ", " https://graph.microsoft.com/")
	token, err := r.token(tid, url.Values{"grant_type": {"password"}, "client_id": {seed.AzureCLI}, "scope": {scope}, "username": {username}, "password": {"pw"}})
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

func asking(token string) graph.Asking {
	return graph.Asking{Token: func(context.Context) (string, error) { return token, nil }, Priority: graph.High}
}

// prover proves to be an app with what it adds to the form.
type prover struct {
	rig         *rig
	tid, client string
	prove       func(url.Values)
}

func (p prover) Token(_ context.Context, scope string) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.client}, "scope": {scope}}
	p.prove(form)
	return p.rig.token(p.tid, form)
}

func (r *rig) bySecret(tid, client, secret string) onboarding.Prover {
	return prover{r, tid, client, func(form url.Values) { form.Set("client_secret", secret) }}
}

func (r *rig) byIssuer(tid, client, subject string) onboarding.Prover {
	return prover{r, tid, client, func(form url.Values) {
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion(r.t, r.issuer, subject, "api://AzureADTokenExchange"))
	}}
}

var issuerKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// newIssuer serves the documents of the platform as an issuer.
func newIssuer(t *testing.T) string {
	t.Helper()
	key, err := issuerKey()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	reply := func(body any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body)
		}
	}
	mux.HandleFunc("/federation/.well-known/openid-configuration", reply(map[string]any{"issuer": s.URL + "/federation", "jwks_uri": s.URL + "/keys"}))
	mux.HandleFunc("/keys", reply(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "RS256", Use: "sig"}}}))
	return s.URL + "/federation"
}

func assertion(t *testing.T, issuer, subject, audience string) string {
	t.Helper()
	key, err := issuerKey()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: issuer, Subject: subject, Audience: jwt.Audience{audience}, ID: rand.Text(), NotBefore: jwt.NewNumericDate(noon), IssuedAt: jwt.NewNumericDate(noon),
		Expiry: jwt.NewNumericDate(noon.Add(5 * time.Minute)),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var (
	orgID        = mustOrg("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
	connectionID = tenants.MustGUID("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb")
)

func mustOrg(s string) tenants.ID {
	id, err := tenants.ParseID(s)
	if err != nil {
		panic(err)
	}
	return id
}

func mustTID(s string) tenants.TID { return tenants.TID{GUID: tenants.MustGUID(s)} }

// contoso is an organization that is connected with an app of its own.
func contoso() tenants.Organization {
	return tenants.Organization{
		ID: orgID, Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: mustTID(contosoID), State: tenants.Active, Mode: tenants.Direct,
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
		Connection: tenants.Connection{
			ID: connectionID, Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.MustGUID(toolsID), Versions: tenants.V2Only,
			Resource: "api://" + toolsID, Scope: "access_as_user", AppRole: "Tools.Execute.All", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Admit,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret, CreatedAt: noon},
		},
	}
}

// subject is Contoso, examined by its administrator.
func (r *rig) subject() onboarding.Subject {
	return onboarding.Subject{
		Organization: contoso(), Authority: r.authority, Endpoint: endpoint, FederationIssuer: r.issuer, Callback: callback,
		Clients: onboarding.DefaultClients(), Prover: r.bySecret(contosoID, toolsID, "tools-secret"), Graph: r.client, Admin: asking(r.adminOfContoso), GroupReader: asking(r.adminOfContoso),
	}
}

func (r *rig) check(s onboarding.Subject) onboarding.Report {
	r.t.Helper()
	report, err := onboarding.NewDoctor(r.now).Check(r.t.Context(), s)
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

// quoted splits a command line as a shell does, as far as ours need it.
var quoted = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)

// run makes the request of an az rest line, and returns what was answered.
func (r *rig) run(token, line string) map[string]any {
	r.t.Helper()
	words := quoted.FindAllString(line, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], `'"`)
	}
	if len(words) < 6 || words[0] != "az" || words[1] != "rest" {
		r.t.Fatalf("%q is no az rest line", line)
	}
	options := map[string]string{}
	for i := 2; i+1 < len(words); i += 2 {
		options[words[i]] = words[i+1]
	}
	for name := range options {
		if !slices.Contains([]string{"--method", "--url", "--headers", "--body"}, name) {
			r.t.Fatalf("%q has the option %s", line, name)
		}
	}
	below, ok := strings.CutPrefix(options["--url"], "https://graph.microsoft.com/v1.0/")
	if !ok {
		r.t.Fatalf("%q does not go to Microsoft Graph", line)
	}
	return r.send(token, options["--method"], below, options["--body"])
}

// send makes one request of Graph that has to succeed.
func (r *rig) send(token, method, path, body string) map[string]any {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.graph+"/v1.0/"+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		r.t.Fatalf("%s %s %s: %d %s (%v)", method, path, body, resp.StatusCode, text, err)
	}
	var answer map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			r.t.Fatal(err)
		}
	}
	return answer
}
