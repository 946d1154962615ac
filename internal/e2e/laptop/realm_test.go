package laptop_test

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/app"
	"gatehouse/internal/authz"
	"gatehouse/internal/config"
	"gatehouse/internal/connections"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

// realm is an organization with one way of signing in, whose dice need a scope of
// their own.
type realm struct {
	demo.FileOrg
	id     tenants.ID
	tid    tenants.TID
	mode   tenants.AuthMode
	label  string // the mode, as the table of clients calls it
	api    tenants.GUID
	client tenants.GUID // an AI client's registration in the directory
	secret string
	uri    string // Application ID URI

	confidential confidential
}

// confidential is a client that has a secret: registered in the directory, and where
// people sign in at Gatehouse, there.
type confidential struct{ id, secret string }

// consentGateway is where Copilot Studio takes answers for one of its tools.
const consentGateway = "https://global.consent.azure-apim.net/redirect/cr938-5fcontoso-20mcp-5f43bcb8573bc3e84"

// diceScope is the scope that dice need.
const diceScope = "dice"

// The modes, as the table of clients calls them. In the last one the app
// registration's Application ID URI is not the endpoint's URL.
const (
	brokered  = "brokered"
	facade    = "facade"
	direct    = "direct"
	directAPI = "direct, `api://` URI"
)

// modes are all of them.
var modes = []string{brokered, facade, direct, directAPI}

// redirects are where AI clients take answers, as docs/entra.md lists them.
var redirects = []string{
	"http://127.0.0.1/callback", "http://localhost/callback", "http://localhost/oauth/callback", "http://127.0.0.1/oauth/callback", "http://127.0.0.1:33418/",
	"http://localhost:8787/callback", "https://vscode.dev/redirect", "https://claude.ai/api/mcp/auth_callback", "cursor://anysphere.cursor-mcp/oauth/callback",
}

// world is a Gatehouse with a realm for each mode, and their Entra.
type world struct {
	*dev
	realms map[string]*realm // by label
}

// hosted says that a database server has been started in this process.
var hosted atomic.Bool

// newWorld starts one. It is gone when the test ends.
func newWorld(t *testing.T) *world {
	t.Helper()
	hosted.Store(true)
	database, key := storetest.New(t), demo.NewKey()
	entra, graph, base := listen(t), listen(t), listen(t)
	w := &world{dev: &dev{dir: t.TempDir()}, realms: map[string]*realm{}}
	w.File = demo.File{BaseURL: urlOf(base), EntraURL: urlOf(entra), GraphURL: urlOf(graph)}
	w.keepURL(t, database.Superuser)
	places := demo.Places{Base: w.BaseURL, Entra: w.EntraURL, Graph: w.GraphURL}
	for label, mode := range map[string]tenants.AuthMode{brokered: tenants.Brokered, facade: tenants.Facade, direct: tenants.Direct, directAPI: tenants.Direct} {
		w.realms[label] = newRealm(places, label, mode)
	}
	w.emulate(t, entra, graph)
	w.fill(t, database.Open(t), places)
	w.serveAPI(t, base, w.configuration(t, database, key))
	return w
}

// newRealm makes up an organization. All of its ids are its own.
func newRealm(p demo.Places, label string, mode tenants.AuthMode) *realm {
	slug := strings.NewReplacer(",", "", "`", "", "://", "", " ", "-").Replace(strings.ToLower(label))
	id, _ := tenants.ParseID(tenants.NewGUID().String()) // it is one
	r := &realm{
		id: id, tid: tenants.TID{GUID: tenants.NewGUID()}, mode: mode, label: label, api: tenants.NewGUID(), client: tenants.NewGUID(), secret: "secret of " + slug,
		FileOrg: demo.FileOrg{Slug: slug, Name: "Contoso", MCPURL: p.Base + "/t/" + slug + "/mcp"},
	}
	r.uri = r.MCPURL
	if label == directAPI {
		r.uri = "api://" + r.api.String()
	}
	r.confidential = confidential{tenants.NewGUID().String(), "secret of a connector"}
	r.EntraTenantID = r.tid.String()
	r.Users = []demo.FileUser{{Username: "alice@" + slug + ".example", Password: "alice-demo", OID: tenants.NewGUID().String()}}
	return r
}

