package upstream_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// besides is a legacy server that asks on the stream that a session has besides its
// requests, and answers a call once that is answered.
type besides struct {
	*stub
	questions chan string   // what it asks
	open      chan struct{} // a stream has been opened
	closed    chan struct{} // one has ended
	answered  chan struct{}
}

func newBesides(t *testing.T) (*besides, string) {
	t.Helper()
	b := &besides{questions: make(chan string, 8), open: make(chan struct{}, 8), closed: make(chan struct{}, 8), answered: make(chan struct{}, 8)}
	b.stub = &stub{legacy: true, handle: b.handleOne}
	return b, serve(t, b)
}

// ServeHTTP notes the answer to a question.
func (b *besides) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.stub.ServeHTTP(w, r)
	var m message
	if json.NewDecoder(r.Body).Decode(&m) == nil && string(m.ID) == `"q1"` {
		b.answered <- struct{}{}
	}
}

func (b *besides) handleOne(w http.ResponseWriter, r *http.Request, m message) {
	if r.Method != http.MethodGet {
		select {
		case b.questions <- `{"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":{"message":"?"}}`:
		default:
		}
		<-b.answered
		result(w, m.ID, everyList)
		return
	}
	send := stream(w)
	send(":\n\n")
	b.open <- struct{}{}
	defer func() { b.closed <- struct{}{} }()
	for {
		select {
		case q := <-b.questions:
			send(event("", q))
		case <-r.Context().Done():
			return
		}
	}
}

// TestServerAsksOnTheStreamOfTheSession: servers ask there what they want to know
// for a call.
func TestServerAsksOnTheStreamOfTheSession(t *testing.T) {
	t.Parallel()
	b, url := newBesides(t)
	r := newRig(t)
	s := r.server(url)
	var answering sync.WaitGroup
	defer answering.Wait()
	c := call(wire.Legacy, func(c *tools.Call) {
		c.Client.Capabilities.Can = tools.CanElicit
		c.Peer = &peer{ask: func(_ context.Context, q tools.Question) error {
			if q.Method != wire.MethodElicit {
				t.Errorf("asked %s", q.Method)
			}
			answering.Go(func() {
				if err := s.Answer(t.Context(), r.caller(), tools.Answer{ReplyTo: q.ReplyTo, Result: []byte(`{"action":"accept","content":{}}`)}); err != nil {
					t.Error(err)
				}
			})
			return nil
		}}
	})
	for range 2 { // the stream is opened anew for the second call
		if _, err := s.Exchange(t.Context(), r.caller(), tool("any"), c); err != nil {
			t.Fatal(err)
		}
		<-b.open
		<-b.closed
	}
	opened := b.seen(http.MethodGet)
	if len(opened) != 2 || opened[0].header.Get("Mcp-Session-Id") != sessionsOf(b.stub)[0] || opened[0].header.Get("Accept") != "text/event-stream" {
		t.Errorf("%d streams, with %v", len(opened), opened)
	}
}

func TestClientThatCannotBeAskedNeedsNoStream(t *testing.T) {
	t.Parallel()
	b, url := newBesides(t)
	b.answered <- struct{}{}
	r := newRig(t)
	exchange(t, r.server(url), r.caller(), call(wire.Legacy))
	if n := len(b.seen(http.MethodGet)); n != 0 {
		t.Errorf("%d streams were opened", n)
	}
}

func TestServerWithoutSuchAStreamIsAskedForItOnce(t *testing.T) {
	t.Parallel()
	s := &stub{legacy: true, handle: answersOnly(func(w http.ResponseWriter, _ *http.Request, m message) { result(w, m.ID, everyList) })}
	r := newRig(t)
	server := r.server(newStub(t, s))
	for range 3 {
		exchange(t, server, r.caller(), call(wire.Legacy, func(c *tools.Call) { c.Client.Capabilities.Can = tools.CanElicit }))
	}
	if n := len(s.seen(http.MethodGet)); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}

// TestServerThatHoldsTheStreamBackIsWaitedForOnce: some send nothing, not even a
// header, before there is something to say.
func TestServerThatHoldsTheStreamBackIsWaitedForOnce(t *testing.T) {
	t.Parallel()
	s := &stub{legacy: true}
	s.handle = func(w http.ResponseWriter, r *http.Request, m message) {
		if r.Method == http.MethodGet {
			<-r.Context().Done()
			return
		}
		result(w, m.ID, everyList)
	}
	r := newRig(t)
	server := r.server(newStub(t, s))
	began := time.Now()
	for range 4 {
		exchange(t, server, r.caller(), call(wire.Legacy, func(c *tools.Call) { c.Client.Capabilities.Can = tools.CanElicit }))
	}
	if n, took := len(s.seen(http.MethodGet)), time.Since(began); n != 1 || took > 3*time.Second {
		t.Errorf("it was asked %d times, which took %s", n, took)
	}
}

// TestPingsOnTheStreamAreAnswered, and what the client cannot answer is refused.
func TestPingsOnTheStreamAreAnswered(t *testing.T) {
	t.Parallel()
	b, url := newBesides(t)
	b.questions <- `{"jsonrpc":"2.0","id":"p1","method":"ping"}`
	b.questions <- `{"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{}}`
	r := newRig(t)
	server := r.server(url)
	p := &peer{ask: func(context.Context, tools.Question) error { b.answered <- struct{}{}; return nil }}
	exchange(t, server, r.caller(), call(wire.Legacy, func(c *tools.Call) { c.Peer, c.Client.Capabilities.Can = p, tools.CanElicit }))
	answers := map[string]string{}
	for _, seen := range b.all() {
		if seen.Result != nil || seen.Error != nil {
			answers[string(seen.ID)] = string(seen.Result) + string(seen.Error)
		}
	}
	if answers[`"p1"`] != "{}" || len(answers[`"s1"`]) == 0 || len(answers) != 2 {
		t.Errorf("%v", answers)
	}
}
