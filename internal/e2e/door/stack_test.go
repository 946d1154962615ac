package door_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/app"
	"gatehouse/internal/authz"
	"gatehouse/internal/config"
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

// setup is what a test changes of the demo's world before it starts.
type setup struct {
	extra         []tools.Tool
	directories   func([]seed.Tenant) []seed.Tenant
	organizations func(places demo.Places) []organization // nil: the demo's
	change        func(o *organization)                   // of each organization
	telemetry     func(*telemetry.Options)
	database      func(url string) string // how the api process reaches it
	environ       []string
	startAt       time.Time // zero: now
}

// organization is one row to create, with its configuration.
type organization struct {
	tenants.Organization
	access.Configuration
	secret string
}

// stack is one api process with its surroundings.
type stack struct {
	*replica
	clock    *clock
	places   demo.Places
	emulator *emulator.Emulator
	database storetest.Database
	db       *store.DB
	setup    setup
	key      demo.Key
	orgs     map[string]organization // by slug
}

// replica is one api process.
type replica struct {
	address string // where it listens
	host    string // what clients call it
	api     *app.API
	client  *http.Client
	stop    func() // ends it; what was accepted is recorded when it returns
}

// clock is the time of the platform and of the emulator.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// start brings the demo's world up, changed as the test wants it. Everything is
// gone when the test ends.
func start(t *testing.T, s setup) *stack {
	t.Helper()
	k := &stack{clock: &clock{}, setup: s, key: demo.NewKey(), orgs: map[string]organization{}, database: storetest.New(t)}
	if !s.startAt.IsZero() {
		k.clock.offset.Store(int64(time.Until(s.startAt)))
	}
	k.db = k.database.Open(t)
	entra, graph, base := listen(t), listen(t), listen(t)
	k.places = demo.Places{Base: urlOf(base), Entra: urlOf(entra), Graph: urlOf(graph)}
	k.startEmulator(t, entra, graph)
	k.seed(t)
	k.replica = k.startAPI(t, base)
	return k
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

// serve answers until the test ends or the returned function is called.
func serve(t *testing.T, handler http.Handler, listeners []net.Listener) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- app.Server{Handler: handler, Grace: 5 * time.Second, Logger: slog.New(slog.DiscardHandler)}.Serve(ctx, listeners...)
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func (k *stack) startEmulator(t *testing.T, entra, graph []net.Listener) {
	t.Helper()
	directories := demo.Directories(k.places, k.key)
	if k.setup.directories != nil {
		directories = k.setup.directories(directories)
	}
	var err error
	if k.emulator, err = emulator.New(emulator.Options{
		EntraURL: k.places.Entra, GraphURL: k.places.Graph, ControlToken: "control", Entropy: "door", Tenants: directories, Now: k.clock.now,
	}); err != nil {
		t.Fatal(err)
	}
	serve(t, k.emulator.Entra(), entra)
	serve(t, k.emulator.Graph(), graph)
}

// seed creates the organizations.
func (k *stack) seed(t *testing.T) {
	t.Helper()
	all := builtin.Tools(builtin.Deps{})
	registry, err := tools.NewRegistry(append(all, k.setup.extra...))
	if err != nil {
		t.Fatal(err)
	}
	organizations := k.setup.organizations
	if organizations == nil {
		organizations = func(p demo.Places) []organization { return demoOrganizations(p, registry, k.key) }
	}
	for _, o := range organizations(k.places) {
		if k.setup.change != nil {
			k.setup.change(&o)
		}
		k.create(t, o)
	}
}

func demoOrganizations(p demo.Places, registry *tools.Registry, key demo.Key) []organization {
	all := make([]organization, 0, 2)
	for _, c := range demo.Companies() {
		all = append(all, organization{
			Organization:  direct(c, p),
			Configuration: access.Configuration{Clients: c.Clients(), Rules: c.Rules(), Tools: c.Tools(registry)},
			secret:        c.Secret(key),
		})
	}
	return all
}

// direct is a company whose endpoint takes Entra's tokens alone, which is what this
// package looks at.
func direct(c demo.Company, p demo.Places) tenants.Organization {
	o := c.Organization(p)
	o.Mode, o.AcceptEntraTokens, o.UnknownClients = tenants.Direct, false, tenants.Refuse
	return o
}

func (k *stack) create(t *testing.T, o organization) {
	t.Helper()
	kek, err := secrets.NewLocalKEK(k.kek())
	if err != nil {
		t.Fatal(err)
	}
	box, err := secrets.NewBox(kek)
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Create(t.Context(), k.db, box, demo.New{Organization: o.Organization, ClientSecret: o.secret}); err != nil {
		t.Fatal(err)
	}
	_, err = k.db.EditAccess(t.Context(), authz.SystemCaller(o.ID, "test"), "test configuration", func(c *access.Configuration) error {
		*c = o.Configuration
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	k.orgs[o.Slug.String()] = o
}

func (k *stack) kek() [32]byte { return [32]byte(slices.Repeat([]byte{7}, 32)) }

// startAPI starts an api process on the stack's database.
func (k *stack) startAPI(t *testing.T, listeners []net.Listener) *replica {
	t.Helper()
	options := telemetry.Options{Service: "door-test", Version: app.Version, LogWriter: io.Discard}
	if k.setup.telemetry != nil {
		k.setup.telemetry(&options)
	}
	tel, err := telemetry.Setup(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	api, err := app.NewAPI(t.Context(), app.Options{Config: k.configuration(t), Telemetry: tel, Extra: k.setup.extra, Now: k.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse(k.places.Base)
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	r := &replica{address: urlOf(listeners), host: base.Host, api: api, client: &http.Client{Transport: transport, Timeout: time.Minute}}
	running, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- api.Run(running) }()
	stopServing, stopped := serve(t, api.Handler(), listeners), false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		transport.CloseIdleConnections()
		stopServing()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("api process: %v", err)
		}
	}
	t.Cleanup(r.stop)
	r.awaitReady(t)
	return r
}

// configuration is the process's, as an operator would set it.
func (k *stack) configuration(t *testing.T) config.API {
	t.Helper()
	through := k.setup.database
	if through == nil {
		through = func(u string) string { return u }
	}
	kek := k.kek()
	c, err := config.Source{Environ: append([]string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=" + k.places.Base, "GATEHOUSE_LISTEN=localhost:0",
		"GATEHOUSE_DATABASE_URL=" + through(k.database.API), "GATEHOUSE_AUDIT_DATABASE_URL=" + through(k.database.Audit),
		"GATEHOUSE_KEK=" + base64.StdEncoding.EncodeToString(kek[:]),
		"GATEHOUSE_ENTRA_URL=" + k.places.Entra, "GATEHOUSE_GRAPH_URL=" + k.places.Graph, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true",
		"GATEHOUSE_CALLER_RATE=100000", "GATEHOUSE_ORGANIZATION_RATE=100000", "GATEHOUSE_CLIENT_RATE=100000", "GATEHOUSE_TOOL_RATE=100000",
	}, k.setup.environ...)}.API()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// patience bounds what a test waits for; everything usually takes a hundredth.
const patience = 30 * time.Second

// awaitReady waits until the process says that it can serve.
func (r *replica) awaitReady(t *testing.T) {
	t.Helper()
	eventually(t, "the process is ready", func() bool {
		resp, err := r.client.Get(r.address + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.NewTimer(patience), time.NewTicker(20*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// advance moves everybody's time and waits until the process has polled again.
func (k *stack) advance(t *testing.T, d time.Duration) {
	t.Helper()
	k.clock.offset.Add(int64(d))
	k.awaitReady(t)
}
