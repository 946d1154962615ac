package replicas_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/limit"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const (
	vscode = "aebc6443-996d-45c2-90f0-388ff96faa56"
	other  = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
	host   = "gatehouse.example"
)

var (
	alice = tenants.MustGUID("a11ce000-0000-4000-8000-000000000001")
	bob   = tenants.MustGUID("b0b00000-0000-4000-8000-000000000002")
)

// world is one organization on one database, and the source behind it.
type world struct {
	t        *testing.T
	database storetest.Database
	clock    atomic.Int64 // offset of everybody's time
	org      tenants.Organization
	box      *secrets.Box
	key      *rsa.PrivateKey
	fake     *fake
	source   tools.Source
	db       *store.DB
	loads    atomic.Int64 // of views
	held     atomic.Pointer[chan struct{}]
	waiting  atomic.Int64 // whom Resolve has not answered

	mu       sync.Mutex
	pinned   []tools.Pinned
	toolsets []tools.Toolset
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.clock.Load())) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// ok ends the test if something is wrong.
func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newWorld creates the organization contoso, in which everybody may use what the
// source offers.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, database: storetest.New(t), key: must(rsa.GenerateKey(rand.Reader, 2048)), fake: newFake(),
		box: must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1})))),
		source: tools.Source{
			ID: tenants.NewGUID(), Name: "notes", Title: "Notes", URL: "https://notes.example/mcp", Naming: tools.Bare, Review: tools.Hold,
			Enabled: true, Credential: tools.SourceCredential{Kind: tools.NoCredential}, Timeout: time.Minute, Concurrent: 10,
		},
		org: tenants.Organization{
			ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: must(tenants.ParseTID("11111111-1111-4111-8111-111111111111")),
			State: tenants.Active, Mode: tenants.Direct,
			Connection: tenants.Connection{
				Cloud: tenants.PublicCloud, ClientID: tenants.MustGUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"), Versions: tenants.V2Only,
				Resource: "api://aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", Scope: "access_as_user", AppRole: "Tools.Execute.All",
				Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Admit, GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
				ID: tenants.NewGUID(), Model: tenants.OwnApp, Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
			},
			Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
		},
	}
	w.db = w.openStore()
	key := must(w.box.NewOrganizationKey(t.Context(), w.org.ID))
	ok(t, w.db.ClaimOrganization(t.Context(), w.admin(), tenants.NewOrganization{
		Organization: w.org, WrappedKey: key, Credential: []byte("encrypted"),
		Owner: tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: alice}, Name: "Alice"},
	}))
	for _, name := range []string{"ask", "want", "slow"} {
		w.offer(tools.KindTool, `{"name":"`+name+`","inputSchema":{"type":"object"}}`)
	}
	w.offer(tools.KindResource, `{"uri":"notes://one","name":"one"}`)
	w.offer(tools.KindResource, `{"uri":"notes://secret","name":"secret"}`)
	w.permit("ask", "want", "slow", "more", "resource:notes://one")
	return w
}

func (w *world) admin() authz.Caller { return authz.SystemCaller(w.org.ID, "test") }

func (w *world) openStore() *store.DB {
	w.t.Helper()
	db := must(store.Open(w.t.Context(), w.database.API, w.now))
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// offer adds an approved definition, which the next view has.
func (w *world) offer(kind tools.Kind, definition string) {
	o := must(tools.NewOffer(kind, []byte(definition)))
	effect := tools.Effect("")
	if kind == tools.KindTool {
		effect = tools.Read
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pinned = append(w.pinned, tools.Pinned{
		Approval:   tools.Approval{Source: w.source.ID, Kind: kind, Name: o.Name, Hash: o.Hash, Effect: effect, At: w.now()},
		Definition: []byte(definition),
	})
}

// permit says what everybody may do, and that makes a new view.
func (w *world) permit(patterns ...string) {
	w.t.Helper()
	role := tenants.NewGUID()
	_, err := w.db.EditAccess(w.t.Context(), w.admin(), "test configuration", func(c *access.Configuration) error {
		c.Clients = []tenants.Client{{ID: vscode, Name: "VS Code"}, {ID: other, Name: "Azure CLI"}}
		c.Rules = authz.Rules{
			Roles:       []authz.Role{{ID: role, Name: "staff", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: patterns}}}},
			Assignments: []authz.Assignment{{ID: tenants.NewGUID(), Role: role, Subject: authz.Subject{Kind: authz.SubjectEverybody}}},
		}
		return nil
	})
	ok(w.t, err)
}

