package replicas_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const subscriptionID = "io.modelcontextprotocol/subscriptionId"

// listen opens a listen stream and checks that it is acknowledged first.
func (c *client) listen(ctx context.Context, r *replica, wishes, honored string) *events {
	c.w.t.Helper()
	e := read(c.w.t, c.modern(ctx, r, "subscriptions/listen", "", `"notifications":`+wishes+`,`))
	first := e.next()
	if first.Method != "notifications/subscriptions/acknowledged" || string(first.Params.Meta[subscriptionID]) != `"r1"` {
		c.w.t.Fatalf("begins with %s", first.raw)
	}
	if string(first.Params.Notifications) != honored {
		c.w.t.Errorf("honored %s, want %s", first.Params.Notifications, honored)
	}
	return e
}

// tells waits for a notification of a stream that was opened with an id.
func (e *events) tells(method, uri string) {
	e.t.Helper()
	m := e.next()
	if m.Method != method || m.Params.URI != uri || string(m.Params.Meta[subscriptionID]) != `"r1"` {
		e.t.Errorf("told %s, want %s %s", m.raw, method, uri)
	}
}

// ends waits for the result that ends a listen stream.
func (e *events) ends() {
	e.t.Helper()
	m := e.next()
	var result struct {
		ResultType string
		Meta       map[string]json.RawMessage `json:"_meta"`
	}
	if err := json.Unmarshal(m.Result, &result); err != nil || string(m.ID) != `"r1"` || result.ResultType != "complete" || string(result.Meta[subscriptionID]) != `"r1"` {
		e.t.Errorf("ends with %s", m.raw)
	}
	e.ended()
}

// get opens the stream of the client's session.
func (c *client) get(ctx context.Context, r *replica) *events {
	c.w.t.Helper()
	resp := c.request(ctx, r, http.MethodGet, "", map[string]string{"Accept": "text/event-stream"})
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("X-Accel-Buffering") != "no" {
		c.w.t.Fatalf("%d %v %s", resp.StatusCode, resp.Header, must(io.ReadAll(resp.Body)))
	}
	return read(c.w.t, resp)
}

const allLists = `{"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true}`

func TestListChangeReachesThoseWhoseListChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start(deaf)
	c := w.client(alice)
	all := c.listen(t.Context(), here, allLists, allLists)
	some := c.listen(t.Context(), there, `{"promptsListChanged":true,"unheardOf":1}`, `{"promptsListChanged":true}`)
	w.touch() // a newer view in which nobody sees a difference
	w.offer(tools.KindTool, `{"name":"hidden","inputSchema":{"type":"object"}}`)
	w.touch()
	w.offer(tools.KindTool, `{"name":"more","inputSchema":{"type":"object"}}`)
	w.touch()
	all.tells("notifications/tools/list_changed", "")
	w.offer(tools.KindPrompt, `{"name":"help"}`)
	w.permit("ask", "want", "slow", "more", "resource:notes://one", "prompt:help")
	all.tells("notifications/prompts/list_changed", "")
	some.tells("notifications/prompts/list_changed", "")
	w.permit("ask", "want", "slow", "more", "resource:notes://*", "prompt:help")
	all.tells("notifications/resources/list_changed", "")
	w.permit("ask", "want", "slow", "more", "resource:notes://*")
	all.tells("notifications/prompts/list_changed", "") // and of nothing else before
	some.tells("notifications/prompts/list_changed", "")
}

func TestStreamOfAToolsetHearsOfItsOwnList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.toolsets = []tools.Toolset{{Name: "asking", Title: "Asking", Patterns: []string{"ask*"}}}
	r := w.start()
	c := w.client(alice)
	c.toolset = "asking"
	stream := c.listen(t.Context(), r, allLists, allLists)
	w.permit("ask", "want", "resource:notes://one") // slow is not in the toolset
	w.permit("want")
	stream.tells("notifications/tools/list_changed", "")
	w.mu.Lock()
	w.toolsets = nil
	w.mu.Unlock()
	w.touch()
	stream.ends()
}

