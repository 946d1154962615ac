package chaos_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/notes"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// behind puts a server with notes behind contoso, whose Frank may use it.
func (w *world) behind(t *testing.T, handler http.Handler) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w.edit(t, func(now *access.Configuration) error {
		_, err := now.PutSource(tools.Source{
			ID: tenants.NewGUID(), Name: "notes", Title: "Notes", URL: server.URL, Naming: tools.Prefixed, Review: tools.AllowAll, Enabled: true,
			Credential: tools.SourceCredential{Kind: tools.NoCredential}, Timeout: time.Minute, Concurrent: 16,
		}, nil, access.Deployment{Loopback: access.AllowLoopback})
		return err
	})
}

func (w *world) edit(t *testing.T, change func(*access.Configuration) error) {
	t.Helper()
	_, err := w.store.EditAccess(t.Context(), admin(contoso()), "change", change)
	must(t, err)
}

// grant gives the role engineering exactly these patterns.
func (w *world) grant(t *testing.T, patterns ...string) {
	t.Helper()
	w.edit(t, func(now *access.Configuration) error {
		for _, r := range now.Rules.Roles {
			if r.Name == "engineering" {
				r.Permissions = []authz.Permission{{Effect: authz.Allow, Patterns: patterns}}
				return now.ReplaceRole(r)
			}
		}
		return nil
	})
}

// visit is a legacy session that a client uses on whichever replica.
type visit struct {
	token string
	id    string
}

// send sends one message of the session, or opens its stream, and returns the
// answer as it comes.
func (v *visit) send(t *testing.T, r *replica, method, body string) begun {
	t.Helper()
	c := r.client(contoso(), v.token)
	req, err := http.NewRequestWithContext(t.Context(), method, baseURL+c.path, strings.NewReader(body))
	must(t, err)
	for header, value := range map[string]string{
		"Authorization": "Bearer " + v.token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2025-11-25", "Mcp-Session-Id": v.id,
	} {
		if value != "" {
			req.Header.Set(header, value)
		}
	}
	resp, err := (&http.Client{Transport: c.http.Transport}).Do(req) // a stream may be longer than an exchange
	must(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return begun{status: resp.StatusCode, header: resp.Header, rest: resp.Body}
}

// begun is an answer whose rest is still to come. It ends with the test.
type begun struct {
	status int
	header http.Header
	rest   io.Reader
}

// said is a message of a server.
type said struct {
	ID     json.RawMessage
	Method string
	Result json.RawMessage
	Error  json.RawMessage
}

// events reads a stream, or the one message of an answer without one, until it
// ends.
func events(resp begun) <-chan said {
	all := make(chan said, 64)
	go func() {
		defer close(all)
		if !strings.HasPrefix(resp.header.Get("Content-Type"), "text/event-stream") {
			body, _ := io.ReadAll(resp.rest)
			var m said
			if json.Unmarshal(body, &m) == nil {
				all <- m
			}
			return
		}
		lines := bufio.NewScanner(resp.rest)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var m said
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &m) == nil {
				all <- m
			}
		}
	}()
	return all
}

// next is the next message for which it holds; ok is false when the stream has
// ended without one.
func next(t *testing.T, from <-chan said, what string, holds func(said) bool) (m said, ok bool) {
	t.Helper()
	late := time.After(replicaLimit)
	for {
		select {
		case m, ok = <-from:
			if !ok || holds(m) {
				return m, ok
			}
		case <-late:
			t.Fatalf("%s has not come within %s", what, replicaLimit)
		}
	}
}

func isQuestion(m said) bool { return m.Method == "elicitation/create" }
func isAnswer(m said) bool   { return m.Result != nil || m.Error != nil }
func isChange(m said) bool   { return m.Method == "notifications/tools/list_changed" }

