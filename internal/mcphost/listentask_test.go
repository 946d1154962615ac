package mcphost_test

import (
	"bufio"
	"context"
	"net/http"
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

// listen opens a stream and returns its messages.
func (b *bench) listen(t *testing.T, can, wishes string) <-chan string {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":` + wishes +
		`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{` + can + `}}}}`
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, b.over(t).URL+"/t/contoso/mcp", strings.NewReader(body)))
	for name, value := range map[string]string{
		"Authorization": "Bearer " + b.token(nil), "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen",
	} {
		r.Header.Set(name, value)
	}
	resp := must(http.DefaultClient.Do(r))
	t.Cleanup(func() { _ = resp.Body.Close() })
	all := make(chan string, 100)
	go func() {
		defer close(all)
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				all <- text
			}
		}
	}()
	return all
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
	told := b.listen(t, tasks, `{"taskIds":["`+id+`"]}`)
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
