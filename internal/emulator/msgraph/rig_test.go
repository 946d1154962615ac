package msgraph_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/msgraph"
	"gatehouse/internal/emulator/seed"
)

const (
	loginURL = "http://localhost:8081"
	rootURL  = "http://localhost:8082"
)

// noon is when clocks begin.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// chance is where the tests' randomness comes from.
var chance = keyring.NewSource("")

// keys are made once: making them takes longer than all the tests.
var keys = sync.OnceValue(func() *keyring.Ring { return keyring.New(chance, noon) })

// rig is a Microsoft Graph by itself, its clock in the test's hand, and somebody's
// token for it.
type rig struct {
	*msgraph.Service
	t         testing.TB
	directory *directory.Directory
	sealer    *keyring.Sealer
	handler   http.Handler
	clock     *clock
	tid       string // whose tokens
	client    string // client id of tokens
	mask      mask
	token     string
}

// clock stands still until advanced.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// setup is what rigs differ in.
type setup struct {
	tenants []seed.Tenant // tokens are of the first
	client  string
	now     time.Time
	limits  msgraph.Limits
	mask    mask
}

func newRig(tb testing.TB, s setup) *rig {
	tb.Helper()
	g := &rig{t: tb, clock: &clock{now: s.now}, directory: directory.New(s.tenants, rootURL), tid: s.tenants[0].ID, client: s.client, mask: s.mask}
	var err error
	if g.sealer, err = keyring.NewSealer(chance); err != nil {
		tb.Fatal(err)
	}
	g.Service = msgraph.New(msgraph.Options{
		URL: rootURL, Login: loginURL, Directory: g.directory, Keys: keys(), Sealer: g.sealer, Random: chance, Now: g.clock.read, Limits: s.limits,
	})
	g.handler = g.Handler()
	return g
}

// newFixture is a rig over a company, or whatever else there is to read.
func newFixture(tb testing.TB, tenants ...seed.Tenant) *rig {
	tb.Helper()
	if tenants == nil {
		tenants = []seed.Tenant{company()}
	}
	return newRig(tb, setup{tenants: tenants, client: ids.app, now: noon, mask: maskRequest})
}

// newMailRig is a rig over mailboxes.
func newMailRig(tb testing.TB, limits msgraph.Limits) *rig {
	tb.Helper()
	return newRig(tb, setup{tenants: mailTenants(), client: mailApp, now: mailNoon, limits: limits, mask: maskMailbox})
}

func (g *rig) advance(d time.Duration) {
	g.clock.mu.Lock()
	defer g.clock.mu.Unlock()
	g.clock.now = g.clock.now.Add(d)
}

// signed is a token for Graph with some claims changed.
func (g *rig) signed(change map[string]any) string {
	g.t.Helper()
	key, err := keys().Current(g.tid)
	if err != nil {
		g.t.Fatal(err)
	}
	now := g.clock.read()
	claims := map[string]any{
		"aud": seed.MicrosoftGraph, "iss": loginURL + "/" + g.tid + "/", "tid": g.tid, "appid": g.client,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, change)
	token, err := key.SignGraph(chance.Text(32), claims)
	if err != nil {
		g.t.Fatal(err)
	}
	return token
}

// person is somebody's token.
func (g *rig) person(oid, scopes string) string {
	g.t.Helper()
	return g.signed(map[string]any{"oid": oid, "scp": scopes})
}

// appToken is the token of the rig's app, which acts for itself.
func (g *rig) appToken(roles ...string) string {
	g.t.Helper()
	principal := g.client
	if t, ok := g.directory.World().Find(g.tid); ok && t.Apps[g.client] != nil {
		principal = t.Apps[g.client].Principal
	}
	return g.signed(map[string]any{"oid": principal, "sub": principal, "idtyp": "app", "roles": roles})
}

// with is the rig with a token.
func (g *rig) with(token string) *rig {
	next := *g
	next.token = token
	return &next
}

// as is the rig with a person's token.
func (g *rig) as(oid, scopes string) *rig { return g.with(g.person(oid, scopes)) }

// app is the rig with its app's token.
func (g *rig) app(roles ...string) *rig { return g.with(g.appToken(roles...)) }

func (g *rig) do(method, path, body string, headers ...string) answer {
	g.t.Helper()
	r := httptest.NewRequestWithContext(g.t.Context(), method, strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	if g.token != "" {
		r.Header.Set("Authorization", "Bearer "+g.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Result().Header, text: w.Body.String(), mask: g.mask}
	_ = json.Unmarshal(w.Body.Bytes(), &a.json) // downloads are not JSON
	return a
}

// send is do with somebody's token.
func (g *rig) send(method, token, target string, headers ...string) answer {
	g.t.Helper()
	return g.with(token).do(method, target, "{}", headers...)
}

func (g *rig) fetch(token, target string, headers ...string) answer {
	g.t.Helper()
	return g.send(http.MethodGet, token, target, headers...)
}

// ok fetches what must be there.
func (g *rig) ok(token, target string, headers ...string) answer {
	g.t.Helper()
	a := g.fetch(token, target, headers...)
	if a.status != http.StatusOK {
		g.t.Fatalf("GET %s: %d %s", target, a.status, a.text)
	}
	return a
}

// get asks for /v1.0 and a path; options are names and values of the query.
func (g *rig) get(path string, options ...string) answer {
	g.t.Helper()
	return g.do(http.MethodGet, target(path, options), "")
}

// eventual is get as an advanced query, with $count=true.
func (g *rig) eventual(path string, options ...string) answer {
	g.t.Helper()
	if !strings.HasSuffix(path, "/$count") {
		options = append(options, "$count", "true")
	}
	return g.do(http.MethodGet, target(path, options), "", "ConsistencyLevel", "eventual")
}

func (g *rig) post(path, body string) answer {
	g.t.Helper()
	return g.do(http.MethodPost, "/v1.0/"+path, body, "Content-Type", "application/json")
}

func target(path string, options []string) string {
	query := url.Values{}
	for i := 0; i+1 < len(options); i += 2 {
		query.Set(options[i], options[i+1])
	}
	return "/v1.0/" + path + "?" + query.Encode()
}

type (
	tenantOf   = directory.Tenant
	userChange = directory.UserChange
)
