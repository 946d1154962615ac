package mcphost_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// end sends DELETE for a session.
func (b *bench) end(t *testing.T, session, token string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "https://gatehouse.example/t/contoso/mcp", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Mcp-Session-Id", session)
	r.SetPathValue("org", "contoso")
	w := httptest.NewRecorder()
	b.host.Endpoint().ServeHTTP(w, r)
	return w
}

func TestNobodyEndsSessionsAllTheTime(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	token := b.token(nil)
	session := b.open(t, `{}`)
	for range 20 {
		if w := b.end(t, session, token); w.Code != http.StatusNoContent {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if w := b.end(t, session, token); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "slow down") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	bob := b.token(map[string]any{"oid": "b0b00000-0000-4000-8000-000000000002"})
	his := b.legacy(t, ask{method: "initialize", token: bob, params: `"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"C","version":"1"}`})
	if w := b.end(t, his.Header().Get("Mcp-Session-Id"), bob); w.Code != http.StatusNoContent || b.ended.Load() != 21 {
		t.Errorf("another person: %d %s; %d ended", w.Code, w.Body, b.ended.Load())
	}
}
