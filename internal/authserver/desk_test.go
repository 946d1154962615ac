package authserver_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
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

	"golang.org/x/net/html"

	"gatehouse/internal/audit"
	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// The clients of these tests: one that has registered, one whose host vouches for
// it, and one that has an application's scheme.
const (
	programID = "gh_aaaaaaaaaaaaaaaaaaaaaaaaaa"
	programTo = "http://127.0.0.1:33418/callback"
	appID     = "gh_bbbbbbbbbbbbbbbbbbbbbbbbbb"
	appTo     = "com.example.app:/callback"
	webID     = "https://assistant.example/client.json"
	webTo     = "https://assistant.example/callback"
	verifier  = "a-verifier-of-the-client-that-is-long-enough-for-PKCE"
)

var staffRole = tenants.NewGUID()

// desk is a server at which people agree, with everything around it in a test's
// hands.
type desk struct {
	connections.Store
	t      *testing.T
	server *authserver.Server
	mux    *http.ServeMux
	build  snapshot.Builder
	data   map[string]*snapshot.Data
	snaps  map[string]*snapshot.Snapshot
	group  tenants.GUID
	logged *bytes.Buffer

	mu            sync.Mutex
	now           time.Time
	documents     map[string]string
	registered    map[string]connections.Registered
	preregistered map[string]connections.Preregistered
	once          map[[32]byte]kept
	looked        int // how often something was taken, or sought in vain
	connections   []connections.Connection
	grants        []connections.Grant
	ended         []tenants.GUID
	requests      []connections.Request
	replaced      []byte // Entra's token that KeepEntra was given
	described     string // the error that the token endpoint answered with last
	refused       []audit.Event
	events        []audit.Event
	recorded      []string // ids of tokens of those, and of requests
	counted       []string
	beginnings    []entra.SignIn
	questions     []membership.Question

	person     entra.Person
	tokens     entra.Tokens
	finish     error  // of signing in
	connecting func() // while a connection is being made
	store      error  // of what is kept
	endings    error  // of EndGrant
	unknown    error  // of memberships
	limited    error
	full       error // of AdmitKept
	unrecorded error // of events
	stepUps    authserver.StepUps
	racing     tenants.GUID // id of a connection that somebody makes meanwhile
}

type kept struct {
	ciphertext []byte
	expires    time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	d := &desk{
		t: t, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), once: map[[32]byte]kept{}, group: tenants.NewGUID(), logged: &bytes.Buffer{},
		data: map[string]*snapshot.Data{}, snaps: map[string]*snapshot.Snapshot{},
		preregistered: map[string]connections.Preregistered{},
		registered: map[string]connections.Registered{
			programID: {ID: programID, Name: "Editor", Redirects: []string{"http://127.0.0.1/callback"}},
			appID:     {ID: appID, Name: "Sidebar", Redirects: []string{appTo}},
		},
		documents: map[string]string{webID: `{"client_id":"` + webID + `","client_name":"Assistant","redirect_uris":["` + webTo + `"],"token_endpoint_auth_method":"none"}`},
	}
	var offered []tools.Tool
	for _, name := range []string{"mail_search", "mail_send", "payroll_list"} {
		offered = append(offered, tools.Tool{Name: name, Effect: tools.Read, InputSchema: []byte(`{"type":"object"}`), Invoker: tools.InvokerFunc(
			func(context.Context, authz.Caller, tools.Call) (tools.Result, error) { return tools.Result{}, nil },
		)})
	}
	for at := range 25 {
		tool := offered[0]
		tool.Name = "notes_" + string(rune('a'+at))
		offered = append(offered, tool)
	}
	d.build = snapshot.Builder{Tools: must(tools.NewRegistry(offered)), Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.DiscardHandler)}
	for slug, name := range map[string]string{"contoso": "Contoso", "fabrikam": "Fabrikam"} {
		d.data[slug] = d.organization(slug, name, offered)
		d.data[slug].WrappedKey = must(box.NewOrganizationKey(t.Context(), d.data[slug].Organization.ID))
		d.change(slug, func(*snapshot.Data) {})
	}
	d.person = entra.Person{
		TID: d.data["contoso"].Organization.TID, OID: tenants.NewGUID(), Name: "Alice <b>Adams</b>", Username: "alice@contoso.example", AuthContexts: []string{"c1"},
	}
	d.tokens.Refresh = entra.NewRefreshToken("refresh-token-of-entra")
	d.serve(nil)
	return d
}

