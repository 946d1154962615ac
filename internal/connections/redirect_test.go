package connections_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
)

// good are redirect URIs, most of them those of known clients.
var good = []string{
	"https://claude.ai/api/mcp/auth_callback", "https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect",
	"http://127.0.0.1/", "http://127.0.0.1:33418/", "http://127.0.0.1:33418", "http://localhost:8787/callback", "http://[::1]:1/cb?x=y",
	"http://localhost/oauth/callback", "cursor://anysphere.cursor-mcp/oauth/callback", "vscode://saoudrizwan.claude-dev/cb",
	"https://www.cursor.com/agents/mcp/oauth/callback", "warp://mcp/oauth2callback", "com.raycast:/oauth?package_name=x", "com.example.app://cb",
	"https://app.example", "https://app.example:8443/a%20b?c=%2f", "https://xn--bcher-kva.example/cb", "https://192.0.2.7/cb", "https://[2001:db8::1]:444/cb",
	"https://app.example/a.b/..c/...", "https://1a.example/cb", "https://a.1a/cb", "https://localhost/cb",
	"https://app.example/" + strings.Repeat("a", connections.MaxRedirect-len("https://app.example/")),
}

// bad are redirect URIs that are refused, and a word of the reason.
var bad = map[string]string{
	"": "absolute", "/cb": "absolute", "//app.example/cb": "absolute", "app.example/cb": "absolute", ":cb": "absolute",
	"https://app.example/" + strings.Repeat("a", connections.MaxRedirect-len("https://app.example/")+1): "longer than 512",

	"http://app.example/cb": "another machine", "http://10.0.0.1/cb": "another machine", "http://localhost.app.example/cb": "another machine",
	"http://localhostile/cb": "another machine", "http://127.0.0.2/cb": "another machine", "http://127.1/cb": "another machine", "http://[::2]/cb": "another machine",
	"http://[0:0:0:0:0:0:0:1]/cb": "another machine", "http://127.0.0.1.app.example/": "another machine", "http://LOCALHOST/cb": "another machine",
	"http://localhost:0/cb": "port", "http://localhost:/cb": "port", "http://localhost:65536/": "port", "http://localhost:080/": "port",
	"http://localhost:80@app.example/": "user", "http://localhost:a/": "absolute",

	"javascript:alert(1)": "slash", "javascript:/*/alert(1)": "scheme", "javascript://app.example/%0aalert(1)": "scheme", "JavaScript://x/": "lower case",
	"data:text/html,x": "slash", "data:/text/html,x": "scheme", "file:///etc/passwd": "scheme", "blob:https://app.example/x": "slash", "blob:/x": "scheme",
	"vbscript:/x": "scheme", "about:blank": "slash", "about:/blank": "scheme", "intent://x/": "scheme", "view-source:/x": "scheme",
	"ftp://app.example/cb": "scheme", "ws://app.example/": "scheme", "wss://app.example/": "scheme", "myapp://cb": "scheme",
	"com..example:/cb": "scheme", "com.:/cb": "scheme", "com.example.app:cb": "slash", "urn:ietf:wg:oauth:2.0:oob": "slash", "HTTPS://app.example/": "lower case",

	"https://app.example/cb#": "fragment", "https://app.example/cb#x": "fragment", "com.example.app:/cb#x": "fragment",
	"https://u@app.example/cb": "user", "https://u:p@app.example/cb": "user", "https://@app.example/cb": "user", "cursor://u@mcp/cb": "user",
	"https://app.example\\@evil.example/": "character", "https:\\\\app.example/": "character", "https://app.example/a\\b": "character",
	"https://app.example/a\nb": "character", "https://app.example/\x00": "character", "https://app.example/\x7f": "character", " https://app.example/": "character",
	"https://app.example/a b": "character", "https://app.example/ä": "character", "https://bücher.example/cb": "character", "https://app.example/<x>": "character",
	"https://app.example/{x}": "character", "https://app.example/\"": "character", "https://app.example/^`|": "character",
	"https://app.example/%": "percent", "https://app.example/%2": "percent", "https://app.example/?a=%zz": "percent", "https://app.example/%u0041": "percent",
	"https://app.example/../cb": "segment", "https://app.example/a/./cb": "segment", "https://app.example/..": "segment", "https://app.example/%2e%2E/cb": "segment",
	"https://app.example/a%2f..%2fcb": "segment", "https://app.example/a%5c..%5ccb": "segment", "com.example.app:/../cb": "segment",

	"https://:::1/": "absolute", "https://::1/": "absolute",
	"https://": "host", "https:///cb": "host", "https://:443/cb": "host", "https://app..example/": "host", "https://.app.example/": "host", "https://app.example./": "host",
	"https://APP.example/": "host", "https://app_x.example/": "host", "https://-a.example/": "host", "https://a-.example/": "host",
	"https://" + strings.Repeat("a", 64) + ".example/": "host", "https://" + strings.Repeat("a.", 126) + "aa/": "host",
	"https://2130706433/": "host", "https://0x7f000001/": "host", "https://127.1/": "host", "https://0x7f.1/": "host", "https://1.2.3.04/": "host", "https://a.0x/": "host",
	"https://1.2.3.4.5/": "host", "https://[::1%25eth0]/": "host", "https://[192.0.2.1]/": "absolute", "https://192.0.2.1]/": "host", "https://[2001:db8::g]/": "absolute", "https://app.example:0/": "port", "https://app.example:/": "port",
	"https://app.example:99999/": "port", "https://%61pp.example/": "absolute", "https://app.example%2f.evil.example/": "absolute", "https://app.example%00.evil.example/": "absolute",
}

