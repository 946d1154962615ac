package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// says holds a page to what it has to say and must not.
func says(t *testing.T, text string, wanted []string, not ...string) {
	t.Helper()
	for _, part := range wanted {
		if !strings.Contains(text, part) {
			t.Errorf("the page does not say %q: %s", part, text)
		}
	}
	for _, part := range not {
		if strings.Contains(text, part) {
			t.Errorf("the page says %q: %s", part, text)
		}
	}
}

func TestStartPageTellsStrangersToSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	w := r.browser(t).get("/")
	want(t, w, http.StatusOK)
	says(t, w.Body.String(), []string{`href="/auth/sign-in"`, base + "/t/"}, "contoso", "Sign out", "Your session has ended")
	for name, part := range map[string]string{
		"Content-Security-Policy": "form-action 'self'; frame-ancestors 'none'", "Referrer-Policy": "same-origin", "Cache-Control": "no-store", "Content-Type": "text/html",
	} {
		if !strings.Contains(w.Header().Get(name), part) {
			t.Errorf("%s is %q", name, w.Header().Get(name))
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script") {
		t.Errorf("the policy is %s", policy)
	}
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	r.pass(9 * time.Hour)
	says(t, b.get("/").Body.String(), []string{"Your session has ended"}, "You are signed in")
}

func TestStartPageTellsPeopleWhereTheyBelong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	stranger := tenants.TID{GUID: tenants.NewGUID()}
	for name, c := range map[string]struct {
		who   console.Person
		says  []string
		not   []string
		state tenants.State
	}{
		"an owner":      {r.person(r.contoso, tenants.Owner), []string{"<strong>owner</strong>", `value="` + base + `/t/contoso/mcp"`, `href="/api/openapi.yaml"`, `href="/onboarding/contoso"`, "Sign out"}, []string{"fabrikam", "does not serve"}, ""},
		"without role":  {r.person(r.contoso, ""), []string{"administer nothing", base + "/t/contoso/mcp"}, []string{"/onboarding/"}, ""},
		"of nobody":     {console.Person{TID: stranger, OID: alice, Name: "Ada"}, []string{"Nobody has registered this directory", stranger.String()}, []string{"AI apps that act", "contoso", "Your role"}, ""},
		"an operator":   {r.operator(), []string{"operator"}, []string{"contoso"}, ""},
		"a guest":       {console.Person{TID: r.contoso.TID, OID: alice, Name: "<b>Eve</b>", Username: "eve@evil.example", Guest: true}, []string{"(guest)", "&lt;b&gt;Eve", "eve@evil.example"}, []string{"<b>Eve"}, ""},
		"not yet there": {r.person(r.contoso, tenants.Admin), []string{"the organization is onboarding", "What is left to do"}, []string{"How to connect an app to it"}, tenants.Onboarding},
		"deleted":       {r.person(r.contoso, tenants.Owner), []string{"the organization is deleted"}, []string{"AI apps that act"}, tenants.Deleted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := r
			if c.state != "" {
				r = newRig(t)
				r.setState(c.state)
				c.who.TID = r.contoso.TID
				r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: c.who.OID}})
			}
			w := r.as(t, c.who).get("/")
			want(t, w, http.StatusOK)
			says(t, w.Body.String(), c.says, c.not...)
		})
	}
}

// TestStartPageListsOnesOwn, and nobody else's.
func TestStartPageListsOnesOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bob := tenants.NewGUID()
	all := r.connect(r.contoso, bob, 2)
	r.connected[r.contoso.ID][1].Name, r.connected[r.contoso.ID][1].Client = "Desk", connections.PreregisteredID(tenants.NewGUID())
	text := r.as(t, console.Person{TID: r.contoso.TID, OID: bob, Name: "Bob"}).get("/").Body.String()
	says(t, text, []string{
		`action="/me/connections/` + all[1].ID.String() + `/revoke"`, `action="/me/connections/` + all[2].ID.String() + `/revoke"`, "Desk", "Not verified", "21 November 2026",
	}, all[0].ID.String(), "Sources that you have signed in to")
	if strings.Count(text, "Not verified") != 1 {
		t.Errorf("an app that an admin registered is not verified: %s", text)
	}
	says(t, r.as(t, console.Person{TID: r.contoso.TID, OID: alice, Name: "Alice"}).get("/").Body.String(), []string{
		"described by the owner of <strong>claude.ai</strong>", `/me/source-authorizations/` + r.authorized[r.contoso.ID][0].ID.String() + `/revoke`, "https://login.notes.example",
	}, all[1].ID.String(), "Not verified", "There are more")
	r.connect(r.contoso, bob, 60)
	says(t, r.as(t, console.Person{TID: r.contoso.TID, OID: bob, Name: "Bob"}).get("/").Body.String(), []string{"There are more"})
}

func TestPeopleRevokeOnTheStartPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mine, theirs := r.connected[r.contoso.ID][0], r.connect(r.contoso, tenants.NewGUID(), 1)[1]
	b := r.as(t, console.Person{TID: r.contoso.TID, OID: alice, Name: "Alice"})
	press := func(path string, status int, to string) {
		t.Helper()
		w := b.send(http.MethodPost, path, "", nil)
		if w.Code != status || w.Header().Get("Location") != to {
			t.Errorf("%s: %d to %q %s", path, w.Code, w.Header().Get("Location"), w.Body)
		}
	}
	press("/me/connections/"+theirs.ID.String()+"/revoke", http.StatusSeeOther, "/#apps")
	press("/me/connections/nonsense/revoke", http.StatusSeeOther, "/#apps")
	if len(r.wrote) > 0 || len(r.connected[r.contoso.ID]) != 2 {
		t.Fatal("somebody else's was revoked")
	}
	press("/me/connections/"+mine.ID.String()+"/revoke", http.StatusSeeOther, "/#apps")
	press("/me/connections/"+mine.ID.String()+"/revoke", http.StatusSeeOther, "/#apps")
	if left := r.connected[r.contoso.ID]; len(left) != 1 || left[0].ID != theirs.ID || len(r.wrote) != 1 || r.wrote[0].Identity().OID != alice {
		t.Errorf("left are %v, written by %v", left, r.wrote)
	}
	press("/me/source-authorizations/"+r.authorized[r.contoso.ID][0].ID.String()+"/revoke", http.StatusSeeOther, "/#sources")
	if len(r.authorized[r.contoso.ID]) != 0 {
		t.Error("the sign-in at the source is still there")
	}
	b.cookies = map[string]string{}
	press("/me/connections/"+theirs.ID.String()+"/revoke", http.StatusUnauthorized, "")
}

// TestOtherSitesRevokeNothing: not even with somebody's cookie.
func TestOtherSitesRevokeNothing(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string]map[string]string{
		"another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, "an old browser on another site": {"Origin": "https://evil.example"},
		"same site, other host": {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.gatehouse.example"}, "opaque origin": {"Origin": "null"}, "silence": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.authorized[r.contoso.ID] = append([]authorizations.Authorization{}, r.authorized[r.contoso.ID]...)
			b := r.as(t, console.Person{TID: r.contoso.TID, OID: alice, Name: "Alice"})
			b.headers = headers
			for _, path := range []string{"/me/connections/" + r.connected[r.contoso.ID][0].ID.String(), "/me/source-authorizations/" + r.authorized[r.contoso.ID][0].ID.String()} {
				want(t, b.send(http.MethodPost, path+"/revoke", "", nil), http.StatusForbidden)
			}
			if len(r.wrote) > 0 || len(r.connected[r.contoso.ID]) != 1 || len(r.authorized[r.contoso.ID]) != 1 {
				t.Error("something was revoked")
			}
		})
	}
}

// TestConsentEndsAtAPage that says how far the organization is, to its people only.
func TestConsentEndsAtAPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.share()
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	w := b.get("/auth/consent?admin_consent=True&tenant=" + r.contoso.TID.String() + "&state=" + consentState(t, b))
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/onboarding/contoso" {
		t.Fatalf("the consent ends with %d at %q", w.Code, to)
	}
	w = b.get("/onboarding/contoso")
	want(t, w, http.StatusOK)
	says(t, w.Body.String(), []string{"Setting up contoso", "<ol>"})
	for who, p := range map[string]console.Person{"of another directory": r.person(r.other, tenants.Owner), "an operator": r.operator()} {
		if w := r.as(t, p).get("/onboarding/contoso"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "no such organization") {
			t.Errorf("%s: %d %s", who, w.Code, w.Body)
		}
	}
	want(t, r.as(t, r.person(r.contoso, "")).get("/onboarding/contoso"), http.StatusForbidden)
	want(t, b.get("/onboarding/nobody"), http.StatusNotFound)
	if w := r.browser(t).get("/onboarding/contoso"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/auth/sign-in?return=%2Fonboarding%2Fcontoso" {
		t.Errorf("without a session: %d %v", w.Code, w.Header())
	}
}