// serve makes a server of the desk; sources may be nil.
func (d *desk) serve(sources authserver.Sources) {
	d.server = must(authserver.New(authserver.Parts{
		Base: must(url.Parse(base)), Views: d, Store: d, OneTime: d, Signer: d, Documents: d, Entra: d, Members: d, Log: d, Counts: d, Limits: d, Origins: none{},
		Authority: entra.AuthorityOf, Logger: slog.New(slog.NewTextHandler(d.logged, nil)), Now: d.clock, Sources: sources, StepUps: d.stepUps,
	}))
	d.mux = http.NewServeMux()
	d.server.Routes(d.mux.HandleFunc)
}

func (d *desk) organization(slug, name string, offered []tools.Tool) *snapshot.Data {
	data := &snapshot.Data{
		Organization: tenants.Organization{
			ID: tenants.NewID(), Slug: tenants.MustSlug(slug), Name: name, TID: tenants.TID{GUID: tenants.NewGUID()},
			State: tenants.Active, Mode: tenants.Brokered, UnknownClients: tenants.Admit,
			Connection: tenants.Connection{
				Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: base + "/t/" + slug + "/mcp",
				Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
				GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp,
				Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
			},
			Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
		},
		Rules: authz.Rules{
			Scope: "access_as_user", ScopeCeilings: map[string]authz.Ceiling{"payroll": {Patterns: []string{"payroll_*"}}},
			Roles:       []authz.Role{{ID: staffRole, Name: "Staff", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"mail_*", "payroll_*"}}}}},
			Assignments: []authz.Assignment{{ID: tenants.NewGUID(), Role: staffRole, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: d.group.String()}}},
		},
		Toolsets: []tools.Toolset{{Name: "finance", Title: "Finance & Payroll", Patterns: []string{"payroll_*"}}},
	}
	for _, tool := range offered {
		data.Tools = append(data.Tools, tools.Selection{Name: tool.Name, Effect: tool.Effect})
	}
	return data
}

// change is a change of an organization.
func (d *desk) change(slug string, how func(*snapshot.Data)) {
	d.t.Helper()
	how(d.data[slug])
	snap, err := d.build.Build(d.t.Context(), *d.data[slug])
	if err != nil {
		d.t.Fatal(err)
	}
	d.snaps[slug] = snap
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// request is an authorization request of a client without a flaw; what is given
// replaces what it has, and "" leaves it out.
func request(client, redirect string, more ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirect}, "state": {"state of the client"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "resource": {base + "/t/contoso/mcp"},
	}
	for at := 0; at+1 < len(more); at += 2 {
		if q.Set(more[at], more[at+1]); more[at+1] == "" {
			q.Del(more[at])
		}
	}
	return "/t/contoso/authorize?" + q.Encode()
}

// tab is a browser.
type tab struct {
	d       *desk
	cookies map[string]*http.Cookie
	headers http.Header
}

func (d *desk) tab() *tab {
	return &tab{d: d, cookies: map[string]*http.Cookie{}, headers: http.Header{}}
}

// view is what a browser got.
type view struct {
	status int
	header http.Header
	body   string
}

func (b *tab) send(r *http.Request) view {
	b.d.t.Helper()
	for _, c := range b.cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	for name := range b.headers {
		r.Header.Set(name, b.headers.Get(name))
	}
	w := httptest.NewRecorder()
	b.d.mux.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c
	}
	v := view{w.Code, w.Header(), w.Body.String()}
	v.check(b.d.t)
	return v
}

func (b *tab) open(path string) view {
	b.d.t.Helper()
	return b.send(httptest.NewRequestWithContext(b.d.t.Context(), http.MethodGet, base+path, nil))
}

