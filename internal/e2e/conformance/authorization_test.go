package conformance_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
)

// scenariosOfSignIn are the scenarios that the suite has for authorization servers.
var scenariosOfSignIn = []string{"authorization-code-grant", "authorization-server-metadata-endpoint"}

// authorizationLimit bounds one run, which takes seconds.
const authorizationLimit = 2 * time.Minute

// opened is the line by which the suite asks somebody to open a page.
var opened = regexp.MustCompile(`https?://\S+/authorize\?\S+`)

// TestAuthorizationServerConforms lets the suite sign somebody in: a person who
// allows everything opens the page that it prints.
func TestAuthorizationServerConforms(t *testing.T) {
	file, _ := gatehouse(t, upstream(t)+"/mcp")
	o := file.Orgs[slices.IndexFunc(file.Orgs, func(o demo.FileOrg) bool { return o.Slug == "contoso" })]
	issuer := strings.TrimSuffix(o.MCPURL, "/mcp")
	_, port, err := net.SplitHostPort(freeAddress(t))
	must(t, err)
	alice := browser.New(http.DefaultTransport, file.EntraURL, o.Users[slices.IndexFunc(o.Users, func(u demo.FileUser) bool { return strings.HasPrefix(u.Username, "alice@") })].OID)
	alice.Also, alice.Wish = []string{file.BaseURL}, "allow"
	out := t.TempDir()
	said := authorize(t, alice, "authorization", "--url", issuer, "--client-id", registered(t, issuer, "http://127.0.0.1:"+port+"/callback"),
		"--resource", o.MCPURL, "--port", port, "--output-dir", out)
	got := authorizationResults(t, out)
	for _, name := range scenariosOfSignIn {
		if !got.passed(name) {
			t.Errorf("%s: %s\n%s", name, got.complaints(name), said)
		}
	}
	if len(got) != len(scenariosOfSignIn) {
		t.Errorf("the suite has %d scenarios, want %d: %v", len(got), len(scenariosOfSignIn), got)
	}
}

// registered registers a client that waits for its answer at one address.
func registered(t *testing.T, issuer, redirect string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"client_name": "Conformance suite", "redirect_uris": []string{redirect}, "token_endpoint_auth_method": "none"})
	must(t, err)
	resp, err := http.Post(issuer+"/register", "application/json", bytes.NewReader(body))
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	var client struct {
		ID string `json:"client_id"`
	}
	must(t, json.NewDecoder(resp.Body).Decode(&client))
	if client.ID == "" {
		t.Fatalf("not registered: %d", resp.StatusCode)
	}
	return client.ID
}

// authorize runs the suite and has whatever page it prints opened. It returns what
// the suite has said; a suite that is not content fails the test.
func authorize(t *testing.T, person *browser.Browser, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), nodeJS(), append([]string{filepath.Join(suite, "dist", "index.js")}, args...)...)
	cmd.SysProcAttr = dyingWithUs()
	cmd.WaitDelay = stopLimit
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	must(t, cmd.Start())
	late := time.AfterFunc(authorizationLimit, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		_ = w.Close()
	}()
	var said strings.Builder
	for lines := bufio.NewScanner(r); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if page := opened.FindString(lines.Text()); page != "" {
			away, _, err := person.SignIn(t.Context(), page)
			if err != nil {
				_ = cmd.Process.Kill()
				t.Errorf("the page %s: %v", page, err)
				continue
			}
			resp, err := person.Client.Do(away)
			if err != nil {
				t.Errorf("the answer: %v", err)
				continue
			}
			_ = resp.Body.Close()
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("the suite says that the authorization server does not conform: %v\n%s", err, said.String())
	}
	return said.String()
}

// authorizationResults reads what a run has written, a directory for each scenario.
func authorizationResults(t *testing.T, dir string) results {
	t.Helper()
	all := results{}
	must(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "checks.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var checks []check
		name := filepath.Base(filepath.Dir(path))
		for _, known := range scenariosOfSignIn {
			if strings.Contains(name, known) {
				name = known
			}
		}
		err = json.Unmarshal(raw, &checks)
		all[name] = checks
		return err
	}))
	return all
}
