package upstream_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// inbound is the token of the client. No server behind us may ever see it.
const inbound = "inbound-token-of-the-client"

// rig is one replica and what it knows.
type rig struct {
	hub      *upstream.Hub
	org      tenants.ID
	box      upstream.Box
	sessions *shelf
	clock    *clock
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newRig(tb testing.TB) *rig {
	tb.Helper()
	return newRigWith(tb, func(*upstream.Options) {})
}

func newRigWith(tb testing.TB, change func(*upstream.Options)) *rig {
	tb.Helper()
	r := &rig{org: tenants.NewID(), sessions: &shelf{all: map[upstream.SessionKey][]byte{}}, clock: &clock{at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}}
	r.box = newBox(tb, r.org)
	r.hub = newHub(tb, r, change)
	return r
}

// replica returns another replica of the same platform.
func (r *rig) replica(tb testing.TB) *rig {
	tb.Helper()
	other := *r
	other.hub = newHub(tb, r, func(*upstream.Options) {})
	return &other
}

func newHub(tb testing.TB, r *rig, change func(*upstream.Options)) *upstream.Hub {
	tb.Helper()
	client, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 64 << 10, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	o := upstream.Options{Egress: client, Sessions: r.sessions, Now: r.clock.now, Logger: slog.New(slog.DiscardHandler), Version: "1.2.3"}
	change(&o)
	hub, err := upstream.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return hub
}

func newBox(tb testing.TB, org tenants.ID) *secrets.OrgKey {
	tb.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{1})
	if err != nil {
		tb.Fatal(err)
	}
	box, err := secrets.NewBox(kek)
	if err != nil {
		tb.Fatal(err)
	}
	wrapped, err := box.NewOrganizationKey(tb.Context(), org)
	if err != nil {
		tb.Fatal(err)
	}
	key, err := box.Open(tb.Context(), org, wrapped)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

var sourceID = tenants.MustGUID("6f0b7f3a-4f0c-4b1e-9f57-2d9f3f6f0a01")

func source(url string) tools.Source {
	return tools.Source{
		ID: sourceID, Name: "notes", URL: url, Naming: tools.Prefixed, Review: tools.Hold, Enabled: true,
		Credential: tools.SourceCredential{Kind: tools.NoCredential}, Timeout: 10 * time.Second, Concurrent: 16,
	}
}

// server returns the server at a URL, after changes to what is known of it.
func (r *rig) server(url string, changes ...func(*upstream.Connection)) *upstream.Server {
	c := upstream.Connection{Org: r.org, Source: source(url), Box: r.box}
	for _, change := range changes {
		change(&c)
	}
	return r.hub.Server(c)
}

var person = tenants.MustGUID("0c6b6a0e-7d4d-4a5e-9b0f-5c1d2e3f4a5b")

// caller is a person of the organization who uses a client.
func (r *rig) caller() authz.Caller {
	return authz.Actor(authz.Identity{Org: r.org, OID: person, Kind: authz.User, Delegated: true, Client: "client-1"})
}

// another is somebody else of the organization.
func (r *rig) another() authz.Caller {
	return authz.Actor(authz.Identity{Org: r.org, OID: tenants.NewGUID(), Kind: authz.User, Delegated: true, Client: "client-1"})
}

// call is a call of that person by a client of an era.
func call(era wire.Era, change ...func(*tools.Call)) tools.Call {
	c := tools.Call{
		Arguments: []byte("{}"), Record: "0190aaaa-0000-7000-8000-000000000001", Assertion: authz.NewAssertion(inbound),
		Now: time.Now(), Client: tools.Client{Era: era}, Peer: &peer{},
	}
	for _, do := range change {
		do(&c)
	}
	return c
}

func tool(name string) tools.Target { return tools.Target{Method: wire.MethodToolsCall, Name: name} }

// peer is a client that remembers what it hears.
type peer struct {
	mu    sync.Mutex
	told  []tools.Notification
	ask   func(ctx context.Context, q tools.Question) error
	gone  error
	heard chan struct{}
}

func (p *peer) Notify(_ context.Context, n tools.Notification) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, n)
	if p.heard != nil {
		select {
		case p.heard <- struct{}{}:
		default:
		}
	}
	return p.gone
}

func (p *peer) Ask(ctx context.Context, q tools.Question) error {
	if p.ask == nil {
		return errors.New("nobody is there to be asked")
	}
	return p.ask(ctx, q)
}

func (p *peer) notifications() []tools.Notification {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]tools.Notification(nil), p.told...)
}

// shelf keeps sessions for all replicas.
type shelf struct {
	mu  sync.Mutex
	all map[upstream.SessionKey][]byte
}

func (s *shelf) UpstreamSession(_ context.Context, _ tenants.ID, k upstream.SessionKey) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.all[k]; ok {
		return c, nil
	}
	return nil, fault.New(fault.NotFound, "no such session")
}

func (s *shelf) PutUpstreamSession(_ context.Context, _ authz.Caller, x upstream.StoredSession) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[x.SessionKey] = x.Ciphertext
	return nil
}

func (s *shelf) RemoveUpstreamSession(_ context.Context, _ authz.Caller, k upstream.SessionKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, k)
	return nil
}

func (s *shelf) ciphertexts() map[upstream.SessionKey][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.all)
}

// serve runs a handler on loopback.
func serve(tb testing.TB, h http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}
