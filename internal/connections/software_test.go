package connections_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/connections"
)

func TestRegistrationsOfOneSoftwareAreOne(t *testing.T) {
	t.Parallel()
	const want = "mcp-remote <http://127.0.0.1/cb> <http://localhost/cb> <https://a.example/cb>"
	for _, redirects := range [][]string{
		{"https://a.example/cb", "http://localhost:3334/cb", "http://127.0.0.1/cb"},
		{"http://localhost:9/cb", "http://127.0.0.1:1/cb", "https://a.example/cb", "http://localhost:10/cb", "https://a.example/cb"},
	} {
		if got := connections.SoftwareOf(" mcp-remote\n", redirects); got != want {
			t.Errorf("%q is %q", redirects, got)
		}
	}
	for what, other := range map[string]string{
		"another name":        connections.SoftwareOf("MCP-remote", []string{"https://a.example/cb"}),
		"another host":        connections.SoftwareOf("mcp-remote", []string{"https://b.example/cb"}),
		"another path":        connections.SoftwareOf("mcp-remote", []string{"https://a.example/"}),
		"another name of us":  connections.SoftwareOf("mcp-remote", []string{"http://localhost:1/cb"}),
		"an address of us":    connections.SoftwareOf("mcp-remote", []string{"http://127.0.0.1:1/cb"}),
		"the newer one":       connections.SoftwareOf("mcp-remote", []string{"http://[::1]:1/cb"}),
		"a port of elsewhere": connections.SoftwareOf("mcp-remote", []string{"https://a.example:8443/cb"}),
		"a redirect in name":  connections.SoftwareOf("mcp-remote <https://a.example/cb>", []string{"https://b.example/cb"}),
		"an app":              connections.SoftwareOf("mcp-remote", []string{"cursor://mcp:1/cb"}),
	} {
		if other == connections.SoftwareOf("mcp-remote", []string{"https://a.example/cb"}) {
			t.Errorf("%s is the same software", what)
		}
	}
	if got := connections.SoftwareOf("", []string{"http://[::1]:1/cb"}); got != "unnamed <http://[::1]/cb>" {
		t.Errorf("without a name it is %q", got)
	}
}

func TestNamesAreFitToBeShown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Claude Code": "Claude Code", " a \t\n b ": "a b", "<b>x</b>": "b x /b", "": "unnamed", "<>": "unnamed", " \u00a0": "unnamed",
		"a\x00b\u202eb": "a\ufffdb\ufffdb", "\xff": "\ufffd", strings.Repeat("é", 40): strings.Repeat("é", 30), strings.Repeat("a", 59) + " b": strings.Repeat("a", 59),
	} {
		if got := connections.ShownName(name); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}

func FuzzName(f *testing.F) {
	for _, name := range []string{"", "Claude", "a <b>", "\xff\x00\u202e", strings.Repeat("ü", 100), "  a  b "} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := connections.ShownName(name)
		if got == "" || len(got) > connections.MaxName || !utf8.ValidString(got) || strings.ContainsAny(got, "<>") || strings.TrimSpace(got) != got {
			t.Fatalf("%q is shown as %q", name, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) || connections.ShownName(got) != got {
			t.Fatalf("%q is shown as %q, which is shown otherwise", name, got)
		}
	})
}
