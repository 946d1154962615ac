package emulator_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const verifierText = "a-verifier-that-is-long-enough-for-rfc-7636-rules"

func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// request is an authorization request of VS Code's.
func request(scope string) url.Values {
	return form("client_id", seed.VisualStudioCode, "response_type", "code", "redirect_uri", "http://127.0.0.1:33418/",
		"scope", scope, "state", "the state", "nonce", "the nonce", "code_challenge", s256(verifierText), "code_challenge_method", "S256")
}

func (g *rig) authorize(tid string, values url.Values) answer {
	g.t.Helper()
	return g.get(entraURL + "/" + tid + "/oauth2/v2.0/authorize?" + values.Encode())
}

var (
	action = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	button = regexp.MustCompile(`<button [^>]*name="([^"]*)" value="([^"]*)"`)
)

// press submits the form of a page in a browser that knows the page's cookies alone.
func (g *rig) press(shown answer, value string) answer {
	g.t.Helper()
	b := g.tab()
	b.keep(shown)
	return b.press(shown, value)
}

// landed is where a redirect leads, with its parameters.
func landed(t *testing.T, a answer) (*url.URL, url.Values) {
	t.Helper()
	if a.status != http.StatusFound {
		t.Fatalf("status %d: %s", a.status, a.text)
	}
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return u, u.Query()
}

func redeem(code string, pairs ...string) url.Values {
	return with(form("grant_type", "authorization_code", "client_id", seed.VisualStudioCode, "code", code,
		"redirect_uri", "http://127.0.0.1:33418/", "code_verifier", verifierText), pairs...)
}

// codeFor signs somebody in and returns the access token.
func (g *rig) codeFor(oid, scope string) string {
	g.t.Helper()
	_, q := landed(g.t, g.press(g.authorize(contoso, request(scope)), oid))
	return g.access(redeem(q.Get("code")))
}

func TestSignInIsWalkedWithForms(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	picker := g.authorize(contoso, with(request(apiScope+" openid profile offline_access"), "login_hint", "BOB@contoso.example"))
	if picker.status != http.StatusOK || !strings.Contains(picker.text, "<strong>Emulator.</strong>") {
		t.Fatalf("picker is %d %s", picker.status, picker.text)
	}
	if first := button.FindStringSubmatch(picker.text); first[2] != bob || !strings.Contains(picker.text, "hinted") {
		t.Errorf("the first button is %v, want bob's", first)
	}
	where, q := landed(t, g.press(picker, alice))
	if where.Host != "127.0.0.1:33418" || q.Get("state") != "the state" || q.Get("iss") != "" || q.Get("session_state") == "" {
		t.Errorf("landed at %s", where)
	}
	a := g.token(contoso, redeem(q.Get("code"), "client_info", "1"))
	if a.status != http.StatusOK || a.str("scope") != apiScope+" openid profile offline_access" || a.str("refresh_token") == "" {
		t.Fatalf("answer is %d %s", a.status, a.text)
	}
	provider := g.provider()
	id, err := provider.VerifierContext(g.context(), &oidc.Config{ClientID: seed.VisualStudioCode, Now: nowAtMidday}).Verify(t.Context(), a.str("id_token"))
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "the nonce" {
		t.Errorf("nonce is %q", id.Nonce)
	}
	g.token(contoso, redeem(q.Get("code"))).refused(t, 400, "invalid_grant", 54005)
}

func TestAccountCanBeNamedInTheRequest(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	_, q := landed(t, g.authorize(contoso, with(request(apiScope), "account", "alice@contoso.example")))
	if claims(t, g.access(redeem(q.Get("code"))))["oid"] != alice {
		t.Error("somebody else signed in")
	}
}

