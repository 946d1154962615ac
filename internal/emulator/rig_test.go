package emulator_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	entraURL = "http://localhost:8081"
	graphURL = "http://localhost:8082"
	control  = "control-token-of-the-tests"

	contoso  = "11111111-1111-4111-8111-111111111111"
	fabrikam = "22222222-2222-4222-8222-222222222222"

	alice = "a11ce000-0000-4000-8000-000000000001"
	bob   = "b0b00000-0000-4000-8000-000000000002"
	carol = "ca501000-0000-4000-8000-000000000003"
	dan   = "da000000-0000-4000-8000-000000000004"
	erin  = "e5100000-0000-4000-8000-000000000005"
	frank = "f5a00000-0000-4000-8000-000000000006"
	gina  = "91000000-0000-4000-8000-000000000007"
	faye  = "fa1e0000-0000-4000-8000-000000000008"

	staff       = "5aff0000-0000-4000-8000-000000000001"
	finance     = "5aff0000-0000-4000-8000-000000000002"
	engineering = "5aff0000-0000-4000-8000-000000000003"
	sre         = "5aff0000-0000-4000-8000-000000000004"
	newsletter  = "5aff0000-0000-4000-8000-000000000005"

	api        = "a0100000-0000-4000-8000-000000000001" // v2, the middle tier
	legacy     = "a0100000-0000-4000-8000-000000000002" // v1
	console    = "a0100000-0000-4000-8000-000000000003" // signs people in
	daemon     = "a0100000-0000-4000-8000-000000000004" // acts for itself
	stranger   = "a0100000-0000-4000-8000-000000000005" // nobody has agreed to it
	guarded    = "a0100000-0000-4000-8000-000000000006" // requires assignment
	rolesAPI   = "a0100000-0000-4000-8000-000000000007" // groups as roles
	apiURL     = "http://localhost:8080/t/contoso/mcp"
	apiScope   = apiURL + "/access"
	apiSecret  = "the-secret-of-the-api"
	cloudAdmin = "158c047a-c907-4556-b7ef-446551a6b5f7"
)

// companies is the directory most tests use.
func companies() []seed.Tenant {
	return []seed.Tenant{
		{
			ID: contoso, Name: "Contoso", Domain: "contoso.example",
			Users: []seed.User{
				{ID: alice, Username: "alice@contoso.example", Password: "pw-alice", Name: "Alice Adams", Mail: "alice@contoso.example"},
				{ID: bob, Username: "bob@contoso.example", Password: "pw-bob", Name: "Bob Brown"},
				{ID: carol, Username: "carol@contoso.example", Password: "pw-carol", Name: "Carol Clark", DirectoryRoles: []string{cloudAdmin}},
				{ID: dan, Username: "dan@contoso.example", Password: "pw-dan", Name: "Dan Diaz", Disabled: true},
				{ID: erin, Username: "erin@fabrikam.example", Name: "Erin Evans", Guest: fabrikam},
				{ID: frank, Username: "frank@contoso.example", Password: "pw-frank", Name: "Frank Ford"},
				{ID: gina, Username: "gina@contoso.example", Password: "pw-gina", Name: "Gina Gray"},
			},
			Groups: []seed.Group{
				{ID: staff, Name: "Staff", Members: []string{alice, erin}},
				{ID: finance, Name: "Finance", Members: []string{alice}},
				{ID: engineering, Name: "Platform Engineering", Members: []string{sre}},
				{ID: sre, Name: "SRE", Members: []string{frank, engineering}}, // each contains the other
				{ID: newsletter, Name: "Newsletter", MailOnly: true, Members: []string{alice}},
			},
			Apps: apps(),
		},
		{
			ID: fabrikam, Name: "Fabrikam", Domain: "fabrikam.example",
			Users: []seed.User{{ID: faye, Username: "faye@fabrikam.example", Password: "pw-faye", Name: "Faye Fox"}},
			Apps: []seed.App{{
				ID: console, Name: "Console", Redirects: seed.Redirects{Web: []string{"https://console.example/callback"}},
				Secret: "console-secret", Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"openid"}}},
			}},
		},
	}
}

