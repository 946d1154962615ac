package laptop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinesAboutTheConnectPageWorkAsPrinted types the blocks of that section of
// docs/clients.md, with nothing changed but the port.
func TestLinesAboutTheConnectPageWorkAsPrinted(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile(filepath.Join(root(t), "docs", "clients.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(docs), "## The connect page\n")
	section, _, _ = strings.Cut(section, "\n## ")
	want := [][]string{
		{"Connect to <bdi>Contoso"},
		{`"name": "localhost/contoso"`, `"type": "streamable-http"`, `"url": "` + shared.BaseURL + `/t/contoso/mcp"`, `"isLatest": true`},
		{`"allowManagedMcpServersOnly": true`, `"serverUrl": "` + shared.BaseURL + `/t/contoso/mcp"`, `"mcpServers"`, `"ChatMCP": "registry"`, `"McpGalleryServiceUrl": "` + shared.BaseURL + `/t/contoso"`},
	}
	blocks := block.FindAllStringSubmatch(section, -1)
	if len(blocks) != len(want) {
		t.Fatalf("the section has %d blocks, want %d", len(blocks), len(want))
	}
	for at, b := range blocks {
		out, err := exec.CommandContext(t.Context(), "bash", "-c", "set -eu -o pipefail\n"+strings.ReplaceAll(b[1], "http://localhost:8080", shared.BaseURL)).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", b[1], err, out)
		}
		for _, part := range want[at] {
			if !strings.Contains(string(out), part) {
				t.Errorf("%s does not say %s:\n%s", b[1], part, out)
			}
		}
	}
}
