package webhook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"

	"gatehouse/internal/emulator/msgraph/webhook"
)

// subscriber is an endpoint on this machine that refuses a few notifications first.
type subscriber struct {
	mu      sync.Mutex
	refuses int
	heard   []string
	done    chan struct{}
}

func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses--; s.refuses >= 0 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var body struct{ Value []struct{ Name string } }
	if json.NewDecoder(r.Body).Decode(&body) == nil && len(body.Value) == 1 {
		s.heard = append(s.heard, body.Value[0].Name)
	}
	if len(s.heard) == 5 {
		close(s.done)
	}
}

func TestNotificationsArriveInOrder(t *testing.T) {
	t.Parallel()
	s := &subscriber{refuses: 2, done: make(chan struct{})}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	courier := webhook.New(nil)
	t.Cleanup(courier.Close)
	lane := courier.Lane()
	for i := range 5 {
		lane.Send(server.URL, map[string]any{"name": strconv.Itoa(i)})
	}
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.heard, []string{"0", "1", "2", "3", "4"}) {
		t.Errorf("heard %v", s.heard)
	}
}

func TestHandshakeWantsTheTokenBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		kind   string
		say    string
		want   webhook.Verdict
	}{
		"good":         {200, "text/plain", "a b", webhook.Proved},
		"another":      {200, "text/plain", "a+b", webhook.OtherToken},
		"longer":       {200, "text/plain", "a b ", webhook.OtherToken},
		"another type": {200, "application/json", "a b", webhook.OtherToken},
		"refused":      {202, "text/plain", "a b", webhook.NotOK},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("validationToken") != "a b" || r.URL.Query().Get("own") != "1" {
				t.Errorf("asked with %s", r.URL.RawQuery)
			}
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.say)
		}))
		if got := webhook.New(nil).Handshake(t.Context(), server.URL+"/?own=1", "a b"); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		server.Close()
	}
	if got := webhook.New(nil).Handshake(t.Context(), "http://192.0.2.1/", "a b"); got != webhook.Unreachable {
		t.Error("a courier without a carrier reached another machine")
	}
}
