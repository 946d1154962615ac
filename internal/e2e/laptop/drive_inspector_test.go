package laptop_test

import (
	"encoding/json"
	"fmt"
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
	t     *testing.T
	realm *realm
	at    *desk
	home  string
	flags []string

	environ []string // further variables
}

// run returns what it writes for a method.
func (i inspector) run(method string, flags ...string) (string, error) {
	i.t.Helper()
	args := append([]string{"clients/node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js"}, i.flags...)
	cmd := exec.CommandContext(patient(i.t), newerNode(), append(append(args, "--method", method), flags...)...)
	cmd.Env = i.at.environ(i.t, append(i.environ, "HOME="+i.home, "MCP_STORAGE_DIR="+i.home, "MCP_INSPECTOR_SECRET_STORE=file", "MCP_AUTO_OPEN_ENABLED=true")...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	endWhole(cmd)
	out, err := cmd.Output()
	if err != nil {
		_, heard := i.at.heard()
		return "", fmt.Errorf("%w: %s %s %s", err, complaint.String(), out, heard)
	}
	return string(out), nil
}

// call calls a tool as Alice.
func (i inspector) call(tool string) error {
	i.t.Helper()
	out, err := i.run("tools/call", "--tool-name", tool)
	if err != nil {
		return err
	}
	return i.realm.said(out)
}

// list returns the names of the tools.
func (i inspector) list() (names []string, err error) {
	i.t.Helper()
	out, err := i.run("tools/list")
	if err != nil {
		return nil, err
	}
	var listed struct {
		Result struct{ Tools []struct{ Name string } }
	}
	err = json.Unmarshal([]byte(out), &listed)
	for _, tool := range listed.Result.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	return names, err
}

// asks takes a step and returns an error unless it opens that many browsers.
func (i inspector) asks(browsers int, take func() error) error {
	before, _ := i.at.heard()
	if err := take(); err != nil {
		return err
	}
	if after, _ := i.at.heard(); after-before != browsers {
		return fmt.Errorf("it opened %d browsers, want %d", after-before, browsers)
	}
	return nil
}

// What is kept of tokens and of a registration.
var (
	accessToken  = regexp.MustCompile(`(eyJ[\w-]+\.eyJ[\w-]+\.)[\w-]{10}`)
	registeredAs = regexp.MustCompile(`"client_id":\s*"([^"]+)"`)
)

// kept are the files in which it keeps things.
func (i inspector) kept() []string {
	i.t.Helper()
	files, err := filepath.Glob(filepath.Join(i.home, "*.json"))
	if err != nil {
		i.t.Fatal(err)
	}
	return files
}

// spoil makes the access token that is kept one that is no good any more.
func (i inspector) spoil() error {
	spoiled := 0
	for _, file := range i.kept() {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		spoiled += len(accessToken.FindAll(raw, -1))
		if err := os.WriteFile(file, accessToken.ReplaceAll(raw, []byte("${1}AAAAAAAAAA")), 0o600); err != nil {
			return err
		}
	}
	if spoiled == 0 {
		return fmt.Errorf("there is no token in %v", i.kept())
	}
	return nil
}

// client is the id that it is registered with.
func (i inspector) client() (string, error) {
	for _, file := range i.kept() {
		raw, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if found := registeredAs.FindSubmatch(raw); found != nil {
			return string(found[1]), nil
		}
	}
	return "", fmt.Errorf("there is no registration in %v", i.kept())
}

// driveInspector runs it once for each step.
func driveInspector(t *testing.T, w *world, c combination) (o outcome) {
	t.Helper()
	r := w.realms[c.mode]
	i := inspector{t: t, realm: r, at: w.newDesk(t, r), home: t.TempDir()}
	era := map[string]string{legacy: "legacy", modern: "modern"}[c.era]
	i.flags = []string{r.MCPURL, "--transport", "http", "--format", "json", "--protocol-era", era, "--callback-url", fmt.Sprintf("http://127.0.0.1:%d/oauth/callback", freePort(t))}
	if id := r.clientID(); id != "" {
		i.flags = append(i.flags, "--client-id", id)
	}
	if !o.try(signsIn, func() error { return i.asks(1, func() error { return i.call("whoami") }) }) {
		return o
	}
	o.Did = append(o.Did, calls) // in the same run
	o.try(refreshes, func() error {
		if err := i.spoil(); err != nil {
			return err
		}
		return i.asks(0, func() error { return i.call("whoami") })
	})
	o.try(lists, func() (err error) {
		o.Tools, err = i.list()
		return err
	})
	o.try(stepsUp, func() error {
		if err := i.asks(1, func() error { return i.call("roll_dice") }); err != nil {
			return err
		}
		return i.asks(0, func() error { return i.call("whoami") })
	})
	if strict := r.strict(); strict != "" {
		o.try(proves, func() error {
			if err := i.asks(1, func() error { return i.call(strict) }); err != nil {
				return err
			}
			return i.asks(0, func() error { return i.call("whoami") })
		})
	}
	if r.clientID() == "" {
		o.try(registersAgain, func() error { return i.comeBack(w, r) })
	}
	return o
}

// comeBack goes on after the registration is gone.
func (i inspector) comeBack(w *world, r *realm) error {
	id, err := i.client()
	if err != nil {
		return err
	}
	if err := w.unregister(i.t.Context(), r, id); err != nil {
		return err
	}
	if err := i.spoil(); err != nil {
		return err
	}
	if err := i.asks(1, func() error { return i.call("whoami") }); err != nil {
		return err
	}
	if now, err := i.client(); err != nil || now == id {
		return fmt.Errorf("it still is %s: %w", id, err)
	}
	return nil
}
