package organizations_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/demo/notes"
)

// typed finds the lines of a guide that are for a shell.
var typed = regexp.MustCompile("(?s)```sh\n(.*?)```")

// blocks returns what a guide has its reader type, in order.
func blocks(t *testing.T, name string) (out []string) {
	t.Helper()
	guide, err := os.ReadFile("../../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range typed.FindAllStringSubmatch(string(guide), -1) {
		out = append(out, b[1])
	}
	return out
}

// TestLinesOfTheSourceGuideWorkAsPrinted types the blocks of docs/as-code.md and
// docs/sources.md into one shell as Contoso's automation, with nothing changed but
// where things are.
func TestLinesOfTheSourceGuideWorkAsPrinted(t *testing.T) {
	t.Parallel()
	book := notes.New("Contoso")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != notesKey {
			http.Error(w, "no key", http.StatusUnauthorized)
			return
		}
		book.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	k := start(t, setup{companies: true, directories: withAutomations})
	k.managing(t, "contoso")
	all := append(blocks(t, "as-code.md"), blocks(t, "sources.md")...)
	text := strings.NewReplacer(
		"https://gatehouse.example", k.places.Base, "https://login.microsoftonline.com", k.places.Entra, "https://notes.example/mcp", server.URL+"/mcp",
	).Replace("set -eu -o pipefail\n" + strings.Join(all, "echo '## next'\n"))
	cmd := exec.CommandContext(t.Context(), "bash", "-c", text)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), append(k.pipeline(t).env, "NOTES_KEY="+notesKey)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := strings.Split(string(out), "## next\n")
	want := [][]string{
		{},
		{},
		{`"name":"notes"`, `"timeoutSeconds":60`},
		{`"timeoutSeconds":30`},
		{`"kind":"header"`},
		{`"offered":7`, `"name":"summarize"`, `"name":"notes://note/{id}"`},
		{`"permission":"notes_search"`, `"permission":"resource:notes://guide"`},
		{`"state":"approved"`},
		{`"permission":"prompt:notes_summarize"`, `"permission":"notes_create"`},
		{`"name":"create","shownName":"notes_create"`, `"state":"pending"`},
		{`"kind":"everybody"`},
	}
	if len(said) != len(want) {
		t.Fatalf("the guides have %d blocks, want %d:\n%s", len(said), len(want), out)
	}
	for i, parts := range want {
		for _, part := range append(parts, "") {
			if !strings.Contains(said[i], part) || strings.Contains(said[i], "urn:gatehouse:problem") {
				t.Errorf("block %d does not say %q:\n%s", i, part, said[i])
			}
		}
	}
	if strings.Contains(string(out), notesKey) {
		t.Errorf("the key is in\n%s", out)
	}
}
