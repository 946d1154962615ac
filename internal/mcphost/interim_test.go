package mcphost_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// reporting tells of progress and a log message before it answers.
func reporting(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
	err := errors.Join(
		call.Peer.Notify(ctx, tools.Notification{Method: "notifications/progress", Params: []wire.Member{{Name: "progress", Value: []byte("9007199254740993")}}}),
		call.Peer.Notify(ctx, tools.Notification{Method: "notifications/message", Params: []wire.Member{{Name: "level", Value: []byte(`"info"`)}, {Name: "data", Value: []byte("{\n\"a\":\r\n1}")}}}),
		call.Peer.Notify(ctx, tools.Notification{Method: "notifications/tools/list_changed"}),
		call.Peer.Notify(ctx, tools.Notification{Method: "notifications/cancelled"}),
	)
	return tools.Result{Members: []byte(`"content":[]`)}, err
}

const progress = `,"progressToken":"p"`

func TestAnswerBecomesAStreamWhenSomethingIsSaidBefore(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = reporting
	r := b.modern(t, search(ask{meta: progress + `,"io.modelcontextprotocol/logLevel":"info"`}))
	events := r.events()
	want := []string{
		`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":9007199254740993}}`,
		"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":{\n\"a\":\n1}}}",
	}
	if len(events) != 3 || strings.Join(events[:2], "|") != strings.Join(want, "|") || !strings.HasPrefix(events[2], `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[]`) {
		t.Fatalf("%q", events)
	}
	if h := r.Header(); h.Get("X-Accel-Buffering") != "no" || h.Get("Cache-Control") != "no-store" || h.Get("Gatehouse-Record") == "" || h.Get("Content-Length") != "" {
		t.Errorf("%v", h)
	}
	// The record of a reading call is foretold, because something left before its end.
	if records := b.recordsOf(audit.ToolCall); len(records) != 2 || records[0].Phase != audit.Intent || records[0].Call != records[1].ID {
		t.Errorf("%+v", records)
	}
}

func TestClientHearsOnlyWhatItAskedFor(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		for _, method := range []string{"notifications/progress", "notifications/message", "notifications/resources/updated", "notifications/initialized", "notifications/tasks", "notifications/tasks/status"} {
			if err := call.Peer.Notify(ctx, tools.Notification{Method: method}); err != nil {
				t.Error(err)
			}
		}
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	}
	if r := b.modern(t, search(ask{})); r.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s", r.Body)
	}
	session := b.open(t, `{}`)
	call := ask{method: "tools/call", params: `"name":"notes_search"`, session: session}
	if r := b.legacy(t, call); len(r.events()) != 2 {
		t.Errorf("a legacy client hears log messages: %s", r.Body)
	}
	call.headers, call.meta = []string{"Accept", "application/json"}, progress
	if r := b.legacy(t, call); r.Header().Get("Content-Type") != "application/json" {
		t.Errorf("a client that reads no streams: %s", r.Body)
	}
}

// TestNothingLeavesBeforeItsIntentIsDurable, nor before the token's acceptance is.
func TestNothingLeavesBeforeItsIntentIsDurable(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]bool{"acceptance": true, "intent": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := federate(t)
			var told error
			s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
				b.mu.Lock()
				b.refuse = errors.New("the disk is full")
				b.mu.Unlock()
				told = call.Peer.Notify(ctx, tools.Notification{Method: "notifications/progress"})
				return tools.Result{Members: []byte(`"content":[]`)}, nil
			}
			token := b.token(map[string]any{"name": name})
			if !fresh {
				b.modern(t, ask{method: "tools/list", token: token}).result(t)
			}
			r := b.modern(t, search(ask{meta: progress, token: token}))
			if fault.KindOf(told) != fault.Unavailable || r.Code != http.StatusServiceUnavailable || r.Header().Get("Content-Type") != "application/json" {
				t.Errorf("told %v; %d %s", told, r.Code, r.Body)
			}
		})
	}
}

func TestFailureInsideAStreamSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	failure := error(fault.New(fault.Unavailable, "source notes rests").RetryAfter(30 * time.Second))
	s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		return tools.Result{}, errors.Join(call.Peer.Notify(ctx, tools.Notification{Method: "notifications/progress"}), failure)
	}
	tool := b.modern(t, search(ask{meta: progress})).result(t)
	if string(tool["isError"]) != "true" || !strings.Contains(string(tool["content"]), "source notes rests (retry in 30 s)") || !strings.Contains(string(tool["_meta"]), `"gatehouse/retryAfterSeconds":30`) {
		t.Errorf("%s", tool)
	}
	prompt := b.modern(t, ask{method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`, meta: progress})
	prompt.refused(t, -32603, "source notes rests")
	if got := string(prompt.message(t).Error.Data); got != `{"retryAfterSeconds":30}` {
		t.Errorf("%s", got)
	}
	failure = &wire.Error{Code: -7, Message: "its own", Status: 200}
	b.modern(t, search(ask{meta: progress})).refused(t, -7, "its own")
	failure = errors.New("a detail")
	r := b.modern(t, search(ask{meta: progress}))
	r.refused(t, -32603, "internal error; reference ")
	if strings.Contains(r.Body.String(), "a detail") {
		t.Errorf("%s", r.Body)
	}
}

func TestLateWordIsNotSent(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	var late tools.Peer
	s.answer = func(_ context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		late = call.Peer
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	}
	for _, a := range []ask{
		search(ask{meta: progress}),
		{method: "completion/complete", meta: progress, params: `"ref":{"type":"ref/prompt","name":"notes_summarize"},"argument":{"name":"a","value":""}`},
	} {
		r := b.modern(t, a)
		body := r.Body.String()
		if err := late.Notify(t.Context(), tools.Notification{Method: "notifications/progress"}); err == nil || r.Body.String() != body {
			t.Errorf("%s: %v %s", a.method, err, r.Body)
		}
		if word, err := mcphost.Word(late); err == nil || word != nil {
			t.Errorf("%s: the request is read when it is answered: %q", a.method, word)
		}
	}
}

// TestNothingLeavesOfATokenWhoseAcceptanceIsLost, though all else can be recorded
// by then.
func TestNothingLeavesOfATokenWhoseAcceptanceIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := federate(t)
		b.hold = make(chan error)
		var told error
		s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
			b.hold <- errors.New("the disk is full")
			<-time.After(time.Minute) // until the log has found out that it is not any more
			told = call.Peer.Notify(ctx, tools.Notification{Method: "notifications/progress"})
			return tools.Result{Members: []byte(`"content":[]`)}, nil
		}
		if r := b.modern(t, search(ask{meta: progress})); told == nil || r.Code != http.StatusServiceUnavailable {
			t.Errorf("told %v; %d %s", told, r.Code, r.Body)
		}
	})
}

// TestSilenceIsFilledWithComments: every 15 s, and none after the end.
func TestSilenceIsFilledWithComments(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := federate(t)
		s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
			_ = call.Peer.Notify(ctx, tools.Notification{Method: "notifications/progress"})
			<-time.After(50 * time.Second)
			return tools.Result{Members: []byte(`"content":[]`)}, nil
		}
		r := b.modern(t, search(ask{meta: progress}))
		<-time.After(time.Minute)
		if got := strings.Count(r.Body.String(), ":\n\n"); got != 3 || len(r.events()) != 2 {
			t.Errorf("%d comments: %q", got, r.Body)
		}
	})
}

// over serves the bench over real connections, which give a request two seconds to
// arrive.
func (b *bench) over(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "gatehouse.example"
		r.SetPathValue("org", "contoso")
		b.host.Endpoint().ServeHTTP(w, r)
	}))
	s.Config.ReadTimeout = 2 * time.Second
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// dial sends the body of a request over a connection and returns the answer.
func (b *bench) dial(ctx context.Context, t *testing.T, url string, a ask) (*http.Response, error) {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{` + a.params + `}}`
	r := must(http.NewRequestWithContext(ctx, http.MethodPost, url+"/t/contoso/mcp", strings.NewReader(body)))
	for i, headers := 0, append([]string{"Authorization", "Bearer " + b.token(nil), "Content-Type", "application/json", "Accept", "application/json, text/event-stream"}, a.headers...); i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if a.session != "" {
		r.Header.Set("Mcp-Session-Id", a.session)
	}
	return http.DefaultClient.Do(r)
}

const modernCall = `"name":"notes_write","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":1}`

var modernHeaders = []string{"MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "notes_write"}

// TestStreamOutlivesTheTimeForARequestToArrive, and each event is there at once.
func TestStreamOutlivesTheTimeForARequestToArrive(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	goOn := make(chan struct{})
	s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		if err := call.Peer.Notify(ctx, tools.Notification{Method: "notifications/progress"}); err != nil {
			return tools.Result{}, err
		}
		<-goOn
		select {
		case <-ctx.Done():
			return tools.Result{}, ctx.Err()
		case <-time.After(2500 * time.Millisecond):
		}
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	}
	resp, err := b.dial(t.Context(), t, b.over(t).URL, ask{params: modernCall, headers: modernHeaders})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	var data []string
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if data = append(data, text); len(data) == 1 {
				close(goOn)
			}
		}
	}
	if len(data) != 2 || !strings.Contains(data[1], `"result":{`) {
		t.Errorf("%q", data)
	}
}

