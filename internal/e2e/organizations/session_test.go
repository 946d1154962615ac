package organizations_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/demo"
)

func TestSignInCountsOnce(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice := k.visit(t, person("contoso", "alice").OID)
	away := alice.arrive(alice.begin(""))
	alice.deliver(away).want(http.StatusSeeOther)
	if a := alice.deliver(away); a.status < 400 {
		t.Errorf("the replay is taken: %d", a.status)
	}
}

// TestWrongCodeIsTheBrowsersFault: whoever begins a sign-in can bring back what
// they like.
func TestWrongCodeIsTheBrowsersFault(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	for _, code := range []string{"invented", "", "\x00", strings.Repeat("x", 8000)} {
		alice := k.visit(t, person("contoso", "alice").OID)
		away := alice.arrive(alice.begin(""))
		query := away.URL.Query()
		query.Set("code", code)
		away.URL.RawQuery = query.Encode()
		if a := alice.deliver(away); a.status < 400 || a.status > 499 {
			t.Errorf("the code %.20q answers %d", code, a.status)
		}
	}
}

// TestSignInBelongsToItsBrowser is how somebody would be signed in as an
// attacker, and do their work there.
func TestSignInBelongsToItsBrowser(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	attacker, victim := k.visit(t, person("fabrikam", "alice").OID), k.visit(t, person("contoso", "alice").OID)
	victim.begin("")
	if a := victim.deliver(attacker.arrive(attacker.begin(""))); a.status != http.StatusForbidden {
		t.Errorf("the other's answer is taken: %d", a.status)
	}
	victim.send(http.MethodGet, "/api/session", "").want(http.StatusUnauthorized)
}

// TestSessionIsNewWithEverySignIn: what a browser had before is worth nothing,
// whoever planted it.
func TestSessionIsNewWithEverySignIn(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice := k.signedIn(t, person("contoso", "alice").OID)
	first := alice.cookie(t)
	attacker := k.visit(t, person("contoso", "bob").OID)
	attacker.plant(t, "planted-by-somebody-else")
	attacker.signIn("")
	if got := attacker.cookie(t); got.Value == "planted-by-somebody-else" {
		t.Error("the session has the planted name")
	}
	alice.signIn("")
	if second := alice.cookie(t); second.Value == first.Value {
		t.Error("the second sign-in goes on with the first one's session")
	}
	old := k.visit(t, person("contoso", "alice").OID)
	old.plant(t, first.Value)
	old.send(http.MethodGet, "/api/session", "").want(http.StatusUnauthorized)
	if !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Path != "/" {
		t.Errorf("the cookie is %+v", first)
	}
}

func TestSignOutEndsTheSessionOnTheServer(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice := k.signedIn(t, person("contoso", "alice").OID)
	kept := alice.cookie(t)
	alice.send(http.MethodPost, "/auth/sign-out", "").want(http.StatusSeeOther)
	alice.plant(t, kept.Value)
	alice.send(http.MethodGet, "/api/session", "").want(http.StatusUnauthorized)
}

// TestNothingIsChangedForAnotherSite sends every operation that changes something
// as another site could make a browser do.
func TestNothingIsChangedForAnotherSite(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	c, all := k.contract(t)
	before, length := k.stateOf(t, "contoso")
	alice, tried := k.as(t, "contoso", "alice"), 0
	sites := map[string][]func(*http.Request){
		"silence":                {with("Origin", "")},
		"another origin":         {with("Origin", "https://evil.example")},
		"an opaque origin":       {with("Origin", "null")},
		"another site":           {with("Origin", ""), with("Sec-Fetch-Site", "cross-site")},
		"a sibling":              {with("Origin", ""), with("Sec-Fetch-Site", "same-site")},
		"a typed address":        {with("Origin", ""), with("Sec-Fetch-Site", "none")},
		"our origin, their site": {with("Sec-Fetch-Site", "cross-site")},
	}
	for _, o := range all {
		if o.method == http.MethodGet {
			continue
		}
		path := o.path
		for name, value := range map[string]string{"{org}": "contoso", "{id}": k.orgs["contoso"].ID.String(), "{client}": demo.AzureCLI, "{scope}": "x", "{tool}": "whoami"} {
			path = strings.ReplaceAll(path, name, url.PathEscape(value))
		}
		tried++
		for site, changes := range sites {
			a := alice.send(o.method, path, c.body(t, o), append(changes, with("If-Match", `"x"`))...)
			if a.status != http.StatusForbidden || !strings.HasPrefix(a.problem(), crossOrigin+k.places.Base) {
				t.Errorf("%s from %s answers %d: %s", o.ID, site, a.status, a.body)
			}
		}
	}
	if a := alice.send(http.MethodPost, "/auth/sign-out", "", with("Origin", "")); a.status != http.StatusForbidden {
		t.Errorf("signing out answers %d", a.status)
	}
	if tried < 30 {
		t.Errorf("only %d operations change something", tried)
	}
	alice.get("/api/session", &console.Session{})
	k.unchanged(t, "contoso", before, length)
}

const crossOrigin = "urn:gatehouse:problem:forbidden Not allowed the request does not say that it comes from the platform's own pages; use these, send Origin: "

// cookie is the browser's session cookie.
func (c *client) cookie(t *testing.T) *http.Cookie {
	t.Helper()
	return c.sessions[len(c.sessions)-1]
}

// plant gives the browser a session cookie.
func (c *client) plant(t *testing.T, value string) {
	t.Helper()
	u, err := url.Parse(c.k.places.Base)
	if err != nil {
		t.Fatal(err)
	}
	c.http.Jar.SetCookies(u, []*http.Cookie{{Name: sessionCookie, Value: value, Path: "/"}})
}

// sessionCookie is its name over plain http; over https it begins with __Host-.
const sessionCookie = "gatehouse"