// directory is the realm's Entra tenant.
func (r *realm) directory(base string) seed.Tenant {
	api := seed.App{
		ID: r.api.String(), Name: "Contoso MCP", Secret: r.secret, Redirects: seed.Redirects{Web: []string{base + "/t/" + r.Slug + "/callback"}},
		IdentifierURIs: []string{r.uri}, Scopes: []string{demo.Scope, diceScope}, PreAuthorized: []seed.PreAuthorized{{Client: r.client.String()}, {Client: demo.VisualStudioCode}},
		RequestedTokenVersion: 2, GroupMembershipClaims: "SecurityGroup",
		OptionalClaims: seed.OptionalClaims{AccessToken: []seed.OptionalClaim{
			{Name: "idtyp", Properties: []string{"include_user_token"}}, {Name: "acct"}, {Name: "sid"}, {Name: "xms_cc"}, {Name: "acrs"},
		}},
		Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "GroupMember.Read.All", "offline_access", "openid", "profile"}}},
	}
	connector := seed.App{ID: r.confidential.id, Name: "Connector", Secret: r.confidential.secret, Redirects: seed.Redirects{Web: []string{consentGateway}}}
	api.PreAuthorized = append(api.PreAuthorized, seed.PreAuthorized{Client: connector.ID})
	client := seed.App{ID: r.client.String(), Name: "AI client", Redirects: seed.Redirects{Public: redirects}}
	alice := seed.User{ID: r.Users[0].OID, Username: r.Users[0].Username, Password: r.Users[0].Password, Name: "Alice Contoso"}
	return seed.Tenant{ID: r.EntraTenantID, Name: r.Name, Domain: r.Slug + ".example", Users: []seed.User{alice}, Apps: []seed.App{api, client, connector}}
}

// organization is the realm as Gatehouse knows it.
func (r *realm) organization(p demo.Places) tenants.Organization {
	o := demo.Companies()[0].Organization(p)
	o.ID, o.Slug, o.Name, o.TID, o.Mode = r.id, tenants.MustSlug(r.Slug), r.Name, r.tid, r.mode
	o.AcceptEntraTokens, o.UnknownClients = false, tenants.Refuse
	if r.mode == tenants.Brokered {
		o.UnknownClients = tenants.Admit
	}
	c := &o.Connection
	c.ID, c.ClientID, c.Resource, c.Credential.ID = tenants.NewGUID(), r.api, r.uri, tenants.NewGUID()
	return o
}

// rules let everybody ask who they are, throw dice with a token that has the scope
// for it, and, where people sign in at Gatehouse, ask Graph about themselves after a
// stronger sign-in.
func (r *realm) rules() access.Configuration {
	profile := authz.Permission{Effect: authz.Allow, Patterns: []string{"graph_get_my_profile"}}
	if r.mode == tenants.Brokered {
		profile.AuthenticationContext = "c1"
	}
	staff := authz.Role{ID: tenants.NewGUID(), Name: "Staff", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"whoami", "greeting_card", "roll_dice"}}, profile}}
	return access.Configuration{
		Clients: []tenants.Client{{ID: r.client.String(), Name: "AI client"}, {ID: r.confidential.id, Name: "Connector"}, {ID: demo.VisualStudioCode, Name: "Visual Studio Code"}},
		Rules: authz.Rules{
			Scope: demo.Scope, Roles: []authz.Role{staff},
			Assignments: []authz.Assignment{{Role: staff.ID, Subject: authz.Subject{Kind: authz.SubjectEverybody}}},
			ScopeCeilings: map[string]authz.Ceiling{
				demo.Scope: {Patterns: []string{"whoami", "greeting_card", "graph_get_my_profile"}}, diceScope: {Patterns: []string{"roll_dice"}},
			},
		},
	}
}

// preregister registers the client that has a secret where people sign in at Gatehouse.
// Where it takes answers is known only once its id and secret were entered.
func (r *realm) preregister(c *access.Configuration) error {
	if r.mode != tenants.Brokered {
		return nil
	}
	now := time.Now()
	r.confidential.id = connections.PreregisteredID(tenants.NewGUID())
	kept, text := connections.NewSecret(tenants.NewGUID(), now, connections.SecretLife)
	r.confidential.secret = text
	as := access.PreregistrationSettings{Name: "Copilot Studio"}
	err := errors.Join(c.Preregister(connections.Preregistration{ID: r.confidential.id, Kind: connections.Confidential, MadeAt: now}, as), c.AddSecret(r.confidential.id, kept, now))
	as.Redirects = []string{consentGateway}
	return errors.Join(err, c.PutPreregistered(r.confidential.id, as))
}

