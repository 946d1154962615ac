package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// started is a device of VS Code's that asks for a scope.
func (g *rig) started(scope string) answer {
	g.t.Helper()
	return g.begin(contoso, "/oauth2/v2.0/devicecode", form("client_id", seed.VisualStudioCode, "scope", scope)).must(g.t)
}

// waits checks that nobody has answered a device.
func (g *rig) waits(started answer) {
	g.t.Helper()
	g.poll(contoso, started, seed.VisualStudioCode).refused(g.t, 400, "authorization_pending", 70016)
}

func TestDeviceCodesMeetPoliciesInTheBrowser(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa"})
	b := g.tab()
	begun := g.begin(contoso, "/oauth2/v2.0/devicecode", form("client_id", stranger, "scope", apiURL+"/admin")).must(t)
	where, _ := landed(t, b.load(b.request(http.MethodGet, begun.str("verification_uri"), "")))
	picker := b.load(b.request(http.MethodPost, entraURL+where.Path, form("user_code", begun.str("user_code")).Encode()))
	shown := b.press(picker, alice)
	shown.shows(t, "Approve sign-in request")
	question := b.press(shown, "approve")
	question.shows(t, "Are you trying to sign in to Stranger?")
	consent := b.press(question, "continue")
	consent.shows(t, "Permissions requested")
	if done := b.press(consent, "accept"); !strings.Contains(done.text, "You have signed in") {
		t.Fatalf("the page is %s", done.text)
	}
	g.poll(contoso, begun, stranger).must(t)
}

func TestTheDeviceGetsWhatTheSignInProved(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa", Users: []string{alice}, Resources: []string{api, legacy, seed.MicrosoftGraph}})
	signIn := func(scope string) answer {
		started := g.started(scope)
		g.walk(started, alice, "approve", "continue")
		return g.poll(contoso, started, seed.VisualStudioCode).must(t)
	}
	old := claims(t, signIn("https://legacy.contoso.example/read").str("access_token"))
	if amr := texts(old["amr"]); old["ver"] != "1.0" || !slices.Equal(amr, []string{"pwd", "mfa"}) {
		t.Errorf("ver is %v, amr is %v", old["ver"], amr)
	}
	a := signIn(apiScope + " offline_access")
	g.token(contoso, obo(a.str("access_token"), "User.Read")).must(t)
	g.Advance(time.Hour)
	a = g.token(contoso, form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", a.str("refresh_token"))).must(t)
	g.token(contoso, obo(a.str("access_token"), "User.Read")).must(t)
}

func TestSecondFactorsAreSetUpForDevices(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Users[1].MFA = "none"
	g := newRig(t, all...)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa"})
	started := g.started(apiScope)
	g.walk(started, bob).shows(t, "More information required")
	g.walk(started, bob, "enrol", "continue")
	g.poll(contoso, started, seed.VisualStudioCode).must(t)
}

// A refusal that is not the person's own stays on the page.
func TestDevicesDoNotHearWhoIsKeptOut(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		require, code string
	}{
		"blocked": {"block", "53003"},
		"the state of a machine cannot be carried to another": {"compliantDevice", "530033"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t)
			g.policy(seed.Policy{ID: policyDevice, Require: row.require, Clients: []string{seed.VisualStudioCode}, Users: []string{alice}})
			started := g.started(apiScope)
			refused := g.walk(started, alice)
			refused.reads(t, row.code)
			if !strings.Contains(refused.text, "<h1>You cannot access this right now</h1>") {
				t.Errorf("the page is %s", refused.text)
			}
			g.waits(started)
			g.walk(started, bob, "continue") // somebody else may
			g.poll(contoso, started, seed.VisualStudioCode).must(t)
		})
	}
}

func TestACompliantBrowserDoesNotVouchForTheDevice(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.tab()
	compliant := seed.Policy{ID: policyDevice, Require: "compliantDevice", Clients: []string{seed.VisualStudioCode}}
	g.policy(compliant)
	landed(t, b.press(b.press(b.open(contoso, request(apiScope)), alice), "compliant"))
	started := g.started(apiScope)
	b.typed(started).reads(t, "530033")

	if err := g.RemovePolicy(contoso, policyDevice); err != nil {
		t.Fatal(err)
	}
	b.press(b.typed(started), "continue")
	g.policy(compliant)
	g.poll(contoso, started, seed.VisualStudioCode).refused(t, 400, "interaction_required", 53000)
	landed(t, b.open(contoso, request(apiScope))) // the browser itself still is
}

func TestABlockComesBetweenApprovalAndToken(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	started := g.started(apiScope)
	g.walk(started, alice, "continue")
	g.policy(seed.Policy{ID: policyDevice, Require: "block"})
	g.poll(contoso, started, seed.VisualStudioCode).refused(t, 400, "invalid_grant", 53003)
}

func TestTheBrowsersSessionServesDevices(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.tab()
	b.signIn(alice)
	g.Advance(time.Hour)
	started := g.started(apiScope)
	question := b.typed(started)
	question.shows(t, "Are you trying to sign in to Visual Studio Code?")
	if !strings.Contains(question.text, "alice@contoso.example") {
		t.Errorf("the page is %s", question.text)
	}
	g.waits(started)
	b.press(question, "continue")
	g.policy(seed.Policy{ID: policyMFA, Require: "signInFrequency", Every: 30 * time.Minute})
	g.poll(contoso, started, seed.VisualStudioCode).refused(t, 400, "invalid_grant", 70043) // the sign-in is the session's
	if err := g.RemovePolicy(contoso, policyMFA); err != nil {
		t.Fatal(err)
	}

	fresh := g.tab()
	started = g.started(apiScope)
	fresh.press(fresh.press(fresh.typed(started), bob), "continue")
	g.poll(contoso, started, seed.VisualStudioCode).must(t)
	landed(t, fresh.open(contoso, with(request(apiScope), "prompt", "none"))) // and leaves one behind
}

