package mcphost_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
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

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/limit"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const vscode = "aebc6443-996d-45c2-90f0-388ff96faa56"

var (
	began = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	alice = tenants.MustGUID("a11ce000-0000-4000-8000-000000000001")
)

// bench is a host with one organization, whose surroundings are all in memory.
type bench struct {
	host      *mcphost.Host
	options   mcphost.Options
	snap      *snapshot.Snapshot
	builder   snapshot.Builder
	standings *snapshot.Standings
	key       *rsa.PrivateKey
	own       *ecdsa.PrivateKey // of access tokens of ours
	elapsed   atomic.Int64
	resolved  atomic.Int64 // how often a token was not remembered
	ended     atomic.Int64 // sessions

	mu      sync.Mutex
	records []audit.Record
	refuse  error      // of the log
	forgets bool       // it keeps nothing
	hold    chan error // what becomes of acceptances, once that is decided
}

func (b *bench) now() time.Time { return began.Add(time.Duration(b.elapsed.Load())) }

// Do answers for the tenant's keys.
func (b *bench) Do(context.Context, *http.Request) (*egress.Response, error) {
	body, err := json.Marshal(map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "kid": "k1", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(b.key.N.Bytes()),
		"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
	}}})
	return &egress.Response{Status: http.StatusOK, Header: http.Header{}, Body: body}, err
}

// Get gives the one organization's view.
func (b *bench) Get(context.Context, string) (*snapshot.Snapshot, error) { return b.snap, nil }

// Heard has nothing to read again.
func (b *bench) Heard(snapshot.Change) {}

// Resolve knows of no group.
func (b *bench) Resolve(context.Context, membership.Question) (authz.Membership, time.Time, error) {
	b.resolved.Add(1)
	return authz.Membership{Source: authz.SourceNone, At: b.now()}, b.now().Add(time.Hour), nil
}

// EndSession counts the ends.
func (b *bench) EndSession(context.Context, authz.Caller, authz.EndedSession) error {
	b.ended.Add(1)
	return nil
}

// Ending never comes.
func (b *bench) Ending(tenants.GUID) (<-chan struct{}, func()) { return nil, func() {} }

// Append keeps the records, unless allocations are counted.
func (b *bench) Append(_ context.Context, rows []audit.Row) error {
	if b.hold != nil && rows != nil && rows[0].Kind == audit.Authentication {
		return <-b.hold
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgets {
		return nil
	}
	for _, row := range rows {
		b.records = append(b.records, must(audit.Decode(row.Payload)))
	}
	return b.refuse
}

// Standing gives those that a test moves.
func (b *bench) Standing(org tenants.ID, person tenants.GUID) *snapshot.Standing {
	return b.standings.Of(org, person)
}

// FreshLook has nothing newer.
func (b *bench) FreshLook(context.Context, membership.Question) (membership.Record, error) {
	return membership.Record{}, nil
}

// LookBehind asks nobody.
func (b *bench) LookBehind(context.Context, membership.Question) {}

// Later never comes.
func (b *bench) Later(tenants.ID, int64) <-chan struct{} { return nil }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newBench(t *testing.T, rules authz.Rules) *bench {
	t.Helper()
	b := &bench{standings: snapshot.NewStandings(), key: must(rsa.GenerateKey(rand.Reader, 2048)), own: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
	log := must(audit.NewLog(b, audit.Defaults(func(audit.Observation) {}), audit.NewScribe(b.now), slog.New(slog.DiscardHandler)))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- log.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	b.snap = b.view(t, rules)
	sets := entra.NewKeySets(b, b.now)
	sets.Own(func(context.Context) (map[string]*ecdsa.PublicKey, error) {
		return map[string]*ecdsa.PublicKey{"o1": &b.own.PublicKey}, nil
	})
	rate := limit.Rate{PerSecond: 1000, Burst: 1000}
	b.options = mcphost.Options{
		BaseURL: must(url.Parse("https://gatehouse.example")), Version: "test", MaxBody: 1 << 20, PageSize: 1000, Leases: b, BodyKeys: noMail{}, Sightings: noMail{}, Mailbox: noMail{}, Notes: noMail{}, Refresher: noMail{},
		Verifier: entra.NewVerifier(sets, b.now), Membership: b, Sessions: b, Audit: log,
		Refusals: must(audit.NewRefusals(log, audit.RefusalLimits{Counters: 10, Organization: 10})),
		Limits: must(limit.New(limit.Config{
			PerOrganization: rate, PerCaller: rate, PerClient: rate, PerTool: rate, MaxConcurrentPerOrganization: 10, MaxConcurrentPerCaller: 10, MaxOrganizations: 10, MaxCallers: 10,
		})),
		Operations: must(telemetry.Setup(t.Context(), telemetry.Options{Service: "test", Version: "test", LogWriter: io.Discard})).Operations,
		Logger:     slog.New(slog.DiscardHandler), Now: b.now,
	}
	b.host = must(mcphost.New(b.options))
	return b
}

// rebuild makes the host anew with other surroundings.
func (b *bench) rebuild(with func(*mcphost.Options)) {
	with(&b.options)
	b.host = must(mcphost.New(b.options))
}

// view is the organization as the builder makes it.
func (b *bench) view(t *testing.T, rules authz.Rules) *snapshot.Snapshot {
	t.Helper()
	org := tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: must(tenants.ParseTID("11111111-1111-4111-8111-111111111111")),
		State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: tenants.MustGUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"), Versions: tenants.V2Only,
			Resource: "api://aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", Scope: "access_as_user", AppRole: "Tools.Execute.All",
			Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Admit, GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	registry := must(tools.NewRegistry([]tools.Tool{{
		Name: "pay", Effect: tools.Read, InputSchema: []byte(`{"type":"object"}`),
		Invoker: tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) {
			return tools.Result{Members: []byte(`"content":[{"type":"text","text":"paid"}]`)}, nil
		}),
	}}))
	b.builder = snapshot.Builder{Origin: "https://gatehouse.example", Tools: registry, Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.DiscardHandler)}
	return must(b.builder.Build(t.Context(), snapshot.Data{
		Organization: org, Version: 1, Decisions: 1, Rules: rules, Clients: []tenants.Client{{ID: vscode, Name: "VS Code"}},
		Tools: []tools.Selection{{Name: "pay", Effect: tools.Read}}, WrappedKey: must(box.NewOrganizationKey(t.Context(), org.ID)),
	}))
}

