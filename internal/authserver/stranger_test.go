package authserver_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/authserver"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// TestUnknownClientsAreToldApart by how an app may have come to its client ID.
func TestUnknownClientsAreToldApart(t *testing.T) {
	t.Parallel()
	again := []string{"compare it with the one below", "empty the field", "it then registers anew"}
	for id, words := range map[string][]string{
		"aebc6443-996d-45c2-90f0-388ff96faa56": {"a client ID of Microsoft Entra ID", "Sign-in through Gatehouse needs none", "Empty the field for the client ID"},
		"AEBC6443-996D-45C2-90F0-388FF96FAA56": {"a client ID of Microsoft Entra ID"},
		"http://localhost:9/meta.json":         {"begins with http", "It must be https", "under an https URL"},
		"ghc_aaaaaaaaaaaaaaaaaaaaaaaaaa":       {"has removed the app", "which client ID the app is to use"},
		"gh_zzzzzzzzzzzzzzzzzzzzzzzzzz":        append(again, "is not registered with Contoso, or is not any more"),
		"nope":                                 append(again, "is not registered with Contoso, or is not any more"),
	} {
		d := newDesk(t)
		got := d.tab().open(request(id, webTo))
		if !got.has(http.StatusBadRequest, append(words, "This app is not registered", "Client ID in the link", id)...) {
			t.Errorf("%s: %d %s", id, got.status, got.body)
		}
		if says := strings.Contains(got.body, "registers anew"); says != strings.Contains(strings.Join(words, ""), "registers anew") {
			t.Errorf("%s: is told to register anew: %t", id, says)
		}
	}
	got := newDesk(t).tab().open(request("<b>\u202e\n"+strings.Repeat("x", 300), webTo))
	if !got.has(http.StatusBadRequest, "&lt;b&gt;\ufffd x") || strings.Contains(got.body, strings.Repeat("x", 100)) {
		t.Errorf("what others write is shown as they do: %s", got.body)
	}
}

// TestWhereEntraSignsPeopleInTheyAreToldSo, and where to read what to do.
func TestWhereEntraSignsPeopleInTheyAreToldSo(t *testing.T) {
	t.Parallel()
	for _, mode := range []tenants.AuthMode{tenants.Facade, tenants.Direct} {
		d := newDesk(t)
		b := d.tab()
		first := b.open(request(webID, webTo))
		sent := b.press(first, "continue")
		d.change("contoso", func(data *snapshot.Data) { data.Organization.Mode = mode })
		for at, got := range []view{b.open(request(webID, webTo)), b.press(first, "continue"), b.arrive(sent)} {
			if !got.has(http.StatusNotFound, "People of Contoso do not sign in here", "sign in at Microsoft Entra ID itself", "has changed that since",
				"Remove the connection in the app and add it again", `<a href="`+base+`/t/contoso/mcp">`+base+`/t/contoso/mcp</a>`) || strings.Contains(got.body, "metadata") {
				t.Errorf("%s, %d: %d %s", mode, at, got.status, got.body)
			}
		}
	}
	if got := newDesk(t).tab().open("/t/nobody/authorize?client_id=x"); !got.has(http.StatusNotFound, "There is no such organization.", "Compare the address with the one that you were given") {
		t.Errorf("no organization: %d %s", got.status, got.body)
	}
}

// TestPagesOfErrorsNameTheRegistration: whoever is asked to mend it may know neither
// its id nor the address that it lacks.
func TestPagesOfErrorsNameTheRegistration(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	own := &d.data["contoso"].Organization
	app := "the app with the ID " + own.Connection.ClientID.String()
	for number, tt := range map[int]struct{ own, shared string }{
		65001:   {"Enterprise apps > " + app + " > Permissions > Grant admin consent", "Enterprise apps > " + app + " > Permissions > Grant admin consent"},
		90094:   {"Enterprise apps > " + app + " > Permissions", "Enterprise apps > " + app + " > Permissions"},
		50105:   {"Enterprise apps > " + app + " > Users and groups", "Enterprise apps > " + app + " > Users and groups"},
		50011:   {"App registrations > " + app + " > Authentication > Web > Redirect URIs > Add URI: " + base + "/t/contoso/callback", "Whoever runs Gatehouse can add it to their app registration: " + base + "/auth/endpoint"},
		7000222: {"App registrations > " + app + " > Certificates & secrets", "Whoever runs Gatehouse can put in a new one: the app registration is theirs"},
		650053:  {"App registrations > " + app + " > API permissions", "Whoever runs Gatehouse can add User.Read"},
		700016:  {"look for " + app + " under App registrations", "look for " + app + " under Enterprise apps"},
		530084:  {"leave " + app + " out of that policy", "leave " + app + " out of that policy"},
	} {
		shared := *own
		shared.Connection.Model = tenants.SharedApp
		for _, at := range []struct {
			o    *tenants.Organization
			want string
		}{{own, tt.own}, {&shared, tt.shared}} {
			told, ok := authserver.Explain(number, authserver.RegistrationOf(d.server.Base, at.o))
			if !ok || !strings.Contains(told.Remedy, at.want) || strings.ContainsAny(told.Remedy, "{}") {
				t.Errorf("%d: %q, want %q in it", number, told.Remedy, at.want)
			}
			if bare, _ := authserver.Explain(number, authserver.Registration{}); bare.Remedy == "" || strings.ContainsAny(bare.Remedy, "{}") {
				t.Errorf("%d, of nobody known: %q", number, bare.Remedy)
			}
		}
	}
	b := d.tab()
	sent := b.press(b.open(request(webID, webTo)), "continue")
	got := b.open("/t/contoso/callback?error=invalid_request&error_description=AADSTS50011:+x&state=" + sent.query(t).Get("state"))
	if !got.has(http.StatusBadGateway, "App registrations &gt; "+app+" &gt; Authentication", base+"/t/contoso/callback") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestPagesNameScopesThatThereAreNot: the client gets nothing for them.
func TestPagesNameScopesThatThereAreNot(t *testing.T) {
	t.Parallel()
	const says = "which <bdi>Contoso</bdi> does not know. It gets nothing for that."
	for asked, unknown := range map[string]string{
		"foo bar":               "<code>foo</code>, <code>bar</code>",
		"access_as_user foo":    "<code>foo</code>",
		"foo foo":               "<code>foo</code>, which",
		"<b> payroll":           "<code>&lt;b&gt;</code>",
		"a b c d e f g":         "<code>e</code>, which",
		strings.Repeat("s", 99): "<code>" + strings.Repeat("s", 60) + "</code>",
		"":                      "",
		"access_as_user payroll offline_access openid profile email acrs:c1 " + base + "/t/contoso/mcp/access_as_user": "",
	} {
		d := newDesk(t)
		b := d.tab()
		first := b.open(request(webID, webTo, "scope", asked))
		second := b.arrive(b.press(first, "continue"))
		for at, page := range []view{first, second} {
			if tells := strings.Contains(page.body, says); tells != (unknown != "") || !page.has(http.StatusOK, unknown) {
				t.Errorf("%q, page %d tells: %t: %s", asked, at+1, tells, page.body)
			}
		}
	}
	d := newDesk(t)
	d.change("contoso", func(data *snapshot.Data) { data.Organization.Name = "Con<i>toso" })
	if got := d.tab().open(request(webID, webTo, "scope", "foo")); !got.has(http.StatusOK, "Con&lt;i&gt;toso</bdi> does not know") {
		t.Error(got.body)
	}
}
