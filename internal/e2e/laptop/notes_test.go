package laptop_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestFrankReadsAndWritesNotes(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "fabrikam")
	token := shared.token(t, o, shared.user(t, o, "frank"))
	ask := func(method, params, want string) {
		t.Helper()
		if status, body, _ := post(t, o.MCPURL, token, method, params); status != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s %s: %d %s, want %s", method, params, status, body, want)
		}
	}
	ask("tools/call", `{"name":"notes_search","arguments":{"words":"pager"}}`, "On call")
	ask("tools/call", `{"name":"notes_create","arguments":{"title":"From a laptop","text":"x"}}`, "Saved note")
	ask("tools/list", `{}`, `"name":"notes_create"`)
	ask("prompts/get", `{"name":"notes_summarize","arguments":{"topic":"release"}}`, "Thursday")
	ask("prompts/list", `{}`, `"notes_summarize"`)
	ask("resources/list", `{}`, `"notes://guide"`)
	ask("resources/templates/list", `{}`, `"notes://note/{id}"`)
}

// Alice's role gives her none of what notes offers: it is not there for her.
func TestNotesAreHiddenFromWhoHasNoRoleForThem(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	token := shared.token(t, o, shared.user(t, o, "alice"))
	for _, method := range []string{"tools/list", "prompts/list", "resources/list", "resources/templates/list"} {
		if _, body, _ := post(t, o.MCPURL, token, method, `{}`); strings.Contains(string(body), "notes") {
			t.Errorf("%s: %s", method, body)
		}
	}
	_, body, _ := post(t, o.MCPURL, token, "tools/call", `{"name":"notes_search","arguments":{}}`)
	if !strings.Contains(string(body), "unknown tool: notes_search") {
		t.Errorf("%s", body)
	}
}

func TestNotesAreChangedOnlyWithTheControlToken(t *testing.T) {
	t.Parallel()
	put := func(token, host, body string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, shared.NotesURL+"/fabrikam/search", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	const good = `{"description":"Finds notes."}`
	large, err := json.Marshal(map[string]string{"description": strings.Repeat("x", 65<<10)})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		token, host, body string
		want              int
	}{
		"no token":       {"", "", good, http.StatusUnauthorized},
		"wrong token":    {"wrong", "", good, http.StatusUnauthorized},
		"foreign name":   {shared.ControlToken, "rebound.example", good, http.StatusForbidden},
		"no description": {shared.ControlToken, "", `{}`, http.StatusBadRequest},
		"not JSON":       {shared.ControlToken, "", `x`, http.StatusBadRequest},
		"too large":      {shared.ControlToken, "", string(large), http.StatusBadRequest},
		"as it should":   {shared.ControlToken, "", good, http.StatusNoContent},
	} {
		if got := put(c.token, c.host, c.body); got != c.want {
			t.Errorf("%s: status %d, want %d", name, got, c.want)
		}
	}
}
