package emulator_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"gatehouse/internal/emulator/seed"
)

// tokenV1 asks the v1 token endpoint.
func (g *rig) tokenV1(tid string, values url.Values, headers ...string) answer {
	g.t.Helper()
	return g.do(g.request(http.MethodPost, entraURL+"/"+tid+"/oauth2/token", values.Encode(), headers...))
}

func TestTheV1EndpointAnswersInTexts(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	values := form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "resource", apiURL)
	a := g.tokenV1(contoso, values).must(t)
	var members map[string]string
	if err := json.Unmarshal([]byte(a.text), &members); err != nil {
		t.Fatalf("%v in %s", err, a.text)
	}
	life, _ := strconv.ParseInt(members["expires_in"], 10, 64)
	if members["resource"] != apiURL || members["not_before"] != strconv.FormatInt(midday.Unix(), 10) ||
		members["expires_on"] != strconv.FormatInt(midday.Unix()+life, 10) || members["ext_expires_in"] != members["expires_in"] || members["token_type"] != "Bearer" {
		t.Errorf("answer is %s", a.text)
	}
	if members["scope"] != "" || members["refresh_token"] != "" || members["id_token"] != "" {
		t.Errorf("an app has got a person's tokens: %s", a.text)
	}
	got := claims(t, members["access_token"])
	if exp, _ := got["exp"].(float64); got["aud"] != api || int64(exp) != midday.Unix()+life || got["azpacr"] != "1" {
		t.Errorf("claims are %v", got)
	}
}

func TestTheV1EndpointTakesEveryGrant(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	signIn := form("grant_type", "password", "client_id", seed.VisualStudioCode, "username", "alice@contoso.example", "password", "pw-alice", "resource", "https://legacy.contoso.example")
	a := g.tokenV1(contoso, signIn).must(t)
	if a.str("scope") != "read" || a.str("resource") != "https://legacy.contoso.example" || a.str("refresh_token") == "" {
		t.Errorf("answer is %s", a.text)
	}
	if got := claims(t, a.str("access_token")); got["ver"] != "1.0" || got["aud"] != "https://legacy.contoso.example" || got["scp"] != "read" {
		t.Errorf("claims are %v", got)
	}
	id := claims(t, a.str("id_token"))
	if id["ver"] != "1.0" || id["iss"] != entraURL+"/"+contoso+"/" || id["aud"] != seed.VisualStudioCode || id["upn"] != "alice@contoso.example" || id["oid"] != alice {
		t.Errorf("the ID token says %v", id)
	}
	again := g.tokenV1(contoso, form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", a.str("refresh_token"))).must(t)
	if again.str("resource") != "https://legacy.contoso.example" {
		t.Errorf("the same resource again: %s", again.text)
	}
	graph := g.tokenV1(contoso, form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", a.str("refresh_token"), "resource", "https://graph.microsoft.com/")).must(t)
	if claims(t, graph.str("access_token"))["aud"] != seed.MicrosoftGraph {
		t.Errorf("another resource: %s", graph.text)
	}
	mine := g.tokenV1(contoso, with(signIn, "resource", apiURL)).must(t)
	behalf := with(obo(mine.str("access_token"), ""), "scope", "", "resource", "https://graph.microsoft.com")
	onward := g.tokenV1(contoso, behalf).must(t)
	if got := claims(t, onward.str("access_token")); got["aud"] != seed.MicrosoftGraph || got["oid"] != alice || got["appid"] != api {
		t.Errorf("claims are %v", got)
	}
	code, redirect := g.code(t)
	redeemed := g.tokenV1(contoso, form("grant_type", "authorization_code", "client_id", console, "client_secret", "console-secret", "code", code, "redirect_uri", redirect)).must(t)
	if claims(t, redeemed.str("id_token"))["nonce"] != "n" {
		t.Errorf("answer is %s", redeemed.text)
	}
}

// code walks a sign-in of Alice at the console.
func (g *rig) code(t *testing.T) (code, redirect string) {
	t.Helper()
	redirect = "https://console.example/callback"
	values := form("client_id", console, "response_type", "code", "redirect_uri", redirect, "scope", "User.Read openid", "nonce", "n", "account", alice)
	a := g.do(g.request(http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/authorize", values.Encode()))
	back, err := url.Parse(a.header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("status %d, location %q: %s", a.status, a.header.Get("Location"), a.text)
	}
	return back.Query().Get("code"), redirect
}

func TestV1Refusals(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	good := form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "resource", apiURL)
	g.tokenV1(contoso, with(good, "resource", "")).refused(t, 400, "invalid_request", 900144)
	g.tokenV1(contoso, with(good, "resource", "", "scope", apiURL+"/.default")).refused(t, 400, "invalid_request", 900144)
	g.tokenV1(contoso, with(good, "resource", "https://nowhere.example")).refused(t, 400, "invalid_resource", 500011)
	g.tokenV1(contoso, with(good, "resource", apiURL+" "+apiURL)).refused(t, 400, "invalid_resource", 500011)
	g.tokenV1(contoso, with(good, "resource", "openid")).refused(t, 400, "invalid_resource", 500011)
	g.tokenV1(contoso, with(good, "client_secret", "x")).refused(t, 401, "invalid_client", 7000215)
	g.tokenV1(contoso, with(good, "client_secret", "")).refused(t, 401, "invalid_client", 7000218)
	g.tokenV1("organizations", good).refused(t, 400, "invalid_request", 50059)
	preflight := g.do(g.request(http.MethodOptions, entraURL+"/"+contoso+"/oauth2/token", "", "Origin", "https://spa.example"))
	if preflight.status != http.StatusNoContent {
		t.Errorf("preflight is %d", preflight.status)
	}
}