func TestProgramsNameThePersonOfADevice(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.tab()
	started := g.started(apiScope)
	question := b.page(form("user_code", started.str("user_code")), emulator.UserHeader, "alice@contoso.example")
	question.shows(t, "Are you trying to sign in to Visual Studio Code?")
	b.press(question, "continue")
	a := g.poll(contoso, started, seed.VisualStudioCode).must(t)
	if oid := claims(t, a.str("access_token"))["oid"]; oid != alice {
		t.Errorf("oid is %v", oid)
	}
}

func TestDevicesWaitForAnAdministratorsApproval(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Settings.UserConsent = "disabled"
	g := newRig(t, all...)
	begin := func() answer {
		return g.begin(contoso, "/oauth2/v2.0/devicecode", form("client_id", stranger, "scope", apiURL+"/admin")).must(t)
	}
	started := begin()
	g.walk(started, bob, "continue").shows(t, "Need admin approval")
	g.poll(contoso, started, stranger).refused(t, 400, "authorization_pending", 70016)
	g.walk(started, bob, "continue", "return").shows(t, "Stranger")
	g.poll(contoso, started, stranger).refused(t, 400, "authorization_declined", 70017)

	started = begin()
	g.walk(started, bob, "continue", "account", carol).shows(t, "Are you trying to sign in to Stranger?")
	g.walk(started, bob, "continue", "account", carol, "continue", "accept")
	a := g.poll(contoso, started, stranger).must(t)
	if oid := claims(t, a.str("access_token"))["oid"]; oid != carol {
		t.Errorf("oid is %v", oid)
	}
}

func TestNobodyApprovesADeviceWithoutThePages(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	started := g.started(apiScope)
	walk := form("user_code", started.str("user_code"), "account", alice, "confirm", "continue")
	shown := g.page(walk)
	shown.shows(t, "Are you trying to sign in to Visual Studio Code?")
	g.waits(started)
	g.page(with(walk, "confirm", "cancel")).shows(t, "Are you trying to sign in to Visual Studio Code?")
	g.waits(started)
	if strings.Contains(shown.text, `type="hidden" name="confirm"`) {
		t.Errorf("the page answers its own question: %s", shown.text)
	}
	g.press(shown, "cancel")
	g.poll(contoso, started, seed.VisualStudioCode).refused(t, 400, "authorization_declined", 70017)

	begun := g.begin(contoso, "/oauth2/v2.0/devicecode", form("client_id", stranger, "scope", apiURL+"/admin")).must(t)
	g.page(form("user_code", begun.str("user_code"), "account", alice, "confirm", "continue", "consent", "accept")).
		shows(t, "Are you trying to sign in to Stranger?")
	g.poll(contoso, begun, stranger).refused(t, 400, "authorization_pending", 70016)
}

func TestADeviceIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	started := g.started(apiScope)
	first, second := g.walk(started, alice), g.walk(started, bob)
	g.press(first, "continue")
	g.press(second, "cancel").reads(t, "90120")
	a := g.poll(contoso, started, seed.VisualStudioCode).must(t)
	if oid := claims(t, a.str("access_token"))["oid"]; oid != alice {
		t.Errorf("oid is %v", oid)
	}
}

func TestDevicesKeepTheRulesOfApps(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Apps[4].MultiTenant = false
	g := newRig(t, all...)
	const path = "/oauth2/v2.0/devicecode"
	g.begin("common", path, form("client_id", stranger, "scope", apiURL+"/admin")).refused(t, 400, "invalid_request", 50194)

	started := g.begin(contoso, path, form("client_id", seed.VisualStudioCode, "scope", "api://guarded/use")).must(t)
	g.walk(started, bob).reads(t, "50105")
	g.waits(started)
}

func TestWhatOneTenantOffersAnotherMayNot(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	started := g.begin("common", "/oauth2/v2.0/devicecode", form("client_id", seed.VisualStudioCode, "scope", apiScope)).must(t)
	g.walk(started, faye).reads(t, "500011")
	g.poll("common", started, seed.VisualStudioCode).refused(t, 400, "authorization_pending", 70016)
	g.walk(started, alice, "continue")
	g.poll("common", started, seed.VisualStudioCode).must(t)
}

// meanwhile is a response that lets something happen once the person of the
// request has arrived, which is when it gets its first header: the session.
type meanwhile struct {
	*httptest.ResponseRecorder
	happen func()
}

func (m meanwhile) Header() http.Header {
	m.happen()
	return m.ResponseRecorder.Header()
}

func TestOfTwoAnswersAtOnceOneCounts(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	started := g.started(apiScope)
	question, other := g.walk(started, alice), g.walk(started, bob)
	out := meanwhile{httptest.NewRecorder(), sync.OnceFunc(func() { g.press(other, "cancel").shows(t, "Visual Studio Code") })}
	b := g.tab()
	b.keep(question)
	pressed := b.pressed(question, "continue")
	for _, c := range b.cookies {
		pressed.AddCookie(c)
	}
	g.Entra().ServeHTTP(out, pressed)
	answer{status: out.Code, header: out.Result().Header, text: out.Body.String()}.reads(t, "90120")
	g.poll(contoso, started, seed.VisualStudioCode).refused(t, 400, "authorization_declined", 70017)
}