func apps() []seed.App {
	graph := []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "GroupMember.Read.All"}}}
	every := []seed.PreAuthorized{{Client: seed.VisualStudioCode}, {Client: seed.AzureCLI}}
	return []seed.App{
		{
			ID: api, Name: "Contoso MCP", Secret: apiSecret, RequestedTokenVersion: 2,
			IdentifierURIs: []string{"api://" + api, apiURL, "http://localhost:8080/t/contoso"},
			Scopes:         []string{"access", "admin"}, PreAuthorized: []seed.PreAuthorized{
				{Client: seed.VisualStudioCode, Scopes: []string{"access"}}, {Client: seed.AzureCLI}, {Client: console},
			},
			AppRoles: []seed.AppRole{{Value: "Tools.Execute", Members: []string{"Application"}}, {Value: "Reviewer", Members: []string{"User"}}},
			AppRoleAssignments: []seed.AppRoleAssignment{
				{Role: "Tools.Execute", Principal: daemon},
				{Role: "Reviewer", Principal: staff},
				{Role: "Tools.Execute", Principal: bob},
				{Role: "Reviewer", Principal: daemon}, // for people only, so it must not show
			},
			GroupMembershipClaims: "SecurityGroup", Consents: graph,
			OptionalClaims: seed.OptionalClaims{AccessToken: []seed.OptionalClaim{
				{Name: "idtyp", Properties: []string{"include_user_token"}}, {Name: "acct"}, {Name: "sid"}, {Name: "xms_cc"},
			}},
		},
		{ID: legacy, Name: "Legacy API", IdentifierURIs: []string{"https://legacy.contoso.example"}, Scopes: []string{"read"}, PreAuthorized: every},
		{
			ID: console, Name: "Console", Secret: "console-secret",
			Redirects: seed.Redirects{
				Web: []string{"https://console.example/callback"}, SPA: []string{"http://localhost:6274/oauth/callback"},
				Public: []string{"http://localhost/callback", "http://127.0.0.1", "cursor://callback"},
			},
			GroupMembershipClaims: "DirectoryRole", Consents: graph,
		},
		{ID: daemon, Name: "Daemon", Secret: "daemon secret+%"},
		{ID: stranger, Name: "Stranger", Public: true, Secret: "stranger-secret", Redirects: seed.Redirects{Public: []string{"http://localhost/callback"}}},
		{
			ID: guarded, Name: "Guarded", IdentifierURIs: []string{"api://guarded"}, Scopes: []string{"use"}, RequestedTokenVersion: 2,
			AssignmentRequired: true, AppRoleAssignments: []seed.AppRoleAssignment{{Principal: finance}, {Principal: engineering}},
			PreAuthorized: every, GroupMembershipClaims: "ApplicationGroup",
		},
		{
			ID: rolesAPI, Name: "Roles API", IdentifierURIs: []string{"api://roles"}, Scopes: []string{"use"}, RequestedTokenVersion: 2,
			AppRoles: []seed.AppRole{{Value: "Reader"}}, AppRoleAssignments: []seed.AppRoleAssignment{{Role: "Reader", Principal: alice}},
			GroupMembershipClaims: "SecurityGroup", PreAuthorized: every,
			OptionalClaims: seed.OptionalClaims{AccessToken: []seed.OptionalClaim{{Name: "groups", Properties: []string{"emit_as_roles"}}}},
		},
	}
}

// rig is an emulator reached without sockets.
type rig struct {
	*emulator.Emulator
	t *testing.T
}

// midday is when the rigs' clocks stand still, until advanced.
var midday = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// newRig makes an emulator of its own. Its randomness follows from a text, so
// that hundreds of rigs cost two signing keys.
func newRig(t *testing.T, tenants ...seed.Tenant) *rig {
	t.Helper()
	return rigFrom(t, "the rigs", tenants)
}

// freshRig is one that never repeats itself.
func freshRig(t *testing.T) *rig {
	t.Helper()
	return rigFrom(t, "", nil)
}

func rigFrom(t *testing.T, entropy string, tenants []seed.Tenant) *rig {
	t.Helper()
	if tenants == nil {
		tenants = companies()
	}
	e, err := emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: control, Tenants: tenants, Entropy: entropy,
		Now: func() time.Time { return midday },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &rig{Emulator: e, t: t}
}

var shared = sync.OnceValues(func() (*emulator.Emulator, error) {
	return emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: control, Tenants: companies(),
		Now: func() time.Time { return midday },
	})
})

// sharedRig is one emulator for the tests that change nothing in it.
func sharedRig(t *testing.T) *rig {
	t.Helper()
	e, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return &rig{Emulator: e, t: t}
}

