package authserver_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const base = "https://gatehouse.example"

// issuing is a server whose clients have been agreed to already: what it keeps is
// in memory, and what it signs can be read.
type issuing struct {
	t      *testing.T
	server *authserver.Server
	snap   *snapshot.Snapshot
	data   snapshot.Data
	build  snapshot.Builder
	mux    *http.ServeMux

	mu            sync.Mutex
	now           time.Time
	registered    map[string]connections.Registered
	preregistered map[string]connections.Preregistered
	web           *web
	used          map[[32]byte]bool // what was put to be taken once
	connection    connections.Connection
	grants        map[tenants.GUID]connections.Grant
	rotations     int
	ended         []string
	events        []audit.Event
	actors        []authz.Caller // of those
	refused       []audit.Event
	counted       []string
	token         string // that a test shows
	shut          error  // of the log
	asked         int    // of Entra
	entra         func(token string) (entra.Person, entra.Tokens, error)
}

const (
	listed   = "Inspector <http://localhost/oauth/callback>"
	clientID = "gh_abcdefghijklmnopqrstuvwxyz"
	otherID  = "gh_zyxwvutsrqponmlkjihgfedcba"
)

func newIssuing(t *testing.T) *issuing {
	t.Helper()
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	i := &issuing{
		t: t, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), registered: map[string]connections.Registered{}, preregistered: map[string]connections.Preregistered{}, web: &web{pages: map[string]page{}}, used: map[[32]byte]bool{}, grants: map[tenants.GUID]connections.Grant{},
		build: snapshot.Builder{
			Tools: must(tools.NewRegistry(nil)), Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.DiscardHandler),
		},
		data: snapshot.Data{
			Organization: tenants.Organization{
				ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()},
				State: tenants.Active, Mode: tenants.Brokered, UnknownClients: tenants.Refuse,
				Connection: tenants.Connection{
					Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: base + "/t/contoso/mcp",
					Scope: "access_as_user", Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Refuse,
					GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp,
					Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
				},
				Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
			},
			Clients:  []tenants.Client{{ID: listed, Name: "Inspector"}},
			Rules:    authz.Rules{Scope: "access_as_user", ScopeCeilings: map[string]authz.Ceiling{"payroll": {Patterns: []string{"payroll_*"}}}},
			Toolsets: []tools.Toolset{{Name: "finance", Title: "Finance", Patterns: []string{"payroll_*"}}},
		},
	}
	i.data.WrappedKey = must(box.NewOrganizationKey(t.Context(), i.data.Organization.ID))
	i.change(func(*snapshot.Data) {})
	i.registered[clientID] = connections.Registered{ID: clientID, Name: "Inspector", Redirects: []string{"http://localhost/oauth/callback"}}
	i.connection = connections.Connection{
		ID: tenants.NewGUID(), Person: connections.Person{OID: tenants.NewGUID(), Name: "Alice", Username: "alice@contoso.example"},
		Client: clientID, Software: listed, Name: "Inspector", MadeAt: i.now,
	}
	i.server = must(authserver.New(authserver.Parts{
		Base: must(url.Parse(base)), Views: i, Store: i, OneTime: i, Signer: i, Documents: i.web, Entra: i, Members: none{}, Log: i, Counts: i, Limits: none{}, Origins: none{},
		Authority: entra.AuthorityOf, Logger: slog.New(slog.DiscardHandler), Now: i.clock,
	}))
	i.mux = http.NewServeMux()
	i.server.Routes(i.mux.HandleFunc)
	return i
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// change is a change of the organization.
func (i *issuing) change(how func(d *snapshot.Data)) {
	i.t.Helper()
	how(&i.data)
	snap, err := i.build.Build(i.t.Context(), i.data)
	if err != nil {
		i.t.Fatal(err)
	}
	i.snap = snap
}

func (i *issuing) clock() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.now
}

func (i *issuing) pass(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.now = i.now.Add(d)
}

// grant is what somebody has agreed to: its refresh token.
func (i *issuing) grant(toolset string, scopes ...string) (connections.Grant, string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	g := connections.Grant{
		ID: tenants.NewGUID(), Connection: i.connection.ID, Toolset: toolset, Scopes: scopes, Generation: 1,
		MadeAt: i.now, RotatedAt: i.now, EndsAt: i.now.Add(connections.AbsoluteLife),
	}
	i.grants[g.ID] = g
	return g, authserver.RefreshToken(i.snap.Key, g.ID, 1)
}

