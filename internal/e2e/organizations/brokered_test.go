package organizations_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/demo/browser"
	"gatehouse/internal/emulator"
	"gatehouse/internal/tenants"
)

// aiApp is an AI app that has registered with an organization and acts for somebody.
type aiApp struct {
	k       *stack
	slug    string
	id      string
	access  string
	refresh string
}

// broker has an organization's people sign in at Gatehouse, with any AI app.
func (k *stack) broker(t *testing.T, slug string) {
	t.Helper()
	by := authz.SystemCaller(k.orgs[slug].ID, "test")
	if _, err := k.db.EditOrganization(t.Context(), by, "brokered", func(o *tenants.Organization) error {
		o.SetSignIn(tenants.SignIn{Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Admit}, k.now())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	k.awaitServer(t, slug, http.StatusOK)
}

// awaitServer waits until the metadata of an organization's authorization server is
// answered so.
func (k *stack) awaitServer(t *testing.T, slug string, status int) {
	t.Helper()
	eventually(t, "the authorization server is there, or not", inForce, func() bool {
		resp, err := k.http.Get(k.places.Base + "/.well-known/oauth-authorization-server/t/" + slug)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode == status
	})
}

const appRedirect, appVerifier = "http://127.0.0.1:33418/callback", "a-verifier-of-the-app-that-is-long-enough-for-PKCE"

// signIn registers an app, has a person agree to it, and gets its first tokens.
func (k *stack) signIn(t *testing.T, slug, name string) *aiApp {
	t.Helper()
	a := &aiApp{k: k, slug: slug}
	answer := map[string]any{}
	a.send(t, "/register", "application/json", `{"client_name":"Editor","redirect_uris":["`+appRedirect+`"],"token_endpoint_auth_method":"none"}`, &answer)
	a.id, _ = answer["client_id"].(string)
	sum := sha256.Sum256([]byte(appVerifier))
	b := browser.New(http.DefaultTransport, k.places.Entra, person(slug, name).OID.String())
	b.Also, b.Wish = []string{k.places.Base}, "allow"
	code, err := b.Authorize(t.Context(), k.places.Base+"/t/"+slug+"/authorize?"+url.Values{
		"response_type": {"code"}, "client_id": {a.id}, "redirect_uri": {appRedirect}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "resource": {k.places.Base + "/t/" + slug + "/mcp"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if status, said := a.ask(t, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {appRedirect}, "code_verifier": {appVerifier}}); status != http.StatusOK {
		t.Fatalf("no tokens: %d %v", status, said)
	}
	return a
}

// goOn refreshes and returns the error, or "".
func (a *aiApp) goOn(t *testing.T) string {
	t.Helper()
	_, said := a.ask(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.refresh}})
	why, _ := said["error"].(string)
	return why
}

// ask asks the token endpoint, and keeps what it gives.
func (a *aiApp) ask(t *testing.T, form url.Values) (int, map[string]any) {
	t.Helper()
	form.Set("client_id", a.id)
	said := map[string]any{}
	status := a.send(t, "/token", "application/x-www-form-urlencoded", form.Encode(), &said)
	if status == http.StatusOK {
		a.access, a.refresh = said["access_token"].(string), said["refresh_token"].(string)
	}
	return status, said
}

func (a *aiApp) send(t *testing.T, path, kind, body string, into any) int {
	t.Helper()
	resp, err := a.k.http.Post(a.k.places.Base+"/t/"+a.slug+path, kind, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%d %s: %v", resp.StatusCode, text, err)
	}
	return resp.StatusCode
}

// everybodyMay leaves an organization one role, which rests on no group.
func (k *stack) everybodyMay(t *testing.T, slug, tool string) {
	t.Helper()
	role := authz.Role{ID: tenants.NewGUID(), Name: "Everybody", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{tool}}}}
	_, err := k.db.EditAccess(t.Context(), authz.SystemCaller(k.orgs[slug].ID, "test"), "roles without groups", func(a *access.Configuration) error {
		a.Rules.Roles = []authz.Role{role}
		a.Rules.Assignments = []authz.Assignment{{ID: tenants.NewGUID(), Role: role.ID, Subject: authz.Subject{Kind: authz.SubjectEverybody}}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// connection is the one of the app.
func (a *aiApp) connection(t *testing.T, name string) connections.Connection {
	t.Helper()
	c, err := a.k.db.Agreement(t.Context(), a.k.orgs[a.slug].ID, person(a.slug, name).OID, a.id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWhoIsDisabledInEntraStopsRefreshing within about an hour, although nothing
// that they may use rests on a group, so that nobody asks about one.
func TestWhoIsDisabledInEntraStopsRefreshing(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	k.broker(t, "contoso")
	k.everybodyMay(t, "contoso", "whoami")
	bob := k.signIn(t, "contoso", "bob")
	eventually(t, "the role is in force", inForce, func() bool { return k.call(t, k.replica, "contoso", bob.access, "whoami").worked() })
	signedIn := bob.connection(t, "bob")
	k.later(t, connections.ConfirmAfter)
	if why := bob.goOn(t); why != "" {
		t.Fatal(why)
	}
	eventually(t, "Entra has confirmed Bob", patience, func() bool { return bob.connection(t, "bob").EntraAt.After(signedIn.EntraAt) })
	if c := bob.connection(t, "bob"); c.Withdrawn() || c.Person != signedIn.Person {
		t.Errorf("%+v", c)
	}

	off := false
	if err := k.emulator.SetUser(company("contoso").TID.String(), person("contoso", "bob").OID.String(), emulator.UserChange{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	if why := bob.goOn(t); why != "" {
		t.Errorf("Entra is asked at every refresh: %s", why)
	}
	k.later(t, connections.ConfirmAfter)
	if why := bob.goOn(t); why != "" {
		t.Errorf("a refresh waits for Entra: %s", why)
	}
	eventually(t, "nothing of the connection is left", patience, func() bool { return bob.connection(t, "bob").Entra == nil })
	if why := bob.goOn(t); why != "invalid_grant" {
		t.Errorf("the next refresh is answered %q", why)
	}
	k.saysWhoWasCutOff(t, "contoso", "bob", "the account is disabled (AADSTS50057)")
	eventually(t, "what was issued is refused", inForce, func() bool {
		return k.call(t, k.replica, "contoso", bob.access, "whoami").status == http.StatusUnauthorized
	})
}

// saysWhoWasCutOff holds the log to who was cut off and why, once.
func (k *stack) saysWhoWasCutOff(t *testing.T, slug, name, why string) {
	t.Helper()
	var cuts []string
	for _, r := range k.records(t, slug) {
		if r.Kind == audit.Revocation {
			cuts = append(cuts, r.Target+" "+r.Subject.OID.String()+": "+r.Detail)
		}
	}
	if want := "revoked person " + person(slug, name).OID.String() + ": Microsoft Entra ID does not let the person go on: " + why; !slices.Equal(cuts, []string{want}) {
		t.Errorf("the log says %q, want %q", cuts, want)
	}
}

// TestCutOffEndsWhatAppsWereGiven at once and for good, where nothing is switched and
// where the organization is brokered again later.
func TestCutOffEndsWhatAppsWereGiven(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	k.broker(t, "contoso")
	k.everybodyMay(t, "contoso", "whoami")
	alice := k.as(t, "contoso", "alice")
	turn := func(mode tenants.AuthMode, cutOff bool) {
		t.Helper()
		var o console.Organization
		read := alice.get(at("contoso"), &o)
		settings := console.OrganizationSettings{Name: o.Name, Origins: o.Origins, Membership: o.Membership, SignIn: &console.SignInChange{
			SignInSettings: console.SignInSettings{Mode: mode, AcceptEntraTokens: true, UnknownClients: tenants.Admit}, CutOff: cutOff,
		}}
		alice.ask(http.MethodPut, at("contoso"), settings, with("If-Match", read.header.Get("ETag"))).want(http.StatusOK)
	}
	works := func(a *aiApp, want bool) {
		t.Helper()
		eventually(t, "the access token is as good as it should be", inForce, func() bool { return k.call(t, k.replica, "contoso", a.access, "whoami").worked() == want })
	}
	refreshed := func(a *aiApp, want string) {
		t.Helper()
		eventually(t, "the refresh is answered "+want, inForce, func() bool { return a.goOn(t) == want })
	}
	app := k.signIn(t, "contoso", "bob")
	works(app, true)
	turn(tenants.Brokered, true)
	works(app, false)
	refreshed(app, "invalid_grant")
	k.later(t, 2*time.Second) // what is issued in the second of the cut is cut off as well

	again := k.signIn(t, "contoso", "bob")
	works(again, true)
	k.later(t, 2*time.Second)
	turn(tenants.Direct, false)
	k.awaitServer(t, "contoso", http.StatusNotFound)
	works(again, true)
	turn(tenants.Brokered, false)
	k.awaitServer(t, "contoso", http.StatusOK)
	refreshed(again, "")

	k.later(t, 2*time.Second)
	turn(tenants.Direct, true)
	works(again, false)
	turn(tenants.Brokered, false)
	k.awaitServer(t, "contoso", http.StatusOK)
	refreshed(again, "invalid_grant")
	works(again, false)
}
