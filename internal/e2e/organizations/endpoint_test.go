package organizations_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/tenants"
)

// grant asks the emulator's token endpoint and returns the whole answer.
func (k *stack) grant(t *testing.T, tid tenants.TID, form url.Values) map[string]any {
	t.Helper()
	status, answer := k.askToken(t, tid, form)
	if status != http.StatusOK {
		t.Fatalf("no token: %v", answer["error_description"])
	}
	return answer
}

func (k *stack) askToken(t *testing.T, tid tenants.TID, form url.Values) (int, map[string]any) {
	t.Helper()
	resp, err := http.PostForm(k.places.Entra+"/"+tid.String()+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// password signs somebody in the way the README does, for a scope.
func (k *stack) password(t *testing.T, tid tenants.TID, p demo.Person, scope string) string {
	t.Helper()
	return k.passwordOf(t, tid, p, demo.VisualStudioCode, scope)
}

// passwordOf is password in another client.
func (k *stack) passwordOf(t *testing.T, tid tenants.TID, p demo.Person, client, scope string) string {
	t.Helper()
	return k.grant(t, tid, url.Values{
		"grant_type": {"password"}, "client_id": {client}, "username": {p.Username}, "password": {p.Password}, "scope": {scope},
	})["access_token"].(string)
}

// graph is a token of Microsoft Graph for scripts.
func (k *stack) graph(t *testing.T, tid tenants.TID, p demo.Person, scopes ...string) string {
	t.Helper()
	for i := range scopes {
		scopes[i] = "https://graph.microsoft.com/" + scopes[i]
	}
	return k.grant(t, tid, url.Values{
		"grant_type": {"password"}, "client_id": {demo.AzureCLI}, "username": {p.Username}, "password": {p.Password}, "scope": {strings.Join(scopes, " ")},
	})["access_token"].(string)
}

// app is an app-only token.
func (k *stack) app(t *testing.T, tid tenants.TID, clientID, secret, resource string) string {
	t.Helper()
	return k.grant(t, tid, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {resource + "/.default"},
	})["access_token"].(string)
}

// claimsOf decodes a token's payload.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

const modernMeta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}`

// call calls a tool of an organization's endpoint without arguments.
func (k *stack) call(t *testing.T, r *replica, slug, token, tool string) answer {
	t.Helper()
	return k.callOn(t, r, k.endpointOf(slug, ""), token, tool)
}

// callAt calls a tool at an endpoint.
func (k *stack) callAt(t *testing.T, endpoint, token, tool string) answer {
	t.Helper()
	return k.callOn(t, k.replica, endpoint, token, tool)
}

func (k *stack) callOn(t *testing.T, r *replica, endpoint, token, tool string) answer {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + tool + `","arguments":{},"_meta":{` + modernMeta + `}}}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool,
	} {
		req.Header.Set(name, value)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{t, resp.StatusCode, resp.Header, string(text)}
}

// worked reports whether an answer is a tool's result.
func (a answer) worked() bool {
	var m struct {
		Result *struct{ IsError bool }
	}
	return a.status == http.StatusOK && json.Unmarshal([]byte(a.body), &m) == nil && m.Result != nil && !m.Result.IsError
}
