package laptop_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// inspector runs the Inspector's command line as one person does: what it keeps
// lies in home, and pages open at the desk.
type inspector struct {
	home string
	at   *desk
	url  string
}

// run returns what it writes for a method.
func (i inspector) run(t *testing.T, method string, flags ...string) string {
	t.Helper()
	args := append([]string{"clients/node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js", i.url, "--transport", "http", "--format", "json", "--method", method}, flags...)
	cmd := exec.CommandContext(patient(t), newerNode(), args...)
	cmd.Env = i.at.environ(t, "HOME="+i.home, "MCP_STORAGE_DIR="+i.home, "MCP_INSPECTOR_SECRET_STORE=file", "MCP_AUTO_OPEN_ENABLED=true")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	endWhole(cmd)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, complaint.String(), out)
	}
	return string(out)
}

// accessToken finds a token of ours in what is kept.
var accessToken = regexp.MustCompile(`(eyJ[\w-]+\.eyJ[\w-]+\.)[\w-]{10}`)

// spoil makes the access token that is kept one that is no good any more.
func (i inspector) spoil(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(i.home, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	spoiled := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		spoiled += len(accessToken.FindAll(raw, -1))
		if err := os.WriteFile(file, accessToken.ReplaceAll(raw, []byte("${1}AAAAAAAAAA")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if spoiled == 0 {
		t.Fatalf("there is no token in %v", files)
	}
}

// signInWithInspector lists in one run and calls in another, which needs no browser
// any more, then once more with a token that is no good.
func signInWithInspector(t *testing.T) {
	t.Helper()
	o := shared.org(t, "contoso")
	at := shared.newDesk(t, o, shared.user(t, o, "alice"))
	i := inspector{home: t.TempDir(), at: at, url: o.MCPURL}
	var listed struct {
		Result struct{ Tools []struct{ Name string } }
	}
	if err := json.Unmarshal([]byte(i.run(t, "tools/list")), &listed); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range listed.Result.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, staff) {
		t.Errorf("it lists %v, want %v", names, staff)
	}
	for _, era := range []string{"legacy", "modern"} {
		if out := i.run(t, "tools/call", "--tool-name", "whoami", "--protocol-era", era); !strings.Contains(out, "You are Alice Contoso") {
			t.Errorf("%s: %s", era, out)
		}
	}
	i.spoil(t)
	if out := i.run(t, "tools/call", "--tool-name", "whoami"); !strings.Contains(out, "You are Alice Contoso") {
		t.Errorf("after its token was over: %s", out)
	}
	if opened := at.opened.Load(); opened != 1 {
		t.Errorf("it opened %d browsers, want 1", opened)
	}
}
