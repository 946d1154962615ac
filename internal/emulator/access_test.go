package emulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const (
	policyMFA    = "90110000-0000-4000-8000-000000000001"
	policyDevice = "90110000-0000-4000-8000-000000000002"
	polids       = `{"access_token":{"polids":{"essential":true,"values":["` + policyMFA + `"]}}}`
	acrs         = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
)

// challenged checks a refusal that a new sign-in can overcome.
func (a answer) challenged(t *testing.T, code int, claims string) {
	t.Helper()
	a.refused(t, 400, "interaction_required", code)
	if a.str("claims") != claims || a.str("suberror") == "" {
		t.Errorf("claims %q, suberror %q, want claims %q", a.str("claims"), a.str("suberror"), claims)
	}
}

func TestThePasswordGrantCannotShowASecondFactor(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Users[1].MFA = "none"
	g := newRig(t, all...)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa", Resources: []string{api}})
	g.token(contoso, password("alice", apiScope)).challenged(t, 50076, polids)
	g.token(contoso, password("bob", apiScope)).challenged(t, 50079, polids)
	if a := g.token(contoso, password("alice", "User.Read")); a.status != http.StatusOK {
		t.Errorf("another resource: %s", a.text)
	}
	golden(t, "error-mfa-required", g.token(contoso, password("alice", apiScope)).text)
	if err := g.RemovePolicy(contoso, policyMFA); err != nil {
		t.Fatal(err)
	}
	if a := g.token(contoso, password("alice", apiScope)); a.status != http.StatusOK {
		t.Errorf("without the policy: %s", a.text)
	}
}

func TestPagesAskForTheSecondFactorOnce(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa", Resources: []string{api, legacy}})
	b := g.tab()
	shown := b.press(b.open(contoso, request(apiScope+" offline_access")), alice)
	shown.shows(t, "Approve sign-in request")
	q := told(t, b.press(shown, "approve"))
	a := g.token(contoso, redeem(q.Get("code")))
	if a.status != http.StatusOK {
		t.Fatalf("after approval: %s", a.text)
	}
	v1 := with(redeem(""), "grant_type", "refresh_token", "refresh_token", a.str("refresh_token"), "scope", "https://legacy.contoso.example/read")
	if amr := texts(claims(t, g.access(v1))["amr"]); !slices.Equal(amr, []string{"pwd", "mfa"}) {
		t.Errorf("amr is %v", amr)
	}
	if again := told(t, b.open(contoso, with(request(apiScope), "prompt", "none"))); again.Get("code") == "" {
		t.Errorf("the browser forgot: %v", again)
	}
	g.tab().open(contoso, request(apiScope), emulator.UserHeader, alice).shows(t, "Approve sign-in request")
	hears(t, g.tab().open(contoso, with(request(apiScope), "prompt", "none"), emulator.UserHeader, alice), "interaction_required", "50076")
}

func TestNobodyApprovesWithoutThePage(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa"})
	ask := with(request(apiScope), "account", alice, "mfa", "approve", "ctx", "made-up")
	b := g.tab()
	b.open(contoso, ask).shows(t, "Approve sign-in request")
	b.load(b.request(http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/authorize", ask.Encode())).shows(t, "Approve sign-in request")
	left := b.open(contoso, with(request(apiScope), "account", alice))
	g.Advance(time.Hour + time.Second)
	if stale := b.press(left, "approve"); stale.status != http.StatusOK {
		t.Errorf("a page that lay open for an hour: %d %s", stale.status, stale.header.Get("Location"))
	}
}

func TestPeopleWithoutASecondFactorEnrol(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Users[1].MFA = "none"
	g := newRig(t, all...)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa"})
	b := g.tab()
	shown := b.open(contoso, request(apiScope), emulator.UserHeader, bob)
	shown.shows(t, "More information required")
	q := told(t, b.press(shown, "enrol"))
	if g.access(redeem(q.Get("code"))) == "" {
		t.Error("there is no token")
	}
	g.token(contoso, password("bob", apiScope)).challenged(t, 50076, polids) // registered now
}

func TestDevicesAreAskedFor(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyDevice, Require: "compliantDevice", Clients: []string{seed.VisualStudioCode}})
	g.token(contoso, password("alice", apiScope)).challenged(t, 53000, strings.Replace(polids, policyMFA, policyDevice, 1))
	b := g.tab()
	shown := b.open(contoso, request(apiScope), emulator.UserHeader, alice)
	shown.shows(t, "Set up your device to get access")
	b.press(shown, "not").reads(t, "53000")
	q := told(t, b.press(shown, "compliant"))
	if g.access(redeem(q.Get("code"))) == "" {
		t.Error("there is no token")
	}
	hears(t, g.tab().open(contoso, with(request(apiScope), "prompt", "none"), emulator.UserHeader, alice), "interaction_required", "53000")
}

