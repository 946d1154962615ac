package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const (
	vendor      = "a0100000-0000-4000-8000-000000000020" // multi-tenant, registered in Fabrikam
	backend     = "a0100000-0000-4000-8000-000000000021" // the vendor's API, multi-tenant as well
	inHouse     = "a0100000-0000-4000-8000-000000000022" // Fabrikam's own
	global      = "90b00000-0000-4000-8000-000000000001"
	globalAdmin = "62e90394-69f5-4237-9190-012177145e10"
	vendorURL   = "http://localhost:7000/consented"
)

// withAdmins is the directory with a vendor's app in Fabrikam that Contoso does
// not have, and a Global Administrator in Contoso. Carol is a Cloud Application
// Administrator.
func withAdmins() []seed.Tenant {
	all := companies()
	all[0].Users = append(all[0].Users,
		seed.User{ID: global, Username: "gloria@contoso.example", Password: "pw-gloria", Name: "Gloria Global", DirectoryRoles: []string{globalAdmin}})
	all[0].Users[5].EligibleRoles = []string{globalAdmin} // frank could become one
	graph := seed.Access{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "GroupMember.Read.All"}}
	all[1].Apps = append(all[1].Apps,
		seed.App{
			ID: vendor, Name: "Vendor", MultiTenant: true, Secret: "vendor-secret", Redirects: seed.Redirects{Web: []string{vendorURL}},
			AssignmentRequired: true, RequiredAccess: []seed.Access{graph, {Resource: backend, Scopes: []string{"use"}}},
			Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"Mail.Read"}}},
		},
		seed.App{
			ID: backend, Name: "Vendor API", MultiTenant: true, Secret: "backend-secret", IdentifierURIs: []string{"api://" + backend}, Scopes: []string{"use"},
			RequestedTokenVersion: 2, KnownClients: []string{vendor},
			RequiredAccess: []seed.Access{{Resource: seed.MicrosoftGraph, Scopes: []string{"Calendars.Read"}}},
		},
		seed.App{ID: inHouse, Name: "In house", Redirects: seed.Redirects{Web: []string{vendorURL}}},
	)
	return all
}

func vendorAsk(pairs ...string) url.Values {
	return with(form("client_id", vendor, "redirect_uri", vendorURL, "state", "bound", "scope", "https://graph.microsoft.com/.default"), pairs...)
}

// adminConsent opens the v2 admin consent page as somebody.
func (b *tab) adminConsent(tid string, values url.Values, oid string) answer {
	b.t.Helper()
	return b.load(b.request(http.MethodGet, entraURL+"/"+tid+"/v2.0/adminconsent?"+values.Encode(), "", emulator.UserHeader, oid))
}

func TestAdminConsentBringsAnAppIntoTheTenant(t *testing.T) {
	t.Parallel()
	g := newRig(t, withAdmins()...)
	b := g.tab()
	app := form("grant_type", "password", "client_id", vendor, "client_secret", "vendor-secret", "username", "alice@contoso.example", "password", "pw-alice")
	g.token(contoso, with(app, "scope", "User.Read")).refused(t, 400, "unauthorized_client", 700016)

	shown := b.adminConsent(contoso, vendorAsk(), carol)
	shown.shows(t, "Permissions requested")
	for _, text := range []string{"GroupMember.Read.All", "Vendor API", "<code>use</code>", "Calendars.Read", "for all users in your organization", "Contoso"} {
		if !strings.Contains(shown.text, text) {
			t.Errorf("the page does not say %s: %s", text, shown.text)
		}
	}
	where, q := landed(t, b.press(shown, "accept"))
	if !strings.HasPrefix(where.RawQuery, "admin_consent=True&tenant="+contoso+"&scope=") || q.Get("state") != "bound" || len(q) != 4 {
		t.Errorf("landed at %s", where)
	}
	if scope := strings.Fields(q.Get("scope")); !slices.Contains(scope, "https://graph.microsoft.com/User.Read") || scope[len(scope)-1] != "https://graph.microsoft.com/.default" {
		t.Errorf("scope is %v", scope)
	}
	graph := g.token(contoso, with(app, "scope", "User.Read GroupMember.Read.All"))
	if graph.status != http.StatusOK {
		t.Errorf("Graph for everybody: %s", graph.text)
	}
	g.token(contoso, with(app, "scope", "Mail.Read")).refused(t, 400, "invalid_grant", 65001) // Fabrikam's consent is not Contoso's
	own := g.token(contoso, with(app, "scope", "api://"+backend+"/use"))
	if own.status != http.StatusOK {
		t.Fatalf("the vendor's API: %s", own.text)
	}
	behind := form("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_id", backend, "client_secret", "backend-secret",
		"assertion", own.str("access_token"), "scope", "Calendars.Read", "requested_token_use", "on_behalf_of")
	if a := g.token(contoso, behind); a.status != http.StatusOK {
		t.Errorf("what the API needs behind it: %s", a.text)
	}
}