func TestCodeRefusals(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	code := func(pairs ...string) string {
		g.t.Helper()
		_, q := landed(t, g.authorize(contoso, with(with(request(apiScope), "account", alice), pairs...)))
		return q.Get("code")
	}
	g.token(contoso, redeem("")).refused(t, 400, "invalid_request", 900144)
	g.token(contoso, redeem("made-up")).refused(t, 400, "invalid_grant", 70000)
	refresh := g.token(contoso, password("alice", apiScope+" offline_access")).str("refresh_token")
	g.token(contoso, redeem(refresh)).refused(t, 400, "invalid_grant", 70000)
	g.token(contoso, redeem(code(), "client_id", seed.AzureCLI)).refused(t, 400, "invalid_grant", 70000)
	g.token(fabrikam, redeem(code())).refused(t, 400, "invalid_grant", 70000)
	g.token(contoso, redeem(code(), "redirect_uri", "http://127.0.0.1:1/")).refused(t, 401, "invalid_client", 500112)
	g.token(contoso, redeem(code(), "code_verifier", strings.Repeat("x", 43))).refused(t, 400, "invalid_grant", 501481)
	g.token(contoso, redeem(code(), "code_verifier", "")).refused(t, 400, "invalid_grant", 501481)
	g.token(contoso, redeem(code(), "code_verifier", "short")).refused(t, 400, "invalid_request", 501491)
	g.token(contoso, redeem(code()), "Origin", "http://localhost:6274").refused(t, 400, "invalid_request", 9002326)

	mistyped := code()
	g.token(contoso, redeem(mistyped, "code_verifier", strings.Repeat("x", 43)))
	if a := g.token(contoso, redeem(mistyped)); a.status != http.StatusOK {
		t.Errorf("a wrong verifier burnt the code: %s", a.text)
	}
	plain := code("code_challenge", verifierText, "code_challenge_method", "")
	if a := g.token(contoso, redeem(plain)); a.status != http.StatusOK {
		t.Errorf("plain challenge: %s", a.text)
	}
	revoked := code()
	g.change(alice, emulator.UserChange{Revoke: true})
	g.token(contoso, redeem(revoked)).refused(t, 400, "invalid_grant", 50173)
	late := code()
	g.Advance(10*time.Minute + time.Second)
	g.token(contoso, redeem(late)).refused(t, 400, "invalid_grant", 70008)
}

func TestPlatformDecidesHowACodeIsRedeemed(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	code := func(redirect string) url.Values {
		g.t.Helper()
		_, q := landed(t, g.authorize(contoso, with(request(apiScope+" offline_access"), "client_id", console, "redirect_uri", redirect, "account", alice)))
		return redeem(q.Get("code"), "client_id", console, "redirect_uri", redirect)
	}
	const web, spa, native = "https://console.example/callback", "http://localhost:6274/oauth/callback", "http://localhost:51000/callback"
	g.token(contoso, code(web)).refused(t, 401, "invalid_client", 7000218)
	g.token(contoso, code(spa)).refused(t, 400, "invalid_request", 9002327)
	g.token(contoso, with(code(native), "client_secret", "console-secret")).refused(t, 401, "invalid_client", 700025)
	if a := g.token(contoso, with(code(web), "client_secret", "console-secret")); a.status != http.StatusOK {
		t.Errorf("web: %s", a.text)
	}
	if a := g.token(contoso, code(native)); a.status != http.StatusOK {
		t.Errorf("native: %s", a.text)
	}
	page := g.token(contoso, code(spa), "Origin", "http://localhost:6274")
	if page.status != http.StatusOK || page.header.Get("Access-Control-Allow-Origin") != "http://localhost:6274" {
		t.Fatalf("page: %d %s", page.status, page.text)
	}
	again := form("grant_type", "refresh_token", "client_id", console, "refresh_token", page.str("refresh_token"))
	g.token(contoso, again).refused(t, 400, "invalid_request", 9002327)
	g.Advance(23 * time.Hour)
	later := g.token(contoso, again, "Origin", "http://localhost:6274")
	if later.json["refresh_token_expires_in"] != float64(3600) {
		t.Errorf("after 23 hours: %s", later.text)
	}
	g.Advance(2 * time.Hour)
	g.token(contoso, with(again, "refresh_token", later.str("refresh_token")), "Origin", "http://localhost:6274").refused(t, 400, "invalid_grant", 700084)
}

