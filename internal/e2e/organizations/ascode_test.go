package organizations_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// gatehouse is the command, built once.
var gatehouse = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "gatehouse")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "gatehouse")
	if text, err := exec.CommandContext(context.Background(), "go", "build", "-o", file, "gatehouse/cmd/gatehouse").CombinedOutput(); err != nil {
		return nil, errors.New(string(text))
	}
	return os.ReadFile(file)
})

// pipeline is where Contoso's automation runs gatehouse.
type pipeline struct {
	t    *testing.T
	dir  string
	file string
	env  []string
}

func (k *stack) pipeline(t *testing.T) pipeline {
	t.Helper()
	program, err := gatehouse()
	if err != nil {
		t.Fatal(err)
	}
	p := pipeline{t: t, dir: t.TempDir()}
	p.file = filepath.Join(p.dir, "gatehouse")
	if err := os.WriteFile(p.file, program, 0o700); err != nil {
		t.Fatal(err)
	}
	p.env = []string{
		"GATEHOUSE_URL=" + k.places.Base, "GATEHOUSE_ENTRA_URL=" + k.places.Entra, "GATEHOUSE_TENANT_ID=" + company("contoso").TID.String(),
		"GATEHOUSE_CLIENT_ID=" + automationID("contoso", "pipeline"), "GATEHOUSE_CLIENT_SECRET=" + automationSecret,
	}
	return p
}

// run runs gatehouse and returns its exit code and what it says.
func (p pipeline) run(arguments ...string) (int, string, string) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), p.file, arguments...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, p.env, &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// does ends the test unless gatehouse exits so.
func (p pipeline) does(code int, arguments ...string) string {
	p.t.Helper()
	got, out, errs := p.run(arguments...)
	if got != code {
		p.t.Fatalf("gatehouse %s ends with %d, want %d\n%s\n%s", strings.Join(arguments, " "), got, code, out, errs)
	}
	return out
}

func (p pipeline) write(text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "org.yaml"), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func TestOrganizationIsExportedAndApplied(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	k.managing(t, "contoso")
	p := k.pipeline(t)
	exported := p.does(0, "export", "--org", "contoso")
	p.write(exported)
	length := len(k.records(t, "contoso"))
	for _, arguments := range [][]string{{"--dry-run"}, {}, {"--prune"}, {"--prune", "--dry-run"}} {
		if out := p.does(0, append([]string{"apply", "--org", "contoso", "-f", "org.yaml"}, arguments...)...); strings.ContainsAny(out, "+~") {
			t.Errorf("applying what was exported, with %q, says\n%s", arguments, out)
		}
	}
	if now := len(k.records(t, "contoso")); now != length {
		t.Errorf("doing nothing has left %d records", now-length)
	}
	token := k.password(t, company("contoso").TID, person("contoso", "alice"), company("contoso").Organization(k.places).Connection.QualifiedScope())
	changed := strings.Replace(exported, "effect: read", "effect: write", 1)
	p.write(changed)
	p.does(2, "apply", "--org", "contoso", "-f", "org.yaml", "--dry-run")
	if again := p.does(0, "export", "--org", "contoso"); again != exported {
		t.Errorf("a dry run has changed\n%s\nto\n%s", exported, again)
	}
	if out := p.does(0, "apply", "--org", "contoso", "-f", "org.yaml"); !strings.Contains(out, "~") {
		t.Errorf("the change is shown as\n%s", out)
	}
	if again := p.does(0, "export", "--org", "contoso"); again != changed {
		t.Errorf("applied is\n%s\nand not\n%s", again, changed)
	}
	p.write("gatehouse: 1\ntools: []\n")
	p.does(0, "apply", "--org", "contoso", "-f", "org.yaml", "--prune")
	eventually(t, "no tool is left", inForce, func() bool { return !k.call(t, k.replica, "contoso", token, "whoami").worked() })
	p.does(1, "export", "--org", "fabrikam")
}
