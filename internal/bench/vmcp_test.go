package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

// suspicious is a lab that knows nothing but tokens: one of the organization
// under load, one of another.
func suspicious() *lab {
	around := &surroundings{}
	around.worlds.federated.slug, around.worlds.plain.slug = "federated", "benchmark"
	return &lab{around: around, notes: io.Discard, warm: map[string][]string{"federated": {"head.claims.Own"}, "benchmark": {"head.claims.Other"}}}
}

// gatekeeper is a peer that refuses what it is told to.
type gatekeeper struct{ signatures, issuers, tools bool }

func (g gatekeeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case g.signatures && token == broken("head.claims.Own"), g.issuers && token == "head.claims.Other":
		reply(w, http.StatusUnauthorized, []byte("{}"))
	case g.tools && r.Header.Get("Mcp-Name") != backTool(0):
		reply(w, http.StatusForbidden, []byte("{}"))
	default:
		reply(w, http.StatusOK, []byte("{}"))
	}
}

func TestPeerThatChecksNothingDoesNotCount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		peer gatekeeper
		want string // empty: it counts
	}{
		{"checks everything", gatekeeper{true, true, true}, ""},
		{"takes any signature", gatekeeper{false, true, true}, "signature"},
		{"takes any issuer", gatekeeper{true, false, true}, "another issuer"},
		{"permits every tool", gatekeeper{true, true, false}, "no policy permits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.peer)
			t.Cleanup(server.Close)
			err := suspicious().guards(t.Context(), strings.TrimPrefix(server.URL, "http://"))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error = %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestPeerIsToldWhomToTrustAndWhatToPermit(t *testing.T) {
	t.Parallel()
	w := newWorld(demo.Places{Base: "http://127.0.0.1:1", Entra: "http://127.0.0.1:2"}, "http://127.0.0.1:3", shape{slug: "federated", groups: 2, offers: everyKind})
	text, err := json.Marshal(vmcpConfiguration(w))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"type":"oidc"`, `"issuer":"http://127.0.0.1:2/` + w.tid.String() + `/v2.0"`, `"audience":"` + w.api.String() + `"`,
		`"type":"cedar"`, w.groups[1].String(), `Tool::\"bench_open_0000\"`, `"url":"http://127.0.0.1:3/kinds"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the configuration lacks %s: %s", want, text)
		}
	}
}

// It changes the environment and so stands alone.
func TestPeerThatCannotBeBuiltIsMissed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	var notes strings.Builder
	l := suspicious()
	l.notes = &notes
	if _, err := l.measurePeer(t.Context()); !isAbsent(err) || !strings.Contains(err.Error(), "go install") {
		t.Errorf("error = %v, want that vmcp cannot be built here", err)
	}
	if !strings.Contains(notes.String(), vmcpVersion) {
		t.Errorf("nothing says what is being built: %q", notes.String())
	}
	l.peers = foundPeers
	if _, err := l.measurePeer(t.Context()); !isAbsent(err) || !strings.Contains(err.Error(), "has not been built") {
		t.Errorf("error = %v, want that vmcp is not there", err)
	}
}
