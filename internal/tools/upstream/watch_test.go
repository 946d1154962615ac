package upstream_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// watching begins a watch and returns what it tells, and how it ends.
func watching(t *testing.T, s *upstream.Server, r *rig, w tools.Watch) (told chan tools.Event, ended chan error, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	told, ended = make(chan tools.Event, 100), make(chan error, 1)
	w.Told = func(e tools.Event) { told <- e }
	go func() { ended <- s.Watch(ctx, r.caller(), w) }()
	return told, ended, cancel
}

func TestChangesAreTold(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(*everything) http.Handler{"dual": (*everything).dual, "legacy": (*everything).legacy} {
		for _, client := range []wire.Era{wire.Modern, wire.Legacy} {
			t.Run(name+" "+client.String(), func(t *testing.T) {
				t.Parallel()
				r, e := newRig(t), newEverything(t)
				var listening atomic.Int64
				inner := handler(e)
				s := r.server(serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					if req.Method == http.MethodGet || req.Header.Get("Mcp-Method") == wire.MethodSubscriptionsListen {
						listening.Add(1)
					}
					inner.ServeHTTP(w, req)
				})))
				told, ended, stop := watching(t, s, r, tools.Watch{Client: tools.Client{Era: client}, URIs: []string{"test://note", "test://note"}, Lists: true})
				hear(t, told, tools.Event{}, func() {
					e.server.AddTool(&mcp.Tool{Name: "new", InputSchema: map[string]any{"type": "object"}}, e.greet)
				})
				hear(t, told, tools.Event{Resource: "test://note"}, func() {
					_ = e.server.ResourceUpdated(t.Context(), &mcp.ResourceUpdatedNotificationParams{URI: "test://note"})
				})
				stop()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("ended with %v", err)
				}
			})
		}
	}
}

// hear makes a change, again and again, until it is told of: the watch may not
// have begun the first time.
func hear(t *testing.T, told chan tools.Event, want tools.Event, change func()) {
	t.Helper()
	for range 500 {
		change()
		select {
		case got := <-told:
			if got == want {
				return
			}
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("nothing was told of %+v", want)
}

// listens is a modern server that says certain things to who listens.
func listens(say func(send func(string), id string, r *http.Request)) *stub {
	return &stub{modern: true, handle: func(w http.ResponseWriter, r *http.Request, m message) {
		say(stream(w), string(m.ID), r)
	}}
}

func acknowledged(id, honored string) string {
	return event("", `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":`+id+`},"notifications":`+honored+`}}`)
}

func changed(id string) string {
	return event("", `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":`+id+`}}}`)
}

func TestOnlyOurOwnSubscriptionCounts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server(newStub(t, listens(func(send func(string), id string, req *http.Request) {
		send(acknowledged(id, `{"toolsListChanged":true}`) + changed(`"another"`) + event("", `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`) +
			event("", `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x://y","_meta":{"io.modelcontextprotocol/subscriptionId":`+id+`}}}`))
		<-req.Context().Done()
	})))
	told, ended, stop := watching(t, s, r, tools.Watch{Lists: true, URIs: []string{"x://y"}})
	if got := <-told; got.Resource != "x://y" {
		t.Errorf("told of %+v", got)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

func TestServerThatTellsOfNothingEndsTheWatch(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*stub{
		"knows no listening": {modern: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
			fail(w, m.ID, http.StatusNotFound, `{"code":-32601,"message":"no"}`)
		}},
		"honors nothing": listens(func(send func(string), id string, _ *http.Request) {
			send(acknowledged(id, `{"toolsListChanged":false}`))
		}),
		"ends at once":  {modern: true},
		"has no stream": {legacy: true, handle: func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(http.StatusMethodNotAllowed) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			_, ended, stop := watching(t, r.server(newStub(t, s)), r, tools.Watch{Lists: true})
			defer stop()
			if err := <-ended; err != nil {
				t.Errorf("ended with %v", err)
			}
			if s.legacy && len(s.seen(http.MethodDelete)) < 2 {
				t.Error("the session of the watch was not ended")
			}
		})
	}
}

func TestStreamThatBreaksIsOpenedAnewAndListsAreLookedAt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var opened atomic.Int64
	s := r.server(newStub(t, listens(func(send func(string), id string, req *http.Request) {
		nth := opened.Add(1)
		send(acknowledged(id, `{"toolsListChanged":true}`))
		if nth > 1 {
			<-req.Context().Done()
		}
	})))
	told, ended, stop := watching(t, s, r, tools.Watch{Lists: true})
	if got := <-told; got.Resource != "" || opened.Load() != 2 {
		t.Errorf("told of %+v after %d streams", got, opened.Load())
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

func TestListsThatChangeDuringACallAreTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	listening := make(chan struct{})
	s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, req *http.Request, m message) {
		send := stream(w)
		if m.Method == wire.MethodSubscriptionsListen {
			send(acknowledged(string(m.ID), `{"toolsListChanged":true}`))
			close(listening)
			<-req.Context().Done()
			return
		}
		send(event("", `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`) + event("", response(m.ID, `{"content":[]}`)))
	}}))
	told, ended, stop := watching(t, s, r, tools.Watch{Lists: true})
	<-listening
	p := &peer{}
	exchange(t, s, r.caller(), call(wire.Modern, func(c *tools.Call) { c.Peer = p }))
	if got := <-told; got.Resource != "" || len(p.notifications()) != 0 {
		t.Errorf("told of %+v, the client heard %v", got, p.notifications())
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

func TestWatchThatCannotHelpEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server(serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })))
	if err := s.Watch(t.Context(), r.caller(), tools.Watch{Lists: true}); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("without a credential: %v", err)
	}
	if err := s.Watch(t.Context(), r.caller(), tools.Watch{URIs: make([]string, 1001)}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too much at a time: %v", err)
	}
	if err := r.server("x").Watch(t.Context(), r.caller(), tools.Watch{}); fault.KindOf(err) != fault.Upstream {
		t.Errorf("no URL: %v", err)
	}
}

