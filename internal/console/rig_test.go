package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const base = "https://gatehouse.example"

var (
	platform = tenants.TID{GUID: tenants.MustGUID("00000000-0000-4000-8000-00000000000a")}
	alice    = tenants.MustGUID("a11ce000-0000-4000-8000-000000000001")
	group    = tenants.MustGUID("90000000-0000-4000-8000-000000000001")
	start    = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
)

// rig is a console over memory: contoso and fabrikam, each with one role, one
// assignment, one client, one scope ceiling and one owner.
type rig struct {
	*memory
	console   *console.Console
	log       *bytes.Buffer
	schedules *exportSchedules
	own       own
	contoso   tenants.Organization
	other     tenants.Organization
}

func newRig(t *testing.T) *rig {
	t.Helper()
	m := &memory{
		tasks: []console.ArchivedTask{{ID: "first", Kind: "membership:refresh", Retried: 1, Error: "no answer"}},
		now:   start, orgs: map[tenants.ID]tenants.Organization{}, access: map[tenants.ID]access.Configuration{}, grants: map[tenants.ID][]tenants.RoleGrant{}, former: map[tenants.Grantee]bool{},
		sessions: map[[32]byte]kept{}, ended: map[[32]byte]bool{}, oneTime: map[[32]byte]kept{}, answers: map[string]answer{}, cursors: map[string]cursor{},
		support: map[tenants.ID][]tenants.SupportAccess{}, notices: map[tenants.ID][]tenants.Notice{}, outside: map[[32]byte]outside{}, people: map[string]console.Person{}, tokens: map[string]authz.Identity{},
		authorized: map[tenants.ID][]authorizations.Authorization{},
		connected:  map[tenants.ID][]connections.Connection{}, cutOff: map[tenants.ID][]authz.StandingRevocation{}, waiting: map[tenants.ID][]connections.Request{},
		wishes: map[tenants.ID][]tenants.AccessRequest{}, offers: map[tenants.GUID][]access.Offered{}, states: map[tenants.GUID]access.SourceState{}, health: map[tenants.GUID]console.SourceHealth{}, secrets: map[tenants.GUID]string{},
		ledgers:  map[tenants.ID]*ledger{},
		document: map[tenants.ID]json.RawMessage{}, members: map[tenants.GUID][]tenants.GUID{},
		groups: []console.DirectoryGroup{{ID: group, Name: "Payroll"}},
	}
	r := &rig{memory: m, log: &bytes.Buffer{}}
	m.invited = []tenants.Invitation{{ID: tenants.NewGUID(), By: tenants.Operator{OID: tenants.NewGUID(), Name: "Otto"}, CreatedAt: start, ExpiresAt: start.Add(time.Hour)}}
	m.approved = []tenants.SlugApproval{{Slug: tenants.MustSlug("approved"), TID: tenants.TID{GUID: tenants.NewGUID()}, ApprovedAt: start}}
	r.contoso, r.other = r.organization("contoso"), r.organization("fabrikam")
	r.console = build(t, r, base)
	return r
}

