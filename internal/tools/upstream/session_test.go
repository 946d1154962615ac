package upstream_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// inSession makes a call one of a client's session.
func inSession(c *tools.Call) { c.Client.Session = person }

func exchange(t *testing.T, s *upstream.Server, by authz.Caller, c tools.Call) {
	t.Helper()
	if _, err := s.Exchange(t.Context(), by, tool("any"), c); err != nil {
		t.Fatal(err)
	}
}

// sessionsOf are the sessions that the calls a stub has seen came in.
func sessionsOf(s *stub) (ids []string) {
	for _, r := range s.seen("tools/call") {
		ids = append(ids, r.header.Get("Mcp-Session-Id"))
	}
	return ids
}

func TestReplicasShareTheSessionOfAClientsSession(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	url := newStub(t, s)
	one, two := r.server(url), r.replica(t).server(url)
	exchange(t, one, r.caller(), call(wire.Legacy, inSession))
	exchange(t, two, r.caller(), call(wire.Legacy, inSession))
	exchange(t, one, r.caller(), call(wire.Legacy, inSession))
	ids := sessionsOf(s)
	if ids[0] == "" || ids[0] != ids[1] || ids[0] != ids[2] {
		t.Errorf("sessions %v: want one", ids)
	}
	for _, ciphertext := range r.sessions.ciphertexts() {
		if bytes.Contains(ciphertext, []byte("session-")) {
			t.Error("a session lies in the open")
		}
	}
	if len(s.seen("notifications/initialized")) == 0 {
		t.Error("the server was not told that we are ready")
	}
}

func TestSessionsAreNotSharedBetweenPeopleClientsOrAbilities(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	server := r.server(newStub(t, s))
	id := r.caller().Identity()
	other, elsewhere := id, id
	other.OID, elsewhere.Client = sourceID, "client-2"
	exchange(t, server, r.caller(), call(wire.Modern))
	exchange(t, server, r.caller(), call(wire.Modern))
	exchange(t, server, authz.Actor(other), call(wire.Modern))
	exchange(t, server, authz.Actor(elsewhere), call(wire.Modern))
	exchange(t, server, r.caller(), call(wire.Modern, func(c *tools.Call) { c.Client.Capabilities.Can = tools.CanElicit }))
	ids := sessionsOf(s)
	if ids[0] != ids[1] {
		t.Errorf("one person at one client has sessions %v", ids[:2])
	}
	distinct := map[string]bool{}
	for _, id := range ids[1:] {
		distinct[id] = true
	}
	if len(distinct) != 4 {
		t.Errorf("sessions %v: want four different ones", ids)
	}
	if len(r.sessions.ciphertexts()) != 0 {
		t.Error("a session that is nobody else's was stored")
	}
}

// recordWay remembers the way back of a question.
func recordWay(way *[]byte) func(context.Context, tools.Question) error {
	return func(_ context.Context, q tools.Question) error {
		*way = q.ReplyTo
		return nil
	}
}

// forgetful forgets its first sessions, in its own way.
func forgetful(status int, sessions ...string) *stub {
	return &stub{legacy: true, handle: func(w http.ResponseWriter, r *http.Request, m message) {
		for _, gone := range sessions {
			if r.Header.Get("Mcp-Session-Id") == gone {
				w.WriteHeader(status)
				return
			}
		}
		result(w, m.ID, `{"content":[]}`)
	}}
}