func TestAdminConsentTakesTheScopesThatAreAsked(t *testing.T) {
	t.Parallel()
	g := newRig(t, withAdmins()...)
	b := g.tab()
	ask := vendorAsk("scope", "https://graph.microsoft.com/Files.Read openid", "redirect_uri", vendorURL)
	_, q := landed(t, b.press(b.adminConsent("contoso.example", ask, carol), "accept"))
	if q.Get("scope") != "https://graph.microsoft.com/Files.Read openid" {
		t.Errorf("scope is %q", q.Get("scope"))
	}
	app := form("grant_type", "password", "client_id", vendor, "client_secret", "vendor-secret", "username", "alice@contoso.example", "password", "pw-alice")
	if a := g.token(contoso, with(app, "scope", "Files.Read")); a.status != http.StatusOK {
		t.Errorf("agreed: %s", a.text)
	}
	g.token(contoso, with(app, "scope", "User.Read")).refused(t, 400, "invalid_grant", 65001)
	hears(t, b.adminConsent(contoso, vendorAsk("scope", "https://graph.microsoft.com/Mail.Eat"), carol), "invalid_scope", "650053")
	hears(t, b.adminConsent(contoso, vendorAsk("scope", "api://nowhere/x"), carol), "invalid_resource", "500011")
	if q := hears(t, b.adminConsent(contoso, vendorAsk("scope", ""), carol), "invalid_request", "900144"); q.Get("admin_consent") != "True" {
		t.Errorf("landed with %v", q)
	}
}

func TestOnlyAdministratorsAgreeForEverybody(t *testing.T) {
	t.Parallel()
	all := withAdmins()
	all[1].Apps[1].RequiredAccess = append(all[1].Apps[1].RequiredAccess, seed.Access{Resource: seed.MicrosoftGraph, Roles: []string{"User.Read.All"}})
	g := newRig(t, all...)
	b := g.tab()
	for _, who := range []string{bob, frank, carol} { // nobody, eligible only, not for Graph's application permissions
		b.adminConsent(contoso, vendorAsk(), who).shows(t, "Need admin approval")
	}
	refused := b.adminConsent(contoso, vendorAsk(), bob)
	if q := hears(t, b.press(refused, "return"), "consent_required", "90094"); q.Get("admin_consent") != "True" || q.Get("state") != "bound" {
		t.Errorf("landed with %v", q)
	}
	b.press(refused, "account").shows(t, "Pick an account")
	asApp := form("grant_type", "client_credentials", "client_id", vendor, "client_secret", "vendor-secret", "scope", "https://graph.microsoft.com/.default")
	shown := b.adminConsent(contoso, vendorAsk(), global)
	if !strings.Contains(shown.text, "<code>User.Read.All</code> as the app itself") {
		t.Errorf("page is %s", shown.text)
	}
	landed(t, b.press(shown, "accept"))
	if roles := texts(claims(t, g.access(asApp))["roles"]); !slices.Equal(roles, []string{"User.Read.All"}) {
		t.Errorf("roles are %v", roles)
	}
	b.adminConsent(contoso, vendorAsk("scope", "https://graph.microsoft.com/User.Read"), carol).shows(t, "Permissions requested")
}