// keepURL keeps the database's address where desks look for it.
func (w *world) keepURL(t *testing.T, url string) {
	t.Helper()
	if err := os.MkdirAll(w.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.data(), "database.url"), []byte(url), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *world) emulate(t *testing.T, entra, graph []net.Listener) {
	t.Helper()
	var directories []seed.Tenant
	for _, label := range modes {
		directories = append(directories, w.realms[label].directory(w.BaseURL))
	}
	e, err := emulator.New(emulator.Options{EntraURL: w.EntraURL, GraphURL: w.GraphURL, ControlToken: "control", Tenants: directories})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	serve(t, e.Entra(), entra)
	serve(t, e.Graph(), graph)
}

// kek is the key-encryption key of every world.
var kek = [32]byte(slices.Repeat([]byte{7}, 32))

// fill creates the organizations.
func (w *world) fill(t *testing.T, db *store.DB, p demo.Places) {
	t.Helper()
	local, err := secrets.NewLocalKEK(kek)
	if err != nil {
		t.Fatal(err)
	}
	box, err := secrets.NewBox(local)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := tools.NewRegistry(builtin.Tools(builtin.Deps{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range w.realms {
		if err := demo.Create(t.Context(), db, box, demo.New{Organization: r.organization(p), ClientSecret: r.secret}); err != nil {
			t.Fatal(err)
		}
		_, err := db.EditAccess(t.Context(), authz.SystemCaller(r.id, "test"), "test configuration", func(c *access.Configuration) error {
			*c = r.rules()
			c.Tools = registry.Tools()
			return r.preregister(c)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// configuration is the api process's, as an operator would set it.
func (w *world) configuration(t *testing.T, d storetest.Database, key demo.Key) config.API {
	t.Helper()
	us := demo.Platform()
	c, err := config.Source{Environ: []string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=" + w.BaseURL, "GATEHOUSE_LISTEN=localhost:0", "GATEHOUSE_KEK=" + base64.StdEncoding.EncodeToString(kek[:]),
		"GATEHOUSE_DATABASE_URL=" + d.API, "GATEHOUSE_AUDIT_DATABASE_URL=" + d.Audit, "GATEHOUSE_OPERATOR_DATABASE_URL=" + d.Operator,
		"GATEHOUSE_ENTRA_URL=" + w.EntraURL, "GATEHOUSE_GRAPH_URL=" + w.GraphURL, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true",
		"GATEHOUSE_CONSOLE_CLIENT_ID=" + us.Console.String(), "GATEHOUSE_CONSOLE_CLIENT_SECRET=" + us.ConsoleSecret(key), "GATEHOUSE_PLATFORM_TENANT_ID=" + us.TID.String(),
		"GATEHOUSE_CALLER_RATE=100000", "GATEHOUSE_ORGANIZATION_RATE=100000", "GATEHOUSE_CLIENT_RATE=100000", "GATEHOUSE_TOOL_RATE=100000",
	}}.API()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) serveAPI(t *testing.T, at []net.Listener, c config.API) {
	t.Helper()
	tel, err := telemetry.Setup(t.Context(), telemetry.Options{Service: "laptop-test", Version: app.Version, LogWriter: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	api, err := app.NewAPI(t.Context(), app.Options{Config: c, Telemetry: tel, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- api.Run(running) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("api process: %v", err)
		}
	})
	serve(t, api.Handler(), at)
	w.awaitReady(t)
}

func (w *world) awaitReady(t *testing.T) {
	t.Helper()
	deadline, tick := time.NewTimer(time.Minute), time.NewTicker(20*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		resp, err := http.Get(w.BaseURL + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("the process is not ready after a minute")
		}
	}
}

// listen opens a port on every loopback address.
func listen(t *testing.T) []net.Listener {
	t.Helper()
	listeners, err := app.Listen(t.Context(), "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	return listeners
}

func urlOf(listeners []net.Listener) string {
	_, port, _ := net.SplitHostPort(listeners[0].Addr().String())
	return "http://" + net.JoinHostPort("localhost", port)
}

// serve answers until the test ends. A connection that a client has opened and not used
// counts as busy for 5 s (net/http, Server.Shutdown); the grace is longer.
func serve(t *testing.T, handler http.Handler, listeners []net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- app.Server{Handler: handler, Grace: 30 * time.Second, Logger: slog.New(slog.DiscardHandler)}.Serve(ctx, listeners...)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}
