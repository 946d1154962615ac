package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const (
	curious   = "a0100000-0000-4000-8000-0000000000c1" // v2, asks for every optional claim
	curiousV1 = "a0100000-0000-4000-8000-0000000000c2" // v1, the same
)

// every is every optional claim there is.
func every() []seed.OptionalClaim {
	var out []seed.OptionalClaim
	for _, name := range []string{
		"acct", "auth_time", "ctry", "email", "family_name", "given_name", "ipaddr", "login_hint", "preferred_username", "sid",
		"tenant_ctry", "tenant_region_scope", "upn", "verified_primary_email", "xms_edov", "xms_cc",
	} {
		out = append(out, seed.OptionalClaim{Name: name})
	}
	return append(out, seed.OptionalClaim{Name: "idtyp", Properties: []string{"include_user_token"}})
}

// curiousCompanies have two APIs and a console that want to know everything, and
// guests of all kinds.
func curiousCompanies(change func(*seed.Tenant)) []seed.Tenant {
	tenants := companies()
	t := &tenants[0]
	t.Settings.Country = "NL"
	t.Users[0].Country = "FR"
	for i := range t.Users {
		if t.Users[i].ID == erin {
			t.Users[i].Mail = "erin@fabrikam.example"
		}
	}
	clients := []seed.PreAuthorized{{Client: seed.VisualStudioCode}, {Client: console}}
	for i, id := range []string{curious, curiousV1} {
		t.Apps = append(t.Apps, seed.App{
			ID: id, Name: "Curious", IdentifierURIs: []string{"api://" + id}, Scopes: []string{"ask"}, RequestedTokenVersion: 2 - i,
			PreAuthorized: clients, OptionalClaims: seed.OptionalClaims{AccessToken: every(), IDToken: every()}, Secret: "curious",
			Redirects: seed.Redirects{Web: []string{"https://curious.example/callback"}},
			Consents:  []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read"}}},
		})
	}
	if change != nil {
		change(t)
	}
	return tenants
}