func TestStreamEndsWithWhatItRestsOn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, r *replica){
		"token revoked": func(w *world, _ *replica) {
			ok(w.t, w.db.Revoke(w.t.Context(), w.admin(), authz.Revocation{
				ID: tenants.NewGUID(), Kind: authz.RevokePerson, Subject: alice.String(), NotBefore: w.now(), ExpiresAt: w.now().Add(time.Hour),
			}))
		},
		"organization suspended": func(w *world, _ *replica) {
			_, err := w.db.EditOrganization(w.t.Context(), w.admin(), "suspended", func(o *tenants.Organization) error {
				o.State = tenants.Suspended
				return nil
			})
			ok(w.t, err)
		},
		"client no longer allowed": func(w *world, _ *replica) {
			ok(w.t, w.withoutClients())
		},
		"replica stops": func(w *world, r *replica) { r.host.Drain(w.t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.start()
			c := w.client(alice)
			modern := c.listen(t.Context(), r, `{"toolsListChanged":true}`, `{"toolsListChanged":true}`)
			c.initialize(r, `{}`)
			legacy := c.get(t.Context(), r)
			end(w, r)
			modern.ends()
			legacy.ended()
		})
	}
}

func TestStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := &client{w: w, token: w.tokenUntil(alice, vscode, w.now().Add(2*time.Second))}
	stream := c.listen(t.Context(), r, `{"toolsListChanged":true}`, `{"toolsListChanged":true}`)
	w.clock.Store(int64(2 * time.Minute)) // past the leeway of clocks
	stream.ends()
}

func TestHiddenResourcesAreSilentlyNotListenedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := w.client(alice)
	stream := c.listen(t.Context(), r, `{"promptsListChanged":true,"resourceSubscriptions":["notes://one","notes://secret","notes://none"]}`, `{"promptsListChanged":true,"resourceSubscriptions":["notes://one"]}`)
	watch := w.fake.watchOf(func(watch tools.Watch) bool { return watch.URIs != nil })
	if len(watch.URIs) != 1 || watch.URIs[0] != "notes://one" || watch.Lists {
		t.Errorf("watches %v", watch.URIs)
	}
	for range 100 { // a source may not flood a client
		w.fake.tell(tools.Event{Resource: "notes://one"})
	}
	watch.Told(tools.Event{Resource: "notes://secret"})
	stream.tells("notifications/resources/updated", "notes://one")
	w.permit("ask") // what is no longer theirs they do not hear of
	eventually(t, "only lists are watched", func() bool {
		w.fake.tell(tools.Event{Resource: "notes://one"}) // an update at the moment of the change must not hide it
		return w.fake.watching() == 1
	})
	w.offer(tools.KindPrompt, `{"name":"help"}`)
	w.permit("ask", "prompt:help")
	for m := stream.next(); m.Method != "notifications/prompts/list_changed"; m = stream.next() {
		if m.Params.URI != "notes://one" { // of before
			t.Errorf("told %s", m.raw)
		}
	}
	watch.Told(tools.Event{Resource: "notes://one"})
	w.permit("ask")
	stream.tells("notifications/prompts/list_changed", "")
}

// deny adds a deny to the only role.
func (w *world) deny(pattern string) {
	w.t.Helper()
	_, err := w.db.EditAccess(w.t.Context(), w.admin(), "denied", func(c *access.Configuration) error {
		role := &c.Rules.Roles[0]
		role.Permissions = append(role.Permissions, authz.Permission{Effect: authz.Deny, Patterns: []string{pattern}})
		return nil
	})
	ok(w.t, err)
}

func TestDenyEndsASubscriptionThroughATemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.offer(tools.KindTemplate, `{"uriTemplate":"file:///{+path}","name":"files"}`)
	w.permit("ask", "resource:file:///*")
	here, there := w.start(), w.start()
	c := w.client(alice)
	wishes := `{"toolsListChanged":true,"resourceSubscriptions":["file:///secret/a"]}`
	modern := w.client(bob).listen(t.Context(), here, wishes, wishes)
	c.initialize(there, `{}`)
	legacy := c.get(t.Context(), here)
	if body := said(c.legacy(there, subscribe("file:///secret/a"))); body != `{"jsonrpc":"2.0","id":3,"result":{}}` {
		t.Fatalf("%s", body)
	}
	var watches []tools.Watch
	for len(watches) < 2 { // one for each person
		if watch := <-w.fake.watched; len(watch.URIs) > 0 {
			watches = append(watches, watch)
		}
	}
	tell := func() {
		for _, watch := range watches {
			watch.Told(tools.Event{Resource: "file:///secret/a"})
		}
	}
	tell()
	modern.tells("notifications/resources/updated", "file:///secret/a")
	legacy.hears(`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///secret/a"}}`)
	w.deny("resource:file:///secret/*")
	eventually(t, "nobody watches the resource", func() bool { return w.fake.watching() == 1 }) // the lists remain
	tell()
	w.deny("ask")
	modern.tells("notifications/tools/list_changed", "")
	legacy.hears(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	if body := said(c.legacy(there, subscribe("file:///secret/a"))); !strings.Contains(body, `-32002`) {
		t.Errorf("%s", body)
	}
	another := c.listen(t.Context(), here, wishes, `{"toolsListChanged":true}`)
	w.permit("ask")
	another.tells("notifications/tools/list_changed", "")
	modern.tells("notifications/tools/list_changed", "")
	legacy.hears(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	eventually(t, "the lists are watched once for all streams", func() bool { return w.fake.watching() == 1 })
	for len(w.fake.watched) > 0 {
		if watch := <-w.fake.watched; len(watch.URIs) > 0 {
			t.Errorf("what is denied is watched anew: %v", watch.URIs)
		}
	}
	w.permit("nothing")
	eventually(t, "nothing is watched for those who see nothing of the source", func() bool { return w.fake.watching() == 0 })
}

func TestListenRefusesWhatItCannotUnderstand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := w.client(alice)
	uris := strings.Repeat(`"notes://one",`, 101)
	for params, want := range map[string]string{
		`"notifications":[],`:                                                     "params.notifications must be an object",
		`"notifications":{"toolsListChanged":1},`:                                 "toolsListChanged must be true or false",
		`"notifications":{"resourceSubscriptions":"x"},`:                          "must be an array of strings",
		`"notifications":{"resourceSubscriptions":[` + uris[:len(uris)-1] + `]},`: "more than 100 resources",
	} {
		resp := c.modern(t.Context(), r, "subscriptions/listen", "", params)
		if body := string(must(io.ReadAll(resp.Body))); !strings.Contains(body, want) || !strings.Contains(body, "-32602") {
			t.Errorf("%s: %d %s", params, resp.StatusCode, body)
		}
	}
}

func TestSourceIsWatchedForListsOnceAndReadAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	first, leave := context.WithCancel(t.Context())
	a := w.client(alice).listen(first, r, `{"toolsListChanged":true}`, `{"toolsListChanged":true}`)
	watch := <-w.fake.watched
	if !watch.Lists || watch.URIs != nil {
		t.Errorf("%+v", watch)
	}
	b := w.client(bob).listen(t.Context(), r, `{"toolsListChanged":true}`, `{"toolsListChanged":true}`)
	w.fake.tell(tools.Event{})
	eventually(t, "the source is read anew", func() bool { return r.read.Load() == 1 })
	leave() // on whose behalf it was watched: the other's takes over
	<-w.fake.watched
	eventually(t, "one watch", func() bool { return w.fake.watching() == 1 })
	w.fake.tell(tools.Event{})
	eventually(t, "the source is read anew", func() bool { return r.read.Load() == 2 })
	_, _ = a, b
}

func TestStreamsOfACallerAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := w.client(alice)
	ctx, leave := context.WithCancel(t.Context())
	for range 32 {
		c.listen(ctx, r, `{"toolsListChanged":true}`, `{"toolsListChanged":true}`)
	}
	resp := c.modern(t.Context(), r, "subscriptions/listen", "", `"notifications":{},`)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", resp.StatusCode, must(io.ReadAll(resp.Body)))
	}
	w.client(bob).listen(t.Context(), r, `{}`, `{}`) // nobody takes another's places
	leave()
	eventually(t, "places are given back", func() bool {
		resp := c.modern(t.Context(), r, "subscriptions/listen", "", `"notifications":{},`)
		return resp.StatusCode == http.StatusOK
	})
	if resp := c.modern(t.Context(), r, "tools/list", "", ``); resp.StatusCode != http.StatusOK {
		t.Errorf("%d", resp.StatusCode)
	}
}
