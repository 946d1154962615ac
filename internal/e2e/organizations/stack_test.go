package organizations_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// setup is what a test changes of the demo's world before it starts.
type setup struct {
	directories func([]seed.Tenant, demo.Places) []seed.Tenant
	environ     func(k *stack) map[string]string
	mail        string // address of a mail server that speaks plaintext; empty: none
	companies   bool   // Contoso and Fabrikam are organizations already
}

// stack is one api process with its surroundings.
type stack struct {
	*replica
	setup    setup
	places   demo.Places
	key      demo.Key
	emulator *emulator.Emulator
	database storetest.Database
	db       *store.DB
	orgs     map[string]tenants.Organization // by slug
	tap      wiretap
	meter    meter
	ahead    atomic.Int64 // how far the clock of the api process and Entra is, in nanoseconds
}

func (k *stack) now() time.Time { return time.Now().Add(time.Duration(k.ahead.Load())) }

// pass lets time go by for the api process and for Entra.
func (k *stack) pass(d time.Duration) {
	k.ahead.Add(int64(d))
	k.emulator.Advance(d)
}

// replica is one api process.
type replica struct {
	listens string // host and port
	http    *http.Client
}

// start brings the world up. Everything is gone when the test ends.
func start(t *testing.T, s setup) *stack {
	t.Helper()
	k := &stack{setup: s, key: demo.NewKey(), database: storetest.New(t), orgs: map[string]tenants.Organization{}}
	k.db = k.database.Open(t)
	entra, graph, base := listen(t), listen(t), listen(t)
	k.places = demo.Places{Base: urlOf(base), Entra: urlOf(entra), Graph: urlOf(graph)}
	k.startEmulator(t, entra, graph)
	if s.companies {
		k.seedCompanies(t)
	}
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

// serve answers until the test ends.
func serve(t *testing.T, handler http.Handler, listeners []net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- app.Server{Handler: handler, Grace: 5 * time.Second, Logger: slog.New(slog.DiscardHandler)}.Serve(ctx, listeners...)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

func (k *stack) startEmulator(t *testing.T, entra, graph []net.Listener) {
	t.Helper()
	directories := demo.Directories(k.places, k.key)
	if k.setup.directories != nil {
		directories = k.setup.directories(directories, k.places)
	}
	var err error
	if k.emulator, err = emulator.New(emulator.Options{
		EntraURL: k.places.Entra, GraphURL: k.places.Graph, ControlToken: "control", Entropy: "organizations", Tenants: directories,
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.emulator.Close)
	serve(t, k.tap.around(k.emulator.Entra()), entra)
	serve(t, k.meter.around(k.emulator.Graph()), graph)
}

// startAPI starts an api process on the stack's database.
func (k *stack) startAPI(t *testing.T, listeners []net.Listener) *replica {
	t.Helper()
	tel, err := telemetry.Setup(t.Context(), telemetry.Options{Service: "organizations-test", Version: app.Version, LogWriter: logOf(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	api, err := app.NewAPI(t.Context(), app.Options{Config: k.configuration(t), Telemetry: tel, Now: k.now})
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
	serve(t, api.Handler(), listeners)
	r := &replica{listens: listeners[0].Addr().String()}
	transport := &http.Transport{DialContext: r.dial, MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	r.http = &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: stay}
	k.awaitReady(t, r)
	return r
}

// dial goes to this replica, whatever it is called: all of them answer for one
// public address.
func (r *replica) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, r.listens)
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// logOf shows what a process has to say when its test has failed.
func logOf(t *testing.T) io.Writer {
	t.Helper()
	w := &keptLog{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the process:\n%s", w)
		}
	})
	return w
}

// common is what all processes have in their configuration.
func (k *stack) common() map[string]string {
	environ := map[string]string{
		"GATEHOUSE_ENVIRONMENT": "development", "GATEHOUSE_BASE_URL": k.places.Base,
		"GATEHOUSE_KEK":       base64.StdEncoding.EncodeToString(kek[:]),
		"GATEHOUSE_ENTRA_URL": k.places.Entra, "GATEHOUSE_GRAPH_URL": k.places.Graph, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS": "true",
	}
	if k.setup.mail != "" {
		environ["GATEHOUSE_SMTP_URL"], environ["GATEHOUSE_MAIL_FROM"] = "smtp://"+k.setup.mail, "gatehouse@gatehouse.example"
	}
	return environ
}

// configuration is the api process's, as an operator would set it.
func (k *stack) configuration(t *testing.T) config.API {
	t.Helper()
	platform := demo.Platform()
	environ := k.common()
	maps.Copy(environ, map[string]string{
		"GATEHOUSE_LISTEN":       "localhost:0",
		"GATEHOUSE_DATABASE_URL": k.database.API, "GATEHOUSE_AUDIT_DATABASE_URL": k.database.Audit, "GATEHOUSE_OPERATOR_DATABASE_URL": k.database.Operator,
		"GATEHOUSE_CONSOLE_CLIENT_ID": platform.Console.String(), "GATEHOUSE_CONSOLE_CLIENT_SECRET": platform.ConsoleSecret(k.key),
		"GATEHOUSE_PLATFORM_TENANT_ID": platform.TID.String(), "GATEHOUSE_ADMISSION": "open",
		"GATEHOUSE_CALLER_RATE": "100000", "GATEHOUSE_ORGANIZATION_RATE": "100000", "GATEHOUSE_CLIENT_RATE": "100000", "GATEHOUSE_TOOL_RATE": "100000",
	})
	if k.setup.environ != nil {
		maps.Copy(environ, k.setup.environ(k))
	}
	c, err := config.Source{Environ: lines(environ), ReadFile: os.ReadFile}.API()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lines are variables as a process has them.
func lines(environ map[string]string) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		all = append(all, name+"="+environ[name])
	}
	return all
}

// kek is the key-encryption key of every stack.
var kek = [32]byte(slices.Repeat([]byte{7}, 32))

// patience bounds what a test waits for; everything usually takes a hundredth.
const patience = 30 * time.Second

// awaitReady waits until a process says that it can serve.
func (k *stack) awaitReady(t *testing.T, r *replica) {
	t.Helper()
	eventually(t, "the process is ready", patience, func() bool {
		resp, err := r.http.Get(k.places.Base + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	deadline, tick := time.NewTimer(within), time.NewTicker(20*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}