const create = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"notes_create","arguments":{"title":"Kept","text":"x"}}}`

// asked starts a call on one replica and returns its stream and the question
// that it waits for.
func (v *visit) asked(t *testing.T, on *replica) (<-chan said, json.RawMessage) {
	t.Helper()
	stream := events(v.send(t, on, http.MethodPost, create))
	question, ok := next(t, stream, "the question", func(m said) bool { return isQuestion(m) || isAnswer(m) })
	if !ok || !isQuestion(question) {
		t.Fatalf("the call has asked nothing: %+v", question)
	}
	return stream, question.ID
}

// answer says yes to a question, on a replica.
func (v *visit) answer(t *testing.T, on *replica, question json.RawMessage) {
	t.Helper()
	resp := v.send(t, on, http.MethodPost, `{"jsonrpc":"2.0","id":`+string(question)+`,"result":{"action":"accept","content":{"save":true}}}`)
	if resp.status != http.StatusAccepted {
		body, _ := io.ReadAll(resp.rest)
		t.Fatalf("the answer is refused: %d %s", resp.status, body)
	}
}

// enter opens a session on one replica, whose client can be asked.
func (w *world) enter(t *testing.T, on *replica, token string) *visit {
	t.Helper()
	v := &visit{token: token}
	resp := v.send(t, on, http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}`)
	if v.id = resp.header.Get("Mcp-Session-Id"); v.id == "" {
		t.Fatalf("no session: %d", resp.status)
	}
	return v
}

// twoReplicas starts two with notes behind them, each of which offers Frank the
// notes already.
func twoReplicas(t *testing.T) (w *world, a, b *replica, token string) {
	t.Helper()
	return twoReplicasBefore(t, notes.New("Contoso"))
}

// twoReplicasBefore has a server of notes of one's own behind them.
func twoReplicasBefore(t *testing.T, server http.Handler) (w *world, a, b *replica, token string) {
	t.Helper()
	w = newWorld(t)
	w.behind(t, server)
	a, b = startReplica(t, w.environment()), startReplica(t, w.environment())
	token = w.token(t, contoso(), "frank", demo.VisualStudioCode)
	for _, r := range []*replica{a, b} {
		c := r.client(contoso(), token)
		eventually(t, replicaLimit, "the notes", func() bool { return strings.Contains(c.post("tools/list", "", "{"+meta+"}").body, `"notes_create"`) })
	}
	return w, a, b, token
}

// TestSessionLivesOnEveryReplica sends every request of a legacy session to the
// replica that has not had the one before, answers where nobody asked, listens
// on one replica, and then kills the other.
func TestSessionLivesOnEveryReplica(t *testing.T) {
	t.Parallel()
	w, a, b, token := twoReplicas(t)
	v := w.enter(t, a, token)
	if resp := v.send(t, b, http.MethodPost, `{"jsonrpc":"2.0","method":"notifications/initialized"}`); resp.status != http.StatusAccepted {
		t.Fatalf("initialized: status %d", resp.status)
	}
	listening := events(v.send(t, b, http.MethodGet, ""))
	for _, way := range [][2]*replica{{a, b}, {b, a}} {
		stream, question := v.asked(t, way[0])
		v.answer(t, way[1], question)
		if m, ok := next(t, stream, "the result", isAnswer); !ok || !strings.Contains(string(m.Result), "Saved note") {
			t.Fatalf("the call ends in %s %s", m.Result, m.Error)
		}
	}
	w.grant(t, "whoami", "notes_create")
	if _, ok := next(t, listening, "the change", isChange); !ok {
		t.Fatal("the listening stream has ended")
	}

	cut, question := v.asked(t, a)
	a.kill(t)
	if m, ok := next(t, cut, "the end of the stream", isAnswer); ok {
		t.Errorf("a killed replica has answered: %s %s", m.Result, m.Error)
	}
	v.answer(t, b, question) // the question outlives who asked it
	for range 20 {
		stream, again := v.asked(t, b)
		v.answer(t, b, again)
		if m, ok := next(t, stream, "the result", isAnswer); !ok || !strings.Contains(string(m.Result), "Saved note") {
			t.Fatalf("a later call ends in %s %s", m.Result, m.Error)
		}
	}
	w.grant(t, "whoami", "notes_*")
	if _, ok := next(t, listening, "the change after the kill", isChange); !ok {
		t.Error("the listening stream has ended with the other replica")
	}
}

