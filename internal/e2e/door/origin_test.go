package door_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

const (
	listedOrigin = "https://assistant.example"
	extraOrigin  = "http://localhost:6274"
)

func browserWorld() setup {
	return setup{
		environ: []string{"GATEHOUSE_EXTRA_ORIGINS=" + extraOrigin},
		change: func(o *organization) {
			if o.Slug.String() == "contoso" {
				o.Origins = []string{listedOrigin}
			}
		},
	}
}

// corsHeaders are the headers a browser decides by.
func corsHeaders(r reply) (names []string) {
	for name := range r.header {
		if strings.HasPrefix(name, "Access-Control-") {
			names = append(names, name)
		}
	}
	return names
}

func TestForeignOriginsAndHostsAreRefused(t *testing.T) {
	t.Parallel()
	k := start(t, browserWorld())
	token := k.token(t, "contoso", "alice")
	foreign := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			if name == "Host" {
				r.Host = value
				return
			}
			r.Header.Set(name, value)
		}
	}
	port := k.host[strings.IndexByte(k.host, ':'):]
	for _, request := range []func(*http.Request){
		foreign("Origin", "https://evil.example"), foreign("Origin", "null"), foreign("Origin", "http://localhost:1"),
		foreign("Origin", listedOrigin+".evil.example"), foreign("Origin", strings.ToUpper(listedOrigin)), foreign("Origin", listedOrigin+", "+extraOrigin),
		foreign("Origin", "https://localhost"+port), foreign("Host", "evil.example"), foreign("Host", "evil.example"+port), foreign("Host", "localhost:1"),
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodOptions} {
			for _, authorization := range []func(*http.Request){bearer(token), without("Authorization")} {
				r := k.send(t, method, endpoint("contoso"), "", authorization, request)
				if names := corsHeaders(r); r.status != http.StatusForbidden || len(names) > 0 || r.header.Get("WWW-Authenticate") != "" {
					t.Errorf("%s: status %d, headers %v, challenge %q", method, r.status, names, r.header.Get("WWW-Authenticate"))
				}
			}
		}
	}
	if got := k.recordsOf(t, "contoso", isCall); len(got) > 0 {
		t.Errorf("calls of foreign origins ran: %v", got)
	}
}

func TestOwnAndListedOriginsAreLetIn(t *testing.T) {
	t.Parallel()
	k := start(t, browserWorld())
	alice := k.visitor(t, "contoso", "alice")
	for _, origin := range []string{k.places.Base, "http://127.0.0.1" + k.host[strings.IndexByte(k.host, ':'):], listedOrigin, extraOrigin} {
		checkBrowser(t, origin, alice.call(t, "whoami", `{}`, with("Origin", origin)), http.StatusOK)
		checkBrowser(t, origin, k.send(t, http.MethodPost, endpoint("contoso"), "", with("Origin", origin)), http.StatusUnauthorized)
		checkPreflight(t, origin, k.send(t, http.MethodOptions, endpoint("contoso"), "",
			with("Origin", origin), with("Access-Control-Request-Method", "POST"), with("Access-Control-Request-Headers", "authorization,mcp-method")))
	}
	if names := corsHeaders(alice.call(t, "whoami", `{}`)); len(names) > 0 {
		t.Errorf("a request without Origin gets %v", names)
	}
	elsewhere := k.send(t, http.MethodOptions, endpoint("fabrikam"), "", with("Origin", listedOrigin))
	if elsewhere.status != http.StatusForbidden {
		t.Errorf("an origin that Contoso lists is accepted at Fabrikam: status %d", elsewhere.status)
	}
}

// A proxy on a developer's machine passes on what it received, which names its
// own port. Whatever is not this machine stays foreign.
func TestAnyPortOfThisMachineIsOursWhereThatIsAllowed(t *testing.T) {
	t.Parallel()
	k := start(t, setup{environ: []string{"GATEHOUSE_ANY_LOOPBACK_PORT=true"}})
	alice := k.visitor(t, "contoso", "alice")
	for _, host := range []string{"localhost:1", "LOCALHOST:65535", "127.0.0.1:9", "[::1]:80", "localhost"} {
		alice.call(t, "whoami", `{}`, func(r *http.Request) { r.Host = host }).ok(t)
	}
	for _, origin := range []string{"http://localhost:1", "http://127.0.0.1:9", "http://[::1]:80"} {
		checkBrowser(t, origin, alice.call(t, "whoami", `{}`, with("Origin", origin)), http.StatusOK)
	}
	for _, host := range []string{"evil.example", "evil.example:80", "localhost.evil.example:1", "localhost:0", "localhost:65536", "localhost:evil", "127.0.0.2:1", "::1:80"} {
		if r := alice.call(t, "whoami", `{}`, func(r *http.Request) { r.Host = host }); r.status != http.StatusForbidden {
			t.Errorf("Host %s: status %d", host, r.status)
		}
	}
	for _, origin := range []string{"http://evil.example", "https://localhost:1", "http://localhost:1/", "http://localhost:1@evil.example", "http://localhost.evil.example", "null"} {
		if r := alice.call(t, "whoami", `{}`, with("Origin", origin)); r.status != http.StatusForbidden {
			t.Errorf("Origin %s: status %d", origin, r.status)
		}
	}
}

