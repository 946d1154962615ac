package emulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

func TestABrowserStaysSignedIn(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	silent := with(request(apiScope), "prompt", "none")
	hears(t, b.open(contoso, silent), "login_required", "50058")
	first := told(t, b.press(b.open(contoso, request(apiScope)), alice))
	cookie := b.cookies["ESTSAUTH"]
	if cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Secure {
		t.Fatalf("cookie is %+v", cookie)
	}
	second := told(t, b.open(contoso, silent))
	if claims(t, b.access(redeem(second.Get("code"))))["oid"] != alice || first.Get("session_state") != second.Get("session_state") {
		t.Errorf("silently: %v after %v", second, first)
	}
	if again := told(t, b.open(contoso, request(apiScope))); again.Get("code") == "" {
		t.Errorf("the sole signed-in person was not used: %v", again)
	}
}

func TestPromptsAskAgain(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	b.signIn(alice)
	for _, prompt := range []string{"login", "select_account"} {
		b.open(contoso, with(request(apiScope), "prompt", prompt)).shows(t, "Pick an account")
	}
	before := told(t, b.open(contoso, request(apiScope)))
	same := told(t, b.press(b.open(contoso, with(request(apiScope), "prompt", "select_account")), alice))
	other := told(t, b.press(b.open(contoso, with(request(apiScope), "prompt", "login")), alice))
	if same.Get("session_state") != before.Get("session_state") || other.Get("session_state") == before.Get("session_state") {
		t.Errorf("sessions are %v, %v, %v", before, same, other)
	}
}

func TestHintsChooseAmongTheSignedIn(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.tab()
	b.signIn(alice)
	b.signIn(bob)
	silent := with(request(apiScope), "prompt", "none")
	hears(t, b.open(contoso, silent), "interaction_required", "16000")
	b.open(contoso, request(apiScope)).shows(t, "Pick an account")
	hinted := told(t, b.open(contoso, with(silent, "login_hint", "ALICE@contoso.example")))
	if claims(t, b.access(redeem(hinted.Get("code"))))["oid"] != alice {
		t.Error("the hint chose somebody else")
	}
	hears(t, b.open(contoso, with(silent, "login_hint", "carol@contoso.example")), "login_required", "50058")
	b.open(contoso, with(request(apiScope), "login_hint", "carol@contoso.example")).shows(t, "Pick an account")
}

func TestTheOpaqueLoginHintWorksAsAHint(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Apps[0].OptionalClaims.AccessToken = append(all[0].Apps[0].OptionalClaims.AccessToken, seed.OptionalClaim{Name: "login_hint"})
	b := newRig(t, all...).tab()
	b.signIn(bob)
	b.signIn(alice)
	hint, _ := claims(t, b.access(password("bob", apiScope)))["login_hint"].(string)
	q := told(t, b.open(contoso, with(request(apiScope), "prompt", "none", "login_hint", hint)))
	if hint == "" || claims(t, b.access(redeem(q.Get("code"))))["oid"] != bob {
		t.Errorf("hint %q gave %v", hint, q)
	}
}

func TestSessionsEndByTimeAndByRevocation(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	silent := with(request(apiScope), "prompt", "none")
	b := g.tab()
	b.signIn(alice)
	g.Advance(23 * time.Hour)
	told(t, b.open(contoso, silent))
	g.Advance(23 * time.Hour)
	if q := told(t, b.open(contoso, silent)); q.Get("code") == "" {
		t.Errorf("use did not extend the session: %v", q)
	}
	g.Advance(24*time.Hour + time.Second)
	hears(t, b.open(contoso, silent), "login_required", "50058")

	b.signIn(alice)
	g.change(alice, emulator.UserChange{Revoke: true})
	hears(t, b.open(contoso, silent), "login_required", "50058")

	b.signIn(alice)
	off := false
	g.change(alice, emulator.UserChange{Enabled: &off})
	hears(t, b.open(contoso, silent), "interaction_required", "50057")
	b.open(contoso, request(apiScope)).reads(t, "50057")
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	hears(t, b.open(contoso, silent), "login_required", "50058")
}

