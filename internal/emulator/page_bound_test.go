package emulator_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
)

// consentShown is the page that asks alice to agree to one permission of the API.
func consentShown(b *tab) (url.Values, answer) {
	b.t.Helper()
	ask := with(request(apiURL+"/access"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback")
	shown := b.open(contoso, with(ask, "account", alice))
	shown.shows(b.t, "Permissions requested")
	return ask, shown
}

// altered is the request of a page's button with some of its fields changed.
func (b *tab) altered(shown answer, value string, pairs ...string) *http.Request {
	b.t.Helper()
	r := b.pressed(shown, value)
	if err := r.ParseForm(); err != nil {
		b.t.Fatal(err)
	}
	return b.request(http.MethodPost, entraURL+r.URL.Path, with(r.PostForm, pairs...).Encode())
}

func TestAPageDecidesTheRequestItWasShownForAlone(t *testing.T) {
	t.Parallel()
	for name, pairs := range map[string][]string{
		"scope":     {"scope", apiURL + "/admin"},
		"client":    {"client_id", daemon, "redirect_uri", "http://localhost:1/callback"},
		"reply URL": {"redirect_uri", "http://localhost:2/callback"},
		"state":     {"state", "another"},
		"challenge": {"code_challenge", s256("another verifier that is long enough for the rules")},
		"claims":    {"claims", `{"access_token":{"xms_cc":{"values":["cp1"]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := companies()
			for i, a := range all[0].Apps {
				if a.ID == daemon {
					all[0].Apps[i].Redirects = seed.Redirects{Public: []string{"http://localhost/callback"}}
				}
			}
			b := newRig(t, all...).tab()
			ask, shown := consentShown(b)
			b.load(b.altered(shown, "accept", pairs...)).shows(t, "Permissions requested")
			b.open(contoso, with(with(ask, "account", alice), pairs...)).shows(t, "Permissions requested") // nothing was recorded
			if q := told(t, b.press(shown, "accept")); q.Get("code") == "" {
				t.Errorf("unaltered: %v", q)
			}
		})
	}
}

func TestAPageDecidesInItsBrowserAlone(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.tab()
	_, shown := consentShown(b)
	g.tab().press(shown, "accept").shows(t, "Pick an account") // no cookies
	other := g.tab()
	other.signIn(alice)
	consentShown(other)
	other.press(shown, "accept").shows(t, "Permissions requested")
	cookie := b.cookies["buid"]
	if cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
		t.Fatalf("cookie is %+v", cookie)
	}
	consentShown(b)
	if again := b.cookies["buid"]; again.Value != cookie.Value {
		t.Errorf("a browser changed from %q to %q", cookie.Value, again.Value)
	}
}

func TestAPageFromBeforeAResetDecidesNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.tab()
	_, shown := consentShown(b)
	b.cookies = map[string]*http.Cookie{"buid": b.cookies["buid"]}
	g.key(g.Reset())
	b.press(shown, "accept").shows(t, "Pick an account")
}

func TestAPageDecidesWhatItAsksAlone(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.policy(seed.Policy{ID: policyMFA, Require: "mfa"})
	b := g.tab()
	ask := with(request(apiURL+"/access"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback")
	factor := b.open(contoso, with(ask, "account", alice))
	factor.shows(t, "Approve sign-in request")
	b.load(b.altered(factor, "approve", "consent", "accept")).shows(t, "Permissions requested")
	b.open(contoso, ask).shows(t, "Permissions requested")
}

// The line ends of a form's values become those of the wire.
func TestLineEndsDoNotSendAPageBack(t *testing.T) {
	t.Parallel()
	b := newRig(t).tab()
	ask := with(request(apiURL+"/access"), "client_id", stranger, "redirect_uri", "http://localhost:1/callback",
		"account", alice, "claims", "{\n}")
	shown := b.open(contoso, ask)
	shown.shows(t, "Permissions requested")
	if q := told(t, b.load(b.altered(shown, "accept", "claims", "{\r\n}"))); q.Get("code") == "" {
		t.Errorf("the client hears %v", q)
	}
}

// A page lies open for an hour.
func TestPagesGrowOld(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.tab()
	_, shown := consentShown(b)
	g.Advance(time.Hour + time.Second)
	b.press(shown, "accept").shows(t, "Permissions requested")
}
