package entra_test

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// Apps of the emulated Contoso, each with another proof, and its people.
var (
	withSecret    = tenants.MustGUID("a9900000-0000-4000-8000-000000000001")
	withOldSecret = tenants.MustGUID("a9900000-0000-4000-8000-000000000002")
	withCert      = tenants.MustGUID("a9900000-0000-4000-8000-000000000003")
	withIssuer    = tenants.MustGUID("a9900000-0000-4000-8000-000000000004")
	sharedApp     = tenants.MustGUID("a9900000-0000-4000-8000-000000000005")
	consoleApp    = tenants.MustGUID("a9900000-0000-4000-8000-000000000006")
	deafIssuer    = tenants.MustGUID("a9900000-0000-4000-8000-000000000007")

	carol = tenants.MustGUID("ca501000-0000-4000-8000-000000000003")
	erin  = tenants.MustGUID("e5100000-0000-4000-8000-000000000005")
	faye  = tenants.MustGUID("fa1e0000-0000-4000-8000-000000000008")
	staff = tenants.MustGUID("5aff0000-0000-4000-8000-000000000001")
)

const (
	contosoSubject = "org:c0000000-0000-4000-8000-00000000000c:c0000000-0000-4000-8000-0000000000cc"
	consoleSecret  = "secret-of-the-console-app"
)

// world is an emulator over HTTP and the platform as an issuer beside it.
type world struct {
	*emulator.Emulator
	out      *egress.Client
	in       entra.Authority
	entra    string
	graph    string
	issuer   string
	identity tenants.GUID // a user-assigned managed identity of the platform
	public   string       // the certificate of an app
	bundle   string       // and with its key
	tokens   *entra.TokenClient
}

func listen(t *testing.T) (string, func(http.Handler)) {
	t.Helper()
	l := must((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))
	return "http://" + l.Addr().String(), func(h http.Handler) {
		srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}}
		srv.Start()
		t.Cleanup(srv.Close)
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{identity: tenants.NewGUID()} // azidentity keeps tokens for the whole process
	var serveEntra, serveGraph, serveIssuer func(http.Handler)
	w.entra, serveEntra = listen(t)
	w.graph, serveGraph = listen(t)
	w.issuer, serveIssuer = listen(t)
	serveIssuer(issuerDocuments(w.issuer))
	der, bundle := certifiedFor(t, "app", time.Now().Add(time.Hour))
	w.public, w.bundle = block("CERTIFICATE", der), bundle
	w.Emulator = must(emulator.New(emulator.Options{
		EntraURL: w.entra, GraphURL: w.graph, ControlToken: "control", Entropy: "entra", Tenants: w.companies(),
	}))
	serveEntra(w.Entra())
	serveGraph(w.Graph())
	w.out = must(egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	}))
	t.Cleanup(w.out.Close)
	w.in = must(entra.LoopbackAuthority(w.entra, w.graph))
	w.tokens = entra.NewTokenClient(w.out, time.Now)
	return w
}