func TestAdminConsentCanBeDeclined(t *testing.T) {
	t.Parallel()
	g := newRig(t, withAdmins()...)
	b := g.tab()
	where, q := landed(t, b.press(b.adminConsent(contoso, vendorAsk(), carol), "cancel"))
	if !strings.HasPrefix(where.RawQuery, "admin_consent=True&error=consent_required&error_description=AADSTS65004") || q.Get("state") != "bound" || q.Get("tenant") != "" {
		t.Errorf("landed at %s", where)
	}
	app := form("grant_type", "password", "client_id", vendor, "client_secret", "vendor-secret", "username", "alice@contoso.example", "password", "pw-alice")
	g.token(contoso, with(app, "scope", "User.Read")).refused(t, 400, "unauthorized_client", 700016)
}

func TestAPersonsConsentBringsAnAppIntoTheTenant(t *testing.T) {
	t.Parallel()
	g := newRig(t, withAdmins()...)
	b := g.tab()
	ask := with(request("openid"), "client_id", vendor, "redirect_uri", vendorURL)
	app := form("grant_type", "password", "client_id", vendor, "client_secret", "vendor-secret", "username", "alice@contoso.example", "password", "pw-alice")
	shown := b.open(contoso, ask, emulator.UserHeader, alice)
	shown.shows(t, "Permissions requested")
	g.token(contoso, with(app, "scope", "openid")).refused(t, 400, "unauthorized_client", 700016) // to be asked brings nothing in
	if q := told(t, b.press(shown, "accept")); q.Get("code") == "" {
		t.Errorf("landed with %v", q)
	}
	g.token(contoso, with(app, "scope", "openid")).must(t)
	b.open(contoso, with(ask, "client_id", inHouse), emulator.UserHeader, alice).reads(t, "700016") // single-tenant, of another tenant
}

func TestAdminConsentNeedsAMultiTenantAppOrOneOfTheTenant(t *testing.T) {
	t.Parallel()
	b := newRig(t, withAdmins()...).tab()
	b.adminConsent(contoso, vendorAsk("client_id", inHouse), carol).reads(t, "700016")
	b.adminConsent(contoso, vendorAsk("redirect_uri", "https://evil.example/"), carol).reads(t, "50011")
	b.adminConsent(contoso, vendorAsk("client_id", stranger, "redirect_uri", "http://localhost:1/callback"), carol).shows(t, "Permissions requested")
	shown := b.adminConsent("organizations", vendorAsk(), carol)
	if _, q := landed(t, b.press(shown, "accept")); q.Get("tenant") != contoso {
		t.Errorf("at organizations: %v", q)
	}
}

func TestV1AdminConsentAgreesToEverythingDeclared(t *testing.T) {
	t.Parallel()
	g := newRig(t, withAdmins()...)
	b := g.tab()
	picker := b.visit("/"+contoso+"/adminconsent", vendorAsk("scope", ""))
	_, q := landed(t, b.press(b.press(picker, carol), "accept"))
	if q.Get("admin_consent") != "True" || q.Get("tenant") != contoso || q.Has("scope") {
		t.Errorf("landed with %v", q)
	}
	a := g.token(contoso, form("grant_type", "password", "client_id", vendor, "client_secret", "vendor-secret", "scope", "GroupMember.Read.All",
		"username", "alice@contoso.example", "password", "pw-alice"))
	if a.status != http.StatusOK {
		t.Errorf("answer is %s", a.text)
	}
}

