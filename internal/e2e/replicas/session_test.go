package replicas_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

func (w *world) withoutClients() error {
	_, err := w.db.EditAccess(w.t.Context(), w.admin(), "clients removed", func(c *access.Configuration) error {
		c.Clients = []tenants.Client{{ID: other, Name: "Azure CLI"}}
		return nil
	})
	return err
}

func subscribe(uri string) string {
	return `{"jsonrpc":"2.0","id":3,"method":"resources/subscribe","params":{"uri":"` + uri + `"}}`
}

func unsubscribe(uri string) string {
	return `{"jsonrpc":"2.0","id":4,"method":"resources/unsubscribe","params":{"uri":"` + uri + `"}}`
}

// said is the body of an answer.
func said(resp response) string { return string(must(io.ReadAll(resp.Body))) }

// hears waits for a notification in a session's stream.
func (e *events) hears(want string) {
	e.t.Helper()
	if m := e.next(); m.raw != want {
		e.t.Errorf("told %s, want %s", m.raw, want)
	}
}

func TestSubscriptionOnOneReplicaIsHeardOnAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	c.initialize(there, `{}`)
	stream := c.get(t.Context(), here)
	<-w.fake.watched // for lists
	if body := said(c.legacy(there, subscribe("notes://one"))); body != `{"jsonrpc":"2.0","id":3,"result":{}}` {
		t.Fatalf("%s", body)
	}
	watch := w.fake.watchOf(func(watch tools.Watch) bool { return len(watch.URIs) == 1 })
	w.fake.tell(tools.Event{Resource: "notes://one"})
	stream.hears(`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"notes://one"}}`)
	w.permit("ask", "want", "resource:notes://one")
	stream.hears(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	if body := said(c.legacy(there, unsubscribe("notes://one"))); body != `{"jsonrpc":"2.0","id":4,"result":{}}` {
		t.Fatalf("%s", body)
	}
	eventually(t, "only lists are watched", func() bool { return w.fake.watching() == 1 })
	watch.Told(tools.Event{Resource: "notes://one"})
	w.permit("ask", "resource:notes://one")
	stream.hears(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
}

func TestSubscriptionsWaitForTheStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(deaf), w.start(deaf)
	c := w.client(alice)
	c.initialize(there, `{}`)
	said(c.legacy(there, subscribe("notes://one")))
	said(c.legacy(there, subscribe("notes://one")))
	stream := c.get(t.Context(), here)
	w.fake.watchOf(func(watch tools.Watch) bool { return len(watch.URIs) == 1 })
	w.fake.tell(tools.Event{Resource: "notes://one"})
	stream.hears(`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"notes://one"}}`)
}

func TestSubscriptionIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := w.client(alice)
	if body := said(c.legacy(r, subscribe("notes://one"))); !strings.Contains(body, "subscriptions belong to a session") {
		t.Errorf("without a session: %s", body)
	}
	c.initialize(r, `{}`)
	hidden, unknown := said(c.legacy(r, subscribe("notes://secret"))), said(c.legacy(r, subscribe("notes://nosuch")))
	if !strings.Contains(hidden, "-32002") || strings.ReplaceAll(hidden, "secret", "nosuch") != unknown {
		t.Errorf("hidden %s, unknown %s", hidden, unknown)
	}
	if body := said(c.legacy(r, subscribe(""))); !strings.Contains(body, "params.uri is missing") {
		t.Errorf("%s", body)
	}
}

func TestNewestStreamOfASessionHears(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	c.initialize(there, `{}`)
	old := c.get(t.Context(), here)
	now := c.get(t.Context(), there)
	old.ended()
	w.permit("want")
	now.hears(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
}

func TestEndOfASessionEndsItsStreamOnTheOtherReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	c.initialize(there, `{}`)
	stream := c.get(t.Context(), here)
	w.clock.Store(int64(time.Second)) // sessions end to the second
	there.awaitFresh()
	if resp := c.request(t.Context(), there, http.MethodDelete, "", nil); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("%d", resp.StatusCode)
	}
	if session := <-w.fake.ended; session.IsZero() {
		t.Error("the source is not told which session has ended")
	}
	stream.ended()
	resp := c.request(t.Context(), here, http.MethodGet, "", map[string]string{"Accept": "text/event-stream"})
	refused(t, resp, http.StatusNotFound, "initialize again")
}

func TestStreamIsForSessionsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := w.client(alice)
	resp := c.request(t.Context(), r, http.MethodGet, "", map[string]string{"Accept": "text/event-stream"})
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST, DELETE, OPTIONS" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	c.initialize(r, `{}`)
	resp = c.request(t.Context(), r, http.MethodGet, "", map[string]string{"Accept": "application/json"})
	refused(t, resp, http.StatusBadRequest, "accept text/event-stream")
	theirs := w.client(bob)
	theirs.session = c.session
	resp = theirs.request(t.Context(), r, http.MethodGet, "", map[string]string{"Accept": "text/event-stream"})
	refused(t, resp, http.StatusNotFound, "the session is unknown or has ended")
}

// TestStreamOutlivesTheTimeForARequest keeps a stream open for longer than the
// server lets a request arrive.
func TestStreamOutlivesTheTimeForARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := w.client(alice)
	c.initialize(r, `{}`)
	legacy := c.get(t.Context(), r)
	modern := c.listen(t.Context(), r, `{"toolsListChanged":true}`, `{"toolsListChanged":true}`)
	<-time.After(1500 * time.Millisecond) // the server's ReadTimeout is one second
	w.permit("want")
	legacy.hears(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	modern.tells("notifications/tools/list_changed", "")
}

func TestSourcesMayBeReadOnBehalfOfWhoeverIsLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	w.client(alice).initialize(r, `{}`)
	if _, asked := r.asked.Load(alice); !asked {
		t.Error("nothing is read on behalf of alice")
	}
}