func TestReplyURLsMatchAsEntraMatchesThem(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for _, row := range []struct {
		client, redirect string
		lands            string // empty: refused
	}{
		{console, "https://console.example/callback", "https://console.example/callback?"},
		{console, "https://console.example/Callback", ""},
		{console, "https://console.example/callback/", ""},
		{console, "https://console.example:8443/callback", ""},
		{console, "https://evil.example/callback", ""},
		{console, "http://localhost:4711/callback", "http://localhost:4711/callback?"},
		{console, "http://localhost:4711/", ""},
		{console, "http://localhost:4711/callback?x=1", ""},
		{console, "http://127.0.0.1:4711/callback", ""},
		{console, "http://127.0.0.1:4711", "http://127.0.0.1:4711/?"},
		{console, "http://[::1]:4711/callback", ""},
		{console, "http://localhost.evil.example/callback", ""},
		{console, "http://user@localhost:4711/callback", ""},
		{console, "https://localhost:4711/callback", ""},
		{console, "http://localhost:/callback", ""},
		{console, "http://localhost:65536/callback", ""},
		{console, "http://localhost:65535/callback", "http://localhost:65535/callback?"},
		{console, "cursor://callback", "cursor://callback"},
		{seed.VisualStudioCode, "https://vscode.dev/redirect", "https://vscode.dev/redirect?"},
		{seed.VisualStudioCode, "http://localhost:1/callback", ""},
	} {
		a := g.authorize(contoso, with(request(apiScope), "client_id", row.client, "redirect_uri", row.redirect, "account", alice))
		if row.lands == "" {
			if a.status != http.StatusBadRequest || !strings.Contains(a.text, "AADSTS50011") || a.header.Get("Location") != "" {
				t.Errorf("%s: %d %s", row.redirect, a.status, a.header.Get("Location"))
			}
			continue
		}
		if !strings.HasPrefix(a.header.Get("Location"), row.lands) {
			t.Errorf("%s: %d, lands at %q", row.redirect, a.status, a.header.Get("Location"))
		}
	}
}

func TestAuthorizeErrorsThatTheClientHears(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	good := request(apiScope)
	for name, row := range map[string]struct {
		form url.Values
		kind string
		code string
	}{
		"silent":                {with(good, "prompt", "none"), "login_required", "50058"},
		"no response type":      {with(good, "response_type", ""), "invalid_request", "900144"},
		"implicit flow":         {with(good, "response_type", "id_token"), "unsupported_response_type", "700054"},
		"unknown mode":          {with(good, "response_mode", "smoke"), "invalid_request", "9002313"},
		"no scope":              {with(good, "scope", ""), "invalid_request", "900144"},
		"bare scope":            {with(good, "scope", "access"), "invalid_scope", "650053"},
		"unknown resource":      {with(good, "scope", "api://nothing/x"), "invalid_resource", "500011"},
		"resource mismatch":     {with(good, "resource", apiURL+"/"), "invalid_target", "9010010"},
		"short challenge":       {with(good, "code_challenge", "short"), "invalid_request", "50147"},
		"challenge alphabet":    {with(good, "code_challenge", strings.Repeat("a", 21)+"+"+strings.Repeat("a", 21)), "invalid_request", "50147"},
		"unknown prompt":        {with(good, "prompt", "xx"), "invalid_request", "90023"},
		"v1's prompt at v2":     {with(good, "prompt", "admin_consent"), "invalid_request", "90023"},
		"unknown method":        {with(good, "code_challenge_method", "S512"), "invalid_request", "9002313"},
		"page without PKCE":     {with(good, "client_id", console, "redirect_uri", "http://localhost:6274/oauth/callback", "code_challenge", ""), "invalid_request", "9002325"},
		"claims that are wrong": {with(good, "claims", "{"), "invalid_request", "9002313"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where, q := landed(t, g.authorize(contoso, row.form))
			if fragment, err := url.ParseQuery(where.Fragment); err == nil && len(q) == 0 {
				q = fragment
			}
			if q.Get("error") != row.kind || !strings.HasPrefix(q.Get("error_description"), "AADSTS"+row.code+": ") || q.Get("state") != "the state" {
				t.Errorf("landed with %v", q)
			}
		})
	}
}