func build(t *testing.T, r *rig, at string) *console.Console {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	m := r.memory
	r.schedules = &exportSchedules{of: map[tenants.ID][]tenants.ExportSchedule{}}
	c, err := console.New(console.Parts{
		Base: u, Platform: platform, Now: m.at, Log: slog.New(slog.NewJSONHandler(r.log, nil)), Store: stored{m}, Sessions: m, OneTime: m, Encrypter: m,
		Cursors: m, Idempotency: m, Answers: m, SignIn: m, Tokens: m, Directory: m, Tools: m, Calls: m, Sources: m, Contacts: m, Alerts: m, Sinks: m, Authorizations: m, Decisions: m, OwnAccess: &r.own, Documents: m, Onboarding: m, Operators: m, Queues: m, Health: m, Support: m, SignIns: m, Admissions: m, LogReader: m, LogExporter: m, Erasures: m, AccessReports: m,
		ExportJobs:      newExportJobs(),
		ExportSchedules: r.schedules,
		PlatformProofs:  platformProofs{m},
		Allowed:         access.Allowance{Caller: access.Pace{PerSecond: 50, Burst: 100}},
		WhatIf:          m,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) organization(slug string) tenants.Organization {
	o := tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug(slug), Name: slug, TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only,
			Resource: "api://" + slug, Scope: "access", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimUnknown,
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
	source := tools.Source{
		ID: tenants.NewGUID(), Name: slug + "-notes", Title: "Notes", URL: "https://notes.example/mcp", Naming: tools.Prefixed, Review: tools.Hold, Enabled: true,
		Credential: tools.SourceCredential{Kind: tools.NoCredential}, Timeout: time.Minute, Concurrent: 8,
	}
	approved := offer("add", "Adds a note.")
	r.offers[source.ID] = []access.Offered{{Source: source.ID, Offer: approved, SeenAt: start}, {Source: source.ID, Offer: offer("search", "Finds notes."), SeenAt: start}}
	role := authz.Role{ID: tenants.NewGUID(), Name: "Readers", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"who*"}}}}
	client := tenants.NewGUID().String()
	preregistered := connections.Preregistration{ID: connections.PreregisteredID(tenants.NewGUID()), Kind: connections.Confidential, MadeAt: start}
	secret, _ := connections.NewSecret(tenants.NewGUID(), start, connections.SecretLife)
	preregistered.Secrets = []connections.Secret{secret}
	r.orgs[o.ID] = o
	r.access[o.ID] = access.Configuration{
		Sources:   []tools.Source{source},
		Approvals: []tools.Approval{{Source: source.ID, Kind: tools.KindTool, Name: "add", Hash: approved.Hash, Effect: tools.Write, At: start}},
		Toolsets:  []tools.Toolset{{Name: slug + "-set", Title: "Set", Patterns: []string{"who*"}}},
		Contacts:  []tenants.Contact{{ID: tenants.NewGUID(), Name: slug + "-desk", Webhook: "https://hooks.example/desk", Shape: tenants.PlainShape, Urgent: true, Digest: true}},
		Sinks: []tenants.Sink{
			{ID: tenants.NewGUID(), Name: slug + "-hook", Kind: tenants.WebhookSink, URL: "https://hooks.example/log", Checkpoints: true, Every: time.Hour},
			{ID: tenants.NewGUID(), Name: slug + "-tape", Kind: tenants.StorageSink, URL: "https://tape.example/log", Checkpoints: true, Every: time.Hour},
		},
		Limits:     []tenants.Limit{{Name: slug + "-limit", Per: tenants.PerClient, Client: client, PerDay: 1000, Uncounted: tenants.Admit}},
		Recordings: []tenants.Recording{{Name: slug + "-kept", Tool: "who*", Arguments: []string{"/a"}}},
		Clients:    []tenants.Client{{ID: client, Name: "VS Code"}, {ID: preregistered.ID, Name: "Desk"}}, Preregistered: []connections.Preregistration{preregistered}, Tools: []tools.Selection{{Name: "whoami", Effect: tools.Read}},
		Rules: authz.Rules{
			Roles:         []authz.Role{role},
			Assignments:   []authz.Assignment{{ID: tenants.NewGUID(), Role: role.ID, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: group.String()}, Name: "Old name"}},
			ScopeCeilings: map[string]authz.Ceiling{slug + ".read": {Patterns: []string{"*"}}},
		},
	}
	r.grants[o.ID] = []tenants.RoleGrant{{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.NewGUID()}}}
	r.ledgers[o.ID] = newLedger()
	r.document[o.ID] = json.RawMessage(`{"name":"` + slug + `"}`)
	r.support[o.ID] = []tenants.SupportAccess{{ID: tenants.NewGUID(), Operator: tenants.Operator{OID: tenants.NewGUID()}}}
	r.notices[o.ID] = []tenants.Notice{{ID: tenants.NewGUID(), Kind: tenants.OwnershipRecovered, At: start, By: tenants.Person{OID: tenants.NewGUID(), Name: "Rory"}}}
	r.connected[o.ID] = []connections.Connection{{
		ID: tenants.NewGUID(), Person: connections.Person{OID: alice, Name: "Alice", Username: "alice@" + slug + ".example", Guest: true}, Client: "https://claude.ai/client.json",
		Software: "https://claude.ai", Name: "Claude", Host: "claude.ai", Redirect: "claude.ai", Agreed: [32]byte{1}, Entra: []byte("sealed"), EntraAt: start, MadeAt: start.Add(-time.Hour), UsedAt: start,
	}}
	r.authorized[o.ID] = []authorizations.Authorization{{
		ID: tenants.NewGUID(), Person: authorizations.Person{OID: alice, Name: "Alice", Username: "alice@" + slug + ".example"}, Source: tenants.NewGUID(),
		Issuer: "https://login.notes.example", Scopes: []string{"notes.read"}, Kept: []byte("sealed"), Generation: 1, MadeAt: start.Add(-time.Hour), RenewedAt: start,
	}}
	r.wishes[o.ID] = []tenants.AccessRequest{wish(r, alice)}
	r.waiting[o.ID] = []connections.Request{{
		Software: slug + software, Name: slug + " Agent", Redirect: "127.0.0.1", Person: alice, Asked: "Alice", FirstAt: start.Add(-time.Hour), LastAt: start, Times: 3,
	}}
	return o
}

