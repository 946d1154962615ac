package laptop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// root is the module's directory.
func root(t *testing.T) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("where is this file?")
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), filepath.Join(shared.dir, name), args...)
}

// block finds the README's shell blocks.
var block = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestReadmeLinesWorkAsPrinted types the README's blocks into one shell, in
// order, with nothing changed but the ports and the directory of the data.
func TestReadmeLinesWorkAsPrinted(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -eu -o pipefail\n")
	for _, b := range block.FindAllStringSubmatch(string(readme), -1) {
		switch lines := b[1]; {
		case strings.Contains(lines, "make dev"): // running already
		case strings.Contains(lines, "gatehouse-dev tour"): // has a platform of its own: it tampers with logs
		case strings.Contains(lines, "@modelcontextprotocol/inspector"): // needs a newer Node.js than this test asks for
		default:
			script.WriteString("echo '## next'\n" + lines)
		}
	}
	text := strings.NewReplacer(
		"http://localhost:8080", shared.BaseURL, "http://localhost:8081", shared.EntraURL,
		"gatehouse-dev audit contoso", "gatehouse-dev audit --data "+shared.data()+" contoso",
		"gatehouse-dev sign-in", "gatehouse-dev sign-in --data "+shared.data(), " .dev/dev.json", " "+filepath.Join(shared.data(), "dev.json"),
	).Replace(script.String())
	cmd := exec.CommandContext(t.Context(), "bash", "-c", text)
	cmd.Dir = root(t)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := strings.Split(string(out), "## next\n")
	want := [][]string{
		{},
		{},
		{`"name":"alice@contoso.example"`, `"gatehouse/record":"`},
		{`"message":"unknown tool: whoami"`, `"message":"unknown tool: no_such_tool"`},
		{"alice@fabrikam.example", "this endpoint belongs to Contoso"},
		{"tool_call", "whoami", "refused: unknown_tool", "authentication"},
		{},
		{`"slug":"adatum"`, `"state":"onboarding"`, `"kind":"platform_issuer"`, `"state":"active"`},
		{`"enabled":true`, `"kind":"everybody"`, `"name":"Visual Studio Code"`, `"acceptEntraTokens":true`},
		{"You are ada@adatum.example", `"verdict":"allowed"`, `Role \"Staff\" allows whoami`},
		{`"name":"auditors"`, `"checkpoints":true`},
		{`"findings":[]`, `"notChecked":[]`},
		{"On call", `"gatehouse/record":"`},
		{"Search before you create", `"uri":"notes://guide"`, "Summarize these notes"},
		{`"name":"search"`, `"state":"changed"`, `"flags":[{`, "evil.example", "On call"},
		{"whoami - ", "roll_dice - ", "Rolled "},
		{"whoami - ", "roll_dice - ", "Rolled "},
	}
	if len(said) != len(want) {
		t.Fatalf("the README has %d blocks, want %d:\n%s", len(said), len(want), out)
	}
	for i, parts := range want {
		for _, part := range parts {
			if !strings.Contains(said[i], part) {
				t.Errorf("block %d does not say %q:\n%s", i, part, said[i])
			}
		}
	}
}
