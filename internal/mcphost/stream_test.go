package mcphost_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// moving are leases over views that a test changes.
type moving struct {
	*bench
	mu    sync.Mutex
	views map[string]*snapshot.Snapshot
	later map[tenants.ID]chan struct{}
	stuck tenants.ID // whose memberships cannot be looked up
	asked chan struct{}
}

func (m *moving) Get(_ context.Context, slug string) (*snapshot.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.views[slug], nil
}

// Later is closed at once for a stream that came too late to be told.
func (m *moving) Later(org tenants.ID, than int64) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, view := range m.views {
		if view.Organization.ID == org && view.Version > than {
			told := make(chan struct{})
			close(told)
			return told
		}
	}
	return m.later[org]
}

func (m *moving) Resolve(ctx context.Context, q membership.Question) (authz.Membership, time.Time, error) {
	m.mu.Lock()
	stuck := m.stuck == q.Organization.ID
	m.mu.Unlock()
	if stuck {
		m.asked <- struct{}{}
		<-ctx.Done()
		return authz.Membership{}, time.Time{}, ctx.Err()
	}
	return m.bench.Resolve(ctx, q)
}

// change puts up a view in which nobody has anything, and tells of it once.
func (m *moving) change(t *testing.T, slug string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.bench
	b.snap = m.views[slug]
	m.views[slug] = b.viewWith(t, everybody(time.Time{}), &server{}, `{}`)
	told := m.later[b.snap.Organization.ID]
	m.later[b.snap.Organization.ID] = nil
	close(told)
}

// move gives the bench two organizations, contoso and fabrikam, whose views change.
func move(t *testing.T) *moving {
	t.Helper()
	b, _ := federate(t)
	m := &moving{bench: b, views: map[string]*snapshot.Snapshot{}, later: map[tenants.ID]chan struct{}{}, asked: make(chan struct{}, 100)}
	key := b.builder
	for _, slug := range []string{"contoso", "fabrikam"} {
		b.snap = b.view(t, everybody(time.Time{}, staff...))
		b.builder = key
		b.snap = b.viewWith(t, everybody(time.Time{}, staff...), &server{}, `{}`)
		m.views[slug], m.later[b.snap.Organization.ID] = b.snap, make(chan struct{})
	}
	b.rebuild(func(o *mcphost.Options) { o.Leases, o.Membership = m, m })
	return m
}

// reader is a client that stops reading a stream once the test says so.
type reader struct {
	*httptest.ResponseRecorder
	heard chan string
	stops <-chan struct{} // closed when nobody waits for the client any more; nil: it reads on
}

func (r *reader) Write(p []byte) (int, error) {
	r.heard <- string(p)
	if r.stops != nil && strings.Contains(string(p), "list_changed") {
		<-r.stops
	}
	return len(p), nil
}

// await returns when the client has heard a text.
func (r *reader) await(t *testing.T, text string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case p := <-r.heard:
			if strings.Contains(p, text) {
				return
			}
		case <-late:
			t.Fatalf("nothing is heard of %s", text)
		}
	}
}

// How a client reads a stream.
type reading bool

const (
	on          reading = true
	untilChange reading = false
)

// listen opens a stream of Alice's that hears of tools, and returns once it is open.
func (m *moving) listen(t *testing.T, slug string, reads reading) *reader {
	t.Helper()
	return m.listenAs(t, slug, m.token(nil), reads)
}

func (b *bench) listenAs(t *testing.T, slug, token string, reads reading) *reader {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "https://gatehouse.example/t/"+slug+"/mcp", strings.NewReader(body))
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen",
	} {
		r.Header.Set(name, value)
	}
	r.SetPathValue("org", slug)
	w := &reader{ResponseRecorder: httptest.NewRecorder(), heard: make(chan string, 100)}
	if reads == untilChange {
		w.stops = ctx.Done()
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.host.Endpoint().ServeHTTP(w, r)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	w.await(t, "acknowledged")
	return w
}

// TestClientThatReadsNothingKeepsNobodyFromHearing: more of them than compare at a
// time.
func TestClientThatReadsNothingKeepsNobodyFromHearing(t *testing.T) {
	t.Parallel()
	m := move(t)
	var idle []*reader
	for range 6 {
		idle = append(idle, m.listen(t, "contoso", untilChange))
	}
	other := m.listen(t, "fabrikam", on)
	m.change(t, "contoso")
	for _, w := range idle {
		w.await(t, "list_changed")
	}
	m.change(t, "fabrikam")
	other.await(t, "list_changed")
}

// TestOrganizationWhoseMembershipsHangKeepsNoOtherFromHearing: each has a share.
func TestOrganizationWhoseMembershipsHangKeepsNoOtherFromHearing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := move(t)
		for range 6 {
			m.listen(t, "contoso", on)
		}
		other := m.listen(t, "fabrikam", on)
		m.mu.Lock()
		m.stuck = m.views["contoso"].Organization.ID
		m.mu.Unlock()
		m.change(t, "contoso")
		synctest.Wait()
		if n := len(m.asked); n != 2 {
			t.Errorf("%d streams of one organization ask at a time", n)
		}
		m.change(t, "fabrikam")
		other.await(t, "list_changed")
	})
}
