package authserver_test

import (
	"html"
	"io"
	"log/slog"
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

	"gatehouse/internal/authserver"
	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// The people of the emulated Contoso.
var (
	alice = tenants.MustGUID("a11ce000-0000-4000-8000-000000000001")
	erin  = tenants.MustGUID("e5100000-0000-4000-8000-000000000005")
)

// directory is an emulated Entra and an organization whose app registration is in
// it.
type directory struct {
	entra, graph string
	in           entra.Authority
	signIns      authserver.SignIns
	snap         *snapshot.Snapshot
}

const appSecret = "secret-of-the-organizations-app"

func newDirectory(t *testing.T) *directory {
	t.Helper()
	var serveEntra, serveGraph func(http.Handler)
	w := &directory{}
	w.entra, serveEntra = listening(t)
	w.graph, serveGraph = listening(t)
	org := newIssuing(t).data.Organization
	fabrikam := tenants.NewGUID()
	emulated := must(emulator.New(emulator.Options{EntraURL: w.entra, GraphURL: w.graph, ControlToken: "control", Entropy: "authserver", Tenants: []seed.Tenant{
		{
			ID: org.TID.String(), Name: "Contoso", Domain: "contoso.example",
			Users: []seed.User{
				{ID: alice.String(), Username: "alice@contoso.example", Password: "pw", Name: "Alice Adams"},
				{ID: erin.String(), Username: "erin@fabrikam.example", Name: "Erin Evans", Guest: fabrikam.String()},
			},
			Apps: []seed.App{{
				ID: org.Connection.ClientID.String(), Name: "Gatehouse", Secret: appSecret,
				Redirects:      seed.Redirects{Web: []string{setup.BrokeredRedirect(base, "contoso").URI}},
				OptionalClaims: seed.OptionalClaims{IDToken: []seed.OptionalClaim{{Name: "acct"}, {Name: "acrs"}}},
			}},
		},
		{ID: fabrikam.String(), Name: "Fabrikam", Domain: "fabrikam.example"},
	}}))
	serveEntra(emulated.Entra())
	serveGraph(emulated.Graph())
	w.in = must(entra.LoopbackAuthority(w.entra, w.graph))
	authority := func(tenants.Cloud) entra.Authority { return w.in }
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	key := must(box.NewOrganizationKey(t.Context(), org.ID))
	sealed := must(must(box.Open(t.Context(), org.ID, key)).Encrypt(snapshot.CredentialLabel(org.Connection.Credential.ID), []byte(appSecret)))
	w.snap = must(snapshot.Builder{
		Tools: must(tools.NewRegistry(nil)), Authority: authority, Secrets: box, Logger: slog.New(slog.DiscardHandler),
		Credentials: entra.Proofs{Authority: authority, Now: time.Now}.Of,
	}.Build(t.Context(), snapshot.Data{Organization: org, WrappedKey: key, Credential: sealed}))
	out := must(egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	}))
	t.Cleanup(out.Close)
	w.signIns = must(authserver.NewSignIns(authserver.SignInParts{
		Base: must(url.Parse(base)), Authority: authority, Tokens: entra.NewTokenClient(out, time.Now), Keys: entra.NewKeySets(out, time.Now), Now: time.Now,
	}))
	return w
}

func listening(t *testing.T) (string, func(http.Handler)) {
	t.Helper()
	l := must((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))
	return "http://" + l.Addr().String(), func(h http.Handler) {
		srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}}
		srv.Start()
		t.Cleanup(srv.Close)
	}
}

func TestPeopleSignInAtTheirOwnTenant(t *testing.T) {
	t.Parallel()
	w := newDirectory(t)
	for name, tt := range map[string]struct {
		who   tenants.GUID
		guest bool
	}{"a member": {alice, false}, "a guest": {erin, true}} {
		h := entra.NewHandshake(w.snap.Organization.TID)
		to := must(w.signIns.Begin(w.snap, entra.SignIn{Handshake: h}))
		asked := must(url.Parse(to)).Query()
		if asked.Get("redirect_uri") != base+"/t/contoso/callback" || asked.Get("client_id") != w.snap.Organization.Connection.ClientID.String() {
			t.Fatalf("%s: asks with %v", name, asked)
		}
		for _, scope := range []string{"openid", "offline_access", "User.Read", "GroupMember.Read.All"} {
			if !strings.Contains(asked.Get("scope"), scope) {
				t.Errorf("%s: asks for %q", name, asked.Get("scope"))
			}
		}
		back := through(t, to, "account="+tt.who.String(), "consent=accept")
		person, tokens, err := w.signIns.Finish(t.Context(), w.snap, h, back.Get("code"))
		if err != nil {
			t.Fatalf("%s: %v, %v", name, err, back)
		}
		if person.OID != tt.who || person.TID != w.snap.Organization.TID || person.Guest != tt.guest || tokens.Refresh.IsZero() || tokens.Access.Reveal() == "" {
			t.Errorf("%s: %+v", name, person)
		}
		if _, _, err := w.signIns.Finish(t.Context(), w.snap, entra.NewHandshake(w.snap.Organization.TID), back.Get("code")); err == nil {
			t.Errorf("%s: a code is good for another sign-in", name)
		}
	}
}

func TestSignInsNeedTheirParts(t *testing.T) {
	t.Parallel()
	if _, err := authserver.NewSignIns(authserver.SignInParts{}); err == nil || fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
	w := newDirectory(t)
	other := *w.snap
	other.Organization.Connection.ClientID = tenants.GUID{}
	if _, err := w.signIns.Begin(&other, entra.SignIn{Handshake: entra.NewHandshake(other.Organization.TID)}); err == nil {
		t.Error("signs in to no app")
	}
}

var (
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// through walks the pages of the emulated Entra, pressing of these buttons those
// that a page has, and returns the query of the callback.
func through(t *testing.T, address string, buttons ...string) url.Values {
	t.Helper()
	client := &http.Client{Jar: must(cookiejar.New(nil)), Timeout: 10 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), base) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))
	for range 8 {
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		page := string(must(io.ReadAll(resp.Body)))
		_ = resp.Body.Close()
		if to := resp.Header.Get("Location"); to != "" {
			return must(url.Parse(to)).Query()
		}
		action := formAction.FindStringSubmatch(page)
		if action == nil {
			t.Fatalf("a page without a form: %s", page)
		}
		form := url.Values{}
		for _, field := range hiddenField.FindAllStringSubmatch(page, -1) {
			form.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
		}
		for _, button := range buttons {
			if name, value, _ := strings.Cut(button, "="); strings.Contains(page, `name="`+name+`" value="`+value+`"`) {
				form.Set(name, value)
			}
		}
		at := resp.Request.URL
		req = must(http.NewRequestWithContext(t.Context(), http.MethodPost, must(at.Parse(html.UnescapeString(action[1]))).String(), strings.NewReader(form.Encode())))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", at.Scheme+"://"+at.Host)
	}
	t.Fatal("the pages have no end")
	return nil
}