func TestRedirectsOfKnownClientsAreTaken(t *testing.T) {
	t.Parallel()
	for _, uri := range good {
		if err := connections.CheckRedirect(uri); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestRedirectsThatMayLeadAstrayAreRefused(t *testing.T) {
	t.Parallel()
	for uri, word := range bad {
		err := connections.CheckRedirect(uri)
		if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), word) {
			t.Errorf("%q: %v, want a complaint with %q", uri, err, word)
		}
	}
}

// TestRefusedSchemesAreToldWhichThereAre, whatever is wrong with theirs.
func TestRefusedSchemesAreToldWhichThereAre(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"javascript:alert(1)", "javascript:/x", "myapp://cb", "urn:ietf:wg:oauth:2.0:oob"} {
		why := fault.Public(connections.CheckRedirect(uri))
		for _, words := range []string{"https", "http on localhost, 127.0.0.1 or [::1]", "reversed domain name", "com.example.app"} {
			if !strings.Contains(why, words) {
				t.Errorf("%s: %q does not say %q", uri, why, words)
			}
		}
	}
}

func TestRedirectsMatchByteByByte(t *testing.T) {
	t.Parallel()
	registered := []string{"https://app.example/cb", "http://127.0.0.1:33418/", "http://localhost/cb?x=1", "cursor://mcp/cb", "http://[::1]:7/a"}
	for _, asked := range []string{
		"https://app.example/cb", "http://127.0.0.1:33418/", "http://127.0.0.1/", "http://127.0.0.1:1/", "http://localhost:65535/cb?x=1", "cursor://mcp/cb", "http://[::1]/a",
	} {
		if got, ok := connections.MatchRedirect(registered, asked); !ok || got != asked {
			t.Errorf("%s: %q %v", asked, got, ok)
		}
	}
	for _, asked := range []string{
		"", "https://app.example/cb/", "https://app.example/CB", "https://app.example/cb?", "https://app.example/cb?x", "https://app.example:443/cb", "https://app.example:8443/cb",
		"https://app.example/%63b", "https://app.example/c", "https://app.example/cb/../cb", "https://App.example/cb", "http://app.example/cb", "https://app.example/cb#",
		"http://localhost:33418/", "http://127.0.0.1:33418", "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1:1@evil.example/", "http://127.0.0.1:1.evil.example/",
		"http://127.0.0.1:1\\/", "http://127.0.0.2:33418/", "http://127.0.0.1:33418/x", "https://127.0.0.1:33418/", "http://localhost:1/cb", "http://localhost:1/cb?x=1&y=2",
		"cursor://mcp:1/cb", "cursor://mcp/cb/", "http://[::2]:7/a",
	} {
		if got, ok := connections.MatchRedirect(registered, asked); ok || got != "" {
			t.Errorf("%q matches as %q", asked, got)
		}
	}
}

