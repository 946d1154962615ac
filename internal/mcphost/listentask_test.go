package mcphost_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// watched is a server that says who watches it, and when nobody does any more.
type watched struct {
	server
	begun chan tools.Watch
	ended chan struct{}
}

// Watch implements tools.Server.
func (s *watched) Watch(ctx context.Context, _ authz.Caller, w tools.Watch) error {
	s.begun <- w
	<-ctx.Done()
	s.ended <- struct{}{}
	return ctx.Err()
}

// listener is a client that hands on each message as it comes.
type listener struct {
	*httptest.ResponseRecorder
	told chan string
}

// Write takes one event at a time.
func (l *listener) Write(b []byte) (int, error) {
	if _, text, ok := strings.Cut(string(b), "data: "); ok {
		l.told <- strings.TrimSpace(text)
	}
	return l.ResponseRecorder.Write(b)
}

// begin sends a request and returns what comes before its end.
func (b *bench) begin(ctx context.Context, a ask, params string) <-chan string {
	w := &listener{httptest.NewRecorder(), make(chan string, 100)}
	go func() {
		defer close(w.told)
		b.into(ctx, w, a, params)
	}()
	return w.told
}

// listen opens a stream and returns its messages.
func (b *bench) listen(ctx context.Context, token, can, wishes string) <-chan string {
	a := ask{method: "subscriptions/listen", token: token, headers: []string{"MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "subscriptions/listen"}}
	return b.begin(ctx, a, `"notifications":`+wishes+`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{`+can+`}}`)
}

// TestTaskIsNotToldOfOnceItsToolIsTakenAway, though it advanced before that was
// noticed.
func TestTaskIsNotToldOfOnceItsToolIsTakenAway(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	s := &watched{begun: make(chan tools.Watch, 10), ended: make(chan struct{}, 10)}
	key := b.snap.Key
	see := func(permissions ...authz.Permission) {
		b.snap = b.viewWith(t, everybody(time.Time{}, permissions...), s, `{"extensions":{"io.modelcontextprotocol/tasks":{}}}`)
		b.snap.Key = key
	}
	see(staff...)
	id := taskOf(t, b, &s.server)
	told := b.listen(t.Context(), "", tasks, `{"taskIds":["`+id+`"]}`)
	if got := <-told; !strings.Contains(got, `"notifications":{"taskIds":["`+id+`"]}`) {
		t.Fatal(got)
	}
	watch := <-s.begun
	advance := tools.Event{Task: &tools.TaskStatus{ID: "own-1", Members: []byte(`"status":"working"`)}}
	watch.Told(advance)
	if got := <-told; !strings.Contains(got, `"taskId":"`+id+`","status":"working"`) {
		t.Error(got)
	}
	see(staff[0], deny("notes_search"))
	b.elapsed.Store(int64(time.Hour)) // what the caller may do is derived anew
	watch.Told(advance)
	<-s.ended
	b.host.Drain(t.Context())
	if got := <-told; !strings.Contains(got, `"result":{`) {
		t.Errorf("told %s, want the end of the stream", got)
	}
}