// token signs a token of Alice's.
func (b *bench) token(extra map[string]any) string {
	org := b.snap.Organization
	claims := map[string]any{
		"iss": "https://login.microsoftonline.com/" + org.TID.String() + "/v2.0", "aud": org.Connection.ClientID.String(), "ver": "2.0",
		"tid": org.TID.String(), "oid": alice.String(), "sub": "s", "azp": vscode, "azpacr": "0", "scp": "access_as_user", "uti": "u", "name": "Alice",
		"iat": began.Unix(), "nbf": began.Unix(), "exp": began.Add(4 * time.Hour).Unix(), "acct": 0,
	}
	for name, value := range extra {
		claims[name] = value
	}
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	signed := part(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "k1"}) + "." + part(claims)
	sum := sha256.Sum256([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(must(rsa.SignPKCS1v15(rand.Reader, b.key, crypto.SHA256, sum[:])))
}

// call calls the one tool.
func (b *bench) call(t *testing.T, token, arguments string) *httptest.ResponseRecorder {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":` + arguments + `}}`
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://gatehouse.example/t/contoso/mcp", strings.NewReader(body))
	for name, value := range map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"} {
		r.Header.Set(name, value)
	}
	r.SetPathValue("org", "contoso")
	w := httptest.NewRecorder()
	b.host.Endpoint().ServeHTTP(w, r)
	return w
}

func everybody(ends time.Time, permissions ...authz.Permission) authz.Rules {
	role := tenants.NewGUID()
	return authz.Rules{
		Scope: "access_as_user", Roles: []authz.Role{{ID: role, Name: "payer", Permissions: permissions}},
		Assignments: []authz.Assignment{{ID: tenants.NewGUID(), Role: role, Subject: authz.Subject{Kind: authz.SubjectEverybody}, EndsAt: ends}},
	}
}

func TestRoleThatEndsWhileATokenIsRememberedIsGoneAtTheNextCall(t *testing.T) {
	t.Parallel()
	b := newBench(t, everybody(began.Add(time.Minute), authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}}))
	token := b.token(nil)
	for range 3 {
		if w := b.call(t, token, `{}`); !strings.Contains(w.Body.String(), "paid") {
			t.Fatalf("before the end: %d %s", w.Code, w.Body)
		}
	}
	if n := b.resolved.Load(); n != 1 {
		t.Fatalf("the token is not remembered: admitted %d times", n)
	}
	b.elapsed.Store(int64(time.Minute - 1))
	if w := b.call(t, token, `{}`); !strings.Contains(w.Body.String(), "paid") {
		t.Errorf("an instant before the end: %s", w.Body)
	}
	b.elapsed.Store(int64(time.Minute))
	if w := b.call(t, token, `{}`); !strings.Contains(w.Body.String(), "unknown tool: pay") {
		t.Errorf("at the end: %s", w.Body)
	}
}

func TestTimeOfACallIsThatOfTheHost(t *testing.T) {
	t.Parallel()
	b := newBench(t, everybody(time.Time{}, authz.Permission{
		Effect: authz.Allow, Patterns: []string{"pay"}, Condition: `context.time < timestamp("2026-11-25T12:01:00Z")`,
	}))
	token := b.token(nil)
	if w := b.call(t, token, `{}`); !strings.Contains(w.Body.String(), "paid") {
		t.Errorf("before: %s", w.Body)
	}
	b.elapsed.Store(int64(time.Minute))
	if w := b.call(t, token, `{}`); !strings.Contains(w.Body.String(), "your roles do not allow pay with these arguments; reference ") {
		t.Errorf("after: %s", w.Body)
	}
}

// TestTokenIsRememberedByNoTimeThatIsToCome: a clock that is set back keeps no token
// longer than one that goes on.
func TestTokenIsRememberedByNoTimeThatIsToCome(t *testing.T) {
	t.Parallel()
	b := newBench(t, everybody(time.Time{}, authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}}))
	token := b.token(nil)
	for _, row := range []struct {
		at       time.Duration
		resolved int64
	}{{20 * time.Minute, 1}, {20*time.Minute - time.Second, 1}, {10 * time.Minute, 2}} {
		b.elapsed.Store(int64(row.at))
		if w := b.call(t, token, `{}`); !strings.Contains(w.Body.String(), "paid") || b.resolved.Load() != row.resolved {
			t.Errorf("after %s: admitted %d times, %s", row.at, b.resolved.Load(), w.Body)
		}
	}
}