func TestV1AuthorizeCanAskForAdminConsent(t *testing.T) {
	t.Parallel()
	all := withAdmins()
	all[0].Apps[4].RequiredAccess = []seed.Access{{Resource: api, Scopes: []string{"admin"}}}
	g := newRig(t, all...)
	b := g.tab()
	ask := with(request(""), "client_id", stranger, "redirect_uri", "http://localhost:1/callback", "scope", "", "resource", apiURL, "prompt", "admin_consent")
	path := "/" + contoso + "/oauth2/authorize"
	b.press(b.visit(path, ask), bob).shows(t, "Need admin approval")
	b = g.tab()
	q := told(t, b.press(b.press(b.visit(path, ask), carol), "accept"))
	if q.Get("code") == "" {
		t.Fatalf("landed with %v", q)
	}
	everybody := with(password("bob", apiURL+"/admin"), "client_id", stranger, "client_secret", "")
	if a := g.token(contoso, everybody); a.status != http.StatusOK {
		t.Errorf("for everybody: %s", a.text)
	}
}

// TestTheAdminConsentCallbackCanBeForged shows why a client must not believe the
// callback: the same address, made up, convinces a naive one.
func TestTheAdminConsentCallbackCanBeForged(t *testing.T) {
	t.Parallel()
	b := newRig(t, withAdmins()...).tab()
	var believed []string
	naive := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("admin_consent") == "True" && !r.URL.Query().Has("error") {
			believed = append(believed, r.URL.Query().Get("tenant"))
		}
	})
	real, _ := landed(t, b.press(b.adminConsent(contoso, vendorAsk(), carol), "accept"))
	forged := forgeAdminConsent(real, fabrikam)
	for _, callback := range []*url.URL{real, forged} {
		naive.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, callback.String(), nil))
	}
	if !slices.Equal(believed, []string{contoso, fabrikam}) {
		t.Errorf("the naive callback believed %v", believed)
	}
}

// forgeAdminConsent is what anybody can make of a callback they have seen once:
// nothing in it is signed or used up.
func forgeAdminConsent(callback *url.URL, tenant string) *url.URL {
	forged := *callback
	q := callback.Query()
	q.Set("tenant", tenant)
	forged.RawQuery = q.Encode()
	return &forged
}

func TestAdminConsentGivesARegistrationItsPrincipal(t *testing.T) {
	t.Parallel()
	g := newRig(t, withAdmins()...)
	token := g.graph("carol", "Application.ReadWrite.All")
	made := g.post(token, "/v1.0/applications", `{"displayName":"agreed","web":{"redirectUris":["`+vendorURL+`"]},
		"requiredResourceAccess":[{"resourceAppId":"`+seed.MicrosoftGraph+`","resourceAccess":[{"id":"e1fe6dd8-ba31-4d61-89e7-88639da4683d","type":"Scope"}]}]}`)
	client := made.str("appId")
	secret := g.post(token, "/v1.0/applications/"+made.str("id")+"/addPassword", `{"passwordCredential":{}}`).str("secretText")
	app := form("grant_type", "password", "client_id", client, "client_secret", secret, "username", "alice@contoso.example", "password", "pw-alice", "scope", "User.Read")
	g.token(contoso, app).refused(t, 400, "unauthorized_client", 700016)
	b := g.tab()
	landed(t, b.press(b.adminConsent(contoso, vendorAsk("client_id", client), carol), "accept"))
	if a := g.token(contoso, app); a.status != http.StatusOK {
		t.Errorf("agreed: %s", a.text)
	}
	own := g.visit(token, "/v1.0/applications(appId='"+client+"')")
	if own.str("id") != made.str("id") {
		t.Errorf("the registration is now %s", own.text)
	}
}

func TestAppsAnAdministratorBringsInAreNotRegisteredHere(t *testing.T) {
	t.Parallel()
	g := newRig(t, withAdmins()...)
	b := g.tab()
	landed(t, b.press(b.adminConsent(contoso, vendorAsk(), carol), "accept"))
	token := g.graph("carol", "Application.Read.All")
	g.visit(token, "/v1.0/applications(appId='"+vendor+"')").failed(t, 404, "Request_ResourceNotFound")
	if a := g.visit(token, "/v1.0/servicePrincipals(appId='"+vendor+"')"); a.str("appOwnerOrganizationId") != fabrikam {
		t.Errorf("the service principal is %s", a.text)
	}
}
