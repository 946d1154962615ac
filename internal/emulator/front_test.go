package emulator_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// portalAsk is a request of the portal.
func portalAsk(kinds string, pairs ...string) url.Values {
	return with(form("client_id", portal, "response_type", kinds, "redirect_uri", "https://portal.example/", "scope", "openid profile "+apiScope,
		"state", "s", "nonce", "n"), pairs...)
}

func leftHalf(of string) string {
	sum := sha256.Sum256([]byte(of))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func TestTheAuthorizationEndpointIssuesTokensItself(t *testing.T) {
	t.Parallel()
	g := newRig(t, withPortal()...)
	b := g.tab()
	for kinds, want := range map[string][]string{
		"id_token":       {"id_token"},
		"token":          {"access_token"},
		"id_token token": {"access_token", "id_token"},
		"token id_token": {"access_token", "id_token"},
		"code id_token":  {"code", "id_token"},
	} {
		ask := portalAsk(kinds, "code_challenge", s256(verifierText), "code_challenge_method", "S256")
		where, inQuery := landed(t, b.open(contoso, ask, emulator.UserHeader, alice))
		q, err := url.ParseQuery(where.Fragment)
		if err != nil || len(inQuery) != 0 || q.Get("state") != "s" || q.Get("session_state") == "" {
			t.Fatalf("%s: landed at %s", kinds, where)
		}
		for _, name := range []string{"code", "access_token", "id_token"} {
			if (q.Get(name) != "") != slices.Contains(want, name) {
				t.Errorf("%s: %s is %q", kinds, name, q.Get(name))
			}
		}
		if access := q.Get("access_token"); access != "" {
			if c := claims(t, access); c["scp"] != "access" || c["azpacr"] != "0" || q.Get("token_type") != "Bearer" || q.Get("expires_in") == "" || !strings.Contains(q.Get("scope"), apiScope) {
				t.Errorf("%s: %v %v", kinds, c, q)
			}
		}
		id := q.Get("id_token")
		if id == "" {
			continue
		}
		c := claims(t, id)
		if c["nonce"] != "n" || c["aud"] != portal || c["oid"] != alice {
			t.Errorf("%s: %v", kinds, c)
		}
		for name, of := range map[string]string{"c_hash": q.Get("code"), "at_hash": q.Get("access_token")} {
			if of == "" && c[name] != nil || of != "" && c[name] != leftHalf(of) {
				t.Errorf("%s: %s is %v", kinds, name, c[name])
			}
		}
	}
}

func TestTokensNeedAnAppThatEnabledThem(t *testing.T) {
	t.Parallel()
	b := newRig(t, withPortal()...).tab()
	not := with(request("openid"), "client_id", console, "redirect_uri", "https://console.example/callback")
	hears(t, b.open(contoso, with(not, "response_type", "id_token")), "unsupported_response_type", "700054")
	hears(t, b.open(contoso, with(not, "response_type", "code id_token")), "unsupported_response_type", "700054")
	hears(t, b.open(contoso, with(not, "response_type", "token")), "unsupported_response_type", "700051")
	hears(t, b.open(contoso, with(not, "response_type", "smoke")), "unsupported_response_type", "70005")
	hears(t, b.open(contoso, portalAsk("id_token", "nonce", "")), "invalid_request", "900144")
	hears(t, b.open(contoso, portalAsk("id_token", "scope", apiScope)), "unsupported_response_type", "70005")
	hears(t, b.open(contoso, portalAsk("code")), "invalid_request", "9002325")
	for _, kinds := range []string{"id_token", "token", "code id_token"} {
		where, q := landed(t, b.open(contoso, portalAsk(kinds, "response_mode", "query", "code_challenge", s256(verifierText))))
		if len(q) != 0 || !strings.Contains(where.Fragment, "AADSTS70007") {
			t.Errorf("%s in a query: landed at %s", kinds, where)
		}
	}
	posted := b.open(contoso, portalAsk("id_token", "response_mode", "form_post"), emulator.UserHeader, alice)
	if !strings.Contains(posted.text, `name="id_token"`) {
		t.Errorf("form_post: %s", posted.text)
	}
}

func TestManyGroupsDoNotTravelInAURL(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 4, 250} { // alice is in two others
		all := withPortal()
		for i := range n {
			all[0].Groups = append(all[0].Groups, seed.Group{ID: fmt.Sprintf("9a000000-0000-4000-8000-%012d", i), Name: fmt.Sprint("G", i), Members: []string{alice}})
		}
		b := newRig(t, all...).tab()
		q := told(t, b.open(contoso, portalAsk("id_token token"), emulator.UserHeader, alice))
		for _, name := range []string{"access_token", "id_token"} {
			c := claims(t, q.Get(name))
			many := n > 3
			if (c["hasgroups"] == true) != many || (len(texts(c["groups"])) == 5) == many || c["_claim_names"] != nil {
				t.Errorf("%d groups, %s: %v %v %v", n+2, name, c["hasgroups"], c["groups"], c["_claim_names"])
			}
		}
		in := claims(t, b.access(password("alice", apiScope)))
		if in["hasgroups"] != nil || (n < 200) != (len(texts(in["groups"])) == n+2) {
			t.Errorf("%d groups at the token endpoint: %v", n+2, in)
		}
	}
}