func TestBlockedPeopleAreTold(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "block", Users: []string{finance}})
	g.tab().open(contoso, request(apiScope), emulator.UserHeader, alice).reads(t, "53003")
	hears(t, g.tab().open(contoso, with(request(apiScope), "prompt", "none"), emulator.UserHeader, alice), "interaction_required", "53003")
	blocked := g.token(contoso, password("alice", apiScope))
	blocked.refused(t, 400, "invalid_grant", 53003)
	if blocked.str("claims") != "" {
		t.Errorf("claims are %q", blocked.str("claims"))
	}
	if a := g.token(contoso, password("bob", apiScope)); a.status != http.StatusOK {
		t.Errorf("bob: %s", a.text)
	}
}

func TestPoliciesReachCodesAndRefreshTokens(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	refresh := form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode,
		"refresh_token", g.token(contoso, password("alice", apiScope+" offline_access")).str("refresh_token"))
	_, q := landed(t, g.authorize(contoso, with(request(apiScope), "account", alice)))
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa"})
	g.token(contoso, refresh).challenged(t, 50076, polids)
	g.token(contoso, redeem(q.Get("code"))).challenged(t, 50076, polids)
}

func TestSignInFrequencyEndsRefreshTokens(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "signInFrequency", Every: time.Hour})
	b := g.tab()
	q := told(t, b.open(contoso, request(apiScope+" offline_access"), emulator.UserHeader, alice))
	first := g.token(contoso, redeem(q.Get("code")))
	refresh := form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", first.str("refresh_token"))
	g.Advance(59 * time.Minute)
	second := g.token(contoso, refresh)
	if second.status != http.StatusOK {
		t.Fatalf("within the hour: %s", second.text)
	}
	g.Advance(2 * time.Minute)
	for _, token := range []string{first.str("refresh_token"), second.str("refresh_token")} { // rotation extends nothing
		late := g.token(contoso, with(refresh, "refresh_token", token))
		late.refused(t, 400, "invalid_grant", 70043)
		if late.str("suberror") != "token_expired" || late.str("claims") != "" || !strings.Contains(late.str("error_description"), "is 3600.") {
			t.Errorf("answer is %s", late.text)
		}
	}
	g.token(contoso, obo(first.str("access_token"), "User.Read")).refused(t, 400, "invalid_grant", 70043)
	hears(t, b.open(contoso, with(request(apiScope), "prompt", "none")), "interaction_required", "70043")
	picker := b.open(contoso, request(apiScope))
	picker.shows(t, "Pick an account")
	if again := told(t, b.press(picker, alice)); again.Get("code") == "" {
		t.Errorf("after signing in again: %v", again)
	}
}

func TestTheSecondFactorReachesTheAPIBehind(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa", Resources: []string{seed.MicrosoftGraph}})
	b := g.tab()
	first := told(t, b.open(contoso, request(apiScope), emulator.UserHeader, alice))
	challenge := g.token(contoso, obo(g.access(redeem(first.Get("code"))), "User.Read"))
	challenge.challenged(t, 50076, polids)

	// the middle tier relays the claims and the client asks with them
	shown := b.open(contoso, with(request(apiScope), "claims", challenge.str("claims")))
	shown.shows(t, "Approve sign-in request")
	second := told(t, b.press(shown, "approve"))
	a := g.token(contoso, obo(g.access(redeem(second.Get("code"))), "User.Read offline_access"))
	if a.status != http.StatusOK {
		t.Fatalf("after the challenge: %s", a.text)
	}
	if amr := texts(claims(t, a.str("access_token"))["amr"]); !slices.Equal(amr, []string{"pwd", "mfa"}) {
		t.Errorf("amr is %v", amr)
	}
	later := form("grant_type", "refresh_token", "client_id", api, "client_secret", apiSecret, "refresh_token", a.str("refresh_token"), "scope", "User.Read")
	if refreshed := g.token(contoso, later); refreshed.status != http.StatusOK {
		t.Errorf("refreshed: %s", refreshed.text)
	}
}

func TestAssertionsOfUnknownMakingProveNoSecondFactor(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa", Resources: []string{seed.MicrosoftGraph}})
	token, err := g.Sign(contoso, nil, map[string]any{
		"ver": "2.0", "iss": entraURL + "/" + contoso + "/v2.0", "tid": contoso, "oid": alice, "sub": "s", "aud": api, "scp": "access", "amr": []string{"pwd", "mfa"},
		"iat": midday.Unix(), "nbf": midday.Unix(), "exp": midday.Unix() + 600,
	})
	if err != nil {
		t.Fatal(err)
	}
	g.token(contoso, obo(token, "User.Read")).challenged(t, 50076, polids)
}