func TestBrokenStreamOfALegacyServerIsGoneOnWith(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var id atomic.Value
	s := &stub{legacy: true, handle: func(w http.ResponseWriter, req *http.Request, m message) {
		send := stream(w)
		if req.Method == http.MethodPost {
			id.Store([]byte(m.ID))
			send("id: first\nretry: 1\ndata: \n\n" + event("second", `{"jsonrpc":"2.0","method":"notifications/vendor","params":{"n":1}}`))
			return
		}
		if req.Header.Get("Last-Event-ID") == "second" {
			send(event("third", `{"jsonrpc":"2.0","method":"notifications/vendor","params":{"n":2}}`))
			return
		}
		send(event("fourth", response(id.Load().([]byte), `{"content":["`+req.Header.Get("Last-Event-ID")+`"]}`)))
	}}
	p := &peer{}
	got, err := r.server(newStub(t, s)).Exchange(t.Context(), r.caller(), tool("any"), call(wire.Legacy, func(c *tools.Call) { c.Peer = p }))
	if err != nil || string(got.Members) != `"content":["third"]` || len(p.notifications()) != 2 || len(s.seen("tools/call")) != 1 {
		t.Errorf("%s %v, heard %v", got.Members, err, p.notifications())
	}
}

func TestStreamThatBreaksAgainAndAgainIsLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var opened atomic.Int64
	s := r.server(newStub(t, &stub{legacy: true, handle: func(w http.ResponseWriter, _ *http.Request, _ message) {
		opened.Add(1)
		stream(w)("id: again\nretry: 1\ndata: \n\n")
	}}))
	_, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Legacy))
	if fault.KindOf(err) != fault.Upstream || opened.Load() > 30 {
		t.Errorf("%v after %d streams", err, opened.Load())
	}
}

func TestModernCallThatNobodyWaitsForIsClosed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	began, closed := make(chan struct{}), make(chan struct{})
	s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, req *http.Request, _ message) {
		stream(w)(": here\n\n")
		close(began)
		<-req.Context().Done()
		close(closed)
	}}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
	}()
	if _, err := s.Exchange(ctx, r.caller(), tool("any"), call(wire.Modern)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	<-closed
}

