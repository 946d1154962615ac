package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// against returns a fleet on a server of the handler, and a phase of calls to it.
func against(t *testing.T, clients int, h http.HandlerFunc) (*fleet, phase) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	addr := server.Listener.Addr().String()
	f, err := dial(t.Context(), addr, clients)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	return f, phase{request: callTool(endpoint{addr, "/256"}), tokens: &tokens{list: []string{"token"}}, lasts: 200 * time.Millisecond}
}

func TestEveryReplyOfThePhaseIsCounted(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	under := &floor{}
	f, p := against(t, 8, func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		under.ServeHTTP(w, r)
	})
	for range 2 { // the second phase uses the same connections
		before := served.Load()
		o, err := f.drive(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if o.replies != int(served.Load()-before) || o.replies != len(o.times) || o.replies < 8 {
			t.Errorf("%d replies with %d times, the server gave %d", o.replies, len(o.times), served.Load()-before)
		}
		if o.took < p.lasts {
			t.Errorf("the phase took %s, want at least %s", o.took, p.lasts)
		}
	}
}

func TestNoTokenAndNoIDIsSentTwice(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen, ids := map[string]int{}, map[string]int{}
	f, p := against(t, 8, func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 64)
		n, _ := r.Body.Read(body)
		mu.Lock()
		seen[r.Header.Get("Authorization")]++
		ids[strings.Split(string(body[:n]), ",")[1]]++
		mu.Unlock()
		(&floor{}).ServeHTTP(w, r)
	})
	p.lasts = time.Minute
	p.tokens = &tokens{list: []string{"token"}, reuse: once}
	for i := range 499 {
		p.tokens.list = append(p.tokens.list, "token-"+strings.Repeat("x", i))
	}
	o, err := f.drive(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if o.replies != 500 || len(seen) != 500 || len(ids) != 500 {
		t.Errorf("%d replies to %d tokens and %d ids, want 500 each", o.replies, len(seen), len(ids))
	}
}

func TestAReplyThatDoesNotCountEndsThePhase(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	f, p := against(t, 4, func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 50 {
			http.Error(w, "the log is full", http.StatusServiceUnavailable)
			return
		}
		(&floor{}).ServeHTTP(w, r)
	})
	p.lasts = time.Minute
	_, err := f.drive(t.Context(), p)
	if err == nil || !strings.Contains(err.Error(), "HTTP 503") || !strings.Contains(err.Error(), "the log is full") {
		t.Errorf("error = %v, want the reply", err)
	}
}

func TestFixedRateSendsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	f, p := against(t, 8, (&floor{}).ServeHTTP)
	p.rate, p.lasts = 200, time.Second
	o, err := f.drive(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if o.replies != 200 {
		t.Errorf("%d replies in a second at 200 a second", o.replies)
	}
}

// A server that stands still for a while answers few requests in that time. The
// requests that should have been sent meanwhile count as slow, too.
func TestAStallIsSeenByEveryRequestThatWasDue(t *testing.T) {
	t.Parallel()
	const stall = 300 * time.Millisecond
	var served atomic.Int64
	f, p := against(t, 1, func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 1 {
			<-time.After(stall)
		}
		(&floor{}).ServeHTTP(w, r)
	})
	p.rate, p.lasts = 100, time.Second
	o, err := f.drive(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	late := 0
	for _, d := range o.times {
		if d > stall/2 {
			late++
		}
	}
	if late < 10 {
		t.Errorf("%d of %d replies came late, want those of half the stall", late, o.replies)
	}
}