func (b *tab) post(path string, form url.Values) view {
	b.d.t.Helper()
	r := httptest.NewRequestWithContext(b.d.t.Context(), http.MethodPost, base+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// press answers a page with one of its buttons.
func (b *tab) press(on view, action string) view {
	b.d.t.Helper()
	form := url.Values{"action": {action}}
	var to string
	pressed := false
	on.walk(b.d.t, func(n *html.Node) {
		switch {
		case n.Data == "form":
			to = attribute(n, "action")
		case n.Data == "input":
			form.Set(attribute(n, "name"), attribute(n, "value"))
		case n.Data == "button" && attribute(n, "value") == action:
			pressed = true
		}
	})
	path, ours := strings.CutPrefix(to, base)
	if !pressed || !ours {
		b.d.t.Fatalf("there is no button %s on %s", action, on.body)
	}
	return b.post(path, form)
}

// arrive signs in at Entra and comes back.
func (b *tab) arrive(at view) view {
	b.d.t.Helper()
	return b.open("/t/contoso/callback?" + url.Values{"code": {"code of entra"}, "state": {at.query(b.d.t).Get("state")}}.Encode())
}

// second goes through the first page and Entra to what is shown then.
func (b *tab) second(path string) view {
	b.d.t.Helper()
	return b.arrive(b.press(b.open(path), "continue"))
}

// query are the parameters of the address that a browser is sent to.
func (v view) query(t *testing.T) url.Values {
	t.Helper()
	to, err := url.Parse(v.header.Get("Location"))
	if err != nil || v.status != http.StatusSeeOther {
		t.Fatalf("%d to %q: %s", v.status, v.header.Get("Location"), v.body)
	}
	return to.Query()
}

func (v view) walk(t *testing.T, each func(*html.Node)) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(v.body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		each(n)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (v view) heading(t *testing.T) string {
	t.Helper()
	var text string
	v.walk(t, func(n *html.Node) {
		if n.Data == "h1" {
			text = n.FirstChild.Data
		}
	})
	return text
}

// has reports a page with a status that says all of these.
func (v view) has(status int, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(v.body, w) {
			return false
		}
	}
	return v.status == status && v.header.Get("Location") == ""
}

// check is what must hold of everything a browser gets.
func (v view) check(t *testing.T) {
	t.Helper()
	policy := v.header.Get("Content-Security-Policy")
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
	} {
		if v.header.Get(name) != want {
			t.Errorf("%s: %q", name, v.header.Get(name))
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script") {
		t.Errorf("policy %q", policy)
	}
	if v.body == "" {
		return
	}
	headings, style := 0, ""
	v.walk(t, func(n *html.Node) {
		switch n.Data {
		case "h1":
			headings++
		case "html":
			if n.Type == html.ElementNode && attribute(n, "lang") != "en" {
				t.Error("the page says no language")
			}
		case "script", "img", "iframe", "link", "object", "embed", "base":
			t.Errorf("the page has <%s>", n.Data)
		case "style":
			style = n.FirstChild.Data
		case "input", "select", "textarea":
			if attribute(n, "type") != "hidden" {
				t.Error("a field has no label")
			}
		case "button":
			if n.FirstChild == nil || strings.TrimSpace(n.FirstChild.Data) == "" {
				t.Error("a button says nothing")
			}
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") || strings.Contains(a.Val, "ZgotmplZ") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	})
	sum := sha256.Sum256([]byte(style))
	if headings != 1 || !strings.Contains(policy, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Errorf("%d headings; policy %q", headings, policy)
	}
}

func (d *desk) Get(_ context.Context, slug string) (*snapshot.Snapshot, error) {
	if snap, ok := d.snaps[slug]; ok {
		return snap, nil
	}
	return nil, fault.New(fault.NotFound, "there is no such organization")
}

func (d *desk) PutOneTime(_ context.Context, hash [32]byte, expires time.Time, ciphertext []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k, ok := d.once[hash]; ok && d.now.Before(k.expires) {
		return fault.New(fault.Conflict, "this state exists already")
	}
	d.once[hash] = kept{ciphertext, expires}
	return d.store
}

func (d *desk) TakeOneTime(_ context.Context, hash [32]byte) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looked++
	k, ok := d.once[hash]
	if !ok || !d.now.Before(k.expires) {
		return nil, fault.New(fault.NotFound, "taken")
	}
	delete(d.once, hash)
	return k.ciphertext, nil
}

func (d *desk) HasOneTime(_ context.Context, hash [32]byte) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k, ok := d.once[hash]
	return ok && d.now.Before(k.expires), d.store
}

func (*desk) SignAccessToken(_ context.Context, claims any) (string, error) {
	text, err := json.Marshal(claims)
	return string(text), err
}

func (d *desk) Do(_ context.Context, r *http.Request) (*egress.Response, error) {
	text, ok := d.documents[r.URL.String()]
	if !ok {
		return nil, fault.New(fault.Upstream, "nobody is there")
	}
	return &egress.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}, Body: []byte(text)}, nil
}

func (d *desk) Begin(snap *snapshot.Snapshot, r entra.SignIn) (string, error) {
	d.beginnings = append(d.beginnings, r)
	return snap.AuthorizeURL + "?" + url.Values{"state": {r.Handshake.State}}.Encode(), nil
}

func (d *desk) Finish(_ context.Context, _ *snapshot.Snapshot, h entra.Handshake, code string) (entra.Person, entra.Tokens, error) {
	if code != "code of entra" || h.Verifier != d.beginnings[len(d.beginnings)-1].Handshake.Verifier {
		d.t.Errorf("finished with %q", code)
	}
	return d.person, d.tokens, d.finish
}

func (d *desk) Confirm(context.Context, *snapshot.Snapshot, tenants.GUID, entra.RefreshToken) (entra.Person, entra.Tokens, error) {
	d.t.Error("somebody is confirmed")
	return d.person, d.tokens, nil
}

func (d *desk) Resolve(_ context.Context, q membership.Question) (authz.Membership, time.Time, error) {
	d.questions = append(d.questions, q)
	return authz.Membership{Groups: map[tenants.GUID]authz.Answer{d.group: authz.Member}, Source: authz.SourceGraph, At: d.now}, d.now, d.unknown
}

func (d *desk) Event(_ context.Context, by authz.Caller, e audit.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if by.Org().IsZero() || by.Identity().OID.IsZero() {
		d.t.Errorf("%s by %+v", e.Kind, by.Identity())
	}
	d.events = append(d.events, e)
	return d.unrecorded
}

func (d *desk) Refused(_ context.Context, id authz.Identity, e audit.Event) error {
	if id.OID != d.person.OID || id.Org.IsZero() {
		d.t.Errorf("refused %+v", id)
	}
	d.refused, d.recorded = append(d.refused, e), append(d.recorded, id.TokenID)
	return nil
}

func (d *desk) Count(org tenants.ID, reason string, source netip.Addr) {
	if org != d.data["contoso"].Organization.ID || !source.IsValid() {
		d.t.Errorf("counted %s of %s from %s", reason, org, source)
	}
	d.counted = append(d.counted, reason)
}
func (d *desk) Admit(tenants.ID, string) error { return d.limited }
func (d *desk) AdmitKept(_ tenants.ID, address string) error {
	if address == "" {
		d.t.Error("nobody begins")
	}
	return d.full
}

func (d *desk) Registered(_ context.Context, _ tenants.ID, id string) (connections.Registered, error) {
	if r, ok := d.registered[id]; ok {
		return r, nil
	}
	return connections.Registered{}, fault.New(fault.NotFound, "there is no such registration")
}

func (d *desk) Connect(ctx context.Context, by authz.Caller, c connections.Connection, g connections.Grant) (connections.Connection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if by.Identity().OID != c.Person.OID || by.Org().IsZero() || by.Identity().Client != c.Software {
		d.t.Errorf("connected by %+v", by.Identity())
	}
	if d.store != nil {
		return connections.Connection{}, d.store
	}
	if d.connecting != nil {
		d.mu.Unlock()
		d.connecting()
		d.mu.Lock()
		if err := ctx.Err(); err != nil {
			return connections.Connection{}, err
		}
	}
	if !d.racing.IsZero() {
		c.ID = d.racing
	}
	g.Connection = c.ID
	d.connections, d.grants = append(d.connections, c), append(d.grants, g)
	return c, nil
}

func (d *desk) Agreement(_ context.Context, org tenants.ID, person tenants.GUID, client string) (connections.Connection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for at := len(d.connections) - 1; at >= 0; at-- {
		if c := d.connections[at]; c.Person.OID == person && c.Client == client && !org.IsZero() && d.racing.IsZero() {
			return c, nil
		}
	}
	return connections.Connection{}, fault.New(fault.NotFound, "there is no such connection")
}

func (d *desk) Connection(_ context.Context, _ tenants.ID, id tenants.GUID) (connections.Connection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.connections {
		if c.ID == id {
			return c, nil
		}
	}
	return connections.Connection{}, fault.New(fault.NotFound, "there is no such connection")
}

func (d *desk) KeepEntra(_ context.Context, _ authz.Caller, _ tenants.GUID, a connections.Answer) error {
	d.replaced = a.Entra
	return nil
}

func (d *desk) Grant(_ context.Context, _ tenants.ID, id tenants.GUID) (connections.Grant, connections.Connection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for at, g := range d.grants {
		if g.ID == id {
			return g, d.connections[at], nil
		}
	}
	return connections.Grant{}, connections.Connection{}, fault.New(fault.NotFound, "there is no such grant")
}

func (d *desk) EndGrant(_ context.Context, _ authz.Caller, id tenants.GUID, _ string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.endings != nil {
		return d.endings
	}
	d.ended = append(d.ended, id)
	return nil
}

func (d *desk) Ask(_ context.Context, by authz.Caller, r connections.Request) error {
	if by.Identity().OID != r.Person || by.Org().IsZero() {
		d.t.Errorf("asked by %+v", by.Identity())
	}
	d.requests, d.recorded = append(d.requests, r), append(d.recorded, by.Identity().TokenID)
	return nil
}
