// Package aztest runs scripts for the Azure CLI against an emulator's Microsoft
// Graph. It owns a stand-in for az that knows "az rest" and "az account show"; it
// is for tests only, and only tests import it.
package aztest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Rig is whom the stand-in is signed in as, and where.
type Rig struct {
	Entra    string // base URL of the emulator's login.microsoftonline.com
	Graph    string // base URL of the emulator's graph.microsoft.com
	Tenant   string // id of the tenant
	Username string
	Password string
}

// Result is how a script has ended.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Run runs a bash script with the stand-in as the only az and without delays:
// its sleep returns at once.
func Run(t *testing.T, rig Rig, script string) Result {
	t.Helper()
	dir := t.TempDir()
	place(t, dir, rig)
	file := filepath.Join(dir, "script.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", file) //nolint:gosec // the script is the test's
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + dir + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + dir, "LC_ALL=C.UTF-8"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("bash has not started: %v", err)
	}
	return Result{Code: cmd.ProcessState.ExitCode(), Stdout: out.String(), Stderr: errs.String()}
}

// RunLine runs one command line, as the doctor prints them.
func RunLine(t *testing.T, rig Rig, line string) Result {
	t.Helper()
	return Run(t, rig, "set -euo pipefail\n"+line+"\n")
}

// program is the stand-in, built once for all scripts of a test binary.
var program = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "aztest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system clears what is left
	file := filepath.Join(dir, "az")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", file, "gatehouse/internal/onboarding/aztest/az") //nolint:gosec // a fixed command
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the stand-in for az: %w\n%s", err, text)
	}
	return os.ReadFile(file) //nolint:gosec // the file just built
})

// place puts az and sleep into dir.
func place(t *testing.T, dir string, rig Rig) {
	t.Helper()
	az, err := program()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(rig) //nolint:gosec // an invented password of an emulator
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"az-program": {string(az), 0o700},
		"az.json":    {string(settings), 0o600},
		"az":         {"#!/bin/sh\nhere=$(dirname \"$0\")\nexec \"$here/az-program\" \"$here/az.json\" \"$@\"\n", 0o700},
		"sleep":      {"#!/bin/sh\n", 0o700},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file.text), file.mode); err != nil {
			t.Fatal(err)
		}
	}
}
