package console_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"gatehouse/internal/demo/notes"
)

// apiKey is what the journal wants to be shown.
const apiKey = "s3cret-of-the-journal"

// journal is an MCP server that wants a key and says of its tool what it is told to.
func journal(t *testing.T) (mcp, describe string) {
	t.Helper()
	server := notes.New("Journal")
	mux := http.NewServeMux()
	mux.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != apiKey {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		server.ServeHTTP(w, r)
	})
	mux.HandleFunc("PUT /search", func(w http.ResponseWriter, r *http.Request) {
		var said struct{ Description string }
		if body, err := io.ReadAll(r.Body); err != nil || json.Unmarshal(body, &said) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		server.Describe(said.Description)
		w.WriteHeader(http.StatusNoContent)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + "/mcp", s.URL + "/search"
}

// entraToken is an access token of Entra's for the endpoint of Contoso.
func entraToken(t *testing.T, name string) string {
	t.Helper()
	o, u := contoso(t), user(t, name)
	resp, err := http.PostForm(dev.EntraURL+"/"+o.EntraTenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"password"}, "client_id": {o.Clients[0].ClientID}, "scope": {o.Scope}, "username": {u.Username}, "password": {u.Password},
	})
	status, told := answered(t, resp, err)
	token, _ := told["access_token"].(string)
	if status != http.StatusOK || token == "" {
		t.Fatalf("%s has no token: %d %v", name, status, told)
	}
	return token
}

// TestOwnerAddsASourceAndCallsIt walks as Carol, who owns Contoso, and as Dan, who
// audits it: a server is added, approved, called, changed, and approved again.
func TestOwnerAddsASourceAndCallsIt(t *testing.T) {
	t.Parallel()
	mcp, describe := journal(t)
	w := walk(t, "tools", map[string]any{
		"slug": "contoso", "carol": user(t, "carol").OID, "dan": user(t, "dan").OID, "source": "journal",
		"upstream": mcp, "describe": describe, "key": apiKey, "mcp": contoso(t).MCPURL, "token": entraToken(t, "carol"),
	})
	w.holds(t, 8) // one more where nobody has consented before
	if w.Called == "" {
		t.Error("no call is on record")
	}
}
