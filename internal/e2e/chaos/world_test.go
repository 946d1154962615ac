package chaos_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/devstack"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/msgraph"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

// baseURL is what every replica of a world calls itself. Nothing listens there:
// clients choose a replica as a load balancer would.
const baseURL = "http://localhost:7777"

// world is the surroundings of one test: a database, Entra ID, Graph, and the
// organizations contoso and fabrikam, in which graph_get_my_profile has the
// effect write by its admin's decision.
type world struct {
	places   demo.Places
	key      demo.Key
	kek      [32]byte
	emulator *emulator.Emulator
	witness  *witness
	till     *till
	store    *store.DB

	// The connection strings of the roles, and the superuser's with its password.
	api, audit, worker, superuser, password string
}

// plenty is more than a test under load asks of Graph, which would refuse an app
// that asked so much.
const plenty = 1 << 40

// newWorld makes a world on a database of the package's server.
func newWorld(t *testing.T) *world {
	t.Helper()
	return worldOn(t, postgres(t), cloned(t))
}

// worldOn makes a world on an empty migrated database of a server.
func worldOn(t *testing.T, server *devstack.Postgres, database string) *world {
	t.Helper()
	w := &world{
		key: demo.NewKey(), witness: &witness{}, till: newTill(), superuser: server.URL(database),
		api: server.URLAs(apiRole, database), audit: server.URLAs(auditRole, database), worker: server.URLAs(workerRole, database),
	}
	super, err := url.Parse(w.superuser)
	must(t, err)
	w.password, _ = super.User.Password()
	w.kek = [32]byte([]byte(w.key.Text("kek")))
	w.emulate(t)
	w.store = openStore(t, w.api)
	w.seed(t)
	return w
}

// emulate serves Entra ID and Graph. Their URLs are part of the emulator, so
// the listeners come first.
func (w *world) emulate(t *testing.T) {
	t.Helper()
	entra, graph := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	w.places = demo.Places{Base: baseURL, Entra: "http://" + entra.Listener.Addr().String(), Graph: "http://" + graph.Listener.Addr().String()}
	var err error
	w.emulator, err = emulator.New(emulator.Options{
		EntraURL: w.places.Entra, GraphURL: w.places.Graph, ControlToken: w.key.Text("control"), Tenants: peopled(demo.Directories(w.places, w.key)),
		GraphLimits: msgraph.Limits{Small: plenty, Medium: plenty, Large: plenty, App: plenty, Writes: plenty},
	})
	must(t, err)
	entra.Config.Handler, graph.Config.Handler = w.till.before(w.emulator.Entra()), w.witness.before(w.emulator.Graph())
	for _, s := range []*httptest.Server{entra, graph} {
		s.Start()
		t.Cleanup(s.Close)
	}
}

func openStore(t *testing.T, connection string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), connection, time.Now)
	must(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func (w *world) seed(t *testing.T) {
	t.Helper()
	box := w.box(t)
	for _, c := range demo.Companies() {
		must(t, demo.Create(t.Context(), w.store, box, demo.New{Organization: c.Organization(w.places), ClientSecret: c.Secret(w.key)}))
		must(t, w.configure(t.Context(), c, configuration(t, c)))
	}
}

// box opens the keys of organizations.
func (w *world) box(t *testing.T) *secrets.Box {
	t.Helper()
	kek, err := secrets.NewLocalKEK(w.kek)
	must(t, err)
	box, err := secrets.NewBox(kek)
	must(t, err)
	return box
}

// configure replaces a company's configuration.
func (w *world) configure(ctx context.Context, c demo.Company, set access.Configuration) error {
	_, err := w.store.EditAccess(ctx, admin(c), "configuration set", func(now *access.Configuration) error {
		*now = set
		return nil
	})
	return err
}

// admin is who changes a company's settings in these tests.
func admin(c demo.Company) authz.Caller { return authz.SystemCaller(c.Org, "chaos test") }

// configuration is a company's as these tests have it.
func configuration(t *testing.T, c demo.Company) access.Configuration {
	t.Helper()
	registry, err := tools.NewRegistry(builtin.Tools(builtin.Deps{}))
	must(t, err)
	selected := c.Tools(registry)
	for i := range selected {
		if selected[i].Name == profile {
			selected[i].Effect = tools.Write
		}
	}
	return access.Configuration{Clients: crowdClients(c), Rules: c.Rules(), Tools: selected}
}

// The tools that the tests call: one that reads, one whose effect is write.
const (
	whoami  = "whoami"
	profile = "graph_get_my_profile"
)

func contoso() demo.Company  { return demo.Companies()[0] }
func fabrikam() demo.Company { return demo.Companies()[1] }

// environment is a replica's configuration, as an operator would set it, with
// further or other variables behind it.
func (w *world) environment(more ...string) []string {
	return append(w.common(), append([]string{
		"GATEHOUSE_LISTEN=localhost:0", "GATEHOUSE_DATABASE_URL=" + w.api, "GATEHOUSE_AUDIT_DATABASE_URL=" + w.audit,
		"GATEHOUSE_CALLER_RATE=100000", "GATEHOUSE_ORGANIZATION_RATE=100000", "GATEHOUSE_CLIENT_RATE=100000", "GATEHOUSE_TOOL_RATE=100000",
	}, more...)...)
}

// common is what every process has in its configuration.
func (w *world) common() []string {
	return []string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=" + w.places.Base, "GATEHOUSE_KEK=" + base64.StdEncoding.EncodeToString(w.kek[:]),
		"GATEHOUSE_ENTRA_URL=" + w.places.Entra, "GATEHOUSE_GRAPH_URL=" + w.places.Graph, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true",
	}
}

// workerEnvironment is a worker's configuration.
func (w *world) workerEnvironment(redis string) []string {
	return append(w.common(), "GATEHOUSE_DATABASE_URL="+w.worker, "GATEHOUSE_REDIS_URL="+redis, "GATEHOUSE_WORKER_LISTEN=localhost:0", "GATEHOUSE_SWEEP_INTERVAL=1s")
}

// token signs a person of a company in through an AI client.
func (w *world) token(t *testing.T, c demo.Company, name, client string) string {
	t.Helper()
	form := url.Values{
		"grant_type": {"password"}, "client_id": {client}, "scope": {c.Organization(w.places).Connection.QualifiedScope()},
		"username": {name + "@" + c.Domain}, "password": {name + "-demo"},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.places.Entra+"/"+c.TID.String()+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("no token for %s: %s %v", name, answer.Description, err)
	}
	return answer.AccessToken
}

// witness stands before Graph and notes, on arrival, which call asks for a
// profile: proof that the tool ran, whatever became of its answer.
type witness struct {
	mu      sync.Mutex
	calls   []string
	arrival func(call string) // called for each, if set before the first
}

func (s *witness) before(graph http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Path == "/v1.0/me" {
			s.note(r.Header.Get("Client-Request-Id"))
		}
		graph.ServeHTTP(rw, r)
	})
}

func (s *witness) note(call string) {
	s.mu.Lock()
	s.calls = append(s.calls, call)
	s.mu.Unlock()
	if s.arrival != nil {
		s.arrival(call)
	}
}

// seen returns the calls noted so far.
func (s *witness) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}