func TestSessionThatTheServerForgotIsBegunAnewOnce(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusNotFound, http.StatusBadRequest} {
		r, s := newRig(t), forgetful(status, "session-2") // the first found out what the server speaks
		server := r.server(newStub(t, s))
		exchange(t, server, r.caller(), call(wire.Legacy, inSession))
		if got := fmt.Sprint(sessionsOf(s)); got != "[session-2 session-3]" {
			t.Errorf("HTTP %d: calls in %s", status, got)
		}
	}
	without := forgetful(http.StatusBadRequest, "")
	without.sessionID = "-"
	outside := newRig(t)
	if _, err := outside.server(newStub(t, without)).Exchange(t.Context(), outside.caller(), tool("any"), call(wire.Legacy)); err == nil || len(without.seen("tools/call")) != 1 {
		t.Errorf("a call outside sessions was made %d times: %v", len(without.seen("tools/call")), err)
	}
	r, s := newRig(t), forgetful(http.StatusNotFound, "session-2", "session-3", "session-4", "session-5", "session-6")
	_, err := r.server(newStub(t, s)).Exchange(t.Context(), r.caller(), tool("any"), call(wire.Legacy, inSession))
	if fault.KindOf(err) != fault.Upstream || len(s.seen("tools/call")) > 4 {
		t.Errorf("error %v after %d calls", err, len(s.seen("tools/call")))
	}
}

func TestSessionThatAnotherReplicaBeganAnewIsTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var mu sync.Mutex
	gone := ""
	s := &stub{legacy: true}
	s.handle = func(w http.ResponseWriter, req *http.Request, m message) {
		mu.Lock()
		defer mu.Unlock()
		if req.Header.Get("Mcp-Session-Id") == gone {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		result(w, m.ID, `{"content":[]}`)
	}
	url := newStub(t, s)
	one, two := r.server(url), r.replica(t).server(url)
	exchange(t, one, r.caller(), call(wire.Legacy, inSession))
	exchange(t, two, r.caller(), call(wire.Legacy, inSession))
	mu.Lock()
	gone = sessionsOf(s)[0]
	mu.Unlock()
	exchange(t, one, r.caller(), call(wire.Legacy, inSession))
	exchange(t, two, r.caller(), call(wire.Legacy, inSession))
	ids := sessionsOf(s)
	if last := ids[len(ids)-1]; last == gone || ids[3] != last {
		t.Errorf("calls in %v: want both replicas in one new session", ids)
	}
}

func TestStoredSessionOfAnotherAddressOrTimeIsNotTaken(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t), &stub{legacy: true}, &stub{legacy: true}
	exchange(t, r.server(newStub(t, a)), r.caller(), call(wire.Legacy, inSession))
	exchange(t, r.server(newStub(t, b)), r.caller(), call(wire.Legacy, inSession))
	if len(b.seen("initialize")) != 2 {
		t.Errorf("the session of another address was taken: %d begun", len(b.seen("initialize")))
	}
}

func TestStoredSessionThatHasEndedIsNotTaken(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	url := newStub(t, s)
	exchange(t, r.server(url), r.caller(), call(wire.Legacy, inSession))
	r.clock.advance(25 * time.Hour)
	exchange(t, r.replica(t).server(url), r.caller(), call(wire.Legacy, inSession))
	if ids := sessionsOf(s); ids[0] == ids[1] {
		t.Error("a session that has ended was taken")
	}
}

func TestEndEndsTheSessionEverywhere(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	server := r.server(newStub(t, s))
	c := call(wire.Legacy, inSession)
	exchange(t, server, r.caller(), c)
	id := sessionsOf(s)[0]
	if err := server.End(t.Context(), r.caller(), c); err != nil {
		t.Fatal(err)
	}
	ended := s.seen(http.MethodDelete)
	if len(ended) == 0 || ended[len(ended)-1].header.Get("Mcp-Session-Id") != id || len(r.sessions.ciphertexts()) != 0 {
		t.Errorf("ended %v, stored %d", ended, len(r.sessions.ciphertexts()))
	}
	exchange(t, server, r.caller(), c)
	if sessionsOf(s)[1] == id {
		t.Error("an ended session is used")
	}
}

// endedBy are the sessions that a stub was told to end, but those in which its era
// was found out.
func endedBy(s *stub) (ids []string) {
	for _, r := range s.seen(http.MethodDelete)[1:] {
		ids = append(ids, r.header.Get("Mcp-Session-Id"))
	}
	return ids
}