// touch makes a new view that differs in nothing anybody sees.
func (w *world) touch() {
	w.t.Helper()
	_, err := w.db.EditOrganization(w.t.Context(), w.admin(), "renamed", func(o *tenants.Organization) error {
		o.Name += "!"
		return nil
	})
	ok(w.t, err)
}

// rows is the store, and what the source offers beside.
type rows struct {
	*store.DB
	w   *world
	cut bool // hears no notifications
}

// LoadAfter implements snapshot.Source.
func (r rows) LoadAfter(ctx context.Context, org tenants.ID, has func(tools.Approval) bool) (snapshot.Data, error) {
	r.w.loads.Add(1)
	data, err := r.DB.LoadAfter(ctx, org, has)
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	data.Sources, data.Pinned = []tools.Source{r.w.source}, append([]tools.Pinned(nil), r.w.pinned...)
	data.Toolsets = append([]tools.Toolset(nil), r.w.toolsets...)
	return data, err
}

// Listen implements snapshot.Source.
func (r rows) Listen(ctx context.Context, hint func()) error {
	if !r.cut {
		return r.DB.Listen(ctx, hint)
	}
	<-ctx.Done()
	return ctx.Err()
}

// replica is one process of the deployment.
type replica struct {
	w      *world
	host   *mcphost.Host
	db     *store.DB
	leases *snapshot.Leases
	server *httptest.Server
	read   atomic.Int64 // what Changed was told
	asked  sync.Map     // persons on whose behalf sources may be read
}

// Changed implements mcphost.Refresher.
func (r *replica) Changed(context.Context, tenants.ID, tenants.GUID) { r.read.Add(1) }

func (r *replica) StaleFor(_ context.Context, by authz.Caller, _ authz.Assertion, _ *snapshot.Snapshot) {
	r.asked.Store(by.Identity().OID, true)
}

// Do answers for the tenant's keys.
func (w *world) Do(context.Context, *http.Request) (*egress.Response, error) {
	body, err := json.Marshal(map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "kid": "k1", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(w.key.N.Bytes()),
		"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
	}}})
	return &egress.Response{Status: http.StatusOK, Header: http.Header{}, Body: body}, err
}

// Resolve knows of no group. While it is held, only Alice is answered.
func (w *world) Resolve(ctx context.Context, q membership.Question) (authz.Membership, time.Time, error) {
	if held := w.held.Load(); held != nil && q.Identity.OID != alice {
		w.waiting.Add(1)
		select {
		case <-*held:
		case <-ctx.Done():
		}
		w.waiting.Add(-1)
	}
	return authz.Membership{Source: authz.SourceNone, At: w.now()}, w.now().Add(time.Hour), nil
}

// FreshLook has nothing newer.
func (w *world) FreshLook(context.Context, membership.Question) (membership.Record, error) {
	return membership.Record{}, nil
}

// LookBehind asks nobody.
func (*world) LookBehind(context.Context, membership.Question) {}

// Append keeps nothing.
func (*world) Append(context.Context, []audit.Row) error { return nil }

// deaf says that a replica hears no notifications of the database.
const deaf = true