func TestAuthenticationContextsAreClaimedWhenSatisfied(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa", AuthContext: "c1"})
	if c := claims(t, g.access(password("alice", apiScope))); c["acrs"] != nil {
		t.Errorf("acrs came unasked: %v", c["acrs"])
	}
	g.token(contoso, with(password("alice", apiScope), "claims", acrs)).challenged(t, 50076, acrs)

	b := g.tab()
	shown := b.open(contoso, with(request(apiScope+" offline_access"), "claims", acrs), emulator.UserHeader, alice)
	shown.shows(t, "Approve sign-in request")
	a := g.token(contoso, redeem(told(t, b.press(shown, "approve")).Get("code")))
	if got := texts(claims(t, a.str("access_token"))["acrs"]); !slices.Equal(got, []string{"c1"}) {
		t.Errorf("acrs is %v", got)
	}
	refresh := form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", a.str("refresh_token"), "claims", acrs)
	if got := texts(claims(t, g.access(refresh))["acrs"]); !slices.Equal(got, []string{"c1"}) {
		t.Errorf("refreshed acrs is %v", got)
	}
	behind := claims(t, g.access(obo(a.str("access_token"), "User.Read")))
	if got := texts(behind["acrs"]); !slices.Equal(got, []string{"c1"}) {
		t.Errorf("acrs behind is %v", got)
	}
	free := with(password("alice", apiScope), "claims", strings.Replace(acrs, "c1", "c2", 1))
	if got := texts(claims(t, g.access(free))["acrs"]); !slices.Equal(got, []string{"c2"}) {
		t.Errorf("a context without policy: %v", got)
	}
}

func TestIDTokensCarryTheContextTheyWereAskedFor(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	for claim, want := range map[string][]string{"id_token": {"c1"}, "access_token": nil} {
		ask := with(request(apiScope+" openid"), "claims", strings.Replace(acrs, "access_token", claim, 1))
		q := told(t, b.open(contoso, ask, emulator.UserHeader, alice))
		if got := texts(claims(t, b.token(contoso, redeem(q.Get("code"))).str("id_token"))["acrs"]); !slices.Equal(got, want) {
			t.Errorf("asked for in %s: acrs is %v", claim, got)
		}
	}
}

func TestClaimsCanAskForASecondFactorWithoutAnyPolicy(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	for name, ask := range map[string]url.Values{
		"amr":        with(request(apiScope), "claims", `{"id_token":{"amr":{"essential":true,"values":["mfa"]}}}`),
		"acr":        with(request(apiScope), "claims", `{"access_token":{"acr":{"essential":true,"values":["urn:microsoft:policies:mfa"]}}}`),
		"amr_values": with(request(apiScope), "amr_values", "ngcmfa mfa"),
	} {
		if a := b.open(contoso, with(ask, "prompt", "login"), emulator.UserHeader, alice); !strings.Contains(a.text, "Approve sign-in request") {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

func TestPoliciesAreSetByControl(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	send := func(body string) answer {
		return g.do(g.request(http.MethodPost, entraURL+"/_control/ca", body, "Authorization", "Bearer "+control))
	}
	if a := send(`{"tid":"contoso.example","rule":{"id":"` + policyMFA + `","name":"n","require":"mfa","resources":["` + api + `"]}}`); a.status != http.StatusNoContent {
		t.Fatalf("answer is %d %s", a.status, a.text)
	}
	g.token(contoso, password("alice", apiScope)).challenged(t, 50076, polids)
	if a := send(`{"tid":"` + contoso + `","rule":{"id":"` + policyMFA + `","require":"signInFrequency","every":"1h"}}`); a.status != http.StatusNoContent {
		t.Fatalf("replace: %d %s", a.status, a.text)
	}
	if a := g.token(contoso, password("alice", apiScope)); a.status != http.StatusOK {
		t.Errorf("replaced: %s", a.text)
	}
	if a := send(`{"tid":"` + contoso + `","rule":{"id":"` + policyMFA + `"},"remove":true}`); a.status != http.StatusNoContent {
		t.Errorf("remove: %d %s", a.status, a.text)
	}
	for body, status := range map[string]int{
		`{"tid":"` + contoso + `","rule":{"id":"` + policyMFA + `"},"remove":true}`:                              404,
		`{"rule":{"id":"` + policyMFA + `","require":"mfa"}}`:                                                    400,
		`{"tid":"` + contoso + `","rule":{"require":"mfa"}}`:                                                     400,
		`{"tid":"` + contoso + `","rule":{"id":"` + policyMFA + `","require":"fun"}}`:                            400,
		`{"tid":"` + contoso + `","rule":{"id":"` + policyMFA + `","require":"signInFrequency","every":"soon"}}`: 400,
		`{"tid":"` + contoso + `","rule":{"id":"` + policyMFA + `","require":"mfa","users":["` + faye + `"]}}`:   400,
		`{"tid":"nowhere.example","rule":{"id":"` + policyMFA + `","require":"mfa"}}`:                            404,
		`{"tid":"` + contoso + `","rule":{"id":"` + policyMFA + `","require":"mfa","surprise":1}}`:               400,
	} {
		if a := send(body); a.status != status {
			t.Errorf("%s: %d %s, want %d", body, a.status, a.text, status)
		}
	}
}

func TestResetPutsPoliciesBack(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "block"})
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	if a := g.token(contoso, password("alice", apiScope)); a.status != http.StatusOK {
		t.Errorf("answer is %s", a.text)
	}
}