func TestSessionThatNobodyUsesAnyMoreIsEnded(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	server := r.server(newStub(t, s))
	exchange(t, server, r.caller(), call(wire.Modern))
	exchange(t, server, r.caller(), call(wire.Legacy, inSession))
	r.clock.advance(20 * time.Minute)
	exchange(t, server, r.caller(), call(wire.Modern, withApp))
	r.clock.advance(11 * time.Minute)
	server.Sweep()
	ids := sessionsOf(s)
	if got := endedBy(s); len(got) != 1 || got[0] != ids[0] {
		t.Errorf("ended %v of %v, want the first: the second belongs to all replicas, the third is in use", got, ids)
	}
	exchange(t, server, r.caller(), call(wire.Modern, withApp))
	exchange(t, server, r.caller(), call(wire.Legacy, inSession))
	exchange(t, server, r.caller(), call(wire.Modern))
	if after := sessionsOf(s)[3:]; after[0] != ids[2] || after[1] != ids[1] || after[2] == ids[0] {
		t.Errorf("before %v, after %v", ids, after)
	}
}

func TestClosedHubEndsTheSessionsThatAreItsOwn(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	server := r.server(newStub(t, s))
	exchange(t, server, r.caller(), call(wire.Modern))
	exchange(t, server, r.caller(), call(wire.Modern, withApp))
	exchange(t, server, r.caller(), call(wire.Legacy, inSession))
	r.hub.Close(t.Context())
	ids, ended := sessionsOf(s), endedBy(s)
	slices.Sort(ended)
	if !slices.Equal(ended, ids[:2]) || len(r.sessions.ciphertexts()) != 1 {
		t.Errorf("ended %v of %v, want the first two: other replicas go on with the third", ended, ids)
	}
}

// TestEndOfSessionsIsBounded, though the server does not answer.
func TestEndOfSessionsIsBounded(t *testing.T) {
	t.Parallel()
	s, release := &stub{legacy: true}, make(chan struct{})
	var deletes atomic.Int64
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete && deletes.Add(1) > 1 {
			<-release
		}
		s.ServeHTTP(w, r)
	}))
	defer close(release)
	r := newRig(t)
	server := r.server(url)
	exchange(t, server, r.caller(), call(wire.Modern))
	ctx, cancel := context.WithCancel(t.Context())
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		r.hub.Close(ctx)
	}()
	cancel()
	<-closed
}

func TestSessionIDThatNoHeaderCanCarryIsRefused(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{"a space": "a b", "too long": strings.Repeat("x", 5000)} {
		r := newRig(t)
		s := r.server(newStub(t, &stub{legacy: true, sessionID: id}))
		if _, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Legacy)); fault.KindOf(err) != fault.Upstream || !strings.Contains(err.Error(), "cannot be sent back") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnswerOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	s.handle = answersOnly(func(w http.ResponseWriter, _ *http.Request, m message) {
		send := stream(w)
		send(event("", `{"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":{"message":"?"}}`))
		send(event("", response(m.ID, `{"content":[]}`)))
	})
	server := r.server(newStub(t, s))
	var way []byte
	p := &peer{ask: recordWay(&way)}
	exchange(t, server, r.caller(), call(wire.Legacy, inSession, func(c *tools.Call) { c.Peer, c.Client.Capabilities.Can = p, tools.CanElicit }))
	other := r.caller().Identity()
	other.OID = sourceID
	for name, row := range map[string]struct {
		by  authz.Caller
		way []byte
	}{"another person": {authz.Actor(other), way}, "nothing": {r.caller(), nil}, "cut": {r.caller(), way[:len(way)-1]}, "longer": {r.caller(), append(bytes.Clone(way), 0)}, "another form": {r.caller(), append([]byte{9}, way[1:]...)}} {
		err := server.Answer(t.Context(), row.by, tools.Answer{ReplyTo: row.way, Session: person, Result: []byte("{}")})
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := server.Answer(t.Context(), r.caller(), tools.Answer{ReplyTo: way, Session: person, Failure: []byte(`{"code":-1,"message":"no"}`)}); err != nil {
		t.Fatal(err)
	}
	var got recorded
	for _, seen := range s.all() {
		if seen.Error != nil {
			got = seen
		}
	}
	if string(got.body) != `{"jsonrpc":"2.0","id":"q1","error":{"code":-1,"message":"no"}}` || got.header.Get("Mcp-Session-Id") != sessionsOf(s)[0] {
		t.Errorf("answered %s in %s", got.body, got.header.Get("Mcp-Session-Id"))
	}
}

