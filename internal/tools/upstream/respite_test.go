package upstream_test

import (
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// asked is how often an authority was asked for a token.
func (a *authority) asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.forms)
}

// refuses calls a few times and fails unless each call is refused, and the token
// endpoint has been asked as often as wanted.
func (a *authority) refuses(t *testing.T, r *rig, s *upstream.Server, want int) {
	t.Helper()
	for range 5 {
		_, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
		if fault.KindOf(err) != fault.Unauthenticated {
			t.Fatalf("not refused: %v", err)
		}
	}
	if got := a.asked(); got != want {
		t.Fatalf("asked for a token %d times, want %d", got, want)
	}
}

// TestTokenEndpointThatRefusesIsLeftAlone for longer each time, a minute at most,
// and asked at once with another credential.
func TestTokenEndpointThatRefusesIsLeftAlone(t *testing.T) {
	t.Parallel()
	r, as := newRig(t), &authority{life: 3600}
	address, tokens := newStub(t, &stub{modern: true}), serve(t, as)
	server := r.server(address, with(t, r, clientCredentials(tokens), "wrong", nil))
	as.refuses(t, r, server, 1)
	for i, step := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		r.clock.advance(step*time.Second - 1)
		_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
		if as.asked() != i+1 || fault.RetryAfter(err) != 1 {
			t.Fatalf("asked %d times before the end of respite %d, %v, again in %s", as.asked(), i, err, fault.RetryAfter(err))
		}
		r.clock.advance(1)
		as.refuses(t, r, server, i+2)
	}
	before := as.asked()
	again := r.server(address, with(t, r, clientCredentials(tokens), "our/secret", nil))
	if _, err := again.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil || as.asked() != before+1 {
		t.Errorf("another credential: %v, %d requests", err, as.asked()-before)
	}
}

// TestTokensThatAreNeverAcceptedAreNotReplacedAtEachCall, only now and then, until
// one is accepted.
func TestTokensThatAreNeverAcceptedAreNotReplacedAtEachCall(t *testing.T) {
	t.Parallel()
	r, as, s := newRig(t), &authority{life: 86_400}, &stub{modern: true}
	var good atomic.Bool
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !good.Load() {
			_, _ = io.Copy(io.Discard, req.Body)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, req)
	}))
	server := r.server(address, with(t, r, clientCredentials(serve(t, as)), "our/secret", nil))
	as.refuses(t, r, server, 2)
	for i, step := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		r.clock.advance(step*time.Second - 1)
		as.refuses(t, r, server, i+2)
		r.clock.advance(1)
		as.refuses(t, r, server, i+3)
	}
	good.Store(true)
	for range 3 {
		if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil || as.asked() != 10 {
			t.Fatalf("the token held is good now: %v, asked %d times", err, as.asked())
		}
	}
	good.Store(false)
	r.clock.advance(time.Minute)
	as.refuses(t, r, server, 11)
	r.clock.advance(time.Second) // it begins anew
	as.refuses(t, r, server, 12)
}