// software is what registrations are known by, after a name.
const software = " Agent <cursor://anysphere/callback> <http://127.0.0.1/cb?x=1&y=%20+>"

// offer is a tool that a source offers.
func offer(name, description string) tools.Offer {
	o, err := tools.NewOffer(tools.KindTool, []byte(`{"name":"`+name+`","description":"`+description+`","inputSchema":{"type":"object"}}`))
	if err != nil {
		panic(err)
	}
	return o
}

// person is somebody of an organization's directory who holds a role, or none.
func (r *rig) person(o tenants.Organization, role tenants.Role) console.Person {
	p := console.Person{TID: o.TID, OID: tenants.NewGUID(), Name: "Alice"}
	if role != "" {
		r.grant(o, tenants.RoleGrant{ID: tenants.NewGUID(), Role: role, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: p.OID}})
	}
	return p
}

func (r *rig) grant(o tenants.Organization, g tenants.RoleGrant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.grants[o.ID] = append(r.grants[o.ID], g)
}

func (r *rig) operator() console.Person {
	return console.Person{TID: platform, OID: tenants.NewGUID(), Name: "Olga", Operator: true}
}

// browser keeps cookies like one, and says where its requests come from.
type browser struct {
	t       *testing.T
	r       *rig
	console http.Handler
	cookies map[string]string
	headers map[string]string
	set     []*http.Cookie // of the last answer
}

func (r *rig) browser(t *testing.T) *browser {
	t.Helper()
	return &browser{t: t, r: r, console: r.console, cookies: map[string]string{}, headers: map[string]string{"Sec-Fetch-Site": "same-origin"}}
}

// as is a browser in which somebody has signed in.
func (r *rig) as(t *testing.T, p console.Person) *browser {
	t.Helper()
	b := r.browser(t)
	b.signIn(p)
	return b
}

// by is a client with a bearer token.
func (r *rig) by(t *testing.T, token string) *browser {
	t.Helper()
	b := r.browser(t)
	b.headers = map[string]string{"Authorization": "Bearer " + token}
	return b
}

func (b *browser) signIn(p console.Person) *httptest.ResponseRecorder {
	b.t.Helper()
	w := b.get("/auth/sign-in")
	code := tenants.NewGUID().String()
	b.r.mu.Lock()
	b.r.people[code] = p
	b.r.mu.Unlock()
	w = b.get("/auth/callback?code=" + code + "&state=" + stateOf(b.t, w))
	if w.Code != http.StatusSeeOther {
		b.t.Fatalf("sign-in ends with %d: %s", w.Code, w.Body)
	}
	return w
}

func stateOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil || u.Query().Get("state") == "" {
		t.Fatalf("no state in %d %v %s", w.Code, w.Header(), w.Body)
	}
	return u.Query().Get("state")
}

func (b *browser) get(path string) *httptest.ResponseRecorder {
	return b.send(http.MethodGet, path, "", nil)
}

// send makes a request; extra headers win over the browser's own.
func (b *browser) send(method, path, body string, extra map[string]string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.sendIn(b.t.Context(), method, path, body, extra)
}

func (b *browser) sendIn(ctx context.Context, method, path, body string, extra map[string]string) *httptest.ResponseRecorder {
	b.t.Helper()
	req := httptest.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, headers := range []map[string]string{b.headers, extra} {
		for name, value := range headers {
			req.Header.Set(name, value)
		}
	}
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.console.ServeHTTP(w, req)
	b.set = w.Result().Cookies()
	for _, c := range b.set {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

// read gets a resource and returns its tag.
func (b *browser) read(path string, into any) string {
	b.t.Helper()
	w := b.get(path)
	if w.Code != http.StatusOK {
		b.t.Fatalf("GET %s answers %d: %s", path, w.Code, w.Body)
	}
	decode(b.t, w, into)
	return w.Header().Get("ETag")
}

func decode(t *testing.T, w *httptest.ResponseRecorder, into any) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
}

func want(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("answers %d, want %d: %s", w.Code, status, w.Body)
	}
}