func TestQuestionThatNoOtherReplicaCouldAnswerIsRefused(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{legacy: true}
	s.handle = answersOnly(func(w http.ResponseWriter, _ *http.Request, m message) {
		send := stream(w)
		send(event("", `{"jsonrpc":"2.0","id":"`+strings.Repeat("q", 600)+`","method":"elicitation/create","params":{"message":"?"}}`))
		send(event("", `{"jsonrpc":"2.0","id":2,"method":"vendor/ask","params":{}}`))
		send(event("", response(m.ID, `{"content":[]}`)))
	})
	exchange(t, r.server(newStub(t, s)), r.caller(), call(wire.Legacy, func(c *tools.Call) { c.Client.Capabilities.Can = tools.CanElicit }))
	refused := 0
	for _, seen := range s.all() {
		if strings.Contains(string(seen.Error), "-32601") {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d requests were refused", refused)
	}
}

func TestAnswerThatComesTooLateIsRetryable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := &stub{legacy: true}
	var ended atomic.Bool
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if ended.Load() {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		s.ServeHTTP(w, req)
	}))
	s.handle = func(w http.ResponseWriter, _ *http.Request, m message) {
		send := stream(w)
		send(event("", `{"jsonrpc":"2.0","id":1,"method":"roots/list"}`))
		send(event("", response(m.ID, `{"content":[]}`)))
	}
	var way []byte
	server := r.server(url)
	exchange(t, server, r.caller(), call(wire.Legacy, func(c *tools.Call) {
		c.Peer, c.Client.Capabilities.Can = &peer{ask: recordWay(&way)}, tools.CanListRoots
	}))
	ended.Store(true)
	if err := server.Answer(t.Context(), r.caller(), tools.Answer{ReplyTo: way, Result: []byte("{}")}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("error %v", err)
	}
}

func TestLogLevelOfASessionIsKept(t *testing.T) {
	t.Parallel()
	level := tools.Target{Method: wire.MethodSetLevel}
	set := func(c *tools.Call) {
		c.Client.LogLevel, c.Others = "warning", []wire.Member{{Name: "level", Value: []byte(`"warning"`)}}
	}
	t.Run("by a legacy server", func(t *testing.T) {
		t.Parallel()
		r, s := newRig(t), &stub{legacy: true}
		server := r.server(newStub(t, s))
		if _, err := server.Exchange(t.Context(), r.caller(), level, call(wire.Legacy, inSession, set)); err != nil {
			t.Fatal(err)
		}
		if got := s.seen("logging/setLevel"); len(got) != 1 || string(got[0].Params) != `{"level":"warning"}` {
			t.Errorf("the server was told %v", got)
		}
	})
	t.Run("for a modern server", func(t *testing.T) {
		t.Parallel()
		r, s := newRig(t), &stub{modern: true}
		url := newStub(t, s)
		if _, err := r.server(url).Exchange(t.Context(), r.caller(), level, call(wire.Legacy, inSession, set)); err != nil {
			t.Fatal(err)
		}
		exchange(t, r.replica(t).server(url), r.caller(), call(wire.Legacy, inSession))
		if got := s.seen("tools/call"); len(s.seen("logging/setLevel")) != 0 || !strings.Contains(string(got[0].body), `/logLevel":"warning"`) {
			t.Errorf("the server was told %s", got[0].body)
		}
	})
}

