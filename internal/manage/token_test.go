package manage_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

const (
	tid     = "c0000000-0000-4000-8000-000000000001"
	apiApp  = "c0000000-0000-4000-8000-0000000000a1"
	robot   = "c0000000-0000-4000-8000-0000000000a2"
	secret  = "robot secret+%"
	control = "control"
)

// entraFor serves an emulated Entra ID whose tenant has an automation.
func entraFor(t *testing.T, change ...func(api *seed.App)) (string, *atomic.Int32) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := "http://" + l.Addr().String()
	tenant := seed.Tenant{
		ID: tid, Name: "Contoso", Domain: "contoso.example",
		Apps: []seed.App{
			{
				ID: apiApp, Name: "Gatehouse", IdentifierURIs: []string{"api://" + apiApp}, Scopes: []string{"access_as_user"}, RequestedTokenVersion: 2,
				AppRoles:           []seed.AppRole{{Value: "Gatehouse.Manage", Members: []string{"Application"}}},
				AppRoleAssignments: []seed.AppRoleAssignment{{Role: "Gatehouse.Manage", Principal: robot}},
			},
			{ID: robot, Name: "Robot", Secret: secret},
		},
	}
	for _, c := range change {
		c(&tenant.Apps[0])
	}
	e, err := emulator.New(emulator.Options{EntraURL: at, GraphURL: "http://127.0.0.1:1", ControlToken: control, Tenants: []seed.Tenant{tenant}})
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	handler := e.Entra()
	srv := &httptest.Server{Listener: l, Config: &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		handler.ServeHTTP(w, r)
	})}}
	srv.Start()
	t.Cleanup(srv.Close)
	return at, &asked
}

// deployment serves the metadata of contoso's endpoint.
func deployment(t *testing.T, metadata string) url.URL {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-protected-resource/t/contoso/mcp", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(metadata))
	})
	h := httptest.NewServer(mux)
	t.Cleanup(h.Close)
	u, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	return *u
}

func metadata(issuer, scope string) string {
	return fmt.Sprintf(`{"authorization_servers": [%q], "scopes_supported": [%q]}`, issuer, scope)
}

func automation(t *testing.T, entraURL string, base url.URL) *manage.Automation {
	t.Helper()
	authority, err := entra.LoopbackAuthority(entraURL, entraURL)
	if err != nil {
		t.Fatal(err)
	}
	return &manage.Automation{
		TID: tenants.TID{GUID: tenants.MustGUID(tid)}, ClientID: tenants.MustGUID(robot), Secret: secret, Authorities: []entra.Authority{authority},
		Base: base, Org: tenants.MustSlug("contoso"), HTTP: outbound(t),
	}
}

func TestAutomationGetsATokenWithItsRoleOnce(t *testing.T) {
	t.Parallel()
	at, asked := entraFor(t)
	a := automation(t, at, deployment(t, metadata(at+"/"+tid+"/v2.0", "api://"+apiApp+"/access_as_user")))
	first, err := a.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(first, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Aud   string
		Azp   string
		Roles []string
	}
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Aud != apiApp || claims.Azp != robot || len(claims.Roles) != 1 || claims.Roles[0] != "Gatehouse.Manage" {
		t.Errorf("claims are %s", payload)
	}
	if again, err := a.Token(t.Context()); err != nil || again != first || asked.Load() != 1 {
		t.Errorf("Entra was asked %d times: %v", asked.Load(), err)
	}
}

// TestSecretGoesToTheTenantsOwnEntraOnly: a deployment, or whoever answers in
// its place, cannot say where to send it.
func TestSecretGoesToTheTenantsOwnEntraOnly(t *testing.T) {
	t.Parallel()
	at, asked := entraFor(t)
	for name, issuer := range map[string]string{
		"another host":   "https://login.example/" + tid + "/v2.0",
		"another tenant": at + "/" + apiApp + "/v2.0",
		"v1 issuer":      at + "/" + tid + "/",
		"nothing":        "",
	} {
		a := automation(t, at, deployment(t, metadata(issuer, "api://"+apiApp+"/access_as_user")))
		if _, err := a.Token(t.Context()); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "GATEHOUSE_TENANT_ID") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("Entra was asked %d times", asked.Load())
	}
}

