package door_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const browserAccepts = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// TestBrowsersReadHowToConnectAndClientsAreChallenged: the page stands in nobody's
// way, with a token or without.
func TestBrowsersReadHowToConnectAndClientsAreChallenged(t *testing.T) {
	t.Parallel()
	k := start(t, setup{change: func(o *organization) {
		o.Toolsets = []tools.Toolset{{Name: "dice", Title: "Dice", Patterns: []string{"roll_dice"}}}
	}})
	alice := k.visitor(t, "contoso", "alice")
	for _, path := range []string{"/t/contoso/mcp", "/t/contoso/dice/mcp"} {
		page := k.send(t, http.MethodGet, path, "", with("Accept", browserAccepts), with("Sec-Fetch-Mode", "navigate"))
		if page.status != http.StatusOK || !strings.Contains(page.body, "Connect to <bdi>Contoso</bdi>") || !strings.Contains(page.body, k.places.Base+path) || page.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d %v %s", path, page.status, page.header, page.body)
		}
		if !strings.Contains(page.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %v", path, page.header)
		}
		if r := k.send(t, http.MethodGet, path, "", with("Accept", browserAccepts), func(r *http.Request) { r.Host = "evil.example" }); r.status != http.StatusForbidden || strings.Contains(r.body, "Contoso") {
			t.Errorf("%s under a foreign name: %d %s", path, r.status, r.body)
		}
		for name, how := range map[string]func(*http.Request){
			"mcp-remote": with("Accept", "text/event-stream"), "SDK": with("Accept", "application/json, text/event-stream"), "curl": with("Accept", "*/*"),
			"a browser with somebody's token": func(r *http.Request) {
				r.Header.Set("Accept", browserAccepts)
				r.Header.Set("Authorization", "Bearer x")
			},
		} {
			if r := k.send(t, http.MethodGet, path, "", how); r.status != http.StatusUnauthorized || !strings.Contains(r.header.Get("WWW-Authenticate"), "resource_metadata=") {
				t.Errorf("%s, %s: %d %v", path, name, r.status, r.header)
			}
		}
		if r := k.send(t, http.MethodGet, path, "", with("Authorization", "Bearer "+alice.token), with("Accept", browserAccepts)); path == "/t/contoso/mcp" && r.status != http.StatusMethodNotAllowed {
			t.Errorf("a GET with a token: %d %s", r.status, r.body)
		}
	}
}

// TestBrowsersThatMistakeAnAddressAreHelped, and clients read what they always read.
func TestBrowsersThatMistakeAnAddressAreHelped(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	for path, to := range map[string]string{"/t/contoso": "/t/contoso/mcp", "/t/contoso/mcp/": "/t/contoso/mcp", "/nowhere": ""} {
		r := k.send(t, http.MethodGet, path, "", with("Accept", browserAccepts))
		if to == "" && (r.status != http.StatusNotFound || !strings.Contains(r.body, "There is nothing here")) || to != "" && (r.status != http.StatusOK || !strings.Contains(r.body, "Connect to <bdi>Contoso</bdi>") || !strings.Contains(r.body, k.places.Base+to)) {
			t.Errorf("%s: %d %v %s", path, r.status, r.header, r.body)
		}
		if r := k.send(t, http.MethodGet, path, "", with("Accept", "*/*")); r.status != http.StatusNotFound || strings.Contains(r.body, "<") {
			t.Errorf("%s, a program: %d %s", path, r.status, r.body)
		}
		if r := k.send(t, http.MethodGet, path, "", with("Accept", browserAccepts), func(r *http.Request) { r.Host = "evil.example" }); r.status != http.StatusForbidden {
			t.Errorf("%s under a foreign name: %d", path, r.status)
		}
	}
}

// TestRegistryLeadsToEndpointsThatAnswer follows what the registry and the settings
// to distribute name.
func TestRegistryLeadsToEndpointsThatAnswer(t *testing.T) {
	t.Parallel()
	k := start(t, setup{change: func(o *organization) {
		o.Toolsets = []tools.Toolset{{Name: "dice", Patterns: []string{"roll_dice"}}}
	}})
	var list struct {
		Servers []struct {
			Server struct {
				Name    string
				Remotes []struct{ Type, URL string }
			}
		}
	}
	r := k.send(t, http.MethodGet, "/t/contoso/v0.1/servers?limit=50&version=latest", "")
	if err := json.Unmarshal([]byte(r.body), &list); err != nil || len(list.Servers) != 2 {
		t.Fatalf("%v %s", err, r.body)
	}
	for _, one := range list.Servers {
		path := "/t/contoso/v0.1/servers/" + url.PathEscape(one.Server.Name) + "/versions/latest"
		if r := k.send(t, http.MethodGet, path, ""); r.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
		at, ours := strings.CutPrefix(one.Server.Remotes[0].URL, k.places.Base)
		if r := k.send(t, http.MethodPost, at, "{}"); !ours || r.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", one.Server.Remotes[0].URL, r.status, r.body)
		}
	}
	for _, path := range []string{"/t/contoso/v0.1/servers", "/t/contoso/managed/vscode/policy.json"} {
		if r := k.send(t, http.MethodGet, path, "", func(r *http.Request) { r.Host = "evil.example" }); r.status != http.StatusForbidden {
			t.Errorf("%s under a foreign name: %d", path, r.status)
		}
	}
	if r := k.send(t, http.MethodGet, "/t/absent/v0.1/servers", ""); r.status != http.StatusNotFound {
		t.Errorf("of nobody: %d %s", r.status, r.body)
	}
}

// TestASuspendedOrganizationTellsNobodyHowToConnect: neither people nor programs.
func TestASuspendedOrganizationTellsNobodyHowToConnect(t *testing.T) {
	t.Parallel()
	k := start(t, setup{change: func(o *organization) { o.State, o.SuspendedBy = tenants.Suspended, tenants.ByOperator }})
	for _, path := range []string{"/t/contoso/mcp", "/t/contoso/v0.1/servers", "/t/contoso/managed/claude-code/managed-mcp.json"} {
		if r := k.send(t, http.MethodGet, path, "", with("Accept", "text/html")); r.status != http.StatusForbidden || !strings.Contains(r.body, "suspended") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}
