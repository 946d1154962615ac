package connect_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// TestSettingsToDistribute holds each document to its vendor's form, byte by byte
// where it is short.
func TestSettingsToDistribute(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		for path, want := range map[string]string{
			"claude-code/managed-settings.json": `{"allowManagedMcpServersOnly":true,"allowedMcpServers":[{"serverUrl":"` + base + `/t/contoso/mcp"},{"serverUrl":"` + base + `/t/contoso/bare/mcp"},{"serverUrl":"` + base + `/t/contoso/finance/mcp"}]}`,
			"claude-code/managed-mcp.json":      `{"mcpServers":{"contoso":{"type":"http","url":"` + base + `/t/contoso/mcp"},"contoso-bare":{"type":"http","url":"` + base + `/t/contoso/bare/mcp"},"contoso-finance":{"type":"http","url":"` + base + `/t/contoso/finance/mcp"}}}`,
			"vscode/policy.json":                `{"ChatMCP":"registry","McpGalleryServiceUrl":"` + base + `/t/contoso"}`,
		} {
			w := s.get("/t/contoso/managed/" + path)
			got, _ := json.Marshal(decoded[any](t, w))
			file := path[strings.LastIndex(path, "/")+1:]
			if string(got) != want || w.Header().Get("Content-Disposition") != `attachment; filename="`+file+`"` {
				t.Errorf("%s %s: %s %v", mode, path, got, w.Header())
			}
		}
	}
}

// TestSettingsAreOnThePage: each is linked once, and what is linked is there.
func TestSettingsAreOnThePage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	found := 0
	for _, a := range all(s.page("/t/contoso/finance/mcp"), "a") {
		path, ours := strings.CutPrefix(attribute(a, "href"), base)
		if !ours {
			continue
		}
		found++
		if w := s.get(path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if found != 3 {
		t.Errorf("%d documents are linked, want 3", found)
	}
}

// TestRegistryOfThePolicyIsThere follows the policy as Visual Studio Code does.
func TestRegistryOfThePolicyIsThere(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	policy := decoded[struct{ McpGalleryServiceURL string }](t, s.get("/t/contoso/managed/vscode/policy.json"))
	path, ours := strings.CutPrefix(policy.McpGalleryServiceURL, base)
	if !ours || strings.HasSuffix(path, "/") {
		t.Fatalf("the registry is at %q", policy.McpGalleryServiceURL)
	}
	if w := s.get(path + "/v0.1/servers?limit=1"); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestAnOrganizationWithoutToolsetsHasOneEndpoint: also one without sources.
func TestAnOrganizationWithoutToolsetsHasOneEndpoint(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.change(func(d *snapshot.Data) { d.Toolsets = nil })
	s.in(tenants.Direct)
	if got := s.list("").names(); len(got) != 1 || got[0] != everyName[0] {
		t.Errorf("%q", got)
	}
}
