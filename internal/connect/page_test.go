package connect_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"gatehouse/internal/authserver"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

var modes = []tenants.AuthMode{tenants.Brokered, tenants.Facade, tenants.Direct}

var clientIDs = []string{"vscode", "claude", "claude-code", "cursor", "copilot-studio", "chatgpt", "inspector", "mcp-remote", "other"}

func TestPageHasEveryClientInEveryMode(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		for path, at := range map[string]string{"/t/contoso/mcp": base + "/t/contoso/mcp", "/t/contoso/finance/mcp": base + "/t/contoso/finance/mcp"} {
			s := newStand(t)
			s.in(mode)
			page := s.page(path)
			if got := attribute(all(page, "input")[0], "value"); got != at {
				t.Errorf("%s %s: the URL is %q", mode, path, got)
			}
			for _, id := range clientIDs {
				said := textOf(part(t, page, id))
				if says := strings.Contains(said, at); says == strings.Contains(said, "Not in this mode") {
					t.Errorf("%s %s: %s says %q", mode, path, id, said)
				}
			}
		}
	}
}

// TestWhoConnectsInWhichMode: every client but those that want to read of PKCE,
// about which Entra's own metadata is silent.
func TestWhoConnectsInWhichMode(t *testing.T) {
	t.Parallel()
	want := map[tenants.AuthMode][]string{
		tenants.Brokered: clientIDs, tenants.Facade: clientIDs, tenants.Direct: {"vscode", "claude-code", "cursor", "copilot-studio", "inspector", "mcp-remote", "other"},
	}
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		page := s.page("/t/contoso/mcp")
		for _, id := range clientIDs {
			p := part(t, page, id)
			if can := len(all(p, "ol")) == 1; can != slices.Contains(want[mode], id) {
				t.Errorf("%s: %s connects: %t", mode, id, can)
			}
		}
	}
}

// TestConfigurationsParseBackToTheURL reads everything that looks like JSON as the
// programs do that it is pasted into.
func TestConfigurationsParseBackToTheURL(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		page := s.page("/t/contoso/finance/mcp")
		for _, id := range clientIDs {
			for _, pre := range all(part(t, page, id), "pre") {
				text := textOf(pre)
				if !strings.HasPrefix(text, "{") {
					continue
				}
				seen[id]++
				entry := onlyServer(t, text)
				at, _ := entry["url"].(string)
				if args, ok := entry["args"].([]any); ok {
					at, _ = args[1].(string)
				}
				if at != base+"/t/contoso/finance/mcp" {
					t.Errorf("%s %s: %s", mode, id, text)
				}
				if named := strings.Contains(text, "YOUR-CLIENT-ID"); named == (mode == tenants.Brokered || mode == tenants.Direct && id == "vscode") {
					t.Errorf("%s %s: client ID in %s", mode, id, text)
				}
				pins := mode != tenants.Brokered && (id == "claude-code" || id == "cursor")
				if lasts := strings.Contains(text, base+"/t/contoso/mcp/access_as_user") && strings.Contains(text, "offline_access"); lasts != pins {
					t.Errorf("%s %s: scopes in %s", mode, id, text)
				}
				if without := strings.Contains(text, "--disable-resource-parameter"); without != (mode != tenants.Brokered && id == "mcp-remote") {
					t.Errorf("%s %s: resource in %s", mode, id, text)
				}
			}
		}
	}
	for id, want := range map[string]int{"vscode": 3, "claude-code": 3, "cursor": 3, "mcp-remote": 3} {
		if seen[id] != want {
			t.Errorf("%s has %d configurations, want %d", id, seen[id], want)
		}
	}
}

// onlyServer is the one server of a configuration.
func onlyServer(t *testing.T, text string) map[string]any {
	t.Helper()
	var file map[string]map[string]map[string]any
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, servers := range file {
		if entry, ok := servers["contoso-finance"]; ok && len(servers) == 1 && len(file) == 1 {
			return entry
		}
	}
	t.Fatalf("no single server in %s", text)
	return nil
}

