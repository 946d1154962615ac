package oauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools/upstream/oauth"
)

func TestServerIsFoundAndMayBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.discover(t)
	want := oauth.Server{
		Resource: sourceURL, Issuer: issuer, Authorization: "https://login.example/t/1/authorize", Token: tokenURL, Registration: entryURL, Revocation: revokeURL,
		Scopes: []string{"notes:read", "notes:write"}, Methods: []string{"none"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if urls := w.web.urls(); !reflect.DeepEqual(urls, []string{aboutURL, serverURL}) {
		t.Errorf("asked %q", urls)
	}
	if a := w.web.last(t); a.header.Get("User-Agent") != "gatehouse/test" || a.header.Get("Accept") != "application/json" || a.header.Get("Authorization") != "" {
		t.Errorf("%v", a.header)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var kept oauth.Server
	if err := json.Unmarshal(text, &kept); err != nil || !reflect.DeepEqual(kept, want) {
		t.Errorf("%+v %v", kept, err)
	}
}

func TestMetadataOfTheSourceIsLookedForInOrder(t *testing.T) {
	t.Parallel()
	const elsewhere = "https://notes.example/elsewhere.json"
	root := aboutSource.with(object{"resource": "https://notes.example"})
	for name, c := range map[string]struct {
		source    string
		challenge string
		place     string
		about     object
		asked     []string
	}{
		"where the challenge says": {sourceURL, elsewhere, elsewhere, aboutSource, []string{elsewhere}},
		"below the path":           {sourceURL, "", aboutURL, aboutSource, []string{aboutURL}},
		"with a slash at the end":  {sourceURL + "/", "", aboutURL, aboutSource, []string{aboutURL}},
		"at the root":              {sourceURL, "", aboutRoot, root, []string{aboutURL, aboutRoot}},
		"at a path above":          {sourceURL, aboutRoot + "/team", aboutRoot + "/team", aboutSource.with(object{"resource": "https://notes.example/team"}), []string{aboutRoot + "/team"}},
		"of a source at the root":  {"https://notes.example", "", aboutRoot, root, []string{aboutRoot}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.drop(aboutURL)
			w.web.says(c.place, c.about)
			s, err := w.Discover(t.Context(), source(t, c.source), oauth.Challenge{ResourceMetadata: c.challenge})
			if err != nil || s.Resource != c.about["resource"] {
				t.Fatalf("%q %v", s.Resource, err)
			}
			if urls := w.web.urls(); !reflect.DeepEqual(urls[:len(urls)-1], c.asked) {
				t.Errorf("asked %q", urls)
			}
		})
	}
}

func TestMetadataOfTheServerIsLookedForInOrder(t *testing.T) {
	t.Parallel()
	forms := map[string][]string{
		issuer: {
			serverURL, "https://login.example/.well-known/openid-configuration/t/1", issuer + "/.well-known/openid-configuration",
		},
		"https://login.example": {
			"https://login.example/.well-known/oauth-authorization-server", "https://login.example/.well-known/openid-configuration",
		},
		"https://login.example/": {
			"https://login.example/.well-known/oauth-authorization-server", "https://login.example/.well-known/openid-configuration",
		},
	}
	for name, places := range forms {
		for n, place := range places {
			t.Run(place, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.web.drop(serverURL)
				w.web.says(aboutURL, aboutSource.with(object{"authorization_servers": []string{name, "https://second.example"}}))
				w.web.says(place, aboutServer.with(object{"issuer": name}))
				if s := w.discover(t); s.Issuer != name {
					t.Errorf("issuer %q", s.Issuer)
				}
				if urls := w.web.urls(); !reflect.DeepEqual(urls[1:], places[:n+1]) {
					t.Errorf("asked %q", urls)
				}
			})
		}
	}
}

func TestScopesAreThoseOfTheChallengeOrTheSource(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		challenge, source, server []string
		want                      []string
	}{
		"the challenge's":          {[]string{"a"}, []string{"b"}, nil, []string{"a"}},
		"the source's":             {nil, []string{"b", "c"}, []string{"d"}, []string{"b", "c"}},
		"none are named":           {nil, nil, []string{"d", "offline_access"}, nil},
		"an empty list":            {nil, []string{}, nil, nil},
		"with a refresh token":     {[]string{"a"}, nil, []string{"offline_access"}, []string{"a", "offline_access"}},
		"which the source names":   {nil, []string{"offline_access", "b"}, []string{"offline_access"}, []string{"offline_access", "b"}},
		"which the server has not": {nil, []string{"b"}, []string{"b"}, []string{"b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.says(aboutURL, object{"resource": sourceURL, "authorization_servers": []string{issuer}, "scopes_supported": c.source})
			w.web.says(serverURL, aboutServer.with(object{"scopes_supported": c.server}))
			s, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{Scopes: c.challenge})
			if err != nil || !reflect.DeepEqual(s.Scopes, c.want) {
				t.Errorf("%q %v, want %q", s.Scopes, err, c.want)
			}
		})
	}
}

func TestHostsOfOthersAreRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.web.says(serverURL, aboutServer.with(object{"token_endpoint": "https://TOKENS.example/token", "revocation_endpoint": "https://tokens.example/revoke", "authorization_endpoint": "https://people.example/"}))
	if s := w.discover(t); !reflect.DeepEqual(s.Hosts, []string{"people.example", "tokens.example"}) {
		t.Errorf("%q", s.Hosts)
	}
}

// deep is JSON of a depth.
func deep(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }

func TestMetadataOfASourceIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change object
		word   string
	}{
		"of another source":               {object{"resource": "https://evil.example/team/mcp"}, "another resource"},
		"of another path":                 {object{"resource": "https://notes.example/other/mcp"}, "another resource"},
		"of a part of a segment":          {object{"resource": "https://notes.example/tea"}, "another resource"},
		"of a path above, found below":    {object{"resource": "https://notes.example/team"}, "another resource"},
		"of the origin, found below":      {object{"resource": "https://notes.example"}, "another resource"},
		"of another port":                 {object{"resource": "https://notes.example:8443/team/mcp"}, "another resource"},
		"of a query":                      {object{"resource": sourceURL + "?a=b"}, "another resource"},
		"of a fragment":                   {object{"resource": sourceURL + "#a"}, "fragment"},
		"of a user":                       {object{"resource": "https://me@notes.example/team/mcp"}, "user name"},
		"of nothing":                      {object{"resource": nil}, "another resource"},
		"of a number":                     {object{"resource": 1}, "no text"},
		"without a server":                {object{"authorization_servers": nil}, "names none"},
		"with no servers":                 {object{"authorization_servers": []string{}}, "names none"},
		"with a text for servers":         {object{"authorization_servers": issuer}, "no list"},
		"with numbers for servers":        {object{"authorization_servers": []int{1}}, "no list"},
		"with too many servers":           {object{"authorization_servers": strings.Fields(strings.Repeat("https://a.example ", 201))}, "too long"},
		"with a quoted scope":             {object{"scopes_supported": []string{`a"b`}}, "cannot be one"},
		"with a scope of two words":       {object{"scopes_supported": []string{"a b"}}, "cannot be one"},
		"with an empty scope":             {object{"scopes_supported": []string{""}}, "cannot be one"},
		"with a long scope":               {object{"scopes_supported": []string{strings.Repeat("a", 257)}}, "cannot be one"},
		"with too many scopes":            {object{"scopes_supported": strings.Fields(strings.Repeat("a ", 101))}, "too many"},
		"with a server without TLS":       {object{"authorization_servers": []string{"http://login.example"}}, "not https"},
		"with a server on this machine":   {object{"authorization_servers": []string{"http://localhost:8080"}}, "not https"},
		"with a server of a script":       {object{"authorization_servers": []string{"javascript:alert(1)"}}, "no URL"},
		"with a server of a query":        {object{"authorization_servers": []string{issuer + "?a=b"}}, "query"},
		"with a server of a fragment":     {object{"authorization_servers": []string{issuer + "#a"}}, "fragment"},
		"with a server of a user":         {object{"authorization_servers": []string{"https://a:b@login.example"}}, "user name"},
		"with a server of a long name":    {object{"authorization_servers": []string{"https://login.example/" + strings.Repeat("a", 2_048)}}, "no URL"},
		"with a server of strange bytes":  {object{"authorization_servers": []string{"https://login.example/\u00e9"}}, "no URL"},
		"with a server that is elsewhere": {object{"authorization_servers": []string{"https://login.example/t/2"}}, "no metadata"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.says(aboutURL, aboutSource.with(c.change))
			w.web.says(aboutRoot, object{"resource": "https://notes.example", "authorization_servers": []string{issuer}})
			_, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{})
			wants(t, err, fault.Upstream, c.word)
			if n := w.web.count(serverURL); n != 0 {
				t.Errorf("the authorization server was asked %d times", n)
			}
		})
	}
}

func TestMetadataOfAServerIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change object
		word   string
	}{
		"of another issuer":                   {object{"issuer": "https://attacker.example"}, "issuer is not"},
		"of an issuer with a slash":           {object{"issuer": issuer + "/"}, "issuer is not"},
		"of an issuer in capitals":            {object{"issuer": "https://LOGIN.example/t/1"}, "issuer is not"},
		"without an issuer":                   {object{"issuer": nil}, "issuer is not"},
		"without PKCE":                        {object{"code_challenge_methods_supported": nil}, "S256"},
		"with plain PKCE":                     {object{"code_challenge_methods_supported": []string{"plain"}}, "S256"},
		"without an authorization endpoint":   {object{"authorization_endpoint": nil}, "have to be there"},
		"without a token endpoint":            {object{"token_endpoint": nil}, "have to be there"},
		"with a script for one":               {object{"authorization_endpoint": "javascript:alert(document.domain)//https://x"}, "authorization_endpoint is"},
		"with data for one":                   {object{"authorization_endpoint": "data:text/html,hi"}, "authorization_endpoint is"},
		"with a page without TLS":             {object{"authorization_endpoint": "http://login.example/authorize"}, "authorization_endpoint is not https"},
		"with a page of a user":               {object{"authorization_endpoint": "https://login.example@evil.example/"}, "authorization_endpoint carries a user"},
		"with a page of a fragment":           {object{"authorization_endpoint": "https://login.example/authorize#a"}, "authorization_endpoint has a fragment"},
		"with a page of an empty fragment":    {object{"authorization_endpoint": "https://login.example/authorize#"}, "authorization_endpoint has a fragment"},
		"with a page of an element":           {object{"authorization_endpoint": "https://login.example/<script>"}, "authorization_endpoint is no URL"},
		"with a page of a backslash":          {object{"authorization_endpoint": `https://login.example\@evil.example/`}, "authorization_endpoint is no URL"},
		"with a page that names a client":     {object{"authorization_endpoint": "https://login.example/authorize?client_id=x"}, "ours to set"},
		"with a page that names our redirect": {object{"authorization_endpoint": "https://login.example/authorize?Redirect_URI=x"}, "ours to set"},
		"with a page that sends a request":    {object{"authorization_endpoint": "https://login.example/authorize?request_uri=x"}, "ours to set"},
		"with tokens without TLS":             {object{"token_endpoint": "http://login.example/token"}, "token_endpoint is not https"},
		"with tokens on this machine":         {object{"token_endpoint": "http://127.0.0.1:9/token"}, "token_endpoint is not https"},
		"with registration without TLS":       {object{"registration_endpoint": "http://login.example/register"}, "registration_endpoint is not https"},
		"with revocation of a file":           {object{"revocation_endpoint": "file:///etc/passwd"}, "revocation_endpoint is"},
		"with a number for a URL":             {object{"token_endpoint": 5}, "token_endpoint is no text"},
		"without codes":                       {object{"response_types_supported": []string{"token"}}, "response_types_supported"},
		"without the grant":                   {object{"grant_types_supported": []string{"client_credentials"}}, "grant_types_supported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.says(serverURL, aboutServer.with(c.change))
			w.web.says("https://login.example/.well-known/openid-configuration/t/1", aboutServer)
			_, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{})
			wants(t, err, fault.Upstream, c.word)
		})
	}
}

func TestWhatIsNoStrictDocumentCountsAsNone(t *testing.T) {
	t.Parallel()
	twice := `{"resource":"https://evil.example","resource":"` + sourceURL + `","authorization_servers":["` + issuer + `"]}`
	for name, a := range map[string]answer{
		"a page":           {status: http.StatusOK, body: "<html></html>"},
		"a list":           {status: http.StatusOK, body: "[]"},
		"a member twice":   {status: http.StatusOK, body: twice},
		"too deep":         {status: http.StatusOK, body: deep(20)},
		"deeper than that": {status: http.StatusOK, body: deep(10_000)},
		"too large":        {status: http.StatusOK, body: `{"a":"` + strings.Repeat("x", 64<<10) + `"}`},
		"half":             {status: http.StatusOK, body: `{"resource":`},
		"nothing":          {status: http.StatusNoContent},
		"forbidden":        {status: http.StatusForbidden, body: "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.answer(aboutURL, a)
			_, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{})
			wants(t, err, fault.Upstream, "notes.example does not say where people sign in")
			w = newWorld(t)
			w.web.answer(serverURL, a)
			_, err = w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{})
			wants(t, err, fault.Upstream, "login.example publishes no metadata")
		})
	}
}

func TestWhatIsOutOfOrderMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	for _, url := range []string{aboutURL, serverURL} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusBadGateway} {
			w := newWorld(t)
			w.web.answer(url, answer{status: status})
			_, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{})
			wants(t, err, fault.Unavailable, fmt.Sprint(status))
		}
		w := newWorld(t)
		w.web.answer(url, answer{err: fault.New(fault.Unavailable, "it did not answer in time")})
		_, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{})
		wants(t, err, fault.Unavailable, "in time")
		if w.web.urls()[len(w.web.urls())-1] != url {
			t.Error("somebody was asked after that")
		}
	}
}

func TestChallengeThatLeadsAstrayIsNotFollowed(t *testing.T) {
	t.Parallel()
	for raw, word := range map[string]string{
		"http://notes.example/about": "not https", "javascript:alert(1)": "no URL", "https://a:b@notes.example/": "user name", "/about": "no URL",
		"http://169.254.169.254/latest": "not https", "https://notes.example/nothing": "404",
	} {
		w := newWorld(t)
		_, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{ResourceMetadata: raw})
		wants(t, err, fault.Upstream, word)
		if w.web.count(aboutURL) != 0 {
			t.Errorf("%s: something else was asked in its place", raw)
		}
	}
}

func TestSourceOfAnotherKindIsNotAsked(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"http://notes.example/mcp", "ftp://notes.example/", "https://me@notes.example/mcp", "http://localhost:1/mcp"} {
		w := newWorld(t)
		_, err := w.Discover(t.Context(), source(t, raw), oauth.Challenge{})
		wants(t, err, fault.Upstream, "its URL")
		if len(w.web.urls()) != 0 {
			t.Errorf("%s: asked %q", raw, w.web.urls())
		}
	}
}

func TestThisMachineMayBeUsedWhereThatIsPermitted(t *testing.T) {
	t.Parallel()
	for host, permitted := range map[string]bool{"localhost": true, "127.0.0.1": true, "[::1]": true, "login.example": false, "10.0.0.1": false, "[::ffff:127.0.0.1]": false} {
		local := "http://" + host + ":8080"
		w := &web{answers: map[string]answer{}}
		w.says(local+"/.well-known/oauth-protected-resource/mcp", object{"resource": local + "/mcp", "authorization_servers": []string{local}})
		w.says(local+"/.well-known/oauth-authorization-server", aboutServer.with(object{"issuer": local, "token_endpoint": local + "/token"}))
		c := newClient(t, oauth.Options{Doer: w, Loopback: egress.AllowLoopback})
		if _, err := c.Discover(t.Context(), source(t, local+"/mcp"), oauth.Challenge{}); permitted != (err == nil) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestDiscoveryEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := newWorld(t)
	if _, err := w.Discover(ctx, source(t, sourceURL), oauth.Challenge{}); err == nil || len(w.web.urls()) != 0 {
		t.Errorf("%v, asked %q", err, w.web.urls())
	}
}

func TestMetadataOfANeighborIsNotTheSources(t *testing.T) {
	t.Parallel()
	for name, resource := range map[string]string{"part of a segment": "https://notes.example/tea", "below": sourceURL + "/more", "beside": "https://notes.example/other"} {
		w := newWorld(t)
		place := strings.Replace(resource, "https://notes.example", aboutRoot, 1)
		w.web.says(place, aboutSource.with(object{"resource": resource}))
		_, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{ResourceMetadata: place})
		if wants(t, err, fault.Upstream, "another resource"); err == nil {
			t.Error(name)
		}
	}
}

func TestResourceWithoutTLSIsAnother(t *testing.T) {
	t.Parallel()
	w := &web{answers: map[string]answer{}}
	w.says("https://localhost:8080/.well-known/oauth-protected-resource", object{"resource": "http://localhost:8080", "authorization_servers": []string{issuer}})
	w.says(serverURL, aboutServer)
	c := newClient(t, oauth.Options{Doer: w, Loopback: egress.AllowLoopback})
	_, err := c.Discover(t.Context(), source(t, "https://localhost:8080"), oauth.Challenge{})
	wants(t, err, fault.Upstream, "another resource")
}
