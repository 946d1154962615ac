package authserver_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/authserver"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// TestPeopleOfTheSharedAppComeBackToOneAddress: of the state they bring, the
// organization's own part is what it was asked with.
func TestPeopleOfTheSharedAppComeBackToOneAddress(t *testing.T) {
	t.Parallel()
	w := newDirectory(t)
	w.snap.Organization.Connection.Model = tenants.SharedApp
	h := entra.NewHandshake(w.snap.Organization.TID)
	asked := must(url.Parse(must(w.signIns.Begin(w.snap, entra.SignIn{Handshake: h})))).Query()
	if asked.Get("redirect_uri") != base+authserver.SharedCallbackPath || asked.Get("state") != "contoso."+h.State {
		t.Errorf("it asks with %v", asked)
	}
	d := newDesk(t)
	for name, query := range map[string]url.Values{
		"with a code":    {"code": {"c&de="}, "state": asked["state"]},
		"with a refusal": {"error": {"access_denied"}, "error_description": {"AADSTS65004: no"}, "state": asked["state"]},
	} {
		v := d.tab().open(authserver.SharedCallbackPath + "?" + query.Encode())
		to := must(url.Parse(v.header.Get("Location")))
		if v.status != http.StatusSeeOther || !strings.HasPrefix(to.String(), base+"/t/contoso/callback?") || to.Query().Get("state") != h.State {
			t.Errorf("%s: %d %s", name, v.status, to)
		}
		for key := range query {
			if got := to.Query().Get(key); key != "state" && got != query.Get(key) {
				t.Errorf("%s: %s is %q", name, key, got)
			}
		}
	}
}

// TestSharedCallbackLeadsNowhereElse whatever the state says.
func TestSharedCallbackLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, state := range []string{
		"", "x", ".x", "contoso", "contoso.", "//evil.example.x", "../auth.x", "CONTOSO.x", "auth.x", "con/toso.x", "contoso%2f..x", "\\evil.x", "a.x", strings.Repeat("c", 41) + ".x",
		"contoso." + strings.Repeat("x", 200),
	} {
		v := d.tab().open(authserver.SharedCallbackPath + "?" + url.Values{"code": {"c"}, "state": {state}}.Encode())
		if v.status != http.StatusBadRequest || v.header.Get("Location") != "" {
			t.Errorf("%q: %d to %s", state, v.status, v.header.Get("Location"))
		}
	}
	two := d.tab().open(authserver.SharedCallbackPath + "?code=c&state=contoso.x&state=fabrikam.x")
	if two.status != http.StatusBadRequest || two.header.Get("Location") != "" {
		t.Errorf("two states: %d to %s", two.status, two.header.Get("Location"))
	}
}