func TestOptionalClaimsOfAnAccessToken(t *testing.T) {
	t.Parallel()
	g := newRig(t, curiousCompanies(nil)...)
	const cp1 = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`
	c := claims(t, g.access(with(password("alice", "api://"+curious+"/ask profile"), "claims", cp1)))
	for name, want := range map[string]any{
		"acct": 0.0, "auth_time": float64(midday.Unix()), "ctry": "FR", "tenant_ctry": "NL", "tenant_region_scope": "WW",
		"email": "alice@contoso.example", "family_name": "Adams", "given_name": "Alice", "ipaddr": "127.0.0.1",
		"upn": "alice@contoso.example", "xms_edov": true, "idtyp": "user",
	} {
		if c[name] != want {
			t.Errorf("%s = %v, want %v", name, c[name], want)
		}
	}
	if !slices.Equal(texts(c["verified_primary_email"]), []string{"alice@contoso.example"}) || !slices.Equal(texts(c["xms_cc"]), []string{"cp1"}) {
		t.Errorf("verified_primary_email %v, xms_cc %v", c["verified_primary_email"], c["xms_cc"])
	}
	if !guid.MatchString(fmt.Sprint(c["sid"])) || !strings.HasPrefix(fmt.Sprint(c["login_hint"]), "O.") {
		t.Errorf("sid %v, login_hint %v", c["sid"], c["login_hint"])
	}
}

func TestOptionalClaimsWithoutAValueAreLeftOut(t *testing.T) {
	t.Parallel()
	g := newRig(t, curiousCompanies(func(t *seed.Tenant) { t.Settings.Country = "" })...)
	c := claims(t, g.access(password("bob", "api://"+curious+"/ask"))) // no mail, no country, no profile scope
	for _, name := range []string{
		"ctry", "tenant_ctry", "email", "verified_primary_email", "xms_edov", "xms_cc", "family_name", "given_name", "upn",
	} {
		if value, there := c[name]; there {
			t.Errorf("%s is %v", name, value)
		}
	}
	if mine := claims(t, g.access(password("alice", apiScope+" profile"))); mine["upn"] != nil || mine["email"] != nil {
		t.Errorf("an app that did not ask knows %v and %v", mine["upn"], mine["email"])
	}
}

func TestV1TokensHaveTheirNamesAnyway(t *testing.T) {
	t.Parallel()
	g := newRig(t, curiousCompanies(nil)...)
	c := claims(t, g.access(password("alice", "api://"+curiousV1+"/ask")))
	if c["preferred_username"] != "alice@contoso.example" || c["upn"] != "alice@contoso.example" || c["given_name"] != "Alice" {
		t.Errorf("claims are %v", c)
	}
	v2 := claims(t, g.access(password("alice", "api://"+curious+"/ask")))
	if v2["given_name"] != nil {
		t.Errorf("without the profile scope given_name is %v", v2["given_name"])
	}
}

func TestTheAudienceCanBeTheClientID(t *testing.T) {
	t.Parallel()
	g := newRig(t, curiousCompanies(func(t *seed.Tenant) {
		app := &t.Apps[len(t.Apps)-1]
		app.ID, app.RequestedTokenVersion = curiousV1, 1
		app.OptionalClaims.AccessToken = []seed.OptionalClaim{{Name: "aud", Properties: []string{"use_guid"}}}
		t.Apps = slices.DeleteFunc(t.Apps, func(a seed.App) bool { return a.ID == curious })
		t.Apps[len(t.Apps)-1].IdentifierURIs = []string{"api://guids"}
	})...)
	if c := claims(t, g.access(password("alice", "api://guids/ask"))); c["aud"] != curiousV1 {
		t.Errorf("aud is %v", c["aud"])
	}
}

// A guest's address is told unasked; who verified its domain depends on where
// they come from.
func TestGuestsTokens(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		guest, mail string
		idp         string
		verified    any
	}{
		"of a seeded tenant":           {fabrikam, "erin@fabrikam.example", entraURL + "/" + fabrikam + "/", true},
		"with a foreign address":       {fabrikam, "erin@contoso.example", entraURL + "/" + fabrikam + "/", false},
		"with a personal account":      {"live.com", "erin@outlook.example", "live.com", true},
		"of another identity provider": {"https://idp.example/", "erin@idp.example", "https://idp.example/", false},
		"without an address":           {fabrikam, "", entraURL + "/" + fabrikam + "/", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, curiousCompanies(func(t *seed.Tenant) {
				for i := range t.Users {
					if t.Users[i].ID == erin {
						t.Users[i].Guest, t.Users[i].Mail = row.guest, row.mail
					}
				}
			})...)
			c := claims(t, g.codeFor(erin, "api://"+curious+"/ask profile"))
			if c["idp"] != row.idp || c["xms_edov"] != row.verified || c["acct"] != 1.0 || c["upn"] != "erin@fabrikam.example" || c["verified_primary_email"] != nil {
				t.Errorf("idp %v, xms_edov %v, acct %v, upn %v", c["idp"], c["xms_edov"], c["acct"], c["upn"])
			}
			plain := claims(t, g.codeFor(erin, apiScope))
			if email, _ := plain["email"].(string); email != row.mail {
				t.Errorf("unasked, email is %v", plain["email"])
			}
		})
	}
}

func TestAGuestsPrincipalNameHasThreeForms(t *testing.T) {
	t.Parallel()
	for property, want := range map[string]string{
		"":                                     "erin@fabrikam.example",
		"include_externally_authenticated_upn": "erin_fabrikam.example#EXT#@contoso.example",
		"include_externally_authenticated_upn_without_hash": "erin_fabrikam.example_EXT_@contoso.example",
	} {
		t.Run("upn "+property, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, curiousCompanies(func(t *seed.Tenant) {
				for i := range t.Apps {
					if property != "" && (t.Apps[i].ID == curious || t.Apps[i].ID == curiousV1) {
						t.Apps[i].OptionalClaims.AccessToken = []seed.OptionalClaim{{Name: "upn", Properties: []string{property}}}
					}
				}
			})...)
			if c := claims(t, g.codeFor(erin, "api://"+curious+"/ask profile")); c["upn"] != want {
				t.Errorf("v2 upn is %v", c["upn"])
			}
			if c := claims(t, g.codeFor(erin, "api://"+curiousV1+"/ask")); c["upn"] != want || c["unique_name"] != "erin@fabrikam.example" {
				t.Errorf("v1 upn is %v, unique_name %v", c["upn"], c["unique_name"])
			}
			if c := claims(t, g.codeFor(erin, "https://legacy.contoso.example/read")); c["upn"] != nil {
				t.Errorf("unasked, a guest's v1 token has upn %v", c["upn"])
			}
		})
	}
}

func TestOptionalClaimsOfAnIDToken(t *testing.T) {
	t.Parallel()
	g := newRig(t, curiousCompanies(nil)...)
	ask := form("grant_type", "password", "client_id", curious, "client_secret", "curious", "username", "alice@contoso.example",
		"password", "pw-alice", "scope", "openid profile User.Read", "claims", `{"access_token":{"xms_cc":{"values":["cp1"]}}}`)
	c := claims(t, g.token(contoso, ask).str("id_token"))
	const want = "acct aio aud auth_time ctry email exp family_name given_name iat ipaddr iss login_hint name nbf oid preferred_username " +
		"rh sid sub tenant_ctry tenant_region_scope tid upn uti ver verified_primary_email xms_edov"
	if got := keys(c); got != want {
		t.Errorf("claims are\n%s, want\n%s", got, want)
	}
	less := claims(t, g.token(contoso, with(ask, "scope", "openid User.Read")).str("id_token"))
	for _, name := range []string{"oid", "name", "preferred_username", "upn", "given_name"} {
		if less[name] != nil {
			t.Errorf("without the profile scope %s is %v", name, less[name])
		}
	}
}

func TestAnIDTokenOfTheTokenEndpointHasNoHashes(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	_, back := landed(t, g.press(g.authorize(contoso, request("openid profile")), alice))
	c := claims(t, g.token(contoso, redeem(back.Get("code"))).str("id_token"))
	const want = "aio aud exp iat iss name nbf nonce oid preferred_username rh sub tid uti ver"
	if got := keys(c); got != want {
		t.Errorf("claims are\n%s, want\n%s", got, want)
	}
}

func TestAppsTokens(t *testing.T) {
	t.Parallel()
	g := newRig(t, curiousCompanies(nil)...)
	own := func(scope string) map[string]any {
		return claims(t, g.access(form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", scope)))
	}
	v2 := own("api://roles/.default")
	// Captured live from the real service, 2026-08-13.
	if got := keys(v2); got != "aio aud azp azpacr exp iat iss nbf oid rh sub tid uti ver xms_ftd" {
		t.Errorf("v2 claims are %s", got)
	}
	v1 := own("https://legacy.contoso.example/.default")
	if got := keys(v1); got != "aio appid appidacr aud exp iat idp iss nbf oid rh sub tid uti ver xms_ftd" {
		t.Errorf("v1 claims are %s", got)
	}
	if v1["idp"] != v1["iss"] || v1["oid"] != v1["sub"] || v2["oid"] != v2["sub"] {
		t.Errorf("v1 idp %v, oid %v, sub %v", v1["idp"], v1["oid"], v1["sub"])
	}
	asked := own("api://" + curious + "/.default")
	if asked["idtyp"] != "app" || asked["tenant_ctry"] != "NL" || asked["acct"] != nil || asked["sid"] != nil {
		t.Errorf("claims are %v", asked)
	}
}

func TestGroupsCanGoByTheirNames(t *testing.T) {
	t.Parallel()
	tenants := companies()
	for i, a := range tenants[0].Apps {
		if a.ID == guarded {
			tenants[0].Apps[i].OptionalClaims.AccessToken = []seed.OptionalClaim{{Name: "groups", Properties: []string{"cloud_displayname"}}}
		}
	}
	g := newRig(t, tenants...)
	if got := texts(claims(t, g.access(password("alice", "api://guarded/use")))["groups"]); !slices.Equal(got, []string{"Finance"}) {
		t.Errorf("groups are %v", got)
	}
}

func TestGroupsAreInIDTokensToo(t *testing.T) {
	t.Parallel()
	tenants := companies()
	for i, a := range tenants[0].Apps {
		if a.ID == console {
			tenants[0].Apps[i].GroupMembershipClaims = "All"
			tenants[0].Apps[i].OptionalClaims.IDToken = []seed.OptionalClaim{{Name: "groups", Properties: []string{"emit_as_roles"}}}
		}
	}
	g := newRig(t, tenants...)
	c := claims(t, g.token(contoso, with(password("alice", "openid profile"), "client_id", console, "client_secret", "console-secret")).str("id_token"))
	if got := texts(c["roles"]); !slices.Equal(got, []string{staff, finance, newsletter}) || c["groups"] != nil {
		t.Errorf("roles %v, groups %v", c["roles"], c["groups"])
	}
}

func TestTokensLiveAsTheTenantSays(t *testing.T) {
	t.Parallel()
	life := func(g *rig, values ...string) time.Duration {
		a := g.token(contoso, with(password("alice", apiScope), values...))
		c := claims(t, a.str("access_token"))
		exp, _ := c["exp"].(float64)
		if a.json["expires_in"] != exp-float64(midday.Unix()) || a.json["ext_expires_in"] != a.json["expires_in"] {
			t.Errorf("expires_in %v, exp %v", a.json["expires_in"], c["exp"])
		}
		return time.Duration(exp-float64(midday.Unix())) * time.Second
	}
	g := sharedRig(t)
	mine, again, other := life(g), life(g), life(g, "client_id", seed.AzureCLI)
	if mine < time.Hour || mine > 90*time.Minute || mine != again || mine == other {
		t.Errorf("%s, again %s, through another client %s", mine, again, other)
	}
	tenants := companies()
	tenants[0].Settings.TokenMinutes = 10
	if short := life(newRig(t, tenants...)); short != 10*time.Minute {
		t.Errorf("by policy %s", short)
	}
}

func TestPeopleWhoAreGoneFromTheStartCannotSignIn(t *testing.T) {
	t.Parallel()
	tenants := companies()
	tenants[0].Users[0].Deleted = true
	g := newRig(t, tenants...)
	g.token(contoso, password("alice", apiScope)).refused(t, 400, "invalid_grant", 50034)
	g.token(contoso, password("dan", apiScope)).refused(t, 400, "invalid_grant", 50057)
	if page := g.authorize(contoso, request(apiScope)); page.status != http.StatusOK || strings.Contains(page.text, "alice@contoso.example") {
		t.Errorf("the account picker offers somebody who is gone: %d", page.status)
	}
	no := false
	g.change(alice, emulator.UserChange{Deleted: &no})
	g.token(contoso, password("alice", apiScope)).granted(t)
}