func checkBrowser(t *testing.T, origin string, r reply, status int) {
	t.Helper()
	if r.status != status || r.header.Get("Access-Control-Allow-Origin") != origin || r.header.Get("Vary") != "Origin" {
		t.Errorf("%s: status %d, headers %v", origin, r.status, r.header)
	}
	if _, there := r.header["Access-Control-Allow-Credentials"]; there {
		t.Errorf("%s: credentials are allowed", origin)
	}
	for _, name := range []string{"WWW-Authenticate", "Mcp-Session-Id"} {
		if !strings.Contains(r.header.Get("Access-Control-Expose-Headers"), name) {
			t.Errorf("%s: scripts cannot read %s", origin, name)
		}
	}
}

func checkPreflight(t *testing.T, origin string, r reply) {
	t.Helper()
	checkBrowser(t, origin, r, http.StatusNoContent)
	for _, name := range []string{"Authorization", "Content-Type", "Accept", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Session-Id", "Last-Event-ID"} {
		if !strings.Contains(r.header.Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("%s: scripts cannot send %s", origin, name)
		}
	}
	for _, method := range []string{"POST", "GET", "DELETE"} {
		if !strings.Contains(r.header.Get("Access-Control-Allow-Methods"), method) {
			t.Errorf("%s: scripts cannot use %s", origin, method)
		}
	}
}

func TestProtectedResourceMetadata(t *testing.T) {
	t.Parallel()
	k := start(t, browserWorld())
	c := company(t, "contoso")
	const path = "/.well-known/oauth-protected-resource/t/"
	want := `{"resource":"` + k.places.Base + `/t/contoso/mcp","resource_name":"Contoso",` +
		`"authorization_servers":["` + k.places.Entra + `/` + c.TID.String() + `/v2.0"],` +
		`"scopes_supported":["` + k.places.Base + `/t/contoso/mcp/` + demo.Scope + `"],"bearer_methods_supported":["header"]}`
	anybody := []func(*http.Request){with("Origin", "https://anybody.example"), with("MCP-Protocol-Version", "2025-11-25")}
	r := k.send(t, http.MethodGet, path+"contoso/mcp", "", anybody...)
	if r.status != http.StatusOK || r.body != want || r.header.Get("Content-Type") != "application/json" || r.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("status %d, headers %v, document\n%s\nwant\n%s", r.status, r.header, r.body, want)
	}
	r = k.send(t, http.MethodOptions, path+"contoso/mcp", "", append(anybody,
		with("Access-Control-Request-Method", "GET"), with("Access-Control-Request-Headers", "mcp-protocol-version"))...)
	if allowed := r.header.Get("Access-Control-Allow-Headers"); r.status != http.StatusNoContent || r.header.Get("Access-Control-Allow-Origin") != "*" ||
		allowed != "*" || !strings.Contains(r.header.Get("Access-Control-Allow-Methods"), "GET") {
		t.Errorf("preflight: status %d, headers %v", r.status, r.header)
	}
	for _, absent := range []string{path + "adatum/mcp", path + "contoso", path + "contoso/mcp/", path + "contoso/other", "/.well-known/oauth-protected-resource"} {
		if r := k.send(t, http.MethodGet, absent, ""); r.status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", absent, r.status)
		}
	}
}

// TestPageMayRepeatArgumentsInHeaders: their names are the tools' own, so that no
// list holds them.
func TestPageMayRepeatArgumentsInHeaders(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	asked := "authorization, Mcp-Param-Region,mcp-param-a b,x-other,mcp-param-\\" + strings.Repeat(",mcp-param-x", 100)
	r := k.send(t, http.MethodOptions, endpoint("contoso"), "", with("Origin", k.places.Base),
		with("Access-Control-Request-Method", "POST"), with("Access-Control-Request-Headers", asked))
	allowed := r.header.Get("Access-Control-Allow-Headers")
	if !strings.Contains(allowed, "Mcp-Name, Mcp-Session-Id, Last-Event-ID, mcp-param-region, mcp-param-x") || strings.Contains(allowed, "other") ||
		strings.Contains(allowed, "a b") || strings.Contains(allowed, "\\") || len(allowed) > 800 {
		t.Errorf("%s", allowed)
	}
}