// answered is what came back.
type answered struct {
	status int
	header http.Header
	body   map[string]any
}

func (a answered) text(name string) string {
	text, _ := a.body[name].(string)
	return text
}

// refused reports a refusal with a code.
func (a answered) refused(status int, code string) bool {
	return a.status == status && a.text("error") == code && len(a.text("error_description")) > 10
}

func (i *issuing) post(path string, f url.Values) answered {
	i.t.Helper()
	return i.send(path, f.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func (i *issuing) send(path, body string, header http.Header) answered {
	i.t.Helper()
	r := httptest.NewRequestWithContext(i.t.Context(), http.MethodPost, base+path, strings.NewReader(body))
	r.Header = header
	return i.do(r)
}

func (i *issuing) get(path string) answered {
	i.t.Helper()
	return i.do(httptest.NewRequestWithContext(i.t.Context(), http.MethodGet, base+path, nil))
}

func (i *issuing) do(r *http.Request) answered {
	i.t.Helper()
	w := httptest.NewRecorder()
	i.mux.ServeHTTP(w, r)
	a := answered{status: w.Code, header: w.Header(), body: map[string]any{}}
	if w.Body.Len() > 0 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
			i.t.Fatalf("%v in %q", err, w.Body)
		}
	}
	return a
}

// refresh asks for the next tokens.
func (i *issuing) refresh(token string, more ...string) answered {
	i.t.Helper()
	f := url.Values{"grant_type": {"refresh_token"}, "client_id": {clientID}, "refresh_token": {token}}
	for at := 0; at+1 < len(more); at += 2 {
		f.Set(more[at], more[at+1])
	}
	return i.post("/t/contoso/token", f)
}

// signed are the claims of an access token.
func (a answered) signed(t *testing.T) map[string]any {
	t.Helper()
	var claims map[string]any
	if err := json.Unmarshal([]byte(a.text("access_token")), &claims); err != nil {
		t.Fatalf("%v: %d %v", err, a.status, a.body)
	}
	return claims
}

func (i *issuing) Get(_ context.Context, slug string) (*snapshot.Snapshot, error) {
	if slug != "contoso" {
		return nil, fault.New(fault.NotFound, "there is no such organization")
	}
	return i.snap, nil
}

func (*issuing) SignAccessToken(_ context.Context, claims any) (string, error) {
	text, err := json.Marshal(claims)
	return string(text), err
}

func (i *issuing) Event(_ context.Context, by authz.Caller, e audit.Event) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.events, i.actors = append(i.events, e), append(i.actors, by)
	return i.shut
}

func (i *issuing) Refused(_ context.Context, id authz.Identity, e audit.Event) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if id.OID != i.connection.Person.OID || id.Client != i.connection.Software || id.Org.IsZero() {
		i.t.Errorf("refused %+v", id)
	}
	i.refused = append(i.refused, e)
	return i.shut
}

func (i *issuing) Count(org tenants.ID, reason string, source netip.Addr) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if org != i.data.Organization.ID || !source.IsValid() {
		i.t.Errorf("counted %s of %s from %s", reason, org, source)
	}
	i.counted = append(i.counted, reason)
}

func (i *issuing) Registered(_ context.Context, _ tenants.ID, id string) (connections.Registered, error) {
	if strings.ContainsRune(id, 0) { // as PostgreSQL has it
		return connections.Registered{}, fault.New(fault.Internal, "invalid byte sequence for encoding")
	}
	if c, ok := i.registered[id]; ok {
		return c, nil
	}
	return connections.Registered{}, fault.New(fault.NotFound, "there is no such registration")
}

func (i *issuing) Grant(_ context.Context, _ tenants.ID, id tenants.GUID) (connections.Grant, connections.Connection, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if g, ok := i.grants[id]; ok {
		return g, i.connection, nil
	}
	return connections.Grant{}, connections.Connection{}, fault.New(fault.NotFound, "there is no such grant")
}