func TestAnOldSessionGivesAYoungRefreshToken(t *testing.T) {
	t.Parallel()
	g := newRig(t, withPortal()...)
	b := g.tab()
	b.signIn(alice)
	g.Advance(23 * time.Hour)
	ask := portalAsk("code", "scope", "openid offline_access "+apiScope, "code_challenge", s256(verifierText), "code_challenge_method", "S256",
		"claims", `{"id_token":{"auth_time":null}}`)
	code := told(t, b.open(contoso, ask)).Get("code")
	a := g.token(contoso, form("grant_type", "authorization_code", "client_id", portal, "code", code, "redirect_uri", "https://portal.example/",
		"code_verifier", verifierText), "Origin", "https://portal.example")
	if a.json["refresh_token_expires_in"] != float64(24*3600) || claims(t, a.str("id_token"))["auth_time"] != float64(midday.Unix()) {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
}

func TestCookiesNobodySealedAreWorthless(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for _, value := range []string{"x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		a := g.do(g.request(http.MethodGet, entraURL+"/"+contoso+"/oauth2/v2.0/authorize?"+with(request(apiScope), "prompt", "none").Encode(), "", "Cookie", "ESTSAUTH="+value))
		hears(t, a, "login_required", "50058")
	}
}

func TestAHeaderPicksTheAccount(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.tab()
	for _, name := range []string{"alice@contoso.example", alice} {
		q := told(t, b.open(contoso, with(request(apiScope), "prompt", "none"), emulator.UserHeader, name))
		if claims(t, b.access(redeem(q.Get("code"))))["oid"] != alice {
			t.Errorf("%s gave %v", name, q)
		}
	}
	b.open(contoso, request(apiScope), emulator.UserHeader, "zoe@contoso.example").reads(t, "50034")
	ask := with(request(apiURL+"/admin"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback")
	b.open(contoso, ask, emulator.UserHeader, bob).shows(t, "Permissions requested")
	hears(t, b.open(contoso, with(ask, "prompt", "none"), emulator.UserHeader, bob), "interaction_required", "65001")
}

func TestAccountsFromElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	b.open(contoso, request(apiScope), emulator.UserHeader, "faye@fabrikam.example").reads(t, "50020")
	b.open("organizations", request("openid"), emulator.UserHeader, "erin@fabrikam.example").reads(t, "50034")
	hears(t, b.open(contoso, with(request(apiScope), "prompt", "none"), emulator.UserHeader, "faye@fabrikam.example"), "interaction_required", "50020")
}

func TestAGuestsSessionAtHomeCountsWhereTheyAreGuests(t *testing.T) {
	t.Parallel()
	all := companies()
	all[1].Users = append(all[1].Users, seed.User{ID: "e5100000-0000-4000-8000-000000000055", Username: "erin@fabrikam.example", Password: "pw", Name: "Erin Evans"})
	b := newRig(t, all...).tab()
	told(t, b.open(fabrikam, request("openid profile"), emulator.UserHeader, "erin@fabrikam.example"))
	q := told(t, b.open(contoso, with(request(apiScope), "prompt", "none")))
	if claims(t, b.access(redeem(q.Get("code"))))["oid"] != erin {
		t.Errorf("landed with %v", q)
	}

	all[0].Users[4].Guest = "live.com" // somebody else who calls themselves the same
	b = newRig(t, all...).tab()
	told(t, b.open(fabrikam, request("openid profile"), emulator.UserHeader, "erin@fabrikam.example"))
	hears(t, b.open(contoso, with(request(apiScope), "prompt", "none")), "login_required", "50058")
}

func TestNobodySignsInAsAnAgentsUser(t *testing.T) {
	t.Parallel()
	const agent, robot = "a0100000-0000-4000-8000-000000000030", "a9e00000-0000-4000-8000-000000000001"
	all := companies()
	all[0].Apps = append(all[0].Apps, seed.App{ID: agent, Name: "Agent", Agent: api})
	all[0].Users = append(all[0].Users, seed.User{ID: robot, Username: "robot@contoso.example", Name: "Robot", Agent: agent})
	b := newRig(t, all...).tab()
	if picker := b.open(contoso, request(apiScope)); strings.Contains(picker.text, robot) {
		t.Errorf("the picker offers the robot: %s", picker.text)
	}
	b.open(contoso, request(apiScope), emulator.UserHeader, "robot@contoso.example").reads(t, "50034")
}

func TestDomainHintsFilterThePicker(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	ask := with(request("openid profile"), "client_id", console, "redirect_uri", "https://console.example/callback")
	for hint, row := range map[string]struct{ in, out string }{
		"fabrikam.example": {faye, alice},
		contoso:            {alice, faye},
		"organizations":    {alice, "nobody"},
		"nowhere.example":  {faye, "nobody"},
	} {
		shown := b.open("organizations", with(ask, "domain_hint", hint))
		if !strings.Contains(shown.text, row.in) || strings.Contains(shown.text, row.out) {
			t.Errorf("%s: %s", hint, shown.text)
		}
	}
	guests := b.open(contoso, with(ask, "domain_hint", fabrikam))
	if !strings.Contains(guests.text, erin) || strings.Contains(guests.text, alice) {
		t.Errorf("guests of Contoso: %s", guests.text)
	}
}

func TestSingleTenantAppsStayAtHome(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Apps[4].MultiTenant = false
	b := newRig(t, all...).tab()
	ask := with(request("openid"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback")
	for _, segment := range []string{"common", "organizations"} {
		hears(t, b.open(segment, ask), "invalid_request", "50194")
	}
	all[0].Apps[4].MultiTenant = true
	newRig(t, all...).tab().open("organizations", ask).shows(t, "Pick an account")
}

func TestAppsThatAreOffSignNobodyIn(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Apps[2].Disabled = true // the console, in Contoso alone
	all[0].Apps[3].Redirects = seed.Redirects{}
	b := newRig(t, all...).tab()
	ask := with(request("openid"), "client_id", console, "redirect_uri", "https://console.example/callback")
	b.open(contoso, ask).reads(t, "7000112")
	b.open("organizations", ask, emulator.UserHeader, alice).reads(t, "7000112")
	if q := told(t, b.open("organizations", ask, emulator.UserHeader, faye)); q.Get("code") == "" {
		t.Errorf("Fabrikam's console: %v", q)
	}
	b.open(contoso, with(ask, "client_id", daemon)).reads(t, "500113")
}

func TestLogoutEndsSessions(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	logout := "/" + contoso + "/oauth2/v2.0/logout"
	silent := with(request(apiScope), "prompt", "none")
	back := form("post_logout_redirect_uri", "https://console.example/callback", "state", "s")

	b.signIn(alice)
	where, _ := landed(t, b.visit(logout, back))
	if where.String() != "https://console.example/callback?state=s" {
		t.Errorf("logout leads to %s", where)
	}
	hears(t, b.open(contoso, silent), "login_required", "50058")

	b.signIn(alice)
	b.signIn(bob)
	landed(t, b.visit(logout, with(back, "logout_hint", "alice@contoso.example")))
	if q := told(t, b.open(contoso, silent)); claims(t, b.access(redeem(q.Get("code"))))["oid"] != bob {
		t.Errorf("bob went too: %v", q)
	}
	b.signIn(alice)
	choice := b.visit("/"+contoso+"/oauth2/logout", back)
	choice.shows(t, "Pick an account to sign out of")
	hint := button.FindStringSubmatch(choice.text)[2] // the last to sign in comes first
	where, _ = landed(t, b.press(choice, hint))
	if where.Query().Get("state") != "s" {
		t.Errorf("landed at %s", where)
	}
	if q := told(t, b.open(contoso, silent)); claims(t, b.access(redeem(q.Get("code"))))["oid"] != bob {
		t.Errorf("somebody else left: %v", q)
	}
	b.visit(logout, url.Values{}).shows(t, "You signed out of your account")
	if len(b.cookies) != 0 {
		t.Errorf("cookies are left: %v", b.cookies)
	}
}

func TestTenantsCanForbidConsentByPeople(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Settings.UserConsent = "disabled"
	b := newRig(t, all...).tab()
	ask := with(request(apiURL+"/admin"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback")
	shown := b.open(contoso, ask, emulator.UserHeader, bob)
	shown.shows(t, "Need admin approval")
	if strings.Contains(shown.text, `value="accept"`) {
		t.Errorf("people may agree: %s", shown.text)
	}
	hears(t, b.press(shown, "return"), "consent_required", "90094")
	b.press(shown, "account").shows(t, "Pick an account")
	b.open(contoso, ask, emulator.UserHeader, carol).shows(t, "Permissions requested")
}

func TestNobodyAgreesWithoutThePage(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	ask := with(request(apiURL+"/admin"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback", "account", alice, "consent", "accept")
	b.open(contoso, ask).shows(t, "Permissions requested")
	b.load(b.request(http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/authorize", ask.Encode())).shows(t, "Permissions requested")
}

func TestResourceParametersAreRefusedWhereTheTenantIsOld(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Settings.ResourceChecked = "refused"
	g := newRig(t, all...)
	hears(t, g.authorize(contoso, with(request(apiScope), "resource", apiURL)), "invalid_request", "901002")
	g.token(contoso, with(password("alice", apiScope), "resource", apiURL)).refused(t, 400, "invalid_request", 901002)
	if a := g.token(contoso, password("alice", apiScope)); a.status != http.StatusOK {
		t.Errorf("without resource: %s", a.text)
	}
}
