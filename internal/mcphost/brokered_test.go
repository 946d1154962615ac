package mcphost_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

const (
	ownIssuer = "https://gatehouse.example/t/contoso"
	qualified = "api://aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/access_as_user"
	claude    = "https://claude.ai"

	tenantIssuer = "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0"
)

var connection = tenants.MustGUID("c0220000-0000-4000-8000-000000000001")

// in puts the organization into a mode, with software of ours among its clients
// and a scope besides its own.
func (b *bench) in(t *testing.T, mode tenants.AuthMode, changes ...func(*tenants.Organization)) {
	t.Helper()
	snap := *b.snap
	snap.Organization.Mode = mode
	for _, change := range changes {
		change(&snap.Organization)
	}
	clients := []tenants.Client{{ID: vscode, Name: "VS Code"}, {ID: claude, Name: "Claude"}}
	accept := must(entra.NewAcceptance(snap.Organization, []string{"tools.read"}, clients, entra.AuthorityOf(tenants.PublicCloud)))
	snap.Accept = accept.Behind("https://gatehouse.example")
	snap.Version, snap.Decisions = snap.Version+1, snap.Decisions+1
	b.snap = &snap
}

// ownToken signs a token of ours for Alice.
func (b *bench) ownToken(extra map[string]any) string {
	claims := map[string]any{
		"iss": ownIssuer, "aud": ownIssuer + "/mcp", "sub": alice.String(), "tid": b.snap.Organization.TID.String(), "oid": alice.String(),
		"client_id": "gh_x", "software": claude, "scope": "access_as_user", "jti": "j", "name": "Alice", "acct": 0, "connection": connection.String(),
		"iat": began.Unix(), "exp": began.Add(10 * time.Minute).Unix(),
	}
	for name, value := range extra {
		claims[name] = value
	}
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	signed := part(map[string]any{"alg": "ES256", "typ": "at+jwt", "kid": "o1"}) + "." + part(claims)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, b.own, sum[:])
	if err != nil {
		panic(err)
	}
	var raw [64]byte
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(raw[:])
}