func (i *issuing) Rotate(_ context.Context, _ authz.Caller, id tenants.GUID, generation int, now time.Time) (connections.Grant, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	g, ok := i.grants[id]
	switch {
	case !ok:
		return g, fault.New(fault.NotFound, "there is no such grant")
	case g.Generation != generation:
		return g, fault.New(fault.Conflict, "another refresh token is good")
	}
	i.rotations++
	g.Generation, g.RotatedAt = generation+1, now
	i.grants[id] = g
	return g, nil
}

func (i *issuing) EndGrant(_ context.Context, _ authz.Caller, id tenants.GUID, why string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended = append(i.ended, why)
	delete(i.grants, id)
	return nil
}

func (*issuing) Register(context.Context, authz.Caller, connections.Registered) error { return nil }
func (i *issuing) Connect(context.Context, authz.Caller, connections.Connection, connections.Grant) (connections.Connection, error) {
	return i.connection, nil
}

func (i *issuing) Agreement(context.Context, tenants.ID, tenants.GUID, string) (connections.Connection, error) {
	return i.connection, nil
}

func (i *issuing) Connection(context.Context, tenants.ID, tenants.GUID) (connections.Connection, error) {
	return i.connection, nil
}

func (*issuing) Connections(context.Context, tenants.ID, connections.Filter) ([]connections.Connection, error) {
	return nil, nil
}
func (*issuing) Disconnect(context.Context, authz.Caller, tenants.GUID) error { return nil }
func (i *issuing) KeepEntra(_ context.Context, by authz.Caller, id tenants.GUID, a connections.Answer) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if by.Org() != i.data.Organization.ID || id != i.connection.ID || !a.Shown.Equal(i.connection.EntraAt) {
		i.t.Errorf("kept for %s of %s: %+v", id, by.Org(), a)
	}
	if i.connection.Entra, i.connection.EntraAt = a.Entra, i.now; a.Who != nil {
		i.connection.Person = *a.Who
	}
	return nil
}
func (*issuing) Ask(context.Context, authz.Caller, connections.Request) error { return nil }
func (*issuing) Requests(context.Context, tenants.ID) ([]connections.Request, error) {
	return nil, nil
}
func (*issuing) Dismiss(context.Context, authz.Caller, string) error { return nil }

// none is whatever issuing tokens has no business with.
type none struct{}

func (i *issuing) PutOneTime(_ context.Context, key [32]byte, expires time.Time, _ []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.used[key] {
		return fault.New(fault.Conflict, "it is there")
	}
	if !expires.After(i.now) || expires.After(i.now.Add(6*time.Minute)) {
		return fault.New(fault.Internal, "kept for the wrong time")
	}
	i.used[key] = true
	return nil
}

func (*issuing) HasOneTime(context.Context, [32]byte) (bool, error) { return false, nil }

func (*issuing) TakeOneTime(context.Context, [32]byte) ([]byte, error) {
	return nil, fault.New(fault.NotFound, "taken")
}

// Confirm implements authserver.SignIns: what Entra says is in a test's hands.
func (i *issuing) Confirm(ctx context.Context, _ *snapshot.Snapshot, person tenants.GUID, token entra.RefreshToken) (entra.Person, entra.Tokens, error) {
	i.mu.Lock()
	i.asked++
	answer := i.entra
	i.mu.Unlock()
	if _, limited := ctx.Deadline(); !limited || person != i.connection.Person.OID {
		i.t.Errorf("asked about %s, limited: %v", person, limited)
	}
	return answer(token.Reveal())
}

func (*issuing) Begin(*snapshot.Snapshot, entra.SignIn) (string, error) { return "", nil }
func (*issuing) Finish(context.Context, *snapshot.Snapshot, entra.Handshake, string) (entra.Person, entra.Tokens, error) {
	return entra.Person{}, entra.Tokens{}, nil
}

func (none) Resolve(context.Context, membership.Question) (authz.Membership, time.Time, error) {
	return authz.Membership{}, time.Time{}, nil
}
func (none) Admit(tenants.ID, string) error     { return nil }
func (none) AdmitKept(tenants.ID, string) error { return nil }
func (none) CheckOrigin(_ http.ResponseWriter, r *http.Request, _ []string) error {
	if r.Header.Get("Origin") == "https://evil.example" {
		return fault.New(fault.Forbidden, "this origin may not use the endpoint")
	}
	return nil
}
