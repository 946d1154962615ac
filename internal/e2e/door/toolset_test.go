package door_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/tools"
)

// TestToolsetIsAnEndpointOfItsOwn: part of the tools, with metadata, sessions and
// records of its own, and no more than the caller's roles give.
func TestToolsetIsAnEndpointOfItsOwn(t *testing.T) {
	t.Parallel()
	k := start(t, setup{change: func(o *organization) {
		o.Toolsets = []tools.Toolset{{Name: "dice", Title: "Dice", Patterns: []string{"roll_dice"}}}
	}})
	alice := k.visitor(t, "contoso", "alice")
	whole := alice
	alice.slug = "contoso/dice"
	if list := alice.modern(t, "tools/list", "", "").ok(t).Result.Tools; len(list) != 1 || list[0].Name != "roll_dice" {
		t.Errorf("%+v", list)
	}
	alice.call(t, "roll_dice", `{}`).ok(t)
	alice.call(t, "whoami", `{}`).refused(t, http.StatusOK, -32602)
	whole.call(t, "whoami", `{}`).ok(t)

	session := alice.open(t)
	alice.legacy(t, pingBody, with("Mcp-Session-Id", session)).ok(t)
	if r := whole.legacy(t, pingBody, with("Mcp-Session-Id", session)); r.status != http.StatusNotFound {
		t.Errorf("a session of a toolset at the organization's endpoint: %d %s", r.status, r.body)
	}

	var metadata struct{ Resource string }
	document := k.send(t, http.MethodGet, "/.well-known/oauth-protected-resource/t/contoso/dice/mcp", "")
	if err := json.Unmarshal([]byte(document.body), &metadata); err != nil || metadata.Resource != k.places.Base+"/t/contoso/dice/mcp" {
		t.Errorf("%s", document.body)
	}
	if r := k.send(t, http.MethodPost, "/t/contoso/dice/mcp", "{}"); r.status != http.StatusUnauthorized || !strings.Contains(r.header.Get("WWW-Authenticate"), "/t/contoso/dice/mcp") {
		t.Errorf("%d %v", r.status, r.header)
	}
	for _, absent := range []string{"/t/contoso/absent/mcp", "/t/absent/dice/mcp"} {
		if r := k.send(t, http.MethodPost, absent, "{}"); r.status != http.StatusNotFound || r.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d %v", absent, r.status, r.header)
		}
	}
	for _, record := range k.recordsOf(t, "contoso", isCall) {
		if record.Outcome == "ok" && record.Tool == "roll_dice" && record.Endpoint != "/t/contoso/dice/mcp" {
			t.Errorf("%+v", record)
		}
	}
}
