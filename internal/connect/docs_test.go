package connect_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var fenced = regexp.MustCompile("(?s)```(json)?\n(.*?)\n```")

// TestDocsAndPageSayTheSame: what docs/clients.md has people type for the demo
// stands on the demo's page.
func TestDocsAndPageSayTheSame(t *testing.T) {
	t.Parallel()
	docs := string(must(os.ReadFile("../../docs/clients.md")))
	_, docs, _ = strings.Cut(docs, "## Connect one to the demo\n")
	docs, _, _ = strings.Cut(docs, "\n## ")
	page := newStandAt(t, "http://localhost:8080").page("/t/contoso/mcp")
	var said []any
	for _, pre := range all(page, "pre") {
		said = append(said, valueOf(textOf(pre)))
	}
	blocks := fenced.FindAllStringSubmatch(docs, -1)
	if len(blocks) != 5 {
		t.Errorf("the docs have %d blocks, want 5", len(blocks))
	}
	for _, b := range blocks {
		found := false
		for _, value := range said {
			found = found || reflect.DeepEqual(value, valueOf(b[2]))
		}
		if !found {
			t.Errorf("the page does not say %s", b[2])
		}
	}
}

// valueOf is a text, or what it stands for if it is JSON.
func valueOf(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	return value
}

// TestDocsNameWhatIsToBeDistributed holds the table of the docs to what there is.
func TestDocsNameWhatIsToBeDistributed(t *testing.T) {
	t.Parallel()
	docs := string(must(os.ReadFile("../../docs/clients.md")))
	for _, a := range all(newStand(t).page("/t/contoso/mcp"), "a") {
		if path, ours := strings.CutPrefix(attribute(a, "href"), base+"/t/contoso/managed/"); ours && !strings.Contains(docs, "| `"+path+"` |") {
			t.Errorf("the docs do not say what %s is", path)
		}
	}
}

// TestDocsTellWhoConnectsInWhichMode holds the table of the docs to the pages.
func TestDocsTellWhoConnectsInWhichMode(t *testing.T) {
	t.Parallel()
	docs := string(must(os.ReadFile("../../docs/clients.md")))
	for row, ids := range map[string][]string{
		"Visual Studio Code": {"vscode"}, "Claude (web, desktop, mobile)": {"claude"}, "Claude Code": {"claude-code"}, "Cursor": {"cursor"}, "Copilot Studio": {"copilot-studio"},
		"ChatGPT": {"chatgpt"}, "MCP Inspector, `mcp-remote`": {"inspector", "mcp-remote"},
	} {
		_, rest, found := strings.Cut(docs, "\n| "+row+" | ")
		line, _, _ := strings.Cut(rest, "\n")
		cells := strings.Split(strings.TrimSuffix(line, " |"), " | ")
		if !found || len(cells) != len(modes) {
			t.Errorf("the table says of %s: %q", row, line)
			continue
		}
		for at, mode := range modes {
			s := newStand(t)
			s.in(mode)
			page := s.page("/t/contoso/mcp")
			for _, id := range ids {
				said := textOf(part(t, page, id))
				if refused := strings.Contains(said, "Not in this mode"); refused != (cells[at] == "no") {
					t.Errorf("%s: the docs say of %s %q, and the page %q", mode, id, cells[at], said)
				}
				if registered := strings.Contains(said, "registers it first"); registered != strings.Contains(cells[at], "in Entra") {
					t.Errorf("%s: the docs say of %s %q, and the page %q", mode, id, cells[at], said)
				}
			}
		}
	}
}
