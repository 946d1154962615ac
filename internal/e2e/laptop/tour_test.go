package laptop_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

// tourLines are what the README says to type for the tour.
func tourLines(t *testing.T) string {
	t.Helper()
	for _, lines := range blocksOf(section(t, "README.md", "## Try it")) {
		if strings.Contains(lines, "gatehouse-dev tour") {
			return lines
		}
	}
	t.Fatal("README.md does not offer the tour")
	return ""
}

// tour types them beside d, and returns what they print and how they end.
func (d *dev) tour(t *testing.T) (out, complaint string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(tourLines(t), "gatehouse-dev tour", "gatehouse-dev tour --data "+d.data()))
	cmd.Dir = root(t)
	var said, wrong strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &wrong
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return said.String(), wrong.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return said.String(), wrong.String(), 0
}

// heading begins a step; milliseconds end it.
var heading = regexp.MustCompile(`(?m)^(\d+)/10  .+  \([1-9]\d* ms\)$`)

// promised is what each step of the tour has to say.
var promised = [][]string{
	{"tools/list", "graph_get_my_profile, graph_list_my_groups, greeting_card, roll_dice, whoami"},
	{"You act for bob@contoso.example", "Reference: "},
	{"notes_search", "Microsoft Graph was asked once: POST /v1.0/me/checkMemberGroups"},
	{"401 Unauthorized", `error="invalid_token"`, "this endpoint belongs to Fabrikam"},
	{"allowed: Role \"staff\" allows whoami"},
	{"/members", "notifications/tools/list_changed; whoami was gone "},
	{"/revocations", "401, and no new token without Alice"},
	{"tamper --data ", " edit contoso", "UPDATE audit_records", "WRONG: line ", ", record "},
	{" rewrite contoso", "the log is written anew", "WRONG: line ", "the log was rewritten: its first "},
	{" undo contoso", "completeness: proven", "anchored since "},
}

// TestTourIsAsPromisedEachTime types the README's lines twice in a row, holds each step
// against its promise, and looks whether the demo is as it was. A promise that does not
// hold ends it, by name.
func TestTourIsAsPromisedEachTime(t *testing.T) {
	t.Parallel()
	d := another(t, "--history=true")
	var first string
	for range 2 {
		out, complaint, code := d.tour(t)
		if code != 0 || complaint != "" {
			t.Fatalf("exit code %d: %s\n%s", code, complaint, out)
		}
		at := heading.FindAllStringIndex(out, -1)
		if len(at) != len(promised) {
			t.Fatalf("there are %d steps:\n%s", len(at), out)
		}
		for i, parts := range promised {
			end := len(out)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			for _, part := range append(parts, "\n  $ ", "\n  > ") {
				if !strings.Contains(out[at[i][0]:end], part) {
					t.Errorf("step %d does not say %q:\n%s", i+1, part, out[at[i][0]:end])
				}
			}
		}
		if !strings.Contains(out, "All 10 steps were as promised, in ") {
			t.Errorf("it ends with:\n%s", out[at[len(at)-1][0]:])
		}
		first = out
	}
	d.asBefore(t)
	d.doTheSame(t, first)

	d.control(t, "/faults", map[string]any{"endpoint": "graph", "status": http.StatusServiceUnavailable})
	out, complaint, code := d.tour(t)
	if want := "step 3/10  Carol is in 250 groups, too many for a token: not as promised: "; code != 1 || !strings.Contains(complaint, want) || strings.Contains(out, "as promised") {
		t.Errorf("without Microsoft Graph: exit code %d, want 1 with %q: %s\n%s", code, want, complaint, out)
	}
	d.control(t, "/faults", map[string]any{"endpoint": "graph"})
	d.asBefore(t)
}

// another starts a gatehouse-dev of the test's own.
func another(t *testing.T, flags ...string) *dev {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(shared.dir, "gatehouse-dev"), filepath.Join(dir, "gatehouse-dev")); err != nil {
		t.Fatal(err)
	}
	d, err := start(dir, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.stop(), d.forget()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// asBefore looks whether a tour has left the demo as it was.
func (d *dev) asBefore(t *testing.T) {
	t.Helper()
	contoso := d.org(t, "contoso")
	carol, err := demo.Session(t.Context(), demo.Visit{Data: d.data(), Username: "carol@contoso.example"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"": `"membership":{"softSeconds":60,"hardSeconds":3600}`, "/assignments": `"items":[`, "/connections": `"items":[`} {
		text := d.settings(t, path, carol)
		if !strings.Contains(text, want) || strings.Contains(text, "One of Carol's projects") || strings.Contains(text, "Gatehouse tour") {
			t.Errorf("%s is %s", path, text)
		}
	}
	alice := d.user(t, contoso, "alice")
	if names := listed(t, contoso, d.token(t, contoso, alice)); !slices.Contains(names, "whoami") {
		t.Errorf("Alice's tools are %q", names)
	}
}

// settings reads something of Contoso as whoever a cookie is of.
func (d *dev) settings(t *testing.T, path, cookie string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.BaseURL+"/api/organizations/contoso"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// doTheSame types some of the commands that a tour has printed.
func (d *dev) doTheSame(t *testing.T, out string) {
	t.Helper()
	_, begin, _ := strings.Cut(out, "typed, once:\n\n")
	begin, _, _ = strings.Cut(begin, "\n\n")
	var commands []string
	for line := range strings.Lines(out) {
		if command, ok := strings.CutPrefix(line, "  $ "); ok {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	script := "set -eu -o pipefail\n" + begin
	for _, i := range []int{0, 1, 3, 4} {
		script += "\necho '## next'\n" + commands[i]
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir = root(t)
	all, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, all)
	}
	holds(t, strings.Split(string(all), "## next\n"), [][]string{{}, {`"name":"greeting_card"`}, {`"tools":[]`, "You act for bob@contoso.example"}, {"this endpoint belongs to Fabrikam"}, {`"verdict":"allowed"`}})
}
