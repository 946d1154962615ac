package replicas_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// content returns the text of a tool's result.
func content(t *testing.T, m message) string {
	t.Helper()
	var result struct {
		Content []struct{ Text string }
		IsError bool
	}
	if err := json.Unmarshal(m.Result, &result); err != nil || len(result.Content) == 0 {
		t.Fatalf("no content: %s %v", m.raw, err)
	}
	if result.IsError {
		return "error: " + result.Content[0].Text
	}
	return result.Content[0].Text
}

const callAsk = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"ask","arguments":{}}}`

const callWant = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"want","arguments":{}}}`

func reply(id json.RawMessage, n int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"n":%d}}}`, id, n)
}

// accepted fails unless a response was taken.
func accepted(t *testing.T, resp response) {
	t.Helper()
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("%d %s", resp.StatusCode, must(io.ReadAll(resp.Body)))
	}
}

// refused fails unless a response was refused with the status and sentence.
func refused(t *testing.T, resp response, status int, sentence string) {
	t.Helper()
	if body := must(io.ReadAll(resp.Body)); resp.StatusCode != status || !strings.Contains(string(body), sentence) {
		t.Errorf("%d %s, want %d %q", resp.StatusCode, body, status, sentence)
	}
}

func TestLegacyClientAnswersALegacyServerOnTheOtherReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	c.initialize(there, `{"elicitation":{}}`)
	answer := read(t, c.legacy(here, callAsk))
	for n := range 2 {
		q := answer.next()
		if q.Method != "elicitation/create" || q.Params.Message != "Notes asks: How many?" || len(q.ID) > 1024 {
			t.Fatalf("asked %s", q.raw)
		}
		accepted(t, c.legacy(there, reply(q.ID, n)))
		refused(t, c.legacy(here, reply(q.ID, 9)), http.StatusConflict, "answered already")
	}
	if got := content(t, answer.next()); got != `{"action":"accept","content":{"n":0}}{"action":"accept","content":{"n":1}}` {
		t.Errorf("%s", got)
	}
	if n := w.fake.answered(); n != 2 {
		t.Errorf("the server got %d answers", n)
	}
}

func TestAnswerOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	c.initialize(here, `{"elicitation":{}}`)
	id := read(t, c.legacy(here, callAsk)).next().ID
	const sentence = "this answers no request that is open in this session"
	another, person, software := w.client(alice), w.client(bob), &client{w: w, token: w.token(alice, other)}
	for _, foreign := range []*client{another, person, software} {
		foreign.initialize(there, `{"elicitation":{}}`)
		refused(t, foreign.legacy(there, reply(id, 1)), http.StatusBadRequest, sentence)
	}
	outside := *c
	outside.session = ""
	refused(t, outside.legacy(there, reply(id, 1)), http.StatusBadRequest, sentence)
	altered := []byte(string(id))
	altered[10] ^= 1
	for _, bad := range []string{string(altered), `"x"`, `7`, `""`} {
		refused(t, c.legacy(there, reply(json.RawMessage(bad), 1)), http.StatusBadRequest, sentence)
	}
	w.clock.Store(int64(11 * time.Minute))
	there.awaitFresh()
	refused(t, c.legacy(there, reply(id, 1)), http.StatusBadRequest, sentence)
	if n := w.fake.answered(); n != 0 {
		t.Errorf("the server got %d answers", n)
	}
}

func TestServerHearsAtOnceThatAClientCannotBeAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := w.client(alice)
	c.initialize(r, `{}`)
	if got := content(t, read(t, c.legacy(r, callAsk)).next()); strings.Count(got, `"code":-32601`) != 2 {
		t.Errorf("the server hears %s", got)
	}
	if got := content(t, read(t, c.legacy(r, callWant)).next()); !strings.Contains(got, "error: notes wants to ask something first, and the client has not declared") {
		t.Errorf("%s", got)
	}
}

func TestLegacyClientAnswersAModernServerOnTheOtherReplica(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string][]bool{"notified": nil, "notifications cut": {deaf}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			here, there := w.start(cut...), w.start(cut...)
			c := w.client(alice)
			c.initialize(there, `{"elicitation":{}}`)
			answer := read(t, c.legacy(here, callWant))
			q := answer.next()
			if q.Method != "elicitation/create" || q.Params.Message != "Notes asks: How many?" {
				t.Fatalf("asked %s", q.raw)
			}
			accepted(t, c.legacy(there, reply(q.ID, 3)))
			if got := content(t, answer.next()); got != `{"k1":{"action":"accept","content":{"n":3}}} and the server's own` {
				t.Errorf("%s", got)
			}
			refused(t, c.legacy(there, reply(q.ID, 4)), http.StatusNotFound, "nobody waits for this answer any more")
		})
	}
}

func TestClientThatDoesNotAnswerIsToldWhatBecameOfItsCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	c.initialize(there, `{"elicitation":{}}`)
	answer := read(t, c.legacy(here, callWant))
	q := answer.next()
	accepted(t, c.legacy(there, `{"jsonrpc":"2.0","id":`+string(q.ID)+`,"error":{"code":-1,"message":"no screen"}}`))
	if got := content(t, answer.next()); got != "error: the client did not answer what notes asked: no screen" {
		t.Errorf("%s", got)
	}
	late := read(t, c.legacy(here, callWant))
	late.next()
	w.clock.Store(int64(11 * time.Minute))
	if got := content(t, late.next()); got != "error: what notes asked was not answered in time; repeat the call" {
		t.Errorf("%s", got)
	}
}

