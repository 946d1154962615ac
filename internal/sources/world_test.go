package sources_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/sources"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

func TestMain(m *testing.M) { storetest.Run(m) }

// world is an organization with one source, which a server on this machine is,
// and a replica that serves it.
type world struct {
	org    tenants.Organization
	source tools.Source
	db     *store.DB
	box    *secrets.Box
	clock  *clock
	server *upstreamServer
	*replica
}

// replica is one process.
type replica struct {
	leases    *snapshot.Leases
	refresher *sources.Refresher
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	by time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by += d
}

// upstreamServer is an MCP server of the SDK behind a door that tests close.
type upstreamServer struct {
	mcp  *mcp.Server
	http *httptest.Server

	mu     sync.Mutex
	shut   int           // status that everybody gets; 0: the door is open
	header http.Header   // of the last request
	shown  []string      // the credentials that requests brought, each once
	asked  int           // how many lists of tools were asked for
	gate   chan struct{} // requests wait for it; nil: they do not
}

func newUpstream(t *testing.T) *upstreamServer {
	t.Helper()
	u := &upstreamServer{mcp: mcp.NewServer(&mcp.Implementation{Name: "notes", Version: "1"}, nil)}
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.mcp
	}, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})
	u.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		shut, gate := u.shut, u.gate
		u.header = r.Header.Clone()
		if c := u.header.Get("Authorization"); !slices.Contains(u.shown, c) {
			u.shown = append(u.shown, c)
		}
		u.asked++
		u.mu.Unlock()
		if gate != nil {
			select {
			case <-gate:
			case <-r.Context().Done():
				return
			}
		}
		if shut != 0 {
			http.Error(w, "no", shut)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(u.http.Close)
	return u
}

func (u *upstreamServer) set(change func(u *upstreamServer)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change(u)
}

func (u *upstreamServer) requests() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.asked
}

func (u *upstreamServer) tokens() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.shown)
}

// says has the server say this to models, and offer the tool search.
func (u *upstreamServer) says(instructions string) {
	next := mcp.NewServer(&mcp.Implementation{Name: "notes", Version: "1"}, &mcp.ServerOptions{Instructions: instructions})
	u.set(func(u *upstreamServer) { u.mcp = next })
	u.offer("search", "Finds notes.", nil)
}

// offer has the server offer a tool.
func (u *upstreamServer) offer(name, description string, hints *mcp.ToolAnnotations) {
	u.mcp.AddTool(&mcp.Tool{Name: name, Description: description, Annotations: hints, InputSchema: map[string]any{"type": "object"}}, nobodyCalls)
}

func nobodyCalls(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	return nil, errors.New("nobody calls")
}

func newWorld(t *testing.T, change func(*tools.Source)) *world {
	t.Helper()
	w := &world{clock: &clock{}, server: newUpstream(t), org: tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: "https://mcp.example.com/t/contoso/mcp",
			Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse, GroupSource: tenants.OnBehalfOf,
			GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp, Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.PlatformIssuer},
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}}
	kek, err := secrets.NewLocalKEK([32]byte{1})
	must(t, err)
	w.box, err = secrets.NewBox(kek)
	must(t, err)
	wrapped, err := w.box.NewOrganizationKey(t.Context(), w.org.ID)
	must(t, err)
	w.db = storetest.New(t).Open(t)
	must(t, w.db.ClaimOrganization(t.Context(), w.admin(), tenants.NewOrganization{Organization: w.org, WrappedKey: wrapped}))

	s := tools.Source{
		Name: "notes", Title: "Notes", URL: w.server.http.URL, Naming: tools.Prefixed, Review: tools.Hold, Enabled: true, Timeout: 5 * time.Second, Concurrent: 4,
		Credential: tools.SourceCredential{Kind: tools.HeaderCredential, ID: tenants.NewGUID(), Header: "X-Key"},
	}
	change(&s)
	if !access.SecretKind(s.Credential.Kind) {
		w.edit(t, func(c *access.Configuration) (err error) {
			w.source, err = c.PutSource(s, nil, access.Deployment{Loopback: access.AllowLoopback})
			return err
		})
		w.replica = w.another(t)
		return w
	}
	key, err := w.box.Open(t.Context(), w.org.ID, wrapped)
	must(t, err)
	secret, err := key.Encrypt(secrets.SourceLabel(s.Credential.ID), []byte("swordfish"))
	must(t, err)
	w.edit(t, func(c *access.Configuration) error {
		w.source, err = c.PutSource(s, secret, access.Deployment{Loopback: access.AllowLoopback})
		return err
	})
	w.replica = w.another(t)
	return w
}

func (w *world) admin() authz.Caller {
	return authz.Actor(authz.Identity{Org: w.org.ID, TID: w.org.TID, OID: tenants.MustGUID("0c0c0c0c-0000-4000-8000-000000000001"), Kind: authz.User, Delegated: true, Name: "Olivia"})
}

