package conformance_test

import (
	"net/http"
	"strings"
	"testing"
)

// scored is how many scenarios each revision scores for servers.
var scored = map[string]int{"2026-07-28": 37, "2025-11-25": 30}

// unscored are scenarios beside the scored ones that the server behind passes:
// they have to pass through Gatehouse too.
var unscored = map[string][]string{
	"2026-07-28": {"json-schema-2020-12", "http-header-validation", "http-custom-header-server-validation"},
	"2025-11-25": {"json-schema-2020-12"},
}

// TestTheServerBehindConforms shows that whatever fails through Gatehouse is
// Gatehouse's: the server behind it passes by itself, and through the proxy.
func TestTheServerBehindConforms(t *testing.T) {
	url := upstream(t)
	for revision, n := range scored {
		t.Run(revision, func(t *testing.T) { conforms(t, revision, run(t, withToken(t, url, "unused"), revision), n) })
	}
}

func TestConformsThroughGatehouse(t *testing.T) {
	file, o := gatehouse(t, upstream(t)+"/mcp")
	resp, err := http.Post(o.MCPURL, "application/json", strings.NewReader(`{}`))
	must(t, err)
	if _ = resp.Body.Close(); resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("without a token: status %d, want 401", resp.StatusCode)
	}
	url := withToken(t, o.MCPURL, token(t, file, o))
	for revision, n := range scored {
		t.Run(revision, func(t *testing.T) { conforms(t, revision, run(t, url, revision), n) })
	}
}
