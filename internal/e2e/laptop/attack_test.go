package laptop_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
)

// An attacker has got hold of a code: it is of another program, it was shown
// before, or it was asked for with another secret.
func TestCodeIsOnlyForTheProgramThatAskedForIt(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	theirs, mine := register(t, o, "Theirs"), register(t, o, "Mine")
	for name, changes := range map[string]url.Values{
		"at another program":           {"code_verifier": {theirs.verifier}},
		"at another, with its own":     {},
		"with a verifier of no length": {"code_verifier": {"short"}, "client_id": {theirs.id}},
		"without a verifier":           {"code_verifier": nil, "client_id": {theirs.id}},
		"with another verifier":        {"client_id": {theirs.id}},
		"for another redirect URI":     {"client_id": {theirs.id}, "code_verifier": {theirs.verifier}, "redirect_uri": {"http://127.0.0.1:33418/other"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := "invalid_grant"
			if verifier := changes["code_verifier"]; changes.Has("code_verifier") && (verifier == nil || verifier[0] == "short") {
				want = "invalid_request"
			}
			status, told := mine.redeem(t, theirs.code(t, "alice"), changes)
			refused(t, name, status, told, want)
		})
	}
}

func TestCodeShownTwiceEndsWhatCameOfIt(t *testing.T) {
	t.Parallel()
	p := register(t, shared.org(t, "contoso"), "Twice")
	code := p.code(t, "alice")
	status, told := p.redeem(t, code, nil)
	_, token := pair(t, status, told)
	status, told = p.redeem(t, code, nil)
	refused(t, "the code again", status, told, "invalid_grant")
	status, told = p.refresh(t, token)
	refused(t, "the refresh token of the first", status, told, "invalid_grant")
}

// The token before the good one is asked for again when an answer got lost; an
// older one is in two hands.
func TestRefreshTokenOfTheTurnBeforeLastEndsAll(t *testing.T) {
	t.Parallel()
	p := register(t, shared.org(t, "contoso"), "Rotating")
	_, first := p.signIn(t, "alice")
	status, told := p.refresh(t, first)
	_, second := pair(t, status, told)
	status, told = p.refresh(t, first)
	if _, again := pair(t, status, told); again != second {
		t.Error("the answer that got lost is another one now")
	}
	status, told = p.refresh(t, second)
	_, third := pair(t, status, told)
	status, told = p.refresh(t, first)
	refused(t, "the first", status, told, "invalid_grant")
	status, told = p.refresh(t, third)
	refused(t, "the last, after that", status, told, "invalid_grant")
}

func TestRefreshTokenIsOnlyForItsProgramAndOrganization(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	p, other := register(t, o, "Holder"), register(t, o, "Thief")
	_, token := p.signIn(t, "alice")
	status, told := other.refresh(t, token)
	refused(t, "another program", status, told, "invalid_grant")
	elsewhere := register(t, shared.org(t, "fabrikam"), "Elsewhere")
	status, told = elsewhere.refresh(t, token)
	refused(t, "another organization", status, told, "invalid_grant")
	status, told = p.refresh(t, token)
	pair(t, status, told) // it was good all the time
}

func TestTokenOfOneOrganizationIsNoGoodAtAnother(t *testing.T) {
	t.Parallel()
	contoso, fabrikam := shared.org(t, "contoso"), shared.org(t, "fabrikam")
	token, _ := register(t, contoso, "Crossing").signIn(t, "alice")
	if status, body, _ := post(t, contoso.MCPURL, token, "tools/list", `{}`); status != http.StatusOK {
		t.Fatalf("at home it gets %d %s", status, body)
	}
	status, _, header := post(t, fabrikam.MCPURL, token, "tools/list", `{}`)
	if challenge := header.Get("WWW-Authenticate"); status != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) {
		t.Errorf("%d %s", status, challenge)
	}
}

func TestOnlyS256IsAccepted(t *testing.T) {
	t.Parallel()
	p := register(t, shared.org(t, "contoso"), "Downgrade")
	for name, changes := range map[string]url.Values{
		"plain":                   {"code_challenge_method": {"plain"}, "code_challenge": {p.verifier}},
		"no method, which is one": {"code_challenge_method": nil},
		"no challenge":            {"code_challenge_method": nil, "code_challenge": nil},
		"a short challenge":       {"code_challenge": {"short"}},
	} {
		b := shared.browser(shared.user(t, p.org, "alice"))
		got := visit(t, b, p.asks(changes))
		back, err := url.Parse(got.header.Get("Location"))
		if err != nil || !strings.HasPrefix(back.String(), p.redirect+"?") || back.Query().Get("error") != "invalid_request" ||
			back.Query().Get("code") != "" || back.Query().Get("state") != "mine" || back.Query().Get("iss") != issuer(p.org) {
			t.Errorf("%s: %d %s %v", name, got.status, back, err)
		}
	}
}