// canElicit opens the params of a request of a client that can be asked.
const canElicit = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}`

// TestQuestionOutlivesTheReplicaThatAsked answers, on the other replica, what one
// asked before it was killed.
func TestQuestionOutlivesTheReplicaThatAsked(t *testing.T) {
	t.Parallel()
	_, a, b, token := twoReplicas(t)
	params := func(more string) string {
		return `{` + canElicit + `,"name":"notes_create","arguments":{"title":"Kept","text":"x"}` + more + `}`
	}
	first := a.client(contoso(), token).post("tools/call", "notes_create", params(""))
	var asked struct {
		Result struct {
			ResultType    string
			InputRequests map[string]json.RawMessage
			RequestState  string
		}
	}
	must(t, json.Unmarshal([]byte(first.body), &asked))
	if asked.Result.ResultType != "input_required" || asked.Result.InputRequests["confirm"] == nil {
		t.Fatalf("nothing is asked: %s", first)
	}
	a.kill(t)
	more := `,"inputResponses":{"confirm":{"action":"accept","content":{"save":true}}}`
	if asked.Result.RequestState != "" {
		state, err := json.Marshal(asked.Result.RequestState)
		must(t, err)
		more += `,"requestState":` + string(state)
	}
	c := b.client(contoso(), token)
	if second := c.post("tools/call", "notes_create", params(more)); !strings.Contains(second.body, "Saved note 4") {
		t.Fatalf("the retry ends in %s", second)
	}
	for range 20 {
		if r := c.post("tools/call", "notes_search", `{`+meta+`,"name":"notes_search","arguments":{"words":"Kept"}}`); !r.succeeded() {
			t.Fatalf("a later call fails: %s", r)
		}
	}
}

// holding is a server with notes that says when one is about to be made, and then
// answers nothing until goOn is closed.
func holding(t *testing.T) (h http.Handler, held chan struct{}, goOn func()) {
	t.Helper()
	inner, wait := notes.New("Contoso"), make(chan struct{})
	held = make(chan struct{}, 1)
	goOn = sync.OnceFunc(func() { close(wait) })
	t.Cleanup(goOn)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, []byte(`"tools/call"`)) && bytes.Contains(body, []byte("Held")) {
			select {
			case held <- struct{}{}:
			default:
			}
			select {
			case <-wait:
			case <-r.Context().Done():
				return
			}
		}
		inner.ServeHTTP(w, r)
	}), held, goOn
}

// TestCallThatAKillInterruptsHasItsIntentAndNoOutcome while a server behind the
// replica works on it: the client's connection breaks, and the next call works on
// the other replica.
func TestCallThatAKillInterruptsHasItsIntentAndNoOutcome(t *testing.T) {
	t.Parallel()
	server, held, goOn := holding(t)
	w, a, b, token := twoReplicasBefore(t, server)
	params := `{` + canElicit + `,"name":"notes_create","arguments":{"title":"Held","text":"x"}}`
	interrupted := make(chan reply, 1)
	go func() { interrupted <- a.client(contoso(), token).post("tools/call", "notes_create", params) }()
	select {
	case <-held:
	case <-time.After(replicaLimit):
		t.Fatal("the call has not reached the server")
	}
	before := readLedger(t, w, contoso())
	a.kill(t)
	if r := <-interrupted; r.err == nil || r.status != 0 {
		t.Errorf("the client of a killed replica reads %s", r)
	}
	goOn()
	if r := b.client(contoso(), token).post("tools/call", "notes_create", params); !strings.Contains(r.body, `"input_required"`) {
		t.Errorf("the next call ends in %s", r)
	}
	after := readLedger(t, w, contoso())
	for call, intent := range before.intents {
		if intent.tool != "notes_create" {
			continue
		}
		if _, ended := after.outcomes[call]; ended {
			t.Errorf("call %s has an outcome, though nobody knows of one", call)
		}
	}
	if before.open() != 1 || after.open() != 1 {
		t.Errorf("%d calls are open before the kill and %d after, want the one that was interrupted", before.open(), after.open())
	}
}