func TestAuthorizeErrorsThatOnlyThePersonSees(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	good := with(request(apiScope), "account", alice)
	for name, row := range map[string]struct {
		tid, code string
		form      url.Values
	}{
		"unknown tenant":  {"nowhere.example", "90002", good},
		"no client":       {contoso, "900144", with(good, "client_id", "")},
		"unknown client":  {contoso, "700016", with(good, "client_id", "99999999-9999-4999-8999-999999999999")},
		"no reply URL":    {contoso, "900144", with(good, "redirect_uri", "")},
		"disabled person": {contoso, "50057", with(good, "account", dan)},
		"unknown person":  {contoso, "50034", with(good, "account", faye)},
		"not assigned":    {contoso, "50105", with(good, "account", bob, "scope", "api://guarded/use")},
		"guest elsewhere": {"organizations", "50034", with(good, "account", erin)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := g.authorize(row.tid, row.form)
			if a.status != http.StatusBadRequest || a.header.Get("Location") != "" || !strings.Contains(a.text, "AADSTS"+row.code+": ") {
				t.Errorf("answer is %d %s", a.status, a.text)
			}
		})
	}
}

func TestResponseModes(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	good := with(request(apiScope), "account", alice)
	fragment, q := landed(t, g.authorize(contoso, with(good, "response_mode", "fragment")))
	inFragment, err := url.ParseQuery(fragment.Fragment)
	if err != nil || len(q) != 0 || inFragment.Get("code") == "" || inFragment.Get("state") != "the state" {
		t.Errorf("landed at %s", fragment)
	}
	post := g.authorize(contoso, with(good, "response_mode", "form_post", "client_id", console, "redirect_uri", "cursor://callback"))
	if to := action.FindStringSubmatch(post.text); to == nil || to[1] != "cursor://callback" {
		t.Fatalf("page is %s", post.text)
	}
	fields := map[string]string{}
	for _, field := range hidden.FindAllStringSubmatch(post.text, -1) {
		fields[field[1]] = html.UnescapeString(field[2])
	}
	if fields["code"] == "" || fields["state"] != "the state" || !strings.Contains(post.text, "Continue</button>") {
		t.Errorf("fields are %v", fields)
	}
}

