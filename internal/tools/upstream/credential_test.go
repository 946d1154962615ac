package upstream_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

var credentialID = tenants.MustGUID("b7f3c5d1-0c1e-4b52-8a35-9d1f3b2c4d5e")

// with gives a source a credential with a secret.
func with(t *testing.T, r *rig, c tools.SourceCredential, secret string, tokens upstream.Tokens) func(*upstream.Connection) {
	t.Helper()
	return func(x *upstream.Connection) {
		c.ID = credentialID
		x.Source.Credential, x.Tokens = c, tokens
		if secret == "" {
			return
		}
		var err error
		if x.Secret, err = x.Box.Encrypt(secrets.SourceLabel(credentialID), []byte(secret)); err != nil {
			t.Error(err)
		}
		_ = r
	}
}

// issuer gives tokens on behalf of people.
type issuer struct {
	mu     sync.Mutex
	asked  []upstream.Wanted
	people []tenants.GUID
	token  string
	refuse error
	answer func(w upstream.Wanted) (string, error) // nil: token and refuse
}

func (i *issuer) OnBehalfOf(_ context.Context, by authz.Caller, w upstream.Wanted) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked, i.people = append(i.asked, w), append(i.people, by.Identity().OID)
	if i.answer != nil {
		return i.answer(w)
	}
	return i.token, i.refuse
}