func TestOneRedirectNeedNotBeNamed(t *testing.T) {
	t.Parallel()
	if got, ok := connections.MatchRedirect([]string{"https://app.example/cb"}, ""); !ok || got != "https://app.example/cb" {
		t.Errorf("%q %v", got, ok)
	}
	if got, ok := connections.MatchRedirect(nil, ""); ok {
		t.Errorf("no redirect matches as %q", got)
	}
	if got, ok := connections.MatchRedirect([]string{"javascript:/x"}, "javascript:/x"); ok {
		t.Errorf("what is no redirect matches as %q", got)
	}
}

func TestPeopleSeeWhereAnAnswerGoes(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://app.example:8443/cb": "app.example", "http://127.0.0.1:3/": "127.0.0.1", "http://[::1]/": "::1",
		"cursor://anysphere.cursor-mcp/oauth": "cursor", "com.example.app:/cb": "com.example.app", "https://xn--bcher-kva.example/": "xn--bcher-kva.example", "%": "",
	} {
		if got := connections.RedirectHost(uri); got != want {
			t.Errorf("%s goes to %q, want %q", uri, got, want)
		}
	}
	for uri, want := range map[string]bool{
		"http://localhost:1/": true, "http://127.0.0.1/": true, "http://[::1]:3/": true, "https://localhost/": true, "https://127.3.2.1/": true, "https://[::ffff:127.0.0.1]/": true,
		"https://a.localhost/": true, "https://0.0.0.0:8443/": true, "https://[::]:8443/": true, "https://[::ffff:0.0.0.0]/": true, "https://0.0.0.1/": false, "https://app.example/": false, "https://localhost.example/": false, "cursor://localhost/": false, "%": false,
	} {
		if got := connections.Loopback(uri); got != want {
			t.Errorf("%s is loopback: %v", uri, got)
		}
	}
}

func FuzzRedirect(f *testing.F) {
	for _, uri := range good {
		f.Add(uri)
	}
	for uri := range bad {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if connections.CheckRedirect(uri) != nil {
			if _, ok := connections.MatchRedirect([]string{uri}, uri); ok {
				t.Fatalf("%q is refused and matches", uri)
			}
			return
		}
		u, err := url.Parse(uri)
		if err != nil || u.User != nil || u.Opaque != "" || strings.ContainsAny(uri, "#\\<> \r\n\t\x00") || len(uri) > connections.MaxRedirect || u.String() == "" {
			t.Fatalf("%q is taken: %v %v", uri, u, err)
		}
		for _, scheme := range []string{"javascript", "data", "file", "blob", "vbscript", "about", "intent"} {
			if strings.EqualFold(u.Scheme, scheme) {
				t.Fatalf("%q is taken", uri)
			}
		}
		switch {
		case u.Scheme == "https":
			if u.Host == "" || u.Host != strings.ToLower(u.Host) || !strings.HasPrefix(uri, "https://"+u.Host) {
				t.Fatalf("%q is taken with host %q", uri, u.Host)
			}
		case u.Scheme == "http":
			if !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()) || !connections.Loopback(uri) {
				t.Fatalf("%q is taken", uri)
			}
		case !strings.Contains(u.Scheme, ".") && !slices.Contains([]string{"cursor", "vscode", "vscode-insiders", "vscodium", "windsurf", "warp"}, u.Scheme):
			t.Fatalf("%q is taken", uri)
		}
		if got, ok := connections.MatchRedirect([]string{uri}, uri); !ok || got != uri || connections.RedirectHost(uri) == "" {
			t.Fatalf("%q does not match itself", uri)
		}
	})
}