func TestAnswerGoesNowhereButWhereItWasRegisteredFor(t *testing.T) {
	t.Parallel()
	p := register(t, shared.org(t, "contoso"), "Redirected")
	b := shared.browser(shared.user(t, p.org, "alice"))
	for _, redirect := range []string{
		"http://127.0.0.1:33418/", "http://127.0.0.1:33418/callback/", "http://127.0.0.1:33418/callback/../evil", "http://127.0.0.1:33418/callback%2f..",
		"http://127.0.0.1:33418/callback?next=//evil.example", "http://127.0.0.1:33418/callback#x", "http://evil.example/callback", "https://evil.example/callback",
		"http://127.0.0.1@evil.example/callback", "http://evil.example@127.0.0.1:33418/callback", "http://127.0.0.1.evil.example/callback",
		"http://localhost:33418/callback", "http://[::1]:33418/callback", "https://127.0.0.1:33418/callback", "//127.0.0.1:33418/callback",
		"http://127.0.0.1:33418\\@evil.example/callback", "HTTP://127.0.0.1:33418/callback", "javascript:alert(1)",
	} {
		visit(t, b, p.asks(url.Values{"redirect_uri": {redirect}})).stays(t, redirect)
	}
	visit(t, b, p.asks(url.Values{"redirect_uri": {p.redirect, "https://evil.example/callback"}})).stays(t, "two of them")
	visit(t, b, p.asks(url.Values{"client_id": {"gh_" + strings.Repeat("A", 26)}})).stays(t, "a client nobody knows")
}

// A program that listens on loopback may be answered on any port (RFC 8252 §7.3).
func TestPortOfLoopbackIsFree(t *testing.T) {
	t.Parallel()
	p := register(t, shared.org(t, "contoso"), "Elsewhere on loopback")
	p.redirect = "http://127.0.0.1:49152/callback"
	status, told := p.redeem(t, p.code(t, "alice"), nil)
	pair(t, status, told)
}

func TestRegistrationRefusesAddressesThatAnswerNobody(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	for _, redirect := range []string{
		"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "blob:https://evil.example/x", "about:blank",
		"http://evil.example/callback", "https://user@evil.example/callback", "https://evil.example/callback#x", "https:///callback", "/callback", "",
	} {
		status, told := registration(t, o, map[string]any{"client_name": "Evil", "redirect_uris": []string{redirect}})
		refused(t, redirect, status, told, "invalid_redirect_uri")
	}
	status, told := registration(t, o, map[string]any{"client_name": "Nowhere"})
	refused(t, "none at all", status, told, "invalid_redirect_uri")
}

// Somebody begins with a program of theirs and has the link, the page or Entra's
// answer opened in another person's browser.
func TestSignInIsFinishedByTheBrowserThatBeganIt(t *testing.T) {
	t.Parallel()
	p := register(t, shared.org(t, "contoso"), "Attacker's")
	alice := shared.user(t, p.org, "alice")
	begun := func() (mine, victim shown) {
		b, other := shared.browser(alice), shared.browser(alice)
		first := visit(t, b, p.asks(nil))
		visit(t, other, p.asks(nil)) // the other has a cookie of its own
		return first, press(t, other, first, "continue")
	}
	_, first := begun()
	first.stays(t, "the first page")

	b, other := shared.browser(alice), shared.browser(alice)
	back := p.atEntra(t, b)
	visit(t, other, p.asks(nil))
	visit(t, other, back).stays(t, "Entra's answer")
	if mine := visit(t, b, back); mine.status != http.StatusOK {
		t.Errorf("another browser has used up Entra's answer: %d", mine.status)
	}
	visit(t, b, back).stays(t, "Entra's answer, once more")

	b = shared.browser(alice)
	second := visit(t, b, p.atEntra(t, b))
	visit(t, other, p.asks(nil))
	press(t, other, second, "allow").stays(t, "the second page")

	b = shared.browser(alice)
	second = visit(t, b, p.atEntra(t, b))
	press(t, shared.browser(alice), second, "allow").stays(t, "the second page without a cookie")
	press(t, b, second, "deny")
	if late := press(t, b, second, "allow"); late.status != http.StatusOK || late.header.Get("Location") != "" {
		t.Errorf("the second page, once more: %d to %q", late.status, late.header.Get("Location"))
	}
}

func TestAnswerOfEntraIsForTheOrganizationThatAsked(t *testing.T) {
	t.Parallel()
	contoso, fabrikam := shared.org(t, "contoso"), shared.org(t, "fabrikam")
	p, q := register(t, contoso, "Mixed up"), register(t, fabrikam, "Mixed up")
	b := shared.browser(shared.user(t, contoso, "alice"))
	visit(t, b, q.asks(nil))
	back := p.atEntra(t, b)
	if !strings.HasPrefix(back, issuer(contoso)+"/callback?") {
		t.Fatalf("Entra answers to %s", back)
	}
	visit(t, b, strings.Replace(back, issuer(contoso), issuer(fabrikam), 1)).stays(t, "at the other organization")
	for _, changed := range []string{"/callback", "/callback?code=x", "/callback?state=x&code=x", "/callback?code=x&state="} {
		visit(t, b, issuer(contoso)+changed).stays(t, changed)
	}
}