// gone calls, goes away while the server works, and returns what the server's
// context then said.
func (b *bench) gone(t *testing.T, s *server, a ask) (cause chan error) {
	t.Helper()
	cause = make(chan error, 1)
	ctx, leave := context.WithCancel(t.Context())
	s.answer = func(ctx context.Context, _ tools.Target, _ tools.Call) (tools.Result, error) {
		leave()
		select {
		case <-ctx.Done():
			cause <- ctx.Err()
			return tools.Result{}, ctx.Err()
		case <-time.After(time.Second):
			cause <- nil
			return tools.Result{Members: []byte(`"content":[]`)}, nil
		}
	}
	if resp, err := b.dial(ctx, t, b.over(t).URL, a); err == nil {
		_ = resp.Body.Close()
	}
	return cause
}

func TestClientThatGoesAwayCancelsItsCall(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	if err := <-b.gone(t, s, ask{params: modernCall, headers: modernHeaders}); err == nil {
		t.Error("the server works on")
	}
	eventually(t, func() bool { return len(b.recordsOf(audit.ToolCall)) == 2 })
	if last := b.recordsOf(audit.ToolCall)[1]; last.Outcome != audit.Unknown || last.Reason != "cancelled" {
		t.Errorf("%+v", last)
	}
}

// TestSessionOutlivesAConnection: in the initialize revisions a connection that
// breaks cancels nothing, and what came of the call is recorded.
func TestSessionOutlivesAConnection(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	session := b.open(t, `{}`)
	if err := <-b.gone(t, s, ask{params: `"name":"notes_write"`, session: session}); err != nil {
		t.Error(err)
	}
	eventually(t, func() bool { return len(b.recordsOf(audit.ToolCall)) == 2 })
	if last := b.recordsOf(audit.ToolCall)[1]; last.Outcome != audit.OK {
		t.Errorf("%+v", last)
	}
}

// eventually waits until something holds that another goroutine brings about.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	tick, deadline := time.NewTicker(time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it does not come about")
		}
	}
}

func TestCancelledRequestOfASessionEnds(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	session := b.open(t, `{}`)
	bob := b.token(map[string]any{"oid": "b0b00000-0000-4000-8000-000000000002"})
	s.answer = func(ctx context.Context, _ tools.Target, _ tools.Call) (tools.Result, error) {
		cancel := ask{id: " ", method: "notifications/cancelled", params: `"requestId":1,"reason":"x"`, session: session}
		for _, other := range []ask{
			{id: " ", method: cancel.method, params: `"requestId":2`, session: session},
			{id: " ", method: cancel.method, params: cancel.params},
			{id: " ", method: cancel.method, params: cancel.params, session: b.open(t, `{}`)},
			{id: " ", method: cancel.method, params: cancel.params, session: session, token: bob},
		} {
			b.legacy(t, other)
			if ctx.Err() != nil {
				t.Errorf("cancelled by %+v", other)
			}
		}
		if r := b.legacy(t, cancel); r.Code != http.StatusAccepted || ctx.Err() == nil {
			t.Errorf("not cancelled: %d %s", r.Code, r.Body)
		}
		return tools.Result{}, ctx.Err()
	}
	r := b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: session})
	if !strings.Contains(r.Body.String(), "the request was cancelled") {
		t.Errorf("%s", r.Body)
	}
	if records := b.recordsOf(audit.ToolCall); len(records) != 1 || records[0].Outcome != audit.Unknown {
		t.Errorf("%+v", records)
	}
}