func TestServerThatChangesItsEraIsUnderstoodAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var now atomic.Pointer[stub]
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { now.Load().ServeHTTP(w, req) }))
	s := r.server(url)
	refusing := func(w http.ResponseWriter, req *http.Request, m message) {
		switch modern := req.Header.Get("Mcp-Protocol-Version") == "2026-07-28"; {
		case now.Load().modern == modern:
			result(w, m.ID, `{"content":[]}`)
		case modern:
			fail(w, m.ID, http.StatusBadRequest, `{"code":-32022,"message":"no","data":{"supported":["2025-11-25"]}}`)
		default:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "send metadata")
		}
	}
	for _, modern := range []bool{true, false, true} {
		next := &stub{modern: modern, legacy: !modern, handle: refusing}
		if modern {
			next.refusesInitialize = true
		}
		now.Store(next)
		exchange(t, s, r.caller(), call(wire.Modern))
		got := next.seen("tools/call")
		if last := got[len(got)-1]; (last.header.Get("Mcp-Protocol-Version") == "2026-07-28") != modern {
			t.Errorf("spoken to with %v", last.header)
		}
	}
	if got := now.Load().seen("tools/call"); strings.Contains(string(got[len(got)-1].body), "jsonrpc\":\"1") {
		t.Error("not JSON-RPC")
	}
}

func TestErasAreRememberedForAWhile(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{modern: true}
	server := r.server(newStub(t, s))
	for range 3 {
		exchange(t, server, r.caller(), call(wire.Modern))
	}
	if got := len(s.seen("server/discover")); got != 1 {
		t.Errorf("asked %d times", got)
	}
	r.clock.advance(2 * time.Hour)
	exchange(t, server, r.caller(), call(wire.Modern))
	if got := len(s.seen("server/discover")); got != 2 {
		t.Errorf("asked %d times after two hours", got)
	}
}

func TestServersOutliveTheViewThatAskedForThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server("https://a.example/mcp")
	if r.server("https://a.example/mcp", func(c *upstream.Connection) { c.Source.Title, c.Source.Review = "Other", tools.AllowAll }) != s {
		t.Error("an equal source has another server")
	}
	for name, change := range map[string]func(*upstream.Connection){
		"address":    func(c *upstream.Connection) { c.Source.URL = "https://b.example/mcp" },
		"name":       func(c *upstream.Connection) { c.Source.Name = "other" },
		"timeout":    func(c *upstream.Connection) { c.Source.Timeout = time.Second },
		"places":     func(c *upstream.Connection) { c.Source.Concurrent = 3 },
		"secret":     func(c *upstream.Connection) { c.Secret = []byte("x") },
		"credential": func(c *upstream.Connection) { c.Source.Credential.Kind = tools.HeaderCredential },
	} {
		s := r.server("https://a.example/mcp")
		if r.server("https://a.example/mcp", change) == s {
			t.Errorf("a source with another %s has the same server", name)
		}
	}
	other := newRig(t)
	other.hub = r.hub
	if other.server("https://a.example/mcp") == r.server("https://a.example/mcp") {
		t.Error("two organizations share a server")
	}
}

func TestHubNeedsItsOptions(t *testing.T) {
	t.Parallel()
	if _, err := upstream.New(upstream.Options{}); err == nil {
		t.Error("no options will do")
	}
}