func TestSessionsInMemoryAreBoundedAndThoseGivenUpAreEnded(t *testing.T) {
	t.Parallel()
	p, now := upstream.NewSessionPool(), time.Now()
	for n := range 2_000 {
		if p.Put(n, now.Add(time.Duration(n)*time.Second)) != 0 {
			t.Fatalf("session %d took another's place", n)
		}
	}
	later := now.Add(2_000 * time.Second)
	if ended := p.Put(2_000, later); ended != 200 {
		t.Errorf("%d sessions were ended, want the 200 that nobody has used for half an hour", ended)
	}
	if p.Has(0, later) || !p.Has(1_999, later) || !p.Has(2_000, later) {
		t.Error("the wrong sessions are left")
	}
	if p.Has(2_000, later.Add(2*time.Hour)) {
		t.Error("a session outlives its time")
	}
	p = upstream.NewSessionPool()
	for n := range 2_000 {
		p.Put(n, now)
	}
	if ended := p.Put(2_000, now); ended != 1 || !p.Has(2_000, now) {
		t.Errorf("%d sessions were ended where all are in use, want one", ended)
	}
}

func TestCallThatWaitsForAPersonTakesNoPlace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var parked sync.WaitGroup
	defer parked.Wait()
	s := &stub{legacy: true}
	goOn := make(chan struct{})
	s.handle = func(w http.ResponseWriter, _ *http.Request, m message) {
		if strings.Contains(string(m.Params), "parked") {
			send := stream(w)
			send(event("", `{"jsonrpc":"2.0","id":1,"method":"roots/list"}`))
			<-goOn
			send(event("", response(m.ID, everyList)))
			return
		}
		result(w, m.ID, everyList)
	}
	server := r.server(newStub(t, s), func(c *upstream.Connection) { c.Source.Concurrent = 1 })
	asked := make(chan struct{})
	parked.Go(func() {
		_, err := server.Exchange(t.Context(), r.caller(), tool("parked"), call(wire.Legacy, func(c *tools.Call) {
			c.Client.Capabilities.Can = tools.CanListRoots
			c.Peer = &peer{ask: func(context.Context, tools.Question) error { close(asked); return nil }}
		}))
		if err != nil {
			t.Error(err)
		}
	})
	<-asked
	for range 3 {
		exchange(t, server, r.caller(), call(wire.Legacy))
	}
	close(goOn)
}

func TestQuestionsNeedTheVeryAbilityThatTheyUse(t *testing.T) {
	t.Parallel()
	for question, can := range map[string]tools.Capability{
		`"method":"elicitation/create","params":{"message":"?"}`:                                    tools.CanElicit,
		`"method":"elicitation/create","params":{"mode":"form"}`:                                    tools.CanElicit,
		`"method":"elicitation/create","params":{"mode":"url","url":"https://a.example"}`:           tools.CanElicitURL,
		`"method":"elicitation/create","params":{"m\u006fde":"u\u0072l","url":"https://a.example"}`: tools.CanElicitURL,
		`"method":"sampling/createMessage","params":{}`:                                             tools.CanSample,
		`"method":"roots/list"`: tools.CanListRoots,
	} {
		r := newRig(t)
		s := r.server(newStub(t, &stub{legacy: true, handle: answersOnly(func(w http.ResponseWriter, _ *http.Request, m message) {
			stream(w)(event("", `{"jsonrpc":"2.0","id":1,`+question+`}`) + event("", response(m.ID, everyList)))
		})}))
		for _, has := range []tools.Capability{can, ^can} {
			asked := 0
			exchange(t, s, r.caller(), call(wire.Legacy, func(c *tools.Call) {
				c.Client.Capabilities.Can = has
				c.Peer = &peer{ask: func(context.Context, tools.Question) error { asked++; return nil }}
			}))
			if (asked == 1) != (has == can) {
				t.Errorf("%s: a client that can %b was asked %d times", question, has, asked)
			}
		}
	}
}