// authority is an authorization server that knows one client.
type authority struct {
	mu      sync.Mutex
	forms   []url.Values
	granted int
	life    int
	answer  func(w http.ResponseWriter)
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forms = append(a.forms, form)
	id, secret, _ := r.BasicAuth()
	switch {
	case a.answer != nil:
		a.answer(w)
	case id != "us" || secret != "our%2Fsecret":
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
	default:
		a.granted++
		_, _ = fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"bearer","expires_in":%d}`, a.granted, a.life)
	}
}

func (a *authority) grants() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.granted
}

func clientCredentials(tokenURL string) tools.SourceCredential {
	return tools.SourceCredential{Kind: tools.ClientCredentials, TokenURL: tokenURL, ClientID: "us", Scopes: []string{"read", "write"}}
}

func TestInboundTokenNeverLeaves(t *testing.T) {
	t.Parallel()
	as := &authority{life: 3600}
	asURL := serve(t, as)
	for name, row := range map[string]struct {
		credential tools.SourceCredential
		secret     string
		header     string
		value      string
	}{
		"none":               {tools.SourceCredential{Kind: tools.NoCredential}, "", "Authorization", ""},
		"header":             {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "x-api-key"}, "the key", "X-Api-Key", "the key"},
		"on behalf of":       {tools.SourceCredential{Kind: tools.OnBehalfOfUser, Scopes: []string{"api://notes/all"}}, "", "Authorization", "Bearer theirs"},
		"client credentials": {clientCredentials(asURL), "our/secret", "Authorization", "Bearer token-1"},
	} {
		for era, s := range map[string]*stub{"modern": {modern: true}, "legacy": {legacy: true}} {
			t.Run(name+", "+era, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				tokens := &issuer{token: "theirs"}
				server := r.server(newStub(t, s), with(t, r, row.credential, row.secret, tokens))
				if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Legacy)); err != nil {
					t.Fatal(err)
				}
				if _, err := server.DiscoverFor(t.Context(), r.caller(), authz.NewAssertion(inbound)); err != nil {
					t.Fatal(err)
				}
				if len(s.all()) < 5 {
					t.Fatalf("the server was asked %d times only", len(s.all()))
				}
				for _, seen := range s.all() {
					if strings.Contains(fmt.Sprint(seen.header), inbound) || strings.Contains(string(seen.body), inbound) {
						t.Errorf("%s %s carries the client's own token", seen.method, seen.Method)
					}
					if got := seen.header.Get(row.header); name != "client credentials" && got != row.value || !strings.HasPrefix(got, row.value[:min(7, len(row.value))]) {
						t.Errorf("%s %s: %s is %q, want %q", seen.method, seen.Method, row.header, got, row.value)
					}
				}
			})
		}
	}
}

func TestTokenThatIsTheClientsOwnIsNotShown(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{modern: true}
	server := r.server(newStub(t, s), with(t, r, tools.SourceCredential{Kind: tools.OnBehalfOfUser}, "", &issuer{token: inbound}))
	_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
	if err == nil || len(s.all()) > 0 {
		t.Errorf("error %v, %d requests", err, len(s.all()))
	}
}

func TestOnBehalfOfAsksForThePerson(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{modern: true}
	tokens := &issuer{token: "theirs"}
	server := r.server(newStub(t, s), with(t, r, tools.SourceCredential{Kind: tools.OnBehalfOfUser, Scopes: []string{"a", "b"}}, "", tokens))
	if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil {
		t.Fatal(err)
	}
	if w := tokens.asked[0]; tokens.people[0] != person || w.Assertion.Reveal() != inbound || !slices.Equal(w.Scopes, []string{"a", "b"}) || w.Claims+w.Refused != "" {
		t.Errorf("asked for %s with %+v", tokens.people[0], w)
	}
	tokens.refuse = fault.New(fault.Unauthenticated, "sign in again")
	_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
	if fault.KindOf(err) != fault.Unauthenticated || fault.Public(err) != "source notes cannot be asked on your behalf: sign in again" || server.Health().State != upstream.Working {
		t.Errorf("error %v, health %+v", err, server.Health())
	}
	app := authz.Actor(authz.Identity{Org: r.org, OID: person, Kind: authz.App, Client: "robot"})
	if _, err := server.Exchange(t.Context(), app, tool("any"), call(wire.Modern)); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("an app: %v", err)
	}
}

func TestCredentialThatCannotBeShownIsRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		credential tools.SourceCredential
		secret     string
	}{
		"no secret":               {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "X-Api-Key"}, ""},
		"header of ours":          {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "mcp-session-id"}, "x"},
		"header of HTTP":          {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "Host"}, "x"},
		"header of a proxy":       {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "Proxy-Authorization"}, "x"},
		"header of a trace":       {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "TraceParent"}, "x"},
		"header of a record":      {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "x-request-id"}, "x"},
		"no name of a header":     {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "X Key"}, "x"},
		"secret beyond ASCII":     {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "X-Api-Key"}, "sésame"},
		"secret with a tab":       {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "X-Api-Key"}, "a\tb"},
		"no header":               {tools.SourceCredential{Kind: tools.HeaderCredential}, "x"},
		"secret with a line feed": {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "X-Api-Key"}, "x\r\nHost: y"},
		"unknown kind":            {tools.SourceCredential{Kind: "magic"}, "x"},
		"nobody to ask":           {tools.SourceCredential{Kind: tools.OnBehalfOfUser}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := newRig(t), &stub{modern: true}
			server := r.server(newStub(t, s), with(t, r, row.credential, row.secret, nil))
			_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
			if err == nil || len(s.all()) > 0 || !strings.Contains(fault.Public(err), "source notes") || strings.Contains(err.Error(), "y\r\n") {
				t.Errorf("error %v, %d requests", err, len(s.all()))
			}
			want := upstream.Failing
			if row.credential.Kind == tools.OnBehalfOfUser {
				want = upstream.Untried // one person's trouble
			}
			if server.Health().State != want {
				t.Errorf("the health does not tell of it: %+v", server.Health())
			}
		})
	}
}

func TestSecretOfAnotherCredentialDoesNotOpen(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{modern: true}
	server := r.server(newStub(t, s), with(t, r, tools.SourceCredential{Kind: tools.HeaderCredential, Header: "X-Api-Key"}, "key", nil),
		func(c *upstream.Connection) { c.Source.Credential.ID = person })
	if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); fault.KindOf(err) != fault.Unauthenticated || len(s.all()) > 0 {
		t.Errorf("error %v", err)
	}
}

func TestClientCredentialsAreRenewedBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	r, s, as := newRig(t), &stub{modern: true}, &authority{life: 3600}
	server := r.server(newStub(t, s), with(t, r, clientCredentials(serve(t, as)), "our/secret", nil))
	exchange := func(want int) {
		t.Helper()
		if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil || as.grants() != want {
			t.Fatalf("%v, %d tokens, want %d", err, as.grants(), want)
		}
	}
	exchange(1)
	exchange(1)
	r.clock.advance(54 * time.Minute)
	exchange(1)
	r.clock.advance(2 * time.Minute)
	exchange(2)
	form := as.forms[0]
	if form.Get("grant_type") != "client_credentials" || form.Get("scope") != "read write" || form.Get("resource") == "" || form.Get("client_secret") != "" {
		t.Errorf("asked with %v", form)
	}
}

// TestScopesOfEntraNameTheResource: it refuses the server's URL besides.
func TestScopesOfEntraNameTheResource(t *testing.T) {
	t.Parallel()
	r, s, as := newRig(t), &stub{modern: true}, &authority{life: 3600}
	c := clientCredentials(serve(t, as))
	c.Scopes = []string{"api://notes/.default"}
	server := r.server(newStub(t, s), with(t, r, c, "our/secret", nil))
	if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil || as.forms[0].Has("resource") || as.forms[0].Get("scope") != "api://notes/.default" {
		t.Errorf("%v, asked with %v", err, as.forms)
	}
}

func TestTokenThatIsNotAcceptedIsReplacedOnce(t *testing.T) {
	t.Parallel()
	r, as := newRig(t), &authority{life: 3600}
	var mu sync.Mutex
	good := "Bearer token-2"
	s := &stub{modern: true}
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		ok := req.Header.Get("Authorization") == good
		mu.Unlock()
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, req)
	}))
	server := r.server(address, with(t, r, clientCredentials(serve(t, as)), "our/secret", nil))
	if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil || as.grants() != 2 {
		t.Fatalf("%v, %d tokens", err, as.grants())
	}
	mu.Lock()
	good = "none will do"
	mu.Unlock()
	r.clock.advance(time.Second)
	if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); fault.KindOf(err) != fault.Unauthenticated || as.grants() != 3 {
		t.Errorf("%v, %d tokens: want one more try", err, as.grants())
	}
}

func TestTokenEndpointThatRefusesIsToldApart(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		secret string
		answer func(w http.ResponseWriter)
		kind   fault.Kind
		says   string
	}{
		"wrong secret": {"wrong", nil, fault.Unauthenticated, "source notes gives no token: its token endpoint refuses our client credentials (invalid_client); an admin can give the credential again"},
		"of Entra": {"our/secret", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]}`)
		}, fault.Unauthenticated, "(invalid_client, AADSTS7000222)"},
		"wrong scope": {"our/secret", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_scope","error_codes":"none"}`)
		}, fault.Unauthenticated, "(invalid_scope); an admin can correct the scopes"},
		"not now":        {"our/secret", func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }, fault.Unavailable, "for the moment"},
		"no JSON":        {"our/secret", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>") }, fault.Upstream, "no token"},
		"no token":       {"our/secret", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "{}") }, fault.Upstream, "no token"},
		"another type":   {"our/secret", func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"access_token":"x","token_type":"mac"}`) }, fault.Upstream, "no token"},
		"token of lines": {"our/secret", func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"access_token":"x\r\ny"}`) }, fault.Upstream, "no token"},
		"redirect": {"our/secret", func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, fault.Upstream, "no token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := newRig(t), &stub{modern: true}
			server := r.server(newStub(t, s), with(t, r, clientCredentials(serve(t, &authority{answer: row.answer})), row.secret, nil))
			_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
			if fault.KindOf(err) != row.kind || !strings.Contains(fault.Public(err), row.says) || len(s.all()) > 0 {
				t.Errorf("error %v", err)
			}
			if strings.Contains(fmt.Sprint(err), row.secret) || server.Health().State != upstream.Failing {
				t.Errorf("error %v, health %+v", err, server.Health())
			}
		})
	}
}

func TestManyCallsShareOneTokenRequest(t *testing.T) {
	t.Parallel()
	r, s, as := newRig(t), &stub{modern: true}, &authority{life: 3600}
	server := r.server(newStub(t, s), with(t, r, clientCredentials(serve(t, as)), "our/secret", nil))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if as.grants() != 1 {
		t.Errorf("%d tokens were asked for", as.grants())
	}
}
