package upstream_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// TestAdminsLearnWhyAServerCannotBeReachedAndCallersDoNot: what a caller could
// find out of our network is nothing of theirs.
func TestAdminsLearnWhyAServerCannotBeReachedAndCallersDoNot(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	away := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://away.example/mcp?key=sesame", http.StatusTemporaryRedirect)
	}
	circle := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusPermanentRedirect) }
	broken := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, row := range map[string]struct{ url, says string }{
		"closed port":     {closed.URL, "the connection is refused"},
		"private address": {"https://10.0.0.1/mcp", "an address or port that is not allowed"},
		"name":            {"https://nowhere.invalid/mcp", "does not resolve"},
		"TLS":             {strings.Replace(serve(t, http.NotFoundHandler()), "http:", "https:", 1), "TLS fails"},
		"elsewhere":       {serve(t, http.HandlerFunc(away)), "a redirect to https://away.example;"},
		"a circle":        {serve(t, http.HandlerFunc(circle)), "within its own origin, three times"},
		"broken off":      {serve(t, http.HandlerFunc(broken)), "breaks off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s := r.server(row.url)
			_, err := s.Discover(t.Context())
			if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), row.says) || !strings.Contains(fault.Public(err), "source notes") || strings.Contains(err.Error(), "sesame") {
				t.Errorf("an admin is told %v", err)
			}
			_, err = s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
			if fault.KindOf(err) != fault.Upstream || fault.Public(err) != "source notes cannot be reached at the moment; its status tells an admin why" {
				t.Errorf("a caller is told %v", fault.Public(err))
			}
			if got := s.Health().LastError; !strings.Contains(got, row.says) {
				t.Errorf("the status tells %q after a call", got)
			}
		})
	}
}
