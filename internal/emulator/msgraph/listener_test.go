package msgraph_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// listener is an endpoint for notifications on this machine.
type listener struct {
	*httptest.Server
	heard chan map[string]any

	mu     sync.Mutex
	answer func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func newListener(t *testing.T) *listener {
	t.Helper()
	l := &listener{heard: make(chan map[string]any, 100)}
	l.Server = httptest.NewServer(http.HandlerFunc(l.serve))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) answers(answer func(http.ResponseWriter, *http.Request) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = answer
}

func (l *listener) serve(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	answer := l.answer
	l.mu.Unlock()
	if answer != nil && answer(w, r) {
		return
	}
	if token := r.URL.Query().Get("validationToken"); token != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, token)
		return
	}
	var body map[string]any
	if json.NewDecoder(r.Body).Decode(&body) == nil {
		l.heard <- body
	}
	w.WriteHeader(http.StatusAccepted)
}

// next is the next notification to arrive.
func (l *listener) next(t *testing.T) map[string]any {
	t.Helper()
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	select {
	case body := <-l.heard:
		all := objects(body["value"])
		if len(all) != 1 {
			t.Fatalf("heard %v, want one notification", body)
		}
		return all[0]
	case <-timer.C:
		t.Fatal("no notification came")
		return nil
	}
}

// silent checks that nothing has arrived; whatever was sent before something
// else that did arrive in the same lane has arrived as well.
func (l *listener) silent(t *testing.T) {
	t.Helper()
	select {
	case body := <-l.heard:
		t.Errorf("heard %v", body)
	default:
	}
}
