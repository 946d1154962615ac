package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// TestCallThatMayHaveBeenDoneAsksForNoOther: of what changes something, and
// whose end nobody knows, the remedy is to look.
func TestCallThatMayHaveBeenDoneAsksForNoOther(t *testing.T) {
	t.Parallel()
	status := func(code int) func(http.ResponseWriter, *http.Request, message) {
		return func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(code) }
	}
	for name, row := range map[string]struct {
		handle func(w http.ResponseWriter, r *http.Request, m message)
		open   bool
	}{
		"no answer":        {func(_ http.ResponseWriter, r *http.Request, _ message) { <-r.Context().Done() }, true},
		"half an answer":   {func(w http.ResponseWriter, _ *http.Request, _ message) { stream(w)("data: {") }, true},
		"broken off":       {func(http.ResponseWriter, *http.Request, message) { panic(http.ErrAbortHandler) }, true},
		"a useless answer": {func(w http.ResponseWriter, _ *http.Request, m message) { result(w, m.ID, `7`) }, true},
		"bad gateway":      {status(http.StatusBadGateway), true},
		"gateway timeout":  {status(http.StatusGatewayTimeout), true},
		"a crash":          {status(http.StatusInternalServerError), true},
		"not now":          {status(http.StatusServiceUnavailable), false},
		"too often":        {status(http.StatusTooManyRequests), false},
		"not for us":       {status(http.StatusForbidden), false},
		"no credential":    {status(http.StatusUnauthorized), false},
		"an error": {func(w http.ResponseWriter, _ *http.Request, m message) {
			fail(w, m.ID, 200, `{"code":-7,"message":"no"}`)
		}, false},
		"sent somewhere": {func(w http.ResponseWriter, r *http.Request, _ message) {
			http.Redirect(w, r, "https://away.example/", http.StatusTemporaryRedirect)
		}, false},
		"an answer of sort": {func(w http.ResponseWriter, _ *http.Request, m message) {
			fail(w, m.ID, 200, `{"code":-32020,"message":"no"}`)
		}, false},
	} {
		for _, modern := range []bool{true, false} {
			for _, effect := range []tools.Effect{tools.Write, tools.Destructive, tools.Read, ""} {
				t.Run(fmt.Sprintf("%s/%v/%s", name, modern, effect), func(t *testing.T) {
					t.Parallel()
					r := newRig(t)
					s := r.server(newStub(t, &stub{modern: modern, handle: row.handle}), func(c *upstream.Connection) { c.Source.Timeout = time.Second })
					_, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern, func(c *tools.Call) { c.Effect = effect }))
					open := row.open && (effect == tools.Write || effect == tools.Destructive)
					if err == nil || errors.Is(err, tools.ErrUnsettled) != open {
						t.Fatalf("got %v, want unsettled: %v", err, open)
					}
					text := fault.Public(err)
					if open && (fault.KindOf(err) != fault.Upstream || fault.RetryAfter(err) != 0 || strings.Contains(text, "again") || !strings.Contains(text, "look before you repeat") || !strings.Contains(text, "source notes")) {
						t.Errorf("told: %s (%s, retry after %s)", text, fault.KindOf(err), fault.RetryAfter(err))
					}
				})
			}
		}
	}
}

func TestCallThatDidNotLeaveMayBeRepeated(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, s := range map[string]*upstream.Server{
		"closed":     r.server("http://127.0.0.1:1/mcp"),
		"no session": r.server(newStub(t, &stub{sessionID: strings.Repeat("x", 5000)})),
	} {
		_, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern, func(c *tools.Call) { c.Effect = tools.Write }))
		if err == nil || errors.Is(err, tools.ErrUnsettled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCallThatIsCutShortByUsMayHaveBeenDone, whatever it was cut short for.
func TestCallThatIsCutShortByUsMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	for _, effect := range []tools.Effect{tools.Write, tools.Read} {
		r := newRig(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		s := r.server(newStub(t, &stub{handle: func(_ http.ResponseWriter, r *http.Request, _ message) {
			cancel(fault.New(fault.Unavailable, "the server restarts; make the request again").RetryAfter(time.Second))
			<-r.Context().Done()
		}}))
		_, err := s.Exchange(ctx, r.caller(), tool("any"), call(wire.Legacy, func(c *tools.Call) { c.Effect = effect }))
		if errors.Is(err, tools.ErrUnsettled) != (effect == tools.Write) || !strings.HasPrefix(fault.Public(err), "the server restarts; ") {
			t.Errorf("%s: %v (%s)", effect, err, fault.Public(err))
		}
	}
}
