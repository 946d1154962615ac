package laptop_test

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

func TestWholePlatformSpeaksTLS(t *testing.T) {
	t.Parallel()
	d := startTLS(t)
	o := d.org(t, "contoso")
	for _, u := range []string{d.BaseURL, d.EntraURL, d.GraphURL, d.ControlURL, o.MCPURL, o.Scope} {
		if !strings.HasPrefix(u, "https://localhost:") {
			t.Errorf("%s is not https", u)
		}
	}
	client := trusting(t, filepath.Join(d.data(), "ca.pem"))
	alice := d.user(t, o, "alice")
	token := password(t, client, d.EntraURL+"/"+o.EntraTenantID, url.Values{
		"client_id": {o.Clients[0].ClientID}, "scope": {o.Scope}, "username": {alice.Username}, "password": {alice.Password},
	})

	status, body := d.rpc(t, client, token, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`)
	if status != http.StatusOK || !strings.Contains(body, `"protocolVersion":"2025-06-18"`) {
		t.Errorf("initialize: %d %s", status, body)
	}
	// This one goes from the platform to the emulator and back: its keys, the
	// exchange on Alice's behalf, and Graph.
	status, body = d.rpc(t, client, token, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"graph_get_my_profile","arguments":{}}}`)
	if status != http.StatusOK || !strings.Contains(body, "alice@contoso.example") {
		t.Errorf("a tool that asks Graph: %d %s", status, body)
	}
}

// rpc posts a message of the revisions that begin with initialize.
func (d *dev) rpc(t *testing.T, client *http.Client, token, message string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.org(t, "contoso").MCPURL, strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
	} {
		req.Header.Set(name, value)
	}
	if !strings.Contains(message, "initialize") {
		req.Header.Set("MCP-Protocol-Version", "2025-06-18")
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}