func TestConsentIsAskedOnceAndCanBeRefused(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	ask := with(request(apiURL+"/admin"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback", "account", alice)
	shown := g.authorize(contoso, ask)
	if shown.status != http.StatusOK || !strings.Contains(shown.text, "<code>admin</code>") || !strings.Contains(shown.text, "Contoso MCP") {
		t.Fatalf("page is %d %s", shown.status, shown.text)
	}
	_, q := landed(t, g.press(shown, "cancel"))
	if q.Get("error") != "access_denied" || !strings.HasPrefix(q.Get("error_description"), "AADSTS65004") || q.Get("error_subcode") != "cancel" {
		t.Errorf("landed with %v", q)
	}
	_, q = landed(t, g.press(g.authorize(contoso, ask), "accept"))
	token := g.access(redeem(q.Get("code"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback"))
	if claims(t, token)["scp"] != "admin" {
		t.Errorf("scp is %v", claims(t, token)["scp"])
	}
	landed(t, g.authorize(contoso, ask)) // no page the second time
	if again := g.authorize(contoso, with(ask, "prompt", "consent")); !strings.Contains(again.text, "Accept</button>") {
		t.Errorf("prompt=consent showed %d %s", again.status, again.text)
	}
	if bobs := g.authorize(contoso, with(ask, "account", bob)); !strings.Contains(bobs.text, "Accept</button>") {
		t.Errorf("alice agreed for bob: %d %s", bobs.status, bobs.text)
	}
}

func TestOnePersonsAgreementIsNoOneElses(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	ask := with(request("openid profile"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback", "account", alice)
	landed(t, g.press(g.authorize(contoso, ask), "accept"))
	landed(t, g.authorize(contoso, ask))
	g.token(contoso, with(password("bob", "openid"), "client_id", stranger)).refused(t, 400, "invalid_grant", 65001)
}

func TestDeletedPeopleAreNotOffered(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token := g.graph("alice", "User.Read")
	yes, no := true, false
	g.change(alice, emulator.UserChange{Deleted: &yes})
	if picker := g.authorize(contoso, request(apiScope)); strings.Contains(picker.text, alice) || !strings.Contains(picker.text, bob) {
		t.Errorf("picker is %s", picker.text)
	}
	if a := g.authorize(contoso, with(request(apiScope), "account", alice)); !strings.Contains(a.text, "AADSTS50034: ") {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
	g.visit(token, "/v1.0/me").failed(t, 401, "InvalidAuthenticationToken")
	g.change(alice, emulator.UserChange{Deleted: &no, Enabled: &no})
	g.visit(token, "/v1.0/me").failed(t, 401, "InvalidAuthenticationToken")
}

func TestOrganizationsOffersMembersOfEveryTenantWithTheApp(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	ask := with(request("openid profile"), "client_id", console, "redirect_uri", "https://console.example/callback")
	picker := g.authorize("organizations", ask)
	if !strings.Contains(picker.text, faye) || !strings.Contains(picker.text, alice) || strings.Contains(picker.text, erin) {
		t.Fatalf("picker is %s", picker.text)
	}
	_, q := landed(t, g.press(picker, faye))
	a := g.token("organizations", redeem(q.Get("code"), "client_id", console, "client_secret", "console-secret", "redirect_uri", "https://console.example/callback"))
	if a.status != http.StatusOK || claims(t, a.str("id_token"))["tid"] != fabrikam {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
}

func TestPagesSayTheyAreAnEmulatorAndCannotBeFramed(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for name, shown := range map[string]answer{
		"front":     g.get(entraURL + "/"),
		"picker":    g.authorize(contoso, request(apiScope)),
		"error":     g.authorize(contoso, with(request(apiScope), "redirect_uri", "https://evil.example/<script>")),
		"code":      g.get(entraURL + "/error?code=50011"),
		"logout":    g.get(entraURL + "/" + contoso + "/oauth2/v2.0/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F"),
		"form post": g.authorize(contoso, with(request(apiScope), "account", alice, "response_mode", "form_post")),
	} {
		if !strings.Contains(shown.text, "This is not Microsoft") || !strings.Contains(shown.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %d %s", name, shown.status, shown.text)
		}
		if strings.Contains(shown.text, "<script>") {
			t.Errorf("%s: there is a script without nonce: %s", name, shown.text)
		}
	}
	back, _ := landed(t, g.get(entraURL+"/"+contoso+"/oauth2/v2.0/logout?state=x&post_logout_redirect_uri=https%3A%2F%2Fconsole.example%2Fcallback"))
	if back.String() != "https://console.example/callback?state=x" {
		t.Errorf("logout leads to %s", back)
	}
}

func TestLongListsAreCutAndTheHintedStaysOnTop(t *testing.T) {
	t.Parallel()
	tenant := companies()[0]
	for i := range 60 {
		tenant.Users = append(tenant.Users, seed.User{
			ID: fmt.Sprintf("d0000000-0000-4000-8000-%012d", i), Username: fmt.Sprintf("p%02d@contoso.example", i), Password: "x", Name: "Person",
		})
	}
	g := newRig(t, tenant)
	picker := g.authorize(contoso, with(request(apiScope), "login_hint", "p59@contoso.example"))
	buttons := button.FindAllStringSubmatch(picker.text, -1)
	if len(buttons) != 50 || !strings.HasSuffix(buttons[0][2], "59") || !strings.Contains(picker.text, `<input type="text" name="account"`) {
		t.Errorf("%d buttons, the first %v", len(buttons), buttons[0])
	}
}