// allow gives everybody of the organization what a pattern names.
func (w *world) allow(t *testing.T, pattern string) {
	t.Helper()
	w.edit(t, func(c *access.Configuration) error {
		role, err := c.AddRole(authz.Role{Name: "everybody", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{pattern}}}})
		if err != nil {
			return err
		}
		_, err = c.AddAssignment(authz.Assignment{Role: role.ID, Subject: authz.Subject{Kind: authz.SubjectEverybody}}, w.clock.now())
		return err
	})
}

// member is somebody of the organization, as a view admits them.
func (w *world) member(snap *snapshot.Snapshot) authz.Caller {
	return w.admitted(snap, authz.User, "Olivia")
}

func (w *world) admitted(snap *snapshot.Snapshot, kind authz.Kind, name string) authz.Caller {
	id := w.admin().Identity()
	id.Kind, id.Name, id.Scopes = kind, name, []string{w.org.Connection.Scope}
	return snap.Policy.Admit(id, authz.Membership{}, w.clock.now())
}

// another starts one more process.
func (w *world) another(t *testing.T) *replica {
	t.Helper()
	registry, err := tools.NewRegistry(nil)
	must(t, err)
	outbound, err := egress.New(egress.Options{Loopback: egress.AllowLoopback, Timeout: 5 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer("")})
	must(t, err)
	t.Cleanup(outbound.Close)
	logger := slog.New(slog.DiscardHandler)
	r := &replica{}
	hub, err := upstream.New(upstream.Options{
		Egress: outbound, Sessions: w.db, Now: w.clock.now, Logger: logger, Version: "test",
		Turned: func(org tenants.ID, source tenants.GUID, health func() upstream.Health) {
			r.refresher.Turned(org, source, health)
		},
	})
	must(t, err)
	*r = replica{leases: snapshot.NewLeases(w.db, snapshot.Builder{
		Tools: registry, Authority: entra.AuthorityOf, Secrets: w.box, Logger: logger,
		Servers: func(org *tenants.Organization, key *secrets.OrgKey, s tools.Source, secret []byte) tools.Server {
			return hub.Server(upstream.Connection{Org: org.ID, Source: s, Box: key, Secret: secret, Tokens: passes{}})
		},
	}, time.Now)}
	r.refresher, err = sources.New(sources.Options{Store: w.db, Views: r.leases, Now: w.clock.now, Logger: logger})
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = r.leases.Run(ctx) })
	running.Go(func() { _ = r.refresher.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	eventually(t, "a first poll", func() bool { return r.leases.Fresh() == nil })
	return r
}

// passes gives everybody a token that says who they are.
type passes struct{}

func (passes) OnBehalfOf(_ context.Context, by authz.Caller, w upstream.Wanted) (string, error) {
	if w.Assertion.Reveal() == "" {
		return "", fault.New(fault.Unauthenticated, "nobody is there to ask for")
	}
	return strings.ToLower(by.Identity().Name) + "-" + strings.Join(w.Scopes, "-"), nil
}

func (w *world) edit(t *testing.T, edit func(*access.Configuration) error) {
	t.Helper()
	_, err := w.db.EditAccess(t.Context(), w.admin(), "edited", edit)
	must(t, err)
}

func (w *world) refresh(t *testing.T) sources.Report {
	t.Helper()
	report, err := w.refresher.Refresh(t.Context(), w.admin(), w.source.ID)
	must(t, err)
	return report
}

// offered describes what is known of the source's definitions.
func (w *world) offered(t *testing.T) (list []string) {
	t.Helper()
	all, err := w.db.Offers(t.Context(), w.org.ID, w.source.ID)
	must(t, err)
	for _, o := range all {
		said := []string{o.Offer.Name}
		if o.Pending() {
			said = append(said, "pending")
		}
		if o.Approved != nil && o.Approved.Hash == o.Offer.Hash {
			said = append(said, string(o.Approved.Effect))
		}
		if o.RenamedFrom != "" {
			said = append(said, "once "+o.RenamedFrom)
		}
		if o.Unusable != "" {
			said = append(said, "unusable")
		}
		list = append(list, strings.Join(said, " "))
	}
	return list
}

// catalog lists what the organization serves as a replica sees it.
func (w *world) catalog(t *testing.T, r *replica) []string {
	t.Helper()
	snap, err := r.leases.Of(t.Context(), w.org.ID)
	must(t, err)
	return slices.Clone(snap.Catalog.Names())
}

func (w *world) state(t *testing.T) access.SourceState {
	t.Helper()
	states, err := w.db.SourceStates(t.Context(), w.org.ID)
	must(t, err)
	return states[w.source.ID]
}

// approve approves whatever waits.
func (w *world) approve(t *testing.T) {
	t.Helper()
	all, err := w.db.Offers(t.Context(), w.org.ID, w.source.ID)
	must(t, err)
	var list []tools.Approval
	for _, o := range all {
		if !o.Pending() {
			continue
		}
		a := tools.Approval{Source: w.source.ID, Kind: o.Offer.Kind, Name: o.Offer.Name, Hash: o.Offer.Hash, At: time.Now()}
		if a.Kind == tools.KindTool {
			a.Effect = tools.Write
		}
		list = append(list, a)
	}
	w.edit(t, func(c *access.Configuration) error { return c.Approve(list) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// eventually waits for what another goroutine brings about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s did not come about", what)
		}
	}
}
