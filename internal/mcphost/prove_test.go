package mcphost_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// guide knows the page of stronger sign-ins, or none.
type guide struct {
	to    string
	fails error
	mu    sync.Mutex
	asked []mcphost.StepUp
}

func (g *guide) StepUpLink(_ *snapshot.Snapshot, by authz.Caller, s mcphost.StepUp) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if by.Identity().OID != alice {
		return "", errors.New("it is for somebody else")
	}
	g.asked = append(g.asked, s)
	return g.to, g.fails
}

const pageOfOurs = `https://gatehouse.example/t/contoso/step-up?request=x`

// guided is a bench whose source wants more of every sign-in.
func guided(t *testing.T) (*bench, *server, *guide) {
	t.Helper()
	b, s := federate(t)
	s.answer = challenges
	g := &guide{to: pageOfOurs}
	b.rebuild(func(o *mcphost.Options) { o.StepUps = g })
	return b, s, g
}

const canURL = `"elicitation":{"url":{}}`

const whyMore = "source notes cannot be asked on your behalf: Conditional Access wants more"

// TestClientThatOpensURLsIsLedToAStrongerSignIn, whichever authorization server its
// token is of, and comes back.
func TestClientThatOpensURLsIsLedToAStrongerSignIn(t *testing.T) {
	t.Parallel()
	for _, mode := range []tenants.AuthMode{tenants.Direct, tenants.Brokered} {
		for kind, a := range asks {
			b, s, g := guided(t)
			b.in(t, mode)
			if mode == tenants.Brokered {
				a.token = b.ownToken(nil)
			}
			a.can = canURL
			r := b.modern(t, a)
			result := r.result(t)
			want := `{"gatehouse_step_up":{"method":"elicitation/create","params":{"mode":"url","message":"` + whyMore + `","url":"` + pageOfOurs + `"}}}`
			if string(result["resultType"]) != `"input_required"` || string(result["inputRequests"]) != want || r.Header().Get("WWW-Authenticate") != "" || s.asked() != 1 {
				t.Errorf("%s, %s: %s", mode, kind, r.Body)
			}
			if len(g.asked) != 1 || g.asked[0].Claims != wantsMFA || !g.asked[0].Session.IsZero() || g.asked[0].Toolset != "" {
				t.Errorf("%s, %s: %+v", mode, kind, g.asked)
			}
			b.refusedOnce(t, kind)
			s.answer = says(`"content":[],"messages":[],"contents":[]`)
			back := a
			back.params += `,"requestState":` + string(result["requestState"]) + `,"inputResponses":{"gatehouse_step_up":{"action":"accept"}}`
			if got := b.modern(t, back); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"resultType":"complete"`) {
				t.Errorf("%s, %s: it does not go on: %s", mode, kind, got.Body)
			}
			if _, call := s.last(t); call.State != "" || call.Responses != nil {
				t.Errorf("the source is told of our question: %q %s", call.State, call.Responses)
			}
			for _, action := range []string{"decline", "cancel"} {
				no := a
				no.params += `,"requestState":` + string(result["requestState"]) + `,"inputResponses":{"gatehouse_step_up":{"action":"` + action + `"}}`
				if got := b.modern(t, no); !strings.Contains(got.Body.String(), "you did not go to sign in as your organization requires") || s.asked() != 2 {
					t.Errorf("%s, %s, %s: %s", mode, kind, action, got.Body)
				}
			}
		}
	}
}

// TestClaimsChallengeComesFirst where a client answers it, unless the answer has begun.
func TestClaimsChallengeComesFirst(t *testing.T) {
	t.Parallel()
	b, s, g := guided(t)
	a := asks[audit.ToolCall]
	a.token, a.can = b.token(map[string]any{"xms_cc": []string{"cp1"}}), canURL
	b.modern(t, a).wantChallenge(t, http.StatusUnauthorized, `error="insufficient_claims"`, base64.StdEncoding.EncodeToString([]byte(wantsMFA)))
	if len(g.asked) != 0 {
		t.Errorf("it is led to a page: %+v", g.asked)
	}
	s.answer = func(ctx context.Context, to tools.Target, call tools.Call) (tools.Result, error) {
		if err := call.Peer.Notify(ctx, tools.Notification{Method: "notifications/progress", Params: []wire.Member{{Name: "progress", Value: []byte("1")}}}); err != nil {
			t.Error(err)
		}
		return challenges(ctx, to, call)
	}
	a.meta = progress
	if r := b.modern(t, a); len(r.events()) != 2 || !strings.Contains(string(r.result(t)["inputRequests"]), pageOfOurs) {
		t.Errorf("%d %s", r.Code, r.Body)
	}
}

// TestWhoOpensNoURLReadsTheLink once, and what to do if it does not help.
func TestWhoOpensNoURLReadsTheLink(t *testing.T) {
	t.Parallel()
	for _, mode := range []tenants.AuthMode{tenants.Direct, tenants.Brokered} {
		for kind, a := range asks {
			b, s, _ := guided(t)
			b.in(t, mode)
			if mode == tenants.Brokered {
				a.token = b.ownToken(nil)
			}
			s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
				return tools.Result{}, tools.NewChallengeError(wantsMFA, "Conditional Access wants more; "+tools.SignInAgain+"; if that does not help, ask", nil)
			}
			r := b.modern(t, a)
			m := r.message(t)
			said := string(m.Result["content"])
			if kind != audit.ToolCall && m.Error != nil {
				said = m.Error.Message
			}
			want := "Conditional Access wants more; open " + pageOfOurs + " in your browser, do there what Microsoft asks of you, and repeat this; if that does not help, ask; reference " + r.Header().Get("Gatehouse-Record")
			if strings.Count(said, want) != 1 || strings.Contains(said, tools.SignInAgain) || r.Header().Get("WWW-Authenticate") != "" {
				t.Errorf("%s, %s: %d %s", mode, kind, r.Code, r.Body)
			}
			b.refusedOnce(t, kind)
			for _, record := range b.recordsOf(kind) {
				if strings.Contains(record.Detail+record.Target+record.Reason, "step-up?") {
					t.Errorf("the link is in the log: %+v", record)
				}
			}
		}
	}
}

// TestWithoutAPageEverythingStaysAsItWas: where there is none that helps, or it cannot
// be made.
func TestWithoutAPageEverythingStaysAsItWas(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*guide){
		"no page": func(g *guide) { g.to = "" }, "a failure": func(g *guide) { g.fails = fault.New(fault.Internal, "no key") },
	} {
		b, _, g := guided(t)
		change(g)
		a := asks[audit.ToolCall]
		a.can = canURL
		r := b.modern(t, a)
		if said := string(r.result(t)["content"]); !strings.Contains(said, whyMore+"; "+tools.SignInAgain) || strings.Contains(said, "step-up") {
			t.Errorf("%s: %s", name, r.Body)
		}
		b.refusedOnce(t, audit.ToolCall)
		b.in(t, tenants.Brokered)
		a.token = b.ownToken(nil)
		b.modern(t, a).wantChallenge(t, http.StatusForbidden, `error="insufficient_scope"`, `claims="`)
	}
}

// TestStateOfAStepUpIsOfItsRequest and of nobody else's.
func TestStateOfAStepUpIsOfItsRequest(t *testing.T) {
	t.Parallel()
	b, s, _ := guided(t)
	state := `,"requestState":` + string(b.modern(t, search(ask{can: canURL})).result(t)["requestState"])
	for name, a := range map[string]ask{
		"another request": search(ask{can: canURL, params: `"name":"notes_search","arguments":{"q":"y"}` + state}),
		"another app":     search(ask{can: canURL, params: `"name":"notes_search","arguments":{"q":"x"}` + state, token: b.token(map[string]any{"azp": "04b07795-8ddb-461a-bbee-02f9e1bf7b46"})}),
		"another person":  search(ask{can: canURL, params: `"name":"notes_search","arguments":{"q":"x"}` + state, token: b.token(map[string]any{"oid": tenants.NewGUID().String()})}),
	} {
		if r := b.modern(t, a); r.Code == http.StatusOK && r.message(t).Error == nil || s.asked() != 1 {
			t.Errorf("%s: %d %s", name, r.Code, r.Body)
		}
	}
}

// TestSessionIsSentToAURLFirst, and hears on its stream when its person is done: once,
// also on a stream that it opens later.
func TestSessionIsSentToAURLFirst(t *testing.T) {
	t.Parallel()
	b, _, g := guided(t)
	n := &notebook{notes: map[tenants.GUID]mcphost.Note{}, changed: make(chan struct{}, 8)}
	b.rebuild(func(o *mcphost.Options) { o.Notes = n })
	session := b.open(t, `{`+canURL+`}`)
	r := b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search","arguments":{"q":"x"}`, session: session})
	m := r.message(t)
	var sent struct {
		Elicitations []struct{ Mode, URL, Message, ElicitationID string }
	}
	if m.Error == nil || m.Error.Code != -32042 || json.Unmarshal(m.Error.Data, &sent) != nil || len(sent.Elicitations) != 1 || r.Header().Get("WWW-Authenticate") != "" {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	e := sent.Elicitations[0]
	if e.Mode != "url" || e.URL != pageOfOurs || e.Message != whyMore || len(g.asked) != 1 || g.asked[0].Elicitation.String() != e.ElicitationID || g.asked[0].Session.IsZero() || g.asked[0].Opened.IsZero() {
		t.Errorf("%+v %+v", e, g.asked)
	}
	b.refusedOnce(t, audit.ToolCall)
	by := authz.Actor(authz.Identity{Org: b.snap.Organization.ID, OID: alice})
	if err := b.host.ElicitationOver(t.Context(), b.snap, by, mcphost.StepUp{}); err != nil || len(n.notes) != 0 {
		t.Errorf("nobody hears: %v, %d", err, len(n.notes))
	}
	first := b.standalone(t, session)
	if err := b.host.ElicitationOver(t.Context(), b.snap, by, g.asked[0]); err != nil {
		t.Fatal(err)
	}
	want := `{"jsonrpc":"2.0","method":"notifications/elicitation/complete","params":{"elicitationId":"` + e.ElicitationID + `"}}`
	first.await(t, want)
	for range 20 { // of others; the last are told
		if err := b.host.ElicitationOver(t.Context(), b.snap, by, mcphost.StepUp{Session: g.asked[0].Session, Opened: g.asked[0].Opened, Elicitation: tenants.NewGUID()}); err != nil {
			t.Fatal(err)
		}
	}
	last := mcphost.StepUp{Session: g.asked[0].Session, Opened: g.asked[0].Opened, Elicitation: tenants.NewGUID()}
	if err := b.host.ElicitationOver(t.Context(), b.snap, by, last); err != nil {
		t.Fatal(err)
	}
	for heard := ""; !strings.Contains(heard, last.Elicitation.String()); heard = <-first.heard {
		if strings.Contains(heard, want) {
			t.Error("it hears twice of one")
		}
	}
	second := b.standalone(t, session)
	second.await(t, last.Elicitation.String())
	b.elapsed.Store(int64(16 * time.Minute))
	if err := b.host.ElicitationOver(t.Context(), b.snap, by, g.asked[0]); err != nil {
		t.Fatal(err)
	}
	second.await(t, want)
	if third := b.standalone(t, session); !third.hearsFirst(t, want) {
		t.Error("what was over long ago is told")
	}
}

// standalone opens the stream of a session.
func (b *bench) standalone(t *testing.T, session string) *reader {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://gatehouse.example/t/contoso/mcp", nil)
	for name, value := range map[string]string{"Authorization": "Bearer " + b.token(nil), "Accept": "text/event-stream", "Mcp-Session-Id": session} {
		r.Header.Set(name, value)
	}
	r.SetPathValue("org", "contoso")
	w := &reader{ResponseRecorder: httptest.NewRecorder(), heard: make(chan string, 100)}
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		b.host.Endpoint().ServeHTTP(w, r.WithContext(ctx))
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

// hearsFirst reports whether a text is the first of elicitations that is heard of.
func (r *reader) hearsFirst(t *testing.T, text string) bool {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case p := <-r.heard:
			if strings.Contains(p, "elicitation/complete") {
				return strings.Contains(p, text)
			}
		case <-late:
			t.Fatal("nothing is heard")
		}
	}
}

// notebook keeps what sessions have subscribed to.
type notebook struct {
	mu      sync.Mutex
	notes   map[tenants.GUID]mcphost.Note
	changed chan struct{}
}

func (n *notebook) Subscriptions(_ context.Context, _ tenants.ID, session tenants.GUID) (mcphost.Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.notes[session], nil
}

func (n *notebook) PutSubscriptions(_ context.Context, by authz.Caller, session tenants.GUID, note mcphost.Note, _ time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if by.Identity().OID != alice || n.notes[session].Revision != note.Revision-1 {
		return fault.New(fault.Conflict, "somebody was quicker")
	}
	n.notes[session] = note
	for range 2 { // whoever listens
		select {
		case n.changed <- struct{}{}:
		default:
		}
	}
	return nil
}

func (n *notebook) Subscribing(tenants.ID, tenants.GUID) (<-chan struct{}, func()) {
	return n.changed, func() {}
}

// TestOwnToolLeadsToAStrongerSignIn as those of sources do, and takes no other state.
func TestOwnToolLeadsToAStrongerSignIn(t *testing.T) {
	t.Parallel()
	b, _, g := guided(t)
	demands, paid := true, 0
	b.builder.Tools = must(tools.NewRegistry([]tools.Tool{{
		Name: "pay", Effect: tools.Read, InputSchema: []byte(`{"type":"object"}`),
		Invoker: tools.InvokerFunc(func(ctx context.Context, _ authz.Caller, call tools.Call) (tools.Result, error) {
			if demands {
				return challenges(ctx, tools.Target{}, call)
			}
			paid++
			return tools.Result{Members: []byte(`"content":[]`)}, nil
		}),
	}}))
	b.snap = b.viewWith(t, everybody(time.Time{}, staff...), &server{}, `{}`)
	pay := func(more string) ask {
		return ask{method: "tools/call", name: "pay", params: `"name":"pay","arguments":{}` + more, can: canURL}
	}
	r := b.modern(t, pay(""))
	state := `,"requestState":` + string(r.result(t)["requestState"])
	if !strings.Contains(string(r.result(t)["inputRequests"]), `"gatehouse_step_up":`) || len(g.asked) != 1 || g.asked[0].Claims != wantsMFA {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	b.refusedOnce(t, audit.ToolCall)
	demands = false
	if got := b.modern(t, pay(state+`,"inputResponses":{"gatehouse_step_up":{"action":"accept"}}`)); string(got.result(t)["resultType"]) != `"complete"` || paid != 1 {
		t.Errorf("%s", got.Body)
	}
	if got := b.modern(t, pay(state+`,"inputResponses":{"gatehouse_step_up":{"action":"decline"}}`)); !strings.Contains(got.Body.String(), "you did not go to sign in") || paid != 1 {
		t.Errorf("declined: %s", got.Body)
	}
	b.modern(t, pay(`,"requestState":"x"`)).refused(t, wire.CodeInvalidParams, "requestState")
	b.legacy(t, ask{method: "tools/call", params: `"name":"pay","arguments":{},"requestState":"x"`, session: b.open(t, `{`+canURL+`}`)}).refused(t, wire.CodeInvalidParams, "requestState")
	if paid != 1 {
		t.Errorf("paid %d times", paid)
	}
}