// start starts a replica.
func (w *world) start(cut ...bool) *replica {
	w.t.Helper()
	r := &replica{w: w, db: w.openStore()}
	ctx, stop := context.WithCancel(context.Background())
	log := must(audit.NewLog(w, audit.Defaults(func(audit.Observation) {}), audit.NewScribe(w.now), slog.New(slog.DiscardHandler)))
	r.leases = snapshot.NewLeases(rows{r.db, w, len(cut) > 0}, snapshot.Builder{
		Tools: must(tools.NewRegistry(nil)), Authority: entra.AuthorityOf, Secrets: w.box, Logger: slog.New(slog.DiscardHandler),
		Servers: func(*tenants.Organization, *secrets.OrgKey, tools.Source, []byte) tools.Server { return w.fake },
	}, w.now)
	var ended sync.WaitGroup
	ended.Go(func() { _ = log.Run(ctx) })
	ended.Go(func() { _ = r.leases.Run(ctx) })
	rate := limit.Rate{PerSecond: 1e6, Burst: 1e6}
	r.host = must(mcphost.New(mcphost.Options{
		BaseURL: must(url.Parse("https://" + host)), Version: "test", MaxBody: 1 << 20, PageSize: 1000, Leases: r.leases,
		Verifier: entra.NewVerifier(entra.NewKeySets(w, w.now), w.now), Membership: w, Sessions: r.db, Sightings: r.db, Audit: log,
		BodyKeys: noBodies{}, Mailbox: r.db, Notes: r.db, Refresher: r,
		Refusals: must(audit.NewRefusals(log, audit.RefusalLimits{Counters: 10, Organization: 10})),
		Limits: must(limit.New(limit.Config{
			PerOrganization: rate, PerCaller: rate, PerClient: rate, PerTool: rate, MaxConcurrentPerOrganization: 1000, MaxConcurrentPerCaller: 1000, MaxOrganizations: 10, MaxCallers: 10,
		})),
		Operations: must(telemetry.Setup(w.t.Context(), telemetry.Options{Service: "test", Version: "test", LogWriter: io.Discard})).Operations,
		Logger:     slog.New(slog.DiscardHandler), Now: w.now,
	}))
	mux := http.NewServeMux()
	mux.Handle("/t/{org}/mcp", r.host.Endpoint())
	mux.Handle("/t/{org}/{toolset}/mcp", r.host.Endpoint())
	r.server = httptest.NewUnstartedServer(mux)
	r.server.Config.ReadTimeout = time.Second // streams go on for longer
	r.server.Start()
	w.t.Cleanup(func() {
		drain, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		r.host.Drain(drain)
		r.server.CloseClientConnections()
		r.server.Close()
		stop()
		ended.Wait()
	})
	r.awaitFresh()
	return r
}

// awaitFresh waits until the replica's last poll is young enough.
func (r *replica) awaitFresh() {
	r.w.t.Helper()
	eventually(r.w.t, "a poll", func() bool { return r.leases.Fresh() == nil })
}

// kill ends a replica as SIGKILL does: its connections break, and it does nothing
// any more in the database.
func (r *replica) kill() {
	_ = r.db.Close()
	r.server.CloseClientConnections()
}

// patience bounds what a test waits for.
const patience = 20 * time.Second

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.NewTimer(patience), time.NewTicker(5*time.Millisecond)
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

// token signs a token of a person's for a client, which lives an hour.
func (w *world) token(person tenants.GUID, client string) string {
	return w.tokenUntil(person, client, w.now().Add(time.Hour))
}

func (w *world) tokenUntil(person tenants.GUID, client string, end time.Time) string {
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	began := w.now().Add(-time.Minute).Unix()
	signed := part(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "k1"}) + "." + part(map[string]any{
		"iss": "https://login.microsoftonline.com/" + w.org.TID.String() + "/v2.0", "aud": w.org.Connection.ClientID.String(), "ver": "2.0",
		"tid": w.org.TID.String(), "oid": person.String(), "sub": "s", "azp": client, "azpacr": "0", "scp": "access_as_user", "uti": tenants.NewGUID().String(), "sid": tenants.NewGUID().String(),
		"name": "Somebody", "iat": began, "nbf": began, "exp": end.Unix(), "acct": 0,
	})
	sum := sha256.Sum256([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(must(rsa.SignPKCS1v15(rand.Reader, w.key, crypto.SHA256, sum[:])))
}

// client is somebody's MCP client.
type client struct {
	w       *world
	token   string
	session string
	toolset string
	can     string // further members of its capabilities, each with a comma in front
}

func (w *world) client(person tenants.GUID) *client {
	return &client{w: w, token: w.token(person, vscode)}
}

// response is an answer whose body is closed when the test ends.
type response struct{ *http.Response }

// request sends one HTTP request to a replica. The answer is closed when the test
// ends, or by cancelling ctx.
func (c *client) request(ctx context.Context, r *replica, method, body string, headers map[string]string) response {
	c.w.t.Helper()
	path := "/t/contoso/mcp"
	if c.toolset != "" {
		path = "/t/contoso/" + c.toolset + "/mcp"
	}
	req := must(http.NewRequestWithContext(ctx, method, r.server.URL+path, strings.NewReader(body)))
	req.Host = host
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "application/json, text/event-stream")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.session != "" {
		req.Header.Set("Mcp-Session-Id", c.session)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.w.t.Errorf("%s %s: %v", method, body, err)
		return response{&http.Response{Body: io.NopCloser(&bytes.Buffer{}), Header: http.Header{}}}
	}
	c.w.t.Cleanup(func() { _ = resp.Body.Close() })
	return response{resp}
}