// What somebody has agreed to for one program is nothing to another, and on
// loopback not even to the same: any process may listen there.
func TestEveryProgramOnLoopbackIsAskedAboutEveryTime(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	known, other := register(t, o, "Known"), register(t, o, "Other")
	alice := shared.browser(shared.user(t, o, "alice"))
	if _, _, err := alice.SignIn(patient(t), known.asks(nil)); err != nil {
		t.Fatal(err)
	}
	for _, p := range []program{known, other} {
		first := visit(t, alice, p.asks(nil))
		if first.status != http.StatusOK || !strings.Contains(first.text, `value="continue"`) {
			t.Errorf("it begins with %d %s", first.status, first.text)
		}
		second := visit(t, alice, p.atEntra(t, alice))
		if second.status != http.StatusOK || !strings.Contains(second.text, `value="allow"`) || !strings.Contains(second.text, "Not verified") {
			t.Errorf("it goes on with %d %s", second.status, second.text)
		}
		for _, page := range []shown{first, second} {
			policy := page.header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src") {
				t.Errorf("its policy is %s", policy)
			}
		}
	}
}

func TestWhoDeniesGivesNothing(t *testing.T) {
	t.Parallel()
	p := register(t, shared.org(t, "contoso"), "Denied")
	b := shared.browser(shared.user(t, p.org, "alice"))
	for name, got := range map[string]shown{
		"cancel": press(t, b, visit(t, b, p.asks(nil)), "cancel"),
		"deny":   press(t, b, visit(t, b, p.atEntra(t, b)), "deny"),
	} {
		back, err := url.Parse(got.header.Get("Location"))
		if err != nil || back.Query().Get("error") != "access_denied" || back.Query().Get("code") != "" || back.Query().Get("iss") != issuer(p.org) {
			t.Errorf("%s: %d %s %v", name, got.status, back, err)
		}
	}
}

// A token that Entra has issued is good for the clients that are listed, and for
// no other.
func TestEntrasTokenOfAnotherClientIsRefused(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	alice := shared.user(t, o, "alice")
	if status, body, _ := post(t, o.MCPURL, shared.token(t, o, alice), "tools/list", `{}`); status != http.StatusOK {
		t.Errorf("a listed client gets %d %s", status, body)
	}
	status, body, _ := post(t, o.MCPURL, ownToken(t, o, alice), "tools/list", `{}`)
	if status != http.StatusForbidden || !strings.Contains(string(body), o.APIClientID) {
		t.Errorf("another gets %d %s", status, body)
	}
}

// ownToken is Entra's token of a person for the organization's endpoint, got by
// its own app registration, which no organization lists.
func ownToken(t *testing.T, o demo.FileOrg, u demo.FileUser) string {
	t.Helper()
	entra, redirect, verifier := shared.EntraURL+"/"+o.EntraTenantID+"/oauth2/v2.0", issuer(o)+"/callback", rand.Text()+rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	code, err := browser.New(http.DefaultTransport, shared.EntraURL, u.OID).Authorize(patient(t), entra+"/authorize?"+url.Values{
		"client_id": {o.APIClientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {o.Scope},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.PostForm(entra+"/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {o.APIClientID}, "client_secret": {o.APIClientSecret}, "code": {code},
		"redirect_uri": {redirect}, "code_verifier": {verifier},
	})
	status, told := answered(t, resp, err)
	token, _ := told["access_token"].(string)
	if status != http.StatusOK || token == "" {
		t.Fatalf("no token: %d %v", status, told)
	}
	return token
}

// Clients that look for OpenID Connect find nothing rather than half of it.
func TestDiscoveryIsWholeOrAbsent(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"contoso", "fabrikam"} {
		o := shared.org(t, slug)
		path := "/t/" + slug
		for _, absent := range []string{path + "/.well-known/openid-configuration", "/.well-known/openid-configuration" + path, "/.well-known/oauth-authorization-server" + path + "/entra"} {
			resp, err := http.Get(shared.BaseURL + absent)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", absent, resp.StatusCode)
			}
		}
		resp, err := http.Get(shared.BaseURL + "/.well-known/oauth-authorization-server" + path)
		status, told := answered(t, resp, err)
		raw, _ := json.Marshal(told)
		if status != http.StatusOK || told["issuer"] != issuer(o) || told["registration_endpoint"] == nil || told["authorization_response_iss_parameter_supported"] != true ||
			!strings.Contains(string(raw), `"code_challenge_methods_supported":["S256"]`) || !strings.Contains(string(raw), `"client_id_metadata_document_supported":true`) {
			t.Errorf("%d %s", status, raw)
		}
		resp, err = http.Get(shared.BaseURL + "/.well-known/oauth-protected-resource" + path + "/mcp")
		status, told = answered(t, resp, err)
		if servers, _ := told["authorization_servers"].([]any); status != http.StatusOK || told["resource"] != o.MCPURL || len(servers) != 1 || servers[0] != issuer(o) {
			t.Errorf("%d %v", status, told)
		}
	}
}