// asked is a result that asks.
type asked struct {
	ResultType    string
	InputRequests map[string]struct {
		Method string
		Params json.RawMessage
	}
	RequestState string
}

func askedIn(t *testing.T, m message) asked {
	t.Helper()
	var a asked
	if err := json.Unmarshal(m.Result, &a); err != nil || a.ResultType != "input_required" || a.RequestState == "" {
		t.Fatalf("nothing is asked: %s", m.raw)
	}
	return a
}

// again repeats a call with answers.
func (c *client) again(r *replica, tool, state, responses string) *events {
	c.w.t.Helper()
	return read(c.w.t, c.modern(c.w.t.Context(), r, "tools/call", tool,
		`"name":"`+tool+`","arguments":{},"requestState":"`+state+`","inputResponses":`+responses+`,`))
}

func TestModernClientAnswersALegacyServerOnTheOtherReplica(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string][]bool{"notified": nil, "notifications cut": {deaf}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			here, there := w.start(cut...), w.start(cut...)
			c := w.client(alice)
			first := askedIn(t, read(t, c.modern(t.Context(), here, "tools/call", "ask", `"name":"ask","arguments":{},`)).next())
			if q := first.InputRequests["question"]; q.Method != "elicitation/create" || string(q.Params) != strings.Replace(form, "How", "Notes asks: How", 1) {
				t.Fatalf("%+v", first)
			}
			// What is not answered is asked again.
			first = askedIn(t, c.again(there, "ask", first.RequestState, `{}`).next())
			second := askedIn(t, c.again(there, "ask", first.RequestState, `{"question":{"n":1}}`).next())
			if got := content(t, c.again(here, "ask", second.RequestState, `{"question":{"n":2}}`).next()); got != `{"n":1}{"n":2}` {
				t.Errorf("%s", got)
			}
			if m := c.again(here, "ask", second.RequestState, `{"question":{"n":2}}`).next(); !strings.Contains(m.raw, "what notes was doing has been interrupted; make the request again") {
				t.Errorf("a state that is used up: %s", m.raw)
			}
		})
	}
}

func TestModernServerAsksAModernClientThroughAnyReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	first := askedIn(t, read(t, c.modern(t.Context(), here, "tools/call", "want", `"name":"want","arguments":{},`)).next())
	if got := content(t, c.again(there, "want", first.RequestState, `{"k1":{"n":1}}`).next()); got != `{"k1":{"n":1}} and the server's own` {
		t.Errorf("%s", got)
	}
	if m := w.client(bob).again(there, "want", first.RequestState, `{"k1":{"n":1}}`).next(); !strings.Contains(string(m.Error), "-32602") {
		t.Errorf("somebody else's state: %s", m.raw)
	}
}

// TestExchangeOfAKilledReplicaEndsInAWordToRetry kills the replica on which an
// exchange is parked: its promise lapses, and whoever comes back hears so.
func TestExchangeOfAKilledReplicaEndsInAWordToRetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	first := askedIn(t, read(t, c.modern(t.Context(), here, "tools/call", "ask", `"name":"ask","arguments":{},`)).next())
	here.kill()
	w.clock.Store(int64(30 * time.Second))
	there.awaitFresh()
	resp := c.modern(t.Context(), there, "tools/call", "ask",
		`"name":"ask","arguments":{},"requestState":"`+first.RequestState+`","inputResponses":{"question":{"n":1}},`)
	body := string(must(io.ReadAll(resp.Body)))
	if !strings.Contains(body, "make the request again") || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	// Nothing else fails.
	for range 3 {
		if got := askedIn(t, read(t, c.modern(t.Context(), there, "tools/call", "ask", `"name":"ask","arguments":{},`)).next()); got.InputRequests["question"].Method == "" {
			t.Errorf("%+v", got)
		}
	}
}

func TestParkedExchangeEndsWhenItsReplicaStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start()
	c := w.client(alice)
	first := askedIn(t, read(t, c.modern(t.Context(), here, "tools/call", "ask", `"name":"ask","arguments":{},`)).next())
	here.host.Drain(t.Context())
	if got := <-w.fake.gone; got != "ask" {
		t.Errorf("%s goes on", got)
	}
	if m := c.again(there, "ask", first.RequestState, `{"question":{"n":1}}`).next(); !strings.Contains(m.raw, "the server restarts; make the request again") {
		t.Errorf("%s", m.raw)
	}
}

func TestParkedExchangesOfACallerAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	c := w.client(alice)
	call := func(c *client) message {
		return read(t, c.modern(t.Context(), r, "tools/call", "ask", `"name":"ask","arguments":{},`)).next()
	}
	for range 8 {
		askedIn(t, call(c))
	}
	if got := content(t, call(c)); strings.Count(got, "too many requests wait for answers of people") != 2 {
		t.Errorf("%s", got)
	}
	askedIn(t, call(w.client(bob))) // nobody takes another's places
}
