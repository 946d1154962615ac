package mcphost_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tenants"
)

// notepad keeps the note of one session.
type notepad struct {
	noMail
	mu   sync.Mutex
	note mcphost.Note
}

func (n *notepad) Subscriptions(context.Context, tenants.ID, tenants.GUID) (mcphost.Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.note, nil
}

func (n *notepad) PutSubscriptions(_ context.Context, _ authz.Caller, _ tenants.GUID, note mcphost.Note, _ time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.note = note
	return nil
}

// ending says when a session ends.
type ending struct {
	*bench
	ends      chan struct{}
	forgotten chan struct{}
}

func (e *ending) Ending(tenants.GUID) (<-chan struct{}, func()) {
	return e.ends, func() { close(e.forgotten) }
}

// TestStreamEndsWithItsSession, wherever that was ended.
func TestStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	e := &ending{b, make(chan struct{}), make(chan struct{})}
	b.rebuild(func(o *mcphost.Options) { o.Leases, o.Notes = e, &notepad{} })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "https://gatehouse.example/t/contoso/mcp", nil)
	for name, value := range map[string]string{"Authorization": "Bearer " + b.token(nil), "Accept": "text/event-stream", "Mcp-Session-Id": b.open(t, `{}`)} {
		r.Header.Set(name, value)
	}
	r.SetPathValue("org", "contoso")
	ended := make(chan int, 1)
	go func() {
		w := httptest.NewRecorder()
		b.host.Endpoint().ServeHTTP(w, r)
		ended <- w.Code
	}()
	select {
	case code := <-ended:
		t.Fatalf("it ends before its session: %d", code)
	case e.ends <- struct{}{}: // somebody waits for the end
	}
	if code := <-ended; code != http.StatusOK || ctx.Err() != nil {
		t.Errorf("%d %v", code, ctx.Err())
	}
	<-e.forgotten
}
