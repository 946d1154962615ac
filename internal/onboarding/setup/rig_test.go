package setup_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/onboarding/aztest"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

const (
	acme       = "44444444-4444-4444-8444-444444444444"
	admin      = "ad000000-0000-4000-8000-000000000001"
	user       = "05e00000-0000-4000-8000-000000000002"
	staff      = "5aff0000-0000-4000-8000-000000000009"
	cloudAdmin = "158c047a-c907-4556-b7ef-446551a6b5f7"
	sharedApp  = "5a4ed000-0000-4000-8000-000000000003"
	vendor     = "55555555-5555-4555-8555-555555555555"
	endpoint   = "https://gatehouse.example/t/acme/mcp"
)

// values are those of an organization with an app registration of its own that
// trusts the platform as issuer.
func values() setup.Values {
	return setup.Values{
		Organization: "Acme", Slug: tenants.MustSlug("acme"), Endpoint: endpoint, Base: "https://gatehouse.example",
		Cloud: tenants.PublicCloud, Model: tenants.OwnApp, Scope: "access_as_user", AppRoles: setup.DefaultAppRoles(),
		Credential: tenants.PlatformIssuer,
		Federation: setup.Federation{
			Issuer: "https://gatehouse.example/federation", Audience: "api://AzureADTokenExchange",
			Subject: "org:0b1d5b5e-0000-4000-8000-000000000001:0b1d5b5e-0000-4000-8000-000000000002",
		},
		Preauthorized: setup.DefaultClients(),
		Redirects:     append(setup.ClientRedirects(), setup.BrokeredRedirect("https://gatehouse.example", "acme")),
	}
}

func shared() setup.Values {
	v := values()
	return setup.Values{
		Organization: v.Organization, Slug: v.Slug, Endpoint: v.Endpoint, Base: v.Base, Cloud: v.Cloud, Model: tenants.SharedApp, ClientID: tenants.MustGUID(sharedApp),
	}
}

// rig is an emulator with a tenant in which nothing is registered.
type rig struct {
	aztest.Rig
	t        *testing.T
	emulator *emulator.Emulator
}

func newRig(t *testing.T, change ...func(*seed.Tenant)) *rig {
	t.Helper()
	var handlers [2]http.Handler
	var urls [2]string
	for i := range urls {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handlers[i].ServeHTTP(w, r) }))
		t.Cleanup(server.Close)
		urls[i] = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	}
	own := seed.Tenant{
		ID: acme, Name: "Acme", Domain: "acme.example",
		Users: []seed.User{
			{ID: admin, Username: "admin@acme.example", Password: "pw-admin", Name: "Ada Admin", DirectoryRoles: []string{cloudAdmin}},
			{ID: user, Username: "uma@acme.example", Password: "pw-uma", Name: "Uma User"},
		},
		Groups: []seed.Group{{ID: staff, Name: "Staff", Members: []string{user}}},
	}
	for _, c := range change {
		c(&own)
	}
	e, err := emulator.New(emulator.Options{
		EntraURL: urls[0], GraphURL: urls[1], ControlToken: "control", Entropy: "setup",
		Tenants: []seed.Tenant{own, {
			ID: vendor, Name: "Vendor", Domain: "vendor.example",
			Apps: []seed.App{{ID: sharedApp, Name: "Gatehouse", MultiTenant: true, RequestedTokenVersion: 2}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	handlers[0], handlers[1] = e.Entra(), e.Graph()
	return &rig{Rig: aztest.Rig{Entra: urls[0], Graph: urls[1], Tenant: acme, Username: "admin@acme.example", Password: "pw-admin"}, t: t, emulator: e}
}

// refusal is Graph's, with its code.
type refusal struct {
	status int
	code   string
	text   string
}

func (r *refusal) Error() string     { return fmt.Sprintf("%d %s", r.status, r.text) }
func (r *refusal) GraphCode() string { return r.code }

// Write implements setup.Graph with the administrator's token.
func (r *rig) Write(ctx context.Context, method, path string, body, out any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.Graph+"/v1.0/"+path, content)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+r.token(r.Username, r.Password, "https://graph.microsoft.com/.default"))
	req.Header.Set("Content-Type", "application/json")
	status, text := r.do(req)
	if status >= http.StatusBadRequest {
		var wrong struct {
			Error struct {
				Code string `json:"code"`
			} `json:"error"`
		}
		if err := json.Unmarshal(text, &wrong); err != nil {
			r.t.Errorf("%s %s: %s is no refusal of Graph's", method, path, text)
		}
		return &refusal{status, wrong.Error.Code, string(text)}
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, out)
}

func (r *rig) do(req *http.Request) (int, []byte) {
	r.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is left to lose
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, text
}

// token is an access token by password that must be granted.
func (r *rig) token(name, password, scope string) string {
	r.t.Helper()
	form := url.Values{"grant_type": {"password"}, "client_id": {seed.AzureCLI}, "scope": {scope}, "username": {name}, "password": {password}}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.Entra+"/"+acme+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, text := r.do(req)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &answer); err != nil || status != http.StatusOK {
		r.t.Fatalf("token for %s: %d %s", scope, status, text)
	}
	return answer.Token
}

// list reads a list of Graph.
func (r *rig) list(path string) []map[string]any {
	r.t.Helper()
	var answer struct {
		Value []map[string]any `json:"value"`
	}
	if err := r.Write(r.t.Context(), http.MethodGet, path, nil, &answer); err != nil {
		r.t.Fatal(err)
	}
	return answer.Value
}

// script runs the plan's script, which must end well.
func (r *rig) script(v setup.Values) aztest.Result {
	r.t.Helper()
	result := runScript(r, v)
	if result.Code != 0 {
		r.t.Fatalf("the script ended with %d:\n%s%s", result.Code, result.Stdout, result.Stderr)
	}
	return result
}

func runScript(r *rig, v setup.Values) aztest.Result {
	r.t.Helper()
	return aztest.Run(r.t, r.Rig, plan(r.t, v).AzureCLI())
}

// create carries the plan out, which must end well.
func (r *rig) create(v setup.Values) setup.Created {
	r.t.Helper()
	made, err := setup.Creator{Graph: r, Wait: patient}.Create(r.t.Context(), v)
	if err != nil {
		r.t.Fatal(err)
	}
	return made
}

// patient waits no time at all.
func patient(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func plan(t *testing.T, v setup.Values) setup.Plan {
	t.Helper()
	p, err := setup.New(v)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