// TestAutomationAsksEntraWhereverPeopleSignIn: where they do so at the platform,
// the endpoint says beside it where automations do.
func TestAutomationAsksEntraWhereverPeopleSignIn(t *testing.T) {
	t.Parallel()
	at, asked := entraFor(t)
	ours := `"authorization_servers": ["https://gatehouse.example/t/contoso"], "scopes_supported": ["access_as_user"]`
	beside := fmt.Sprintf(`{%s, "gatehouse_automation": %s}`, ours, metadata(at+"/"+tid+"/v2.0", "api://"+apiApp+"/access_as_user"))
	if _, err := automation(t, at, deployment(t, beside)).Token(t.Context()); err != nil || asked.Load() != 1 {
		t.Errorf("Entra was asked %d times: %v", asked.Load(), err)
	}
	elsewhere := fmt.Sprintf(`{%s, "gatehouse_automation": %s}`, ours, metadata("https://login.example/"+tid+"/v2.0", "api://"+apiApp+"/access_as_user"))
	for _, text := range []string{"{" + ours + "}", elsewhere, fmt.Sprintf(`{%s, "gatehouse_automation": {}}`, ours)} {
		if _, err := automation(t, at, deployment(t, text)).Token(t.Context()); err == nil || asked.Load() != 1 {
			t.Errorf("%s: Entra was asked %d times: %v", text, asked.Load(), err)
		}
	}
}

func TestMetadataThatSaysNothingIsRefused(t *testing.T) {
	t.Parallel()
	at, _ := entraFor(t)
	for _, text := range []string{"{}", "<html>", `{"authorization_servers": [], "scopes_supported": ["a/b"]}`} {
		if _, err := automation(t, at, deployment(t, text)).Token(t.Context()); fault.KindOf(err) != fault.NotFound || !strings.Contains(err.Error(), "GATEHOUSE_TOKEN") {
			t.Errorf("%s: error is %v", text, err)
		}
	}
	if _, err := automation(t, at, deployment(t, metadata(at+"/"+tid+"/v2.0", "bare"))).Token(t.Context()); fault.KindOf(err) != fault.Upstream {
		t.Errorf("a bare scope: error is %v", err)
	}
}

func TestWrongSecretIsExplainedAndNotRepeated(t *testing.T) {
	t.Parallel()
	at, _ := entraFor(t)
	a := automation(t, at, deployment(t, metadata(at+"/"+tid+"/v2.0", "api://"+apiApp+"/access_as_user")))
	a.Secret = "hunter2"
	_, err := a.Token(t.Context())
	if fault.KindOf(err) != fault.Unauthenticated || !strings.Contains(err.Error(), "invalid_client: AADSTS7000215") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error is %v", err)
	}
}

// TestDoctorThatCannotSignInSaysWhoCan breaks the registration that is to be
// examined, and then what it is not to blame for.
func TestDoctorThatCannotSignInSaysWhoCan(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*seed.App)
		secret string
		says   string
		person bool
	}{
		"no identifier URI": {func(a *seed.App) { a.IdentifierURIs = nil }, secret, "AADSTS500011", true},
		"disabled":          {func(a *seed.App) { a.Disabled = true }, secret, "AADSTS500014", true},
		"a token refused":   {func(*seed.App) {}, secret, "401", true},
		"a wrong secret":    {func(*seed.App) {}, "wrong", "GATEHOUSE_CLIENT_ID with its secret", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, _ := entraFor(t, row.change)
			a := automation(t, at, deployment(t, metadata(at+"/"+tid+"/v2.0", "api://"+apiApp+"/access_as_user")))
			a.Secret = row.secret
			refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
			t.Cleanup(refusing.Close)
			c := client(t, refusing.URL)
			c.Tokens = a
			_, err := manage.Doctor(t.Context(), c, "", io.Discard)
			if err == nil || !strings.Contains(err.Error(), row.says) || fault.KindOf(err) != fault.Unauthenticated {
				t.Fatalf("error is %v", err)
			}
			if strings.Contains(err.Error(), "POST "+refusing.URL+"/api/organizations/contoso/doctor, signed in as an administrator") != row.person {
				t.Errorf("error is %v", err)
			}
			if row.person && strings.Contains(err.Error(), "its secret") {
				t.Errorf("the secret is blamed: %v", err)
			}
		})
	}
}

// TestTextsOfEntraEndWithASentenceOrAWord lets it say more than is shown.
func TestTextsOfEntraEndWithASentenceOrAWord(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ text, want string }{
		"a line":     {"AADSTS1: short.\r\nTrace ID: 5", "AADSTS1: short."},
		"a sentence": {"AADSTS1: first one. " + strings.Repeat("more ", 80), "AADSTS1: first one."},
		"a word":     {"AADSTS1: " + strings.Repeat("word ", 80), "AADSTS1: " + strings.TrimSpace(strings.Repeat("word ", 58)) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			entra := httptest.NewServer(mux)
			t.Cleanup(entra.Close)
			mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_request", "error_description": row.text})
			})
			_, err := automation(t, entra.URL, deployment(t, metadata(entra.URL+"/"+tid+"/v2.0", "api://"+apiApp+"/access_as_user"))).Token(t.Context())
			if err == nil || !strings.HasSuffix(err.Error(), ": invalid_request: "+row.want) {
				t.Errorf("error is %v", err)
			}
		})
	}
}