// RoundTrip makes the rig an http.RoundTripper.
func (g *rig) RoundTrip(r *http.Request) (*http.Response, error) {
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.RequestURI(), r.Body)
	in.Host, in.Header = r.URL.Host, r.Header
	if r.Host != "" {
		in.Host = r.Host
	}
	out := httptest.NewRecorder()
	handler := g.Entra()
	if strings.HasPrefix(r.URL.String(), graphURL) {
		handler = g.Graph()
	}
	handler.ServeHTTP(out, in)
	return out.Result(), nil
}

// answer is a response, its body read.
type answer struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (a answer) str(name string) string {
	s, _ := a.json[name].(string)
	return s
}

func (g *rig) do(r *http.Request) answer {
	g.t.Helper()
	response, err := g.RoundTrip(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header, text: string(body)}
	_ = json.Unmarshal(body, &a.json) // pages are not JSON
	return a
}

func (g *rig) request(method, address, body string, headers ...string) *http.Request {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (g *rig) get(address string, headers ...string) answer {
	g.t.Helper()
	return g.do(g.request(http.MethodGet, address, "", headers...))
}

// form is a set of parameters written as pairs.
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// with is a copy of values with pairs set; an empty value removes.
func with(values url.Values, pairs ...string) url.Values {
	v := maps.Clone(values)
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		}
	}
	return v
}

func (g *rig) token(tid string, values url.Values, headers ...string) answer {
	g.t.Helper()
	return g.do(g.request(http.MethodPost, entraURL+"/"+tid+"/oauth2/v2.0/token", values.Encode(), headers...))
}

// password is the password grant of somebody of Contoso through VS Code.
func password(name, scope string) url.Values {
	return form("grant_type", "password", "client_id", seed.VisualStudioCode, "scope", scope,
		"username", name+"@contoso.example", "password", "pw-"+name)
}

// access gets an access token that must be granted.
func (g *rig) access(values url.Values) string {
	g.t.Helper()
	a := g.token(contoso, values)
	if a.status != http.StatusOK {
		g.t.Fatalf("token request: status %d: %s", a.status, a.text)
	}
	return a.str("access_token")
}

// obo is an on-behalf-of exchange by the API.
func obo(assertion, scope string) url.Values {
	return form("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_id", api, "client_secret", apiSecret,
		"assertion", assertion, "scope", scope, "requested_token_use", "on_behalf_of")
}

// refused checks status, error and AADSTS code of a refusal.
func (a answer) refused(t *testing.T, status int, kind string, code int) {
	t.Helper()
	codes, _ := a.json["error_codes"].([]any)
	if a.status != status || a.str("error") != kind || len(codes) != 1 || codes[0] != float64(code) {
		t.Errorf("got %d %s, want %d %s %d", a.status, a.text, status, kind, code)
	}
	if !strings.HasPrefix(a.str("error_description"), fmt.Sprintf("AADSTS%d: ", code)) {
		t.Errorf("error_description = %q, want it to begin with AADSTS%d", a.str("error_description"), code)
	}
	if strings.Contains(a.text, "%!") {
		t.Errorf("the sentence is not filled in: %s", a.text)
	}
}

func part(t *testing.T, token string, n int) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is not a JWT", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[n])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func claims(t *testing.T, token string) map[string]any { t.Helper(); return part(t, token, 1) }

func header(t *testing.T, token string) map[string]any { t.Helper(); return part(t, token, 0) }

// texts is a claim that is a list of strings.
func texts(value any) []string {
	var out []string
	list, _ := value.([]any)
	for _, v := range list {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

var (
	guid  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	fixed = strings.NewReplacer(contoso, "{contoso}", api, "{api}", seed.MicrosoftGraph, "{graph}")
)

// golden compares JSON with a file, ids that differ from run to run masked.
func golden(t *testing.T, name, text string) {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s: %v in %q", name, err, text)
	}
	pretty, err := json.MarshalIndent(json.RawMessage(text), "", "  ") // keeps the order of members
	if err != nil {
		t.Fatal(err)
	}
	got := guid.ReplaceAllString(fixed.Replace(string(pretty)), "{guid}") + "\n"
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update and read what it wrote", err)
	}
	if got != string(want) {
		t.Errorf("%s differs from its golden file:\n got %s\nwant %s", name, got, want)
	}
}

func nowAtMidday() time.Time { return midday }