func TestNothingIsHeardBeforeTheServerAcknowledges(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(id string) string{
		"not at all":      func(string) string { return "" },
		"somebody else's": func(string) string { return acknowledged(`"another"`, `{"toolsListChanged":true}`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			var opened atomic.Int64
			s := r.server(newStub(t, listens(func(send func(string), id string, req *http.Request) {
				updated := event("", `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x://early","_meta":{"io.modelcontextprotocol/subscriptionId":`+id+`}}}`)
				if opened.Add(1) == 1 {
					send(first(id) + updated + updated)
				} else {
					send(acknowledged(id, `{"toolsListChanged":true}`))
				}
				<-req.Context().Done()
			})))
			told, ended, stop := watching(t, s, r, tools.Watch{Lists: true, URIs: []string{"x://early"}})
			if got := <-told; got.Resource != "" || opened.Load() != 2 {
				t.Errorf("told of %+v by stream %d", got, opened.Load())
			}
			stop()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// taskTold is what a modern server says of a task to who listens.
func taskTold(id, task, status string) string {
	return event("", `{"jsonrpc":"2.0","method":"notifications/tasks","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":`+id+`,"vendor/x":1},"taskId":"`+task+`","status":"`+status+`","n":9007199254740993}}`)
}

func TestTasksAreToldAsTheyAreAndAsTheyBecome(t *testing.T) {
	t.Parallel()
	s, listening, asked := &stub{modern: true}, make(chan func(task, status string), 1), make(chan struct{}, 10)
	s.handle = func(w http.ResponseWriter, r *http.Request, m message) {
		if m.Method == wire.MethodTasksGet {
			asked <- struct{}{}
			result(w, m.ID, `{"resultType":"complete","taskId":"`+r.Header.Get("Mcp-Name")+`","status":"working","ttlMs":5,"_meta":{"vendor/y":2}}`)
			return
		}
		send := stream(w)
		send(acknowledged(string(m.ID), `{"taskIds":["a","b"]}`))
		listening <- func(task, status string) { send(taskTold(string(m.ID), task, status)) }
		<-r.Context().Done()
	}
	r := newRig(t)
	told, ended, stop := watching(t, r.server(newStub(t, s)), r, tools.Watch{Tasks: []string{"a", "b"}})
	say := <-listening
	for _, id := range []string{"a", "b"} {
		got := (<-told).Task
		if got == nil || got.ID != id || string(got.Members) != `"status":"working","ttlMs":5` || string(got.Meta) != `"vendor/y":2` {
			t.Fatalf("where %s is: %+v", id, got)
		}
	}
	say("another", "completed")
	say("b", "completed")
	if got := (<-told).Task; got == nil || got.ID != "b" || string(got.Members) != `"status":"completed","n":9007199254740993` || string(got.Meta) != `"vendor/x":1` {
		t.Errorf("what becomes of it: %+v", got)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	for _, r := range append(s.seen(wire.MethodSubscriptionsListen), s.seen(wire.MethodTasksGet)...) {
		if !strings.Contains(string(r.Params), `"extensions":{"io.modelcontextprotocol/tasks":{}}`) {
			t.Errorf("a client without the extension asks: %s", r.body)
		}
	}
	if p := string(s.seen(wire.MethodSubscriptionsListen)[0].Params); !strings.Contains(p, `"notifications":{"taskIds":["a","b"]}`) {
		t.Errorf("listens to %s", p)
	}
}

// TestWhatIsToldOfATaskIsNewerThanWhatWasAsked: the answer may have been on its way
// for longer.
func TestWhatIsToldOfATaskIsNewerThanWhatWasAsked(t *testing.T) {
	t.Parallel()
	s, goOn := &stub{modern: true}, make(chan struct{})
	s.handle = func(w http.ResponseWriter, r *http.Request, m message) {
		if m.Method == wire.MethodTasksGet {
			<-goOn
			result(w, m.ID, `{"resultType":"complete","taskId":"`+r.Header.Get("Mcp-Name")+`","status":"working"}`)
			return
		}
		send := stream(w)
		send(acknowledged(string(m.ID), `{"taskIds":["a","b"]}`) + taskTold(string(m.ID), "a", "completed"))
		<-r.Context().Done()
	}
	r := newRig(t)
	told, _, stop := watching(t, r.server(newStub(t, s)), r, tools.Watch{Tasks: []string{"a", "b"}})
	defer stop()
	if got := (<-told).Task; got == nil || got.ID != "a" || !strings.Contains(string(got.Members), "completed") {
		t.Errorf("%+v", got)
	}
	close(goOn)
	if got := (<-told).Task; got == nil || got.ID != "b" {
		t.Errorf("an old answer is told: %+v", got)
	}
}

func TestTaskThatIsTooLargeIsNamedOnly(t *testing.T) {
	t.Parallel()
	s := &stub{modern: true}
	s.handle = func(w http.ResponseWriter, r *http.Request, m message) {
		if m.Method == wire.MethodTasksGet {
			result(w, m.ID, `{"resultType":"complete","taskId":"a","status":"completed","result":{"content":["`+strings.Repeat("x", 1<<20)+`"]}}`)
			return
		}
		stream(w)(acknowledged(string(m.ID), `{"taskIds":["a"]}`))
		<-r.Context().Done()
	}
	r := newRig(t)
	told, _, stop := watching(t, r.server(newStub(t, s)), r, tools.Watch{Tasks: []string{"a"}})
	defer stop()
	if got := (<-told).Task; got == nil || got.ID != "a" || got.Members != nil {
		t.Errorf("%+v", got)
	}
}

func TestServerWithoutTasksIsNotWatchedForThem(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	_, ended, stop := watching(t, r.server(newStub(t, s)), r, tools.Watch{Tasks: []string{"a"}})
	defer stop()
	if err := <-ended; err != nil || len(s.seen(http.MethodGet)) > 0 {
		t.Errorf("ended with %v", err)
	}
}