// encoded is a query in which nothing is left but what separates its parts.
var encoded = regexp.MustCompile(`^([A-Za-z0-9%._~-]*|name=[A-Za-z0-9%._~-]*&config=[A-Za-z0-9%._~-]*)$`)

// TestLinksInstallTheEndpoint takes each link apart as the program does that opens
// it. No other link leads away from us.
func TestLinksInstallTheEndpoint(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		var leads []string
		for _, a := range all(s.page("/t/contoso/finance/mcp"), "a") {
			address := attribute(a, "href")
			if strings.HasPrefix(address, base+"/t/contoso/managed/") || address == "/" {
				continue
			}
			if _, query, _ := strings.Cut(address, "?"); !encoded.MatchString(query) {
				t.Errorf("%s is not encoded", address)
			}
			u := must(url.Parse(address))
			var config struct{ Name, Type, URL string }
			var text, name string
			switch {
			case u.Scheme == "vscode" || u.Scheme == "vscode-insiders":
				if u.Opaque != "mcp/install" {
					t.Errorf("%s leads to %q", address, u.Opaque)
				}
				text = must(url.PathUnescape(u.RawQuery))
			case u.Host == "insiders.vscode.dev" && u.Scheme == "https" && u.Path == "/redirect/mcp/install":
				text, name = u.Query().Get("config"), u.Query().Get("name")
			case u.Scheme == "cursor" && u.Host == "anysphere.cursor-deeplink" && u.Path == "/mcp/install":
				text, name = string(must(base64.StdEncoding.DecodeString(u.Query().Get("config")))), u.Query().Get("name")
			default:
				t.Errorf("%s: a link to %s", mode, address)
			}
			if err := json.Unmarshal([]byte(text), &config); err != nil || config.URL != base+"/t/contoso/finance/mcp" || config.Name+name != "contoso-finance" {
				t.Errorf("%s: %q %v: %+v %q", address, text, err, config, name)
			}
			leads = append(leads, u.Scheme)
		}
		want := map[tenants.AuthMode][]string{
			tenants.Brokered: {"vscode", "vscode-insiders", "https", "cursor"}, tenants.Direct: {"vscode", "vscode-insiders", "https"},
			tenants.Facade: nil, // no link carries a client ID
		}
		if !slices.Equal(leads, want[mode]) {
			t.Errorf("%s: links are %q, want %q", mode, leads, want[mode])
		}
	}
}

// TestNamesOfOthersStayText puts what may be hostile into names, and wants the page
// to have the same elements and attributes as with harmless ones.
func TestNamesOfOthersStayText(t *testing.T) {
	t.Parallel()
	shape := func(name, title string) (*html.Node, []string) {
		s := newStand(t)
		s.change(func(d *snapshot.Data) { d.Organization.Name, d.Toolsets[0].Title = name, title })
		page := s.page("/t/contoso/finance/mcp")
		var shape []string
		for n := range page.Descendants() {
			if n.Type == html.ElementNode {
				shape = append(shape, n.Data)
				for _, a := range n.Attr {
					shape = append(shape, a.Key+"="+a.Val)
				}
			}
		}
		return page, shape
	}
	_, want := shape("Contoso", "Finance")
	for _, name := range []string{
		`"><script>alert(1)</script>`, `' onmouseover='x`, `</title></style><img src=x onerror=x>`, `{{.Registry}} ${x} </pre>`, "<!--", "]]>",
		strings.Repeat("🏴", 256), "javascript:alert(1)", "a\u202eb\u0000c\nd", "<a href=\"vscode:mcp/install?x\">x</a>",
	} {
		page, got := shape(name, name)
		h1 := textOf(all(page, "h1")[0])
		if !slices.Equal(got, want) {
			t.Errorf("%q changes the page: %q", name, got)
		}
		shown := strings.NewReplacer("\u202e", "\ufffd", "\x00", "\ufffd", "\n", " ").Replace(name)
		if title := textOf(all(page, "title")[0]); strings.TrimSpace(title) != strings.TrimSpace("Connect to "+shown+": "+shown+" · Gatehouse") {
			t.Errorf("%q is in the title as %q", name, title)
		}
		if h1 != "Connect to "+shown+": "+shown {
			t.Errorf("%q is shown as %q", name, h1)
		}
	}
}

func TestPageRunsNothingAndLoadsNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range []string{"/t/contoso/mcp", "/t/nobody/mcp"} {
		w := s.get(path)
		page := must(html.Parse(w.Body))
		for n := range page.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if slices.Contains([]string{"script", "iframe", "object", "embed", "img", "link", "form", "base"}, n.Data) {
				t.Errorf("%s has <%s>", path, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || a.Key == "src" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: %s has %s", path, n.Data, a.Key)
				}
			}
		}
		if css := textOf(all(page, "style")[0]); !regexp.MustCompile(`pre,input\{[^}]*;user-select:all`).MatchString(css) || !strings.Contains(css, "prefers-color-scheme:dark") {
			t.Errorf("%s: what is to be copied is not selected with a click, or there are no colors for the dark", path)
		}
		sum := sha256.Sum256([]byte(textOf(all(page, "style")[0])))
		h := w.Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"Content-Type":            "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			"Vary": "Accept, Authorization, Sec-Fetch-Mode",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
	}
}

// TestPublicThingsOnly: nothing of what only those may know who sign in.
func TestPublicThingsOnly(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		o := s.data.Organization
		for _, path := range []string{
			"/t/contoso/mcp", "/t/contoso/finance/mcp", "/t/contoso/v0.1/servers", "/t/contoso/v0.1/servers/example.gatehouse.mcp%2Fcontoso/versions/latest",
			"/t/contoso/managed/claude-code/managed-settings.json", "/t/contoso/managed/claude-code/managed-mcp.json", "/t/contoso/managed/vscode/policy.json",
		} {
			w := s.get(path)
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d", path, w.Code)
			}
			for _, secret := range []string{"payroll_secret_list", "payroll_*", "hidden.example", "Listed by an admin", o.ID.String(), o.Connection.ClientID.String(), o.Connection.ID.String()} {
				if mode == tenants.Brokered && strings.HasSuffix(path, "/mcp") && secret == o.Connection.ClientID.String() {
					continue // every sign-in there begins with it
				}
				if strings.Contains(w.Body.String(), secret) {
					t.Errorf("%s %s names %s", mode, path, secret)
				}
			}
		}
	}
}

func TestADeploymentOnOneMachineSaysWhoCannotReachIt(t *testing.T) {
	t.Parallel()
	for at, local := range map[string]bool{"http://localhost:8080": true, "http://127.0.0.1:8080": true, "http://[::1]:8080": true, base: false, "https://localhost.example": false, "https://192.0.2.7": false} {
		for _, mode := range modes {
			s := newStandAt(t, at)
			s.in(mode)
			page := s.page("/t/contoso/mcp")
			if says := strings.Contains(textOf(page), "runs on one machine"); says != local {
				t.Errorf("%s: says so: %t", at, says)
			}
			for _, id := range []string{"claude", "chatgpt", "copilot-studio"} {
				said := textOf(part(t, page, id))
				if says := strings.Contains(said, "cannot reach an address of one machine"); says != local {
					t.Errorf("%s: %s says so: %t", at, id, says)
				}
				if says := strings.Contains(said, "has to be reachable from the internet"); says == local && !strings.Contains(said, "Not in this mode") {
					t.Errorf("%s: %s says where it connects from: %t", at, id, says)
				}
			}
		}
	}
}

// TestPageSaysWhatEntraSees: an administrator who looks into Entra's logs looks for
// the right registration.
func TestPageSaysWhatEntraSees(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		said := textOf(s.page("/t/contoso/mcp"))
		if strings.Contains(said, "see Gatehouse's app registration") != (mode == tenants.Brokered) || strings.Contains(said, "see the app's registration") == (mode == tenants.Brokered) {
			t.Errorf("%s: %s", mode, said)
		}
	}
}

