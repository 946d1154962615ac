package door_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shown are the headers that a golden file keeps.
var shown = []string{
	"Access-Control-Allow-Origin", "Allow", "Cache-Control", "Content-Type", "Gatehouse-Record", "Mcp-Session-Id", "Retry-After", "WWW-Authenticate",
}

// masks replace what differs from run to run.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`http://localhost:\d+`), "http://localhost"},
	{regexp.MustCompile(`0[0-9a-f]{7}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`), "<record>"},
	{regexp.MustCompile(`Reference: [A-Za-z0-9_-]+`), "Reference: <token>"},
	{regexp.MustCompile(`"ageSeconds":\d+`), `"ageSeconds":0`},
	{regexp.MustCompile(`\d+ seconds old`), "0 seconds old"},
	{regexp.MustCompile(`(?m)^Mcp-Session-Id: .*$`), "Mcp-Session-Id: <session>"},
}

// golden compares a reply with the file of that name, headers and body.
func (r reply) golden(t *testing.T, name string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", r.status, http.StatusText(r.status))
	for _, header := range shown {
		for _, value := range r.header.Values(header) {
			fmt.Fprintf(&b, "%s: %s\n", header, value)
		}
	}
	got := b.String() + "\n" + r.body + "\n"
	for _, m := range masks {
		got = m.pattern.ReplaceAllString(got, m.with)
	}
	path := filepath.Join("testdata", name+".http")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make it with -update and read it", err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// TestRepliesOnTheWire pins every kind of reply, byte for byte.
func TestRepliesOnTheWire(t *testing.T) {
	t.Parallel()
	k := start(t, setup{environ: []string{"GATEHOUSE_EXTRA_ORIGINS=" + extraOrigin}})
	alice, bob := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "bob")
	replies := map[string]reply{
		"modern-discover":           alice.modern(t, "server/discover", "", ""),
		"modern-discover-no-tools":  bob.modern(t, "server/discover", "", ""),
		"modern-list":               alice.modern(t, "tools/list", "", ""),
		"modern-list-no-tools":      bob.modern(t, "tools/list", "", ""),
		"modern-list-cursor":        alice.modern(t, "tools/list", "", `"cursor":"x"`),
		"modern-call":               alice.call(t, "whoami", `{}`),
		"modern-call-card":          alice.call(t, "greeting_card", `{"name":"World"}`),
		"modern-call-unknown":       alice.call(t, "payroll_run", `{}`),
		"modern-call-bad-arguments": alice.call(t, "roll_dice", `{"sides":1,"x":0}`),
		"modern-call-no-name":       alice.modern(t, "tools/call", "", ""),
		"modern-resources":          alice.modern(t, "resources/list", "", ""),
		"modern-templates":          alice.modern(t, "resources/templates/list", "", ""),
		"modern-read-unknown":       alice.modern(t, "resources/read", "ui://x", `"uri":"ui://x"`),
		"modern-method-unknown":     alice.modern(t, "prompts/list", "", ""),
		"modern-ping":               alice.modern(t, "ping", "", ""),
		"modern-no-meta":            alice.modernBody(t, "tools/list", "", `{"jsonrpc":"2.0","id":"a","method":"tools/list"}`),
		"modern-no-capabilities": alice.modernBody(t, "tools/list", "",
			`{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`),
		"modern-version-unknown": alice.modernBody(t, "tools/list", "",
			strings.ReplaceAll(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{`+modernMeta+`}}}`, "2026-07-28", "2027-01-01"), with("MCP-Protocol-Version", "2027-01-01")),
		"modern-header-mismatch":   alice.call(t, "whoami", `{}`, with("Mcp-Name", "roll_dice")),
		"modern-response":          alice.modernBody(t, "ping", "", `{"jsonrpc":"2.0","id":1,"result":{}}`),
		"legacy-initialize":        alice.legacy(t, initialize("2025-11-25")),
		"legacy-ping":              alice.legacy(t, pingBody),
		"legacy-list":              alice.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`),
		"legacy-call":              alice.callLegacy(t, "whoami", `{}`),
		"legacy-call-unknown":      alice.callLegacy(t, "payroll_run", `{}`),
		"legacy-read-unknown":      alice.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"ui://x"}}`),
		"legacy-method-unknown":    alice.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"prompts/list"}`),
		"legacy-version-unknown":   alice.legacy(t, pingBody, with("MCP-Protocol-Version", "2024-11-05")),
		"legacy-notification":      alice.legacy(t, `{"jsonrpc":"2.0","method":"notifications/initialized"}`),
		"legacy-session-unknown":   alice.ping(t, "x"),
		"refused-parse":            alice.legacy(t, `{`),
		"refused-batch":            alice.legacy(t, `[]`),
		"refused-content-type":     alice.legacy(t, pingBody, with("Content-Type", "text/plain")),
		"refused-accept":           alice.legacy(t, pingBody, with("Accept", "text/html")),
		"refused-get":              k.send(t, http.MethodGet, endpoint("contoso"), "", bearer(alice.token)),
		"refused-no-token":         k.send(t, http.MethodPost, endpoint("contoso"), "", with("Origin", extraOrigin)),
		"refused-other-tenant":     visitor{k.replica, "fabrikam", alice.token}.call(t, "whoami", `{}`),
		"refused-other-client":     visitor{k.replica, "contoso", k.altered(t, alice.token, func(c map[string]any) { c["azp"] = another })}.call(t, "whoami", `{}`),
		"refused-organization":     k.send(t, http.MethodPost, endpoint("adatum"), ""),
		"refused-origin":           k.send(t, http.MethodPost, endpoint("contoso"), "", with("Origin", "https://evil.example")),
		"metadata":                 k.send(t, http.MethodGet, "/.well-known/oauth-protected-resource/t/contoso/mcp", ""),
		"metadata-no-organization": k.send(t, http.MethodGet, "/.well-known/oauth-protected-resource/t/adatum/mcp", ""),
	}
	for name, r := range replies {
		r.golden(t, name)
	}
	files, err := filepath.Glob("testdata/*.http")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	for _, file := range files {
		if _, used := replies[strings.TrimSuffix(filepath.Base(file), ".http")]; !used {
			t.Errorf("%s belongs to no reply; remove it", file)
		}
	}
}