// legacy sends a message of the initialize revisions.
func (c *client) legacy(r *replica, body string) response {
	c.w.t.Helper()
	return c.request(c.w.t.Context(), r, http.MethodPost, body, map[string]string{"Mcp-Protocol-Version": "2025-11-25"})
}

// initialize opens a session for a client that can be asked.
func (c *client) initialize(r *replica, capabilities string) {
	c.w.t.Helper()
	resp := c.request(c.w.t.Context(), r, http.MethodPost,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":`+capabilities+`,"clientInfo":{"name":"t","version":"1"}}}`, nil)
	if c.session = resp.Header.Get("Mcp-Session-Id"); c.session == "" {
		c.w.t.Fatalf("no session: %d %s", resp.StatusCode, must(io.ReadAll(resp.Body)))
	}
}

// modern sends a request of 2026-07-28.
func (c *client) modern(ctx context.Context, r *replica, method, name, params string) response {
	c.w.t.Helper()
	headers := map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": method}
	if name != "" {
		headers["Mcp-Name"] = name
	}
	return c.request(ctx, r, http.MethodPost, `{"jsonrpc":"2.0","id":"r1","method":"`+method+`","params":{`+params+
		`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}`+c.can+`}}}}`, headers)
}

// message is any JSON-RPC message.
type message struct {
	ID     json.RawMessage
	Method string
	Params struct {
		Meta          map[string]json.RawMessage `json:"_meta"`
		URI           string
		Message       string
		Notifications json.RawMessage
	}
	Result json.RawMessage
	Error  json.RawMessage
	raw    string
}

// events reads an event stream, or the one message of a JSON answer.
type events struct {
	t    *testing.T
	resp response
	in   *bufio.Scanner
	all  chan message
}

func read(t *testing.T, resp response) *events {
	t.Helper()
	e := &events{t: t, resp: resp, in: bufio.NewScanner(resp.Body), all: make(chan message, 100)}
	e.in.Buffer(nil, 1<<22)
	go func() {
		defer close(e.all)
		for e.in.Scan() {
			line := e.in.Text()
			text, data := strings.CutPrefix(line, "data: ")
			if !data && !strings.HasPrefix(line, "{") {
				continue
			}
			m := message{raw: text}
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Errorf("%q: %v", text, err)
			}
			e.all <- m
		}
	}()
	return e
}

// next waits for the next message. That nothing was said before can only be told
// from it: a test that expects silence makes a change that is heard.
func (e *events) next() message {
	e.t.Helper()
	select {
	case m, more := <-e.all:
		if !more {
			e.t.Fatalf("the stream has ended (%d)", e.resp.StatusCode)
		}
		return m
	case <-time.After(patience):
		e.t.Fatal("no message in time")
	}
	return message{}
}

// ended waits for the end of the stream.
func (e *events) ended() {
	e.t.Helper()
	select {
	case m, more := <-e.all:
		if more {
			e.t.Fatalf("the stream goes on: %s", m.raw)
		}
	case <-time.After(patience):
		e.t.Fatal("the stream does not end")
	}
}