// TestErrorCodesAreExplained: every number has words, and where Gatehouse signs
// people in they are those of the page that it shows them then.
func TestErrorCodesAreExplained(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		page := s.page("/t/contoso/mcp")
		codes := map[string]bool{}
		for _, dt := range all(page, "dt") {
			number := textOf(all(dt, "code")[0])
			means := strings.TrimSpace(textOf(dt.NextSibling.NextSibling))
			codes[number] = true
			if strings.TrimSpace(strings.TrimPrefix(textOf(dt), number)) == "" || means == "" {
				t.Errorf("%s: %s is not explained", mode, number)
			}
			if told, ok := authserver.Explain(numberOf(t, number), authserver.RegistrationOf(must(url.Parse(base)), &s.data.Organization)); mode == tenants.Brokered && (!ok || means != told.Text+" "+told.Remedy) {
				t.Errorf("%s is told as %q, and at sign-in as %+v", number, means, told)
			}
		}
		for _, number := range []string{"AADSTS65001", "AADSTS50011", "AADSTS700016", "AADSTS50105"} {
			if !codes[number] {
				t.Errorf("%s: %s is missing", mode, number)
			}
		}
		if codes["AADSTS9010010"] == (mode == tenants.Brokered) {
			t.Errorf("%s: the code of resources that do not match: %t", mode, codes["AADSTS9010010"])
		}
	}
}

