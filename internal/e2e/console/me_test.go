package console_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

func orgCalled(t *testing.T, slug string) demo.FileOrg {
	t.Helper()
	return orgOf(t, dev, slug)
}

// orgOf is an organization of a gatehouse-dev.
func orgOf(t *testing.T, at demo.File, slug string) demo.FileOrg {
	t.Helper()
	for _, o := range at.Orgs {
		if o.Slug == slug {
			return o
		}
	}
	t.Fatalf("there is no %s", slug)
	return demo.FileOrg{}
}

func userOf(t *testing.T, o demo.FileOrg, name string) demo.FileUser {
	t.Helper()
	for _, u := range o.Users {
		if strings.HasPrefix(u.Username, name+"@") {
			return u
		}
	}
	t.Fatalf("there is no %s at %s", name, o.Slug)
	return demo.FileUser{}
}

// tools lists by MCP what an app shows its person, with the app's next token.
func (a *app) tools(t *testing.T, endpoint string) string {
	t.Helper()
	status, told := a.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.refresh}})
	token, _ := told["access_token"].(string)
	if next, ok := told["refresh_token"].(string); ok {
		a.refresh = next
	}
	if status != http.StatusOK || token == "" {
		t.Fatalf("no token: %d %v", status, told)
	}
	list, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": map[string]any{"_meta": map[string]any{
		"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientInfo": map[string]any{"name": "journey", "version": "1"}, "io.modelcontextprotocol/clientCapabilities": map[string]any{},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, bytes.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list",
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("tools/list: %d %s %v", resp.StatusCode, body, err)
	}
	return string(body)
}

// TestSomebodyWithoutARoleLooksAfterTheirOwn walks as Bob of Fabrikam, who is in no
// group, joins one, ends what acts for him, and asks for more; as Carol, who owns it and
// dismisses what he asks for; and as Dan, who audits it.
func TestSomebodyWithoutARoleLooksAfterTheirOwn(t *testing.T) {
	t.Parallel()
	fabrikam.Lock()
	defer fabrikam.Unlock()
	o := orgCalled(t, "fabrikam")
	bob := userOf(t, o, "bob")
	kept, gone := connectAt(t, o, "Keeper", bob), connectAt(t, o, "Goner", bob)
	if list := kept.tools(t, o.MCPURL); strings.Contains(list, "roll_dice") {
		t.Fatalf("Bob has tools: %s", list)
	}
	w := walk(t, "me", map[string]string{
		"slug": "fabrikam", "bob": bob.OID, "carol": userOf(t, o, "carol").OID, "dan": userOf(t, o, "dan").OID, "tid": o.EntraTenantID, "gone": "Goner",
		"other": "contoso", "otherTid": orgCalled(t, "contoso").EntraTenantID,
		"control": dev.ControlURL, "controlToken": dev.ControlToken,
	})
	w.holds(t, 14)
	if list := kept.tools(t, o.MCPURL); !strings.Contains(list, "roll_dice") {
		t.Errorf("what Bob was told does not hold at the endpoint: %s", list)
	}
	if gone.goesOn(t) {
		t.Error("what was revoked goes on")
	}
}
