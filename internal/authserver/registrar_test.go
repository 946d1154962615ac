package authserver_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// registrar is a server of one organization, for what concerns clients, with all
// that it works with.
type registrar struct {
	*authserver.Server
	mux  *http.ServeMux
	snap *snapshot.Snapshot
	web  *web

	mu       sync.Mutex
	now      time.Time
	kept     map[string]connections.Registered
	by       authz.Caller
	full     error
	admitted []string
	limited  error
	crowded  error // of AdmitKept
}

// newRegistrar returns one that lists the clients with these ids.
func newRegistrar(t *testing.T, listed ...string) *registrar {
	t.Helper()
	r := &registrar{now: time.Unix(1_790_000_000, 0), kept: map[string]connections.Registered{}, web: &web{pages: map[string]page{}}}
	r.snap = viewOf(t, tenants.NewID(), listed...)
	r.serve(t, r.web)
	return r
}

// serve has documents fetched by another client.
func (r *registrar) serve(t *testing.T, documents authserver.Doer) {
	t.Helper()
	base, err := url.Parse("https://gatehouse.example")
	if err != nil {
		t.Fatal(err)
	}
	r.Server, err = authserver.New(authserver.Parts{
		Base: base, Origins: pages{"https://gatehouse.example", "http://localhost:6274"}, Authority: entra.AuthorityOf, Views: r, Store: registrations{registrar: r}, OneTime: nowhere{}, Signer: nowhere{}, Documents: documents, Entra: nowhere{},
		Members: nowhere{}, Log: nowhere{}, Counts: nowhere{}, Limits: r, Logger: slog.New(slog.DiscardHandler), Now: r.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.mux = http.NewServeMux()
	r.Routes(r.mux.HandleFunc)
}

func viewOf(t *testing.T, id tenants.ID, listed ...string) *snapshot.Snapshot {
	t.Helper()
	api := tenants.NewGUID()
	org := tenants.Organization{
		ID: id, Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active, Mode: tenants.Brokered,
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: api, Versions: tenants.V2Only, Resource: "api://" + api.String(),
			Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse, GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimUnknown,
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour}, Origins: []string{"https://inspector.example"},
	}
	clients := make([]tenants.Client, 0, len(listed))
	for _, id := range listed {
		clients = append(clients, tenants.Client{ID: id, Name: id})
	}
	accept, err := entra.NewAcceptance(org, nil, clients, entra.AuthorityOf(tenants.PublicCloud))
	if err != nil {
		t.Fatal(err)
	}
	return &snapshot.Snapshot{Organization: org, Accept: accept}
}

func (r *registrar) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// pass lets time go by.
func (r *registrar) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// Get implements authserver.Views.
func (r *registrar) Get(_ context.Context, slug string) (*snapshot.Snapshot, error) {
	if slug != r.snap.Organization.Slug.String() {
		return nil, fault.New(fault.NotFound, "there is no such organization")
	}
	return r.snap, nil
}

// Admit implements authserver.Limits.
func (r *registrar) Admit(_ tenants.ID, address string) error {
	r.admitted = append(r.admitted, address)
	return r.limited
}

// AdmitKept implements authserver.Limits.
func (r *registrar) AdmitKept(tenants.ID, string) error { return r.crowded }

// registrations is the part of the store that keeps them.
type registrations struct {
	*registrar
	connections.Store
}

func (r registrations) Register(_ context.Context, by authz.Caller, c connections.Registered) error {
	if r.full != nil {
		return r.full
	}
	r.by, r.kept[c.ID] = by, c
	return nil
}

func (r registrations) Registered(_ context.Context, org tenants.ID, id string) (connections.Registered, error) {
	c, there := r.kept[id]
	if !there || org != r.snap.Organization.ID {
		return connections.Registered{}, fault.New(fault.NotFound, "the client has not registered, or too long ago")
	}
	return c, nil
}

// client asks what is known of a client.
func (r *registrar) client(t *testing.T, id string) (connections.Client, error) {
	t.Helper()
	return authserver.ClientOf(t.Context(), r.Server, r.snap, id)
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// post registers a client.
func (r *registrar) post(t *testing.T, body string, change ...func(*http.Request)) reply {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://gatehouse.example/t/contoso/register", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for _, c := range change {
		c(req)
	}
	rec := httptest.NewRecorder()
	r.mux.ServeHTTP(rec, req)
	return reply{rec.Code, rec.Header(), rec.Body.String()}
}

// web is what documents are fetched from.
type web struct {
	mu    sync.Mutex
	pages map[string]page
	asked []*http.Request
	block chan struct{} // nil: answers at once
	enter chan struct{} // gets a value as a request comes in; nil: nobody waits
}

type page struct {
	status int
	header http.Header
	body   string
	err    error
}

// Do implements authserver.Doer.
func (w *web) Do(ctx context.Context, req *http.Request) (*egress.Response, error) {
	w.mu.Lock()
	w.asked = append(w.asked, req)
	p, there := w.pages[req.URL.String()]
	enter, block := w.enter, w.block
	w.mu.Unlock()
	if enter != nil {
		enter <- struct{}{}
	}
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Unavailable, req.URL.Host+" did not answer in time", ctx.Err())
		}
	}
	if !there {
		p.status = http.StatusNotFound
	}
	if p.err != nil {
		return nil, p.err
	}
	return &egress.Response{Status: p.status, Header: p.header, Body: []byte(p.body)}, nil
}

func (w *web) times() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

// publish puts a document at its URL that says what a good one does, changed.
func (w *web) publish(at string, change ...func(*page)) {
	p := page{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: documentAt(at)}
	for _, c := range change {
		c(&p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[at] = p
}

func documentAt(at string) string {
	return `{"client_id":"` + at + `","client_name":"Assistant","redirect_uris":["https://a.example/cb","http://localhost/cb"]}`
}

// nowhere is everything that registering and finding clients must not touch.
type nowhere struct {
	authserver.OneTime
	authserver.Signer
	authserver.SignIns
	authserver.Members
	authserver.Log
	authserver.Counts
}

var _ interface {
	Event(context.Context, authz.Caller, audit.Event) error
	Resolve(context.Context, membership.Question) (authz.Membership, time.Time, error)
} = nowhere{}

// pages are origins that may ask, besides those that an organization lists.
type pages []string

func (p pages) CheckOrigin(w http.ResponseWriter, r *http.Request, listed []string) error {
	values := r.Header["Origin"]
	if len(values) == 0 {
		return nil
	}
	if len(values) > 1 || !slices.Contains(p, values[0]) && !slices.Contains(listed, values[0]) {
		return fault.New(fault.Forbidden, "this origin may not use the endpoint; ask the organization's admin to list it")
	}
	w.Header().Set("Access-Control-Allow-Origin", values[0])
	w.Header().Add("Vary", "Origin")
	return nil
}
