package oauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools/upstream/oauth"
)

// local is a client with the real egress, and a server of this machine.
func local(t *testing.T, loopback egress.Loopback, answers map[string]http.HandlerFunc) (*oauth.Client, string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer := answers[r.URL.Path]; answer != nil {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	client, err := egress.New(egress.Options{Loopback: loopback, Timeout: 5 * time.Second, MaxResponseBytes: 100 << 10, Tracer: noop.NewTracerProvider().Tracer("")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return newClient(t, oauth.Options{Doer: client, Loopback: egress.AllowLoopback}), server.URL
}

const aboutPath = "/.well-known/oauth-protected-resource/mcp"

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	c, url := local(t, egress.AllowLoopback, map[string]http.HandlerFunc{
		aboutPath:    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"/elsewhere": func(http.ResponseWriter, *http.Request) { t.Error("it was followed") },
	})
	_, err := c.Discover(t.Context(), source(t, url+"/mcp"), oauth.Challenge{})
	wants(t, err, fault.Upstream, "redirect")
}

func TestEndlessMetadataIsRefused(t *testing.T) {
	t.Parallel()
	c, url := local(t, egress.AllowLoopback, map[string]http.HandlerFunc{
		aboutPath: func(w http.ResponseWriter, _ *http.Request) {
			for range 1_000 {
				_, _ = w.Write([]byte(strings.Repeat(" ", 1<<10)))
			}
		},
	})
	_, err := c.Discover(t.Context(), source(t, url+"/mcp"), oauth.Challenge{})
	wants(t, err, fault.Upstream, "more than")
}

func TestNobodyIsLedToThisMachine(t *testing.T) {
	t.Parallel()
	c, url := local(t, egress.RefuseLoopback, nil)
	_, err := c.Discover(t.Context(), source(t, url+"/mcp"), oauth.Challenge{})
	if wants(t, err, fault.Upstream, "could not be reached"); !errors.Is(err, egress.ErrDestination) {
		t.Errorf("error = %v", err)
	}
}

func TestClientNeedsItsParts(t *testing.T) {
	t.Parallel()
	whole := oauth.Options{Doer: &web{}, Agent: "a", Now: time.Now}
	if _, err := oauth.New(whole); err != nil {
		t.Fatal(err)
	}
	for name, without := range map[string]func(*oauth.Options){
		"Doer":  func(o *oauth.Options) { o.Doer = nil },
		"Agent": func(o *oauth.Options) { o.Agent = "" },
		"Now":   func(o *oauth.Options) { o.Now = nil },
	} {
		o := whole
		without(&o)
		if _, err := oauth.New(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