func TestTheV1EndpointNamesAResource(t *testing.T) {
	t.Parallel()
	g := newRig(t, withPortal()...)
	b := g.tab()
	ask := func(kinds, resource string) answer {
		return b.load(b.request(http.MethodGet, entraURL+"/"+contoso+"/oauth2/authorize?"+portalAsk(kinds, "scope", "", "resource", resource,
			"code_challenge", s256(verifierText), "code_challenge_method", "S256").Encode(), "", emulator.UserHeader, alice))
	}
	id := claims(t, told(t, ask("id_token", "")).Get("id_token"))
	if id["ver"] != "1.0" || id["iss"] != entraURL+"/"+contoso+"/" || id["unique_name"] != "alice@contoso.example" || id["preferred_username"] != nil || id["nonce"] != "n" {
		t.Errorf("ID token is %v", id)
	}
	for _, resource := range []string{apiURL, apiURL + "/", api} {
		if c := claims(t, told(t, ask("token", resource)).Get("access_token")); c["aud"] != api || c["scp"] != "access" {
			t.Errorf("%s: %v", resource, c)
		}
	}
	hears(t, ask("token", "https://nowhere.example"), "invalid_resource", "500011")
	hears(t, ask("token", apiURL+"/deeper"), "invalid_resource", "500011")
	code := told(t, ask("code", apiURL)).Get("code")
	a := g.token(contoso, form("grant_type", "authorization_code", "client_id", portal, "code", code, "redirect_uri", "https://portal.example/", "code_verifier", verifierText), "Origin", "https://portal.example")
	if a.status != http.StatusOK || a.str("refresh_token") == "" || claims(t, a.str("access_token"))["aud"] != api {
		t.Errorf("redeemed: %d %s", a.status, a.text)
	}
	picker := b.visit("/"+contoso+"/oauth2/authorize", portalAsk("id_token", "prompt", "login"))
	if !strings.Contains(picker.text, `action="/`+contoso+`/oauth2/authorize"`) {
		t.Errorf("the v1 page leads elsewhere: %s", picker.text)
	}
}

func TestIDTokensSayWhenTheSignInWasIfAsked(t *testing.T) {
	t.Parallel()
	g := newRig(t, withPortal()...)
	b := g.tab()
	wish := `{"id_token":{"auth_time":{"essential":true},"favourite_colour":null},"userinfo":{"x":1}}`
	id := claims(t, told(t, b.open(contoso, portalAsk("id_token", "claims", wish), emulator.UserHeader, alice)).Get("id_token"))
	if id["auth_time"] != float64(midday.Unix()) {
		t.Errorf("auth_time is %v", id["auth_time"])
	}
	without := claims(t, told(t, b.open(contoso, portalAsk("id_token"))).Get("id_token"))
	if without["auth_time"] != nil {
		t.Errorf("auth_time came unasked: %v", without["auth_time"])
	}
	q := told(t, b.open(contoso, with(request(apiScope+" openid"), "claims", wish)))
	if redeemed := claims(t, g.token(contoso, redeem(q.Get("code"))).str("id_token")); redeemed["auth_time"] != float64(midday.Unix()) {
		t.Errorf("auth_time of the code's ID token is %v", redeemed["auth_time"])
	}
	for _, bad := range []string{"{", "[]", `{"id_token":[]}`, `{"access_token":{"acrs":"c1"}}`} {
		hears(t, b.open(contoso, with(request(apiScope), "claims", bad)), "invalid_request", "9002313")
	}
}

// TestRedirectErrorsAreShapedAsEntraShapesThem holds whole redirects. Sources:
// order and names of admin consent parameters, MicrosoftDocs/entra-docs
// v2-admin-consent.md; error and error_description of the others,
// v2-oauth2-auth-code-flow.md; the order of what follows is from memory.
func TestRedirectErrorsAreShapedAsEntraShapesThem(t *testing.T) {
	t.Parallel()
	all := withAdmins()
	g := newRig(t, all...)
	g.policy(seed.Policy{ID: policyMFA, Name: "Second factor", Require: "mfa", Resources: []string{api}})
	b := g.tab()
	for name, a := range map[string]answer{
		"redirect-login-required": b.open(contoso, with(request("User.Read"), "prompt", "none")),
		"redirect-mfa-required":   b.open(contoso, with(request(apiScope), "prompt", "none"), emulator.UserHeader, alice),
		"redirect-declined": b.press(b.open(contoso, with(request("openid"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback"),
			emulator.UserHeader, bob), "cancel"),
		"redirect-admin-consent":  b.press(b.adminConsent(contoso, vendorAsk(), carol), "accept"),
		"redirect-admin-declined": b.press(b.adminConsent(contoso, vendorAsk(), carol), "cancel"),
	} {
		goldenText(t, name, a.header.Get("Location"))
	}
}

// goldenText compares a text with a file, ids that differ from run to run masked.
func goldenText(t *testing.T, name, text string) {
	t.Helper()
	got := guid.ReplaceAllString(fixed.Replace(text), "{guid}") + "\n"
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update and read what it wrote", err)
	}
	if got != string(want) {
		t.Errorf("%s differs from its golden file:\n got %s\nwant %s", name, got, want)
	}
}