// issuerDocuments is what the platform publishes as an issuer.
func issuerDocuments(issuer string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(rw http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(rw).Encode(object{"issuer": issuer, "jwks_uri": issuer + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(rw http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(rw).Encode(object{"keys": []any{jwk("p1", "platform", "")}})
	})
	return mux
}

// mint signs assertions as the platform does.
func (w *world) mint(subject string) entra.Mint {
	return func(_ context.Context, audience string) (string, error) {
		at := time.Now().Unix()
		return mintBy("platform", object{"typ": "JWT", "alg": "RS256", "kid": "p1"}, object{
			"iss": w.issuer, "sub": subject, "aud": audience, "iat": at, "nbf": at, "exp": at + 300, "jti": tenants.NewGUID().String(),
		}), nil
	}
}

func (w *world) companies() []seed.Tenant {
	reach := []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read"}, Roles: []string{"User.Read.All"}}}
	trust := func(issuer, subject string) seed.Federation {
		return seed.Federation{Name: subject, Issuer: issuer, Subject: subject, Audience: "api://AzureADTokenExchange"}
	}
	principal := tenants.NewGUID().String()
	shared := seed.App{ID: sharedApp.String(), Name: "Gatehouse", MultiTenant: true, Consents: reach, Federated: []seed.Federation{
		trust(w.entra+"/"+contosoTID.String()+"/v2.0", principal), trust(w.entra+"/_cluster", "system:serviceaccount:gatehouse:api"),
	}}
	console := seed.App{
		ID: consoleApp.String(), Name: "Gatehouse console", MultiTenant: true, Secret: consoleSecret, Redirects: seed.Redirects{Web: []string{callback}},
		GroupMembershipClaims: "All", AppRoles: []seed.AppRole{{Value: "Platform.Operator", Members: []string{"User"}}},
		AppRoleAssignments: []seed.AppRoleAssignment{{Role: "Platform.Operator", Principal: carol.String()}},
		OptionalClaims:     seed.OptionalClaims{IDToken: []seed.OptionalClaim{{Name: "acct"}, {Name: "auth_time"}, {Name: "sid"}, {Name: "acrs"}}},
	}
	elsewhere := console
	elsewhere.AppRoleAssignments = nil
	own, _ := middle()
	return []seed.Tenant{
		{
			ID: contosoTID.String(), Name: "Contoso", Domain: "contoso.example",
			Users: []seed.User{
				{ID: alice.String(), Username: "alice@contoso.example", Password: "pw", Name: "Alice Adams"},
				{ID: carol.String(), Username: "carol@contoso.example", Password: "pw", Name: "Carol Clark", DirectoryRoles: []string{entra.GlobalAdministrator.Template.String()}},
				{ID: erin.String(), Username: "erin@fabrikam.example", Name: "Erin Evans", Guest: fabrikamTID.String()},
			},
			Groups: []seed.Group{{ID: staff.String(), Name: "Staff", Members: []string{carol.String()}}},
			Apps: []seed.App{
				{ID: withSecret.String(), Name: "By secret", Secret: secret, Consents: reach},
				{ID: withOldSecret.String(), Name: "By old secret", Secret: secret, Expired: true},
				{ID: withCert.String(), Name: "By certificate", Certificates: []string{w.public}, Consents: reach},
				{ID: withIssuer.String(), Name: "By issuer", Federated: []seed.Federation{trust(w.issuer, contosoSubject)}, Consents: reach},
				{ID: deafIssuer.String(), Name: "By unreachable issuer", Federated: []seed.Federation{trust(w.graph, contosoSubject)}},
				shared, console, own,
			},
			ManagedIdentities: []seed.ManagedIdentity{{ID: w.identity.String(), Principal: principal, Name: "gatehouse", ResourceID: "/subscriptions/1/gatehouse"}},
			ConditionalAccess: []seed.Policy{{ID: "c0a00000-0000-4000-8000-000000000001", Name: "c1 is a second factor", AuthContext: "c1", Require: "mfa"}},
		},
		{
			ID: fabrikamTID.String(), Name: "Fabrikam", Domain: "fabrikam.example",
			Users: []seed.User{{ID: faye.String(), Username: "faye@fabrikam.example", Password: "pw", Name: "Faye Fox"}},
			Apps:  []seed.App{elsewhere},
		},
	}
}

// app is one of Contoso's as we prove to be it.
func (w *world) app(client tenants.GUID, c entra.Credential) entra.App {
	return entra.App{TID: contosoTID, ClientID: client, Credential: c, Authority: w.in}
}

// people asks Graph for everybody with a token.
func (w *world) people(t *testing.T, token entra.AccessToken) int {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, w.graph+"/v1.0/users", nil))
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	return must(w.out.Do(t.Context(), req)).Status
}

// projected is the token of the platform's pod.
func (w *world) projected() string {
	return must(w.ServiceAccountToken(emulator.ServiceAccount{Namespace: "gatehouse", Name: "api"}))
}

// host is the machine's own network: the Instance Metadata Service answers at
// its address.
type host struct {
	*egress.Client
	entra string
}

func (h host) Do(ctx context.Context, req *http.Request) (*egress.Response, error) {
	if req.URL.Host == "169.254.169.254" {
		req = req.Clone(ctx)
		at := must(url.Parse(h.entra))
		req.URL.Host, req.Host = at.Host, at.Host
	}
	return h.Client.Do(ctx, req)
}

// browser walks Entra's pages as a person would, without scripts.
type browser struct {
	*http.Client
	t    *testing.T
	seen []string // titles of the pages
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	return &browser{t: t, Client: &http.Client{
		Jar: must(cookiejar.New(nil)), Timeout: 10 * time.Second,
		CheckRedirect: func(req *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(req.URL.String(), callback) {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
}

var (
	formAction = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hidden     = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	title      = regexp.MustCompile(`<h1>([^<]*)</h1>`)
)

// walk opens an address, presses the buttons a page offers among those given,
// and returns the query of the callback.
func (b *browser) walk(address string, buttons ...string) url.Values {
	b.t.Helper()
	req := must(http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil))
	for range 8 {
		resp, err := b.Do(req)
		if err != nil {
			b.t.Fatal(err)
		}
		raw := must(io.ReadAll(resp.Body))
		_ = resp.Body.Close()
		if to := resp.Header.Get("Location"); to != "" {
			return must(url.Parse(to)).Query()
		}
		req = b.press(resp.Request.URL, string(raw), buttons)
	}
	b.t.Fatal("the pages have no end")
	return nil
}

func (b *browser) press(at *url.URL, page string, buttons []string) *http.Request {
	b.t.Helper()
	if found := title.FindStringSubmatch(page); found != nil {
		b.seen = append(b.seen, found[1])
	}
	action := formAction.FindStringSubmatch(page)
	if action == nil {
		b.t.Fatalf("a page without a form: %s", page)
	}
	form := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	for _, button := range buttons {
		name, value, _ := strings.Cut(button, "=")
		if strings.Contains(page, `name="`+name+`" value="`+value+`"`) {
			form.Set(name, value)
			to := must(at.Parse(html.UnescapeString(action[1])))
			req := must(http.NewRequestWithContext(b.t.Context(), http.MethodPost, to.String(), strings.NewReader(form.Encode())))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", at.Scheme+"://"+at.Host)
			return req
		}
	}
	b.t.Fatalf("none of %v is on the page %v", buttons, b.seen)
	return nil
}