func numberOf(t *testing.T, code string) int {
	t.Helper()
	var n int
	if err := json.Unmarshal([]byte(strings.TrimPrefix(code, "AADSTS")), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRegistrationsNameTheirRedirectURIs holds the page to what the set-up
// registers.
func TestRegistrationsNameTheirRedirectURIs(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.in(tenants.Facade)
	page := s.page("/t/contoso/mcp")
	for id, want := range map[string]string{
		"vscode": "https://vscode.dev/redirect", "claude": "https://claude.ai/api/mcp/auth_callback", "claude-code": "http://localhost/callback",
		"cursor": "http://localhost:8787/callback", "inspector": "http://localhost:6274/oauth/callback", "mcp-remote": "http://localhost/oauth/callback",
	} {
		if !strings.Contains(textOf(part(t, page, id)), want) {
			t.Errorf("%s is not told to register %s", id, want)
		}
	}
	for _, id := range []string{"chatgpt", "other"} {
		if !strings.Contains(textOf(part(t, page, id)), "the redirect URI that the app shows") {
			t.Errorf("%s says %q", id, textOf(part(t, page, id)))
		}
	}
	s.in(tenants.Direct)
	if said := textOf(part(t, s.page("/t/contoso/mcp"), "vscode")); strings.Contains(said, "registers it first") || !strings.Contains(said, "aebc6443-996d-45c2-90f0-388ff96faa56") {
		t.Errorf("Visual Studio Code says %q", said)
	}
	s.in(tenants.Brokered)
	page = s.page("/t/contoso/mcp")
	if strings.Contains(textOf(page), "registers it first") {
		t.Error("apps that sign in through Gatehouse are told to be registered in Entra")
	}
	for _, id := range clientIDs {
		if said := textOf(part(t, page, id)); id != "copilot-studio" && id != "other" && strings.Contains(said, "client ID") {
			t.Errorf("%s is told of a client ID where it needs none: %s", id, said)
		}
	}
}

// TestFormsOfCopilotStudioNameTheAuthorizationServer has the three addresses that
// the wizard wants typed.
func TestFormsOfCopilotStudioNameTheAuthorizationServer(t *testing.T) {
	t.Parallel()
	const entra = "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/oauth2/v2.0"
	for mode, want := range map[tenants.AuthMode][3]string{
		tenants.Brokered: {base + "/t/contoso/authorize", base + "/t/contoso/token", "access_as_user"},
		tenants.Facade:   {entra + "/authorize", entra + "/token", base + "/t/contoso/mcp/access_as_user offline_access"},
		tenants.Direct:   {entra + "/authorize", entra + "/token", base + "/t/contoso/mcp/access_as_user offline_access"},
	} {
		s := newStand(t)
		s.in(mode)
		form := "Authorization URL: " + want[0] + "\nToken URL template: " + want[1] + "\nRefresh URL: " + want[1] + "\nScopes: " + want[2]
		if said := textOf(part(t, s.page("/t/contoso/mcp"), "copilot-studio")); !strings.Contains(said, form) {
			t.Errorf("%s: %s", mode, said)
		}
	}
}

// TestRefusalsAreTheSameForPeopleAndPrograms goes through what stops a request.
func TestRefusalsAreTheSameForPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	paths := []string{"/t/contoso/mcp", "/t/contoso/finance/mcp", "/t/contoso/v0.1/servers", "/t/contoso/v0.1/servers/example.gatehouse.mcp%2Fcontoso/versions", "/t/contoso/managed/vscode/policy.json"}
	suspend := func(s *stand) {
		s.change(func(d *snapshot.Data) {
			d.Organization.State, d.Organization.SuspendedBy = tenants.Suspended, tenants.ByOperator
		})
	}
	for name, c := range map[string]struct {
		paths  []string
		how    func(*stand)
		status int
		says   string
		title  string
		wait   string
	}{
		"unknown organization": {[]string{"/t/nobody/mcp", "/t/nobody/finance/mcp", "/t/nobody/v0.1/servers", "/t/nobody/managed/vscode/policy.json"}, func(*stand) {}, 404, "there is no such organization", "There is nothing here", ""},
		"unknown toolset":      {[]string{"/t/contoso/nothing/mcp"}, func(*stand) {}, 404, "there is no such toolset", "There is nothing here", ""},
		"suspended":            {paths, suspend, 403, "this organization is suspended", "Nobody can connect here now", ""},
		"too often": {paths, func(s *stand) {
			s.limited = fault.New(fault.Limited, "too many requests").RetryAfter(3 * time.Second)
		}, 429, "too many requests", "Too many requests", "4"},
		"unavailable": {paths, func(s *stand) { s.broken = fault.New(fault.Unavailable, "the view is too old") }, 503, "the view is too old", "This cannot be shown just now", ""},
		"broken":      {paths, func(s *stand) { s.broken = fault.New(fault.Internal, "internal error") }, 500, "internal error", "Something went wrong here", ""},
	} {
		s := newStand(t)
		c.how(s)
		for _, path := range c.paths {
			w := s.get(path)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("Retry-After") != c.wait || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s, %s: %d %v %s", name, path, w.Code, w.Header(), w.Body)
			}
			want := "text/html; charset=utf-8"
			if strings.HasSuffix(path, "/mcp") {
				page := must(html.Parse(w.Body))
				if title, h1 := textOf(all(page, "title")[0]), textOf(all(page, "h1")[0]); h1 != c.title || title != c.title+" · Gatehouse" {
					t.Errorf("%s, %s: %q, %q", name, path, title, h1)
				}
			} else {
				want = "application/json"
			}
			if got := w.Header().Get("Content-Type"); got != want {
				t.Errorf("%s, %s: %s", name, path, got)
			}
		}
	}
}

func TestWhoAsksIsCountedByAddress(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range []string{"/t/contoso/mcp", "/t/contoso/v0.1/servers", "/t/contoso/v0.1/servers/x/versions", "/t/contoso/managed/vscode/policy.json"} {
		s.asked = nil
		s.get(path)
		if !slices.Equal(s.asked, []string{"192.0.2.1"}) {
			t.Errorf("%s is counted as %q", path, s.asked)
		}
	}
}

// TestPageSaysThatManualClientsNeedPKCE: whoever enters a client in Copilot Studio
// by hand reads what may be in the way, and what to do instead.
func TestPageSaysThatManualClientsNeedPKCE(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		said := textOf(part(t, s.page("/t/contoso/mcp"), "copilot-studio"))
		for _, part := range []string{"PKCE is required", "Dynamic discovery instead"} {
			if says := strings.Contains(said, part); says != (mode == tenants.Brokered) {
				t.Errorf("%s: says %q: %t", mode, part, says)
			}
		}
	}
}