func (r reply) wantChallenge(t *testing.T, status int, parts ...string) {
	t.Helper()
	header := r.Header().Get("WWW-Authenticate")
	if r.Code != status {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	for _, part := range parts {
		if !strings.Contains(header, part) {
			t.Errorf("%s is missing in %s", part, header)
		}
	}
}

func TestMetadataAndChallengesNameTheAuthorizationServerOfTheMode(t *testing.T) {
	t.Parallel()
	for mode, want := range map[tenants.AuthMode]struct{ server, scope string }{
		tenants.Brokered: {ownIssuer, "access_as_user"},
		tenants.Facade:   {ownIssuer + "/entra", qualified},
		tenants.Direct:   {tenantIssuer, qualified},
	} {
		b, _ := federate(t)
		b.in(t, mode)
		for toolset, url := range map[string]string{"": ownIssuer + "/mcp", "desk": ownIssuer + "/desk/mcp"} {
			var m map[string]any
			if err := json.Unmarshal([]byte(b.metadata(t, toolset)), &m); err != nil {
				t.Fatal(err)
			}
			automation := map[string]any{"authorization_servers": []any{tenantIssuer}, "scopes_supported": []any{qualified}}
			if has := m["gatehouse_automation"]; mode == tenants.Direct && has != nil || mode != tenants.Direct && !reflect.DeepEqual(has, automation) {
				t.Errorf("%s: automations are told %v", mode, has)
			}
			if !reflect.DeepEqual(m["authorization_servers"], []any{want.server}) || !reflect.DeepEqual(m["scopes_supported"], []any{want.scope}) || m["resource"] != url {
				t.Errorf("%s: %v", mode, m)
			}
		}
		b.modern(t, ask{method: "tools/list", token: "x"}).wantChallenge(t, http.StatusUnauthorized, `error="invalid_token"`, `scope="`+want.scope+`"`)
	}
}

func TestTokenOfOursIsGoodAtItsEndpointInABrokeredOrganization(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	b.in(t, tenants.Brokered)
	b.modern(t, ask{method: "tools/list", token: b.ownToken(nil)}).result(t)
	desk := b.ownToken(map[string]any{"aud": ownIssuer + "/desk/mcp"})
	b.modern(t, ask{endpoint: "contoso/desk", method: "tools/list", token: desk}).result(t)
	for endpoint, token := range map[string]string{"contoso": desk, "contoso/desk": b.ownToken(nil), "contoso/library": desk} {
		r := b.modern(t, ask{endpoint: endpoint, method: "tools/list", token: token})
		r.wantChallenge(t, http.StatusUnauthorized, `error="invalid_token"`, `scope="access_as_user"`, "ask for a token whose resource it is")
	}
	b.modern(t, ask{method: "tools/list"}).wantChallenge(t, http.StatusUnauthorized, `error="invalid_token"`, "accepts access tokens of "+ownIssuer+" only")
	records := b.recordsOf(audit.Authentication)
	if first := records[0]; first.Client != claude || first.TokenID != "j" {
		t.Errorf("recorded as %+v", first)
	}
}

// TestRememberedTokenIsForgottenWithTheMode: what was remembered under one mode is
// looked at again under another.
func TestRememberedTokenIsForgottenWithTheMode(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	b.in(t, tenants.Brokered)
	own := b.ownToken(nil)
	call := func() reply { return b.modern(t, ask{method: "tools/list", token: own}) }
	call().result(t)
	seen := b.resolved.Load()
	call().result(t)
	if b.resolved.Load() != seen {
		t.Error("the token is not remembered")
	}
	b.in(t, tenants.Direct)
	call().wantChallenge(t, http.StatusUnauthorized, "accepts access tokens of Microsoft Entra ID only")
	b.in(t, tenants.Direct, func(o *tenants.Organization) { o.ModeSince = began.Add(time.Second) })
	call().result(t)
	if r := b.modern(t, ask{endpoint: "contoso/desk", method: "tools/list", token: own}); r.Code != http.StatusUnauthorized {
		t.Errorf("at another endpoint: %d %s", r.Code, r.Body)
	}
}

// TestAChallengeKeepsTheScopesThatATokenHas: clients ask for what it names, and for
// nothing else.
func TestAChallengeKeepsTheScopesThatATokenHas(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	rules := everybody(time.Time{}, staff...)
	rules.ScopeCeilings = map[string]authz.Ceiling{"access_as_user": {Patterns: []string{"pay"}}, "notes": {Patterns: []string{"notes_*"}}, "other": {Patterns: []string{"other"}}}
	b.snap = b.viewWith(t, rules, &server{answer: says(`"content":[]`)}, `{}`)
	b.in(t, tenants.Brokered)
	for held, want := range map[string]string{
		"access_as_user": "access_as_user notes", "other access_as_user": "other access_as_user notes", "access_as_user unheard-of": "access_as_user notes",
	} {
		token := b.ownToken(map[string]any{"scope": held})
		for range 2 { // at first, and remembered
			b.modern(t, search(ask{token: token})).wantChallenge(t, http.StatusForbidden, `error="insufficient_scope"`, `scope="`+want+`"`)
		}
	}
	b.modern(t, search(ask{token: b.ownToken(map[string]any{"scope": "access_as_user notes"})})).result(t)

	strict, _ := federate(t)
	rules = everybody(time.Time{}, authz.Permission{Effect: authz.Allow, Patterns: []string{"notes_search"}, AuthenticationContext: "c1"})
	rules.ScopeCeilings = map[string]authz.Ceiling{"notes": {Patterns: []string{"notes_*"}}}
	strict.snap = strict.viewWith(t, rules, &server{answer: says(`"content":[]`)}, `{}`)
	strict.in(t, tenants.Brokered)
	strict.modern(t, search(ask{token: strict.ownToken(map[string]any{"scope": "access_as_user notes"})})).wantChallenge(t, http.StatusForbidden, `error="insufficient_scope"`, `scope="access_as_user notes acrs:c1"`)
}

func TestRevokedConnectionEndsItsTokens(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	b.in(t, tenants.Brokered)
	snap := *b.snap
	snap.Revocations = authz.IndexRevocations([]authz.Revocation{{Kind: authz.RevokeConnection, Subject: connection.String(), NotBefore: began.Add(time.Second)}})
	b.snap = &snap
	b.modern(t, ask{method: "tools/list", token: b.ownToken(nil)}).wantChallenge(t, http.StatusUnauthorized, "the access was revoked")
	b.modern(t, ask{method: "tools/list", token: b.ownToken(map[string]any{"connection": tenants.NewGUID().String()})}).result(t)
}

// TestStrongerSignInOfOursIsAScope: the token's client knows our authorization
// server and not Entra's.
func TestStrongerSignInOfOursIsAScope(t *testing.T) {
	t.Parallel()
	b, s, _ := guarded(t)
	b.in(t, tenants.Brokered, func(o *tenants.Organization) { o.AcceptEntraTokens = true })
	for range 2 { // at first, and remembered
		r := b.modern(t, search(ask{token: b.ownToken(nil)}))
		claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`))
		r.wantChallenge(t, http.StatusForbidden, `error="insufficient_scope"`, `scope="access_as_user acrs:c1"`, "authentication context c1", `resource_metadata="`, `claims="`+claims+`"`)
		if h := r.Header().Get("WWW-Authenticate"); strings.Contains(h, "login.microsoftonline.com") || strings.Contains(h, "authorization_uri") || strings.Contains(h, "realm") {
			t.Errorf("it leads to Entra: %s", h)
		}
	}
	b.modern(t, search(ask{token: b.ownToken(map[string]any{"acrs": []string{"c1"}})})).result(t)
	if s.asked() != 1 {
		t.Errorf("the source was asked %d times", s.asked())
	}
	// A client of Entra's own token is led to Entra all the same.
	r := b.modern(t, search(ask{token: b.token(map[string]any{"xms_cc": []string{"cp1"}})}))
	r.wantChallenge(t, http.StatusUnauthorized, `error="insufficient_claims"`, `authorization_uri="https://login.microsoftonline.com/`, `scope="`+qualified+`"`)
}

func TestStrongerSignInIsNoScopeOfEntras(t *testing.T) {
	t.Parallel()
	b, _, _ := guarded(t)
	b.in(t, tenants.Facade, func(o *tenants.Organization) { o.ModeSince = began.Add(time.Second) })
	b.modern(t, search(ask{token: b.ownToken(nil)})).wantChallenge(t, http.StatusForbidden, `error="insufficient_scope"`, `scope="`+qualified+`"`)
}

func TestChallengeOfASourceMakesAClientOfOursSignInAnew(t *testing.T) {
	t.Parallel()
	for kind, a := range asks {
		b, s := federate(t)
		b.in(t, tenants.Brokered)
		s.answer = challenges
		a.token = b.ownToken(nil)
		r := b.modern(t, a)
		r.wantChallenge(t, http.StatusForbidden, `error="insufficient_scope"`, `scope="access_as_user"`, "source notes cannot be asked on your behalf",
			`claims="`+base64.StdEncoding.EncodeToString([]byte(wantsMFA))+`"`)
		if strings.Contains(r.Header().Get("WWW-Authenticate"), "authorization_uri") || r.message(t).Error == nil {
			t.Errorf("%s: %v %s", kind, r.Header(), r.Body)
		}
		b.refusedOnce(t, kind)
	}
}

func TestMissingScopeIsNamedAsItIsAskedFor(t *testing.T) {
	t.Parallel()
	for mode, want := range map[tenants.AuthMode]string{tenants.Brokered: "access_as_user", tenants.Direct: qualified} {
		b, _ := federate(t)
		b.in(t, mode)
		token := b.ownToken(map[string]any{"scope": "other"})
		if mode == tenants.Direct {
			token = b.token(map[string]any{"scp": "other"})
		}
		b.modern(t, ask{method: "tools/list", token: token}).wantChallenge(t, http.StatusForbidden, `error="insufficient_scope"`, `scope="`+want+`"`)
	}
}
