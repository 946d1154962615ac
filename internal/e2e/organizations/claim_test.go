package organizations_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/tenants"
)

// The people of Adatum besides Ada.
var (
	abe  = tenants.MustGUID("ada70000-0000-4000-8000-00000000abe0") // an administrator, too
	ann  = tenants.MustGUID("ada70000-0000-4000-8000-00000000a110") // nobody in particular
	gina = tenants.MustGUID("ada70000-0000-4000-8000-0000000061a0") // a guest from Fabrikam, and an administrator here
	amy  = tenants.MustGUID("ada70000-0000-4000-8000-000000000a3f") // could activate a role that suffices
	rita = tenants.MustGUID("ada70000-0000-4000-8000-0000000041f7") // has a role that does not suffice
)

const (
	cloudApplicationAdministrator = "158c047a-c907-4556-b7ef-446551a6b5f7"
	directoryReaders              = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
	personalAccounts              = "9188040d-6c67-4c5b-b112-36a304b66dad"
)

func withPeople(all []seed.Tenant, _ demo.Places) []seed.Tenant {
	administrator := []string{cloudApplicationAdministrator}
	adatum := of(all, demo.Adatum().TID.String())
	adatum.Users = append(adatum.Users,
		seed.User{ID: abe.String(), Username: "abe@adatum.example", Password: "irrelevant", Name: "Abe", DirectoryRoles: administrator},
		seed.User{ID: ann.String(), Username: "ann@adatum.example", Password: "irrelevant", Name: "Ann"},
		seed.User{ID: amy.String(), Username: "amy@adatum.example", Password: "irrelevant", Name: "Amy", EligibleRoles: administrator},
		seed.User{ID: rita.String(), Username: "rita@adatum.example", Password: "irrelevant", Name: "Rita", DirectoryRoles: []string{directoryReaders}},
		seed.User{ID: gina.String(), Username: "gina@fabrikam.example", Name: "Gina", Guest: company("fabrikam").TID.String(), DirectoryRoles: administrator},
	)
	return all
}

var claiming = console.Claim{Slug: "adatum", Name: "Adatum"}

// TestTenantIsWhatWasSignedInTo names another tenant in every way that a body
// has.
func TestTenantIsWhatWasSignedInTo(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withPeople})
	contoso := company("contoso").TID.String()
	ada := k.signedIn(t, demo.Adatum().Admin.OID)
	for _, name := range []string{"tid", "tenant", "tenantId", "TID", "organization", "id"} {
		body := `{"slug":"adatum","name":"Adatum","` + name + `":"` + contoso + `"}`
		ada.send(http.MethodPost, "/api/organizations", body).refused(http.StatusUnprocessableEntity, "body."+name)
	}
	ada.send(http.MethodPost, "/api/organizations?tenant="+contoso, `{"slug":"adatum","name":"Adatum"}`).want(http.StatusUnprocessableEntity)
	if s := ada.session(); s.Organization != nil {
		t.Fatalf("something was claimed: %+v", s)
	}
}

func TestSlugIsOfTheDirectorysOwnDomain(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withPeople})
	ada := k.signedIn(t, demo.Adatum().Admin.OID)
	for _, slug := range []string{"northwind", "contoso", "api", "adatum-2"} {
		a := ada.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: slug, Name: "Adatum"})
		if a.status < 400 || a.status > 499 {
			t.Errorf("%s answers %d: %s", slug, a.status, a.body)
		}
	}
	if s := ada.session(); s.Organization != nil {
		t.Fatalf("something was claimed: %+v", s)
	}
}

func TestOnlyAdministratorsOfTheirOwnDirectoryClaimIt(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withPeople})
	for _, row := range []struct {
		name, says string
		who        tenants.GUID
		query      string
	}{
		{"nobody in particular", "Global Administrator", ann, ""},
		{"with a role that does not suffice", "Directory Readers", rita, ""},
		{"with a role that is not active", "You are eligible for Cloud Application Administrator", amy, "?scopes=roles"},
		{"a guest with the role", "guest", gina, "?tenant=" + demo.Adatum().TID.String()},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := k.visit(t, row.who)
			c.signIn(row.query)
			if s := c.session(); s.TID != demo.Adatum().TID {
				t.Fatalf("signed in to %s", s.TID)
			}
			a := c.ask(http.MethodPost, "/api/organizations", claiming)
			if a.status != http.StatusForbidden || !strings.Contains(strings.ToLower(a.body), strings.ToLower(row.says)) {
				t.Errorf("answers %d, want a refusal that says %q: %s", a.status, row.says, a.body)
			}
			if s := c.session(); s.Organization != nil {
				t.Errorf("something was claimed: %+v", s)
			}
		})
	}
}

// TestWhoCouldActivateARoleIsToldHowToSaySo: which roles somebody could activate
// takes a consent that nobody else is asked for.
func TestWhoCouldActivateARoleIsToldHowToSaySo(t *testing.T) {
	t.Parallel()
	amy := start(t, setup{directories: withPeople}).signedIn(t, amy)
	amy.ask(http.MethodPost, "/api/organizations", claiming).refused(http.StatusForbidden, "/auth/sign-in?scopes=roles")
}

// TestPersonalAccountsDoNotSignIn has Entra answer with an ID token of the tenant
// that all personal accounts share.
func TestPersonalAccountsDoNotSignIn(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	k.tap.rewrite(func(answer map[string]any) {
		claims := claimsOf(t, answer["id_token"].(string))
		claims["tid"], claims["iss"] = personalAccounts, k.places.Entra+"/"+personalAccounts+"/v2.0"
		forged, err := k.emulator.Sign(demo.Adatum().TID.String(), nil, claims)
		if err != nil {
			t.Error(err)
		}
		answer["id_token"] = forged
	})
	c := k.visit(t, demo.Adatum().Admin.OID)
	c.deliver(c.arrive(c.begin(""))).refused(http.StatusForbidden, "Personal Microsoft account")
	c.send(http.MethodGet, "/api/session", "").want(http.StatusUnauthorized)
	k.tap.rewrite(nil)
	c.signIn("")
}

func TestSecondClaimJoins(t *testing.T) {
	t.Parallel()
	k := start(t, setup{directories: withPeople})
	ada := k.claim(t)
	second := k.signedIn(t, abe)
	var joined console.Organization
	second.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "northwind", Name: "Mine"}).refused(http.StatusConflict, "send the slug adatum to become an admin")
	if s := second.session(); s.Organization.Role != "" {
		t.Fatalf("a claim that was refused has made %+v", s.Organization)
	}
	second.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "adatum", Name: "Mine"}).want(http.StatusCreated).into(&joined)
	if joined.ID != ada.org.ID || joined.Slug != "adatum" || joined.Name != "Adatum" {
		t.Errorf("the second claim has made %+v", joined)
	}
	if s := second.session(); s.Organization == nil || s.Organization.Role != tenants.Admin {
		t.Errorf("the second administrator is %+v", s.Organization)
	}
	second.change(http.MethodDelete, at("adatum"), at("adatum"), nil).refused(http.StatusForbidden, "owner")
	ada.ask(http.MethodPost, "/api/organizations", claiming).want(http.StatusCreated)
	if told := ada.notices("adatum"); len(told) != 1 || told[0].Kind != tenants.AdminJoined || told[0].By.OID != abe {
		t.Errorf("the owner is told %+v", told)
	}
	if s := ada.session(); s.Organization.Role != tenants.Owner {
		t.Errorf("the owner has become %s", s.Organization.Role)
	}
	var all struct {
		Items []console.OperatedOrganization
	}
	k.operator(t).get("/api/operator/organizations", &all)
	if len(all.Items) != 1 {
		t.Errorf("there are %+v", all.Items)
	}
}

// TestAppOfAnotherOrganizationIsNotConnected: with its client id, tokens for
// Contoso's tools would be tokens for Adatum's.
func TestAppOfAnotherOrganizationIsNotConnected(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withPeople})
	ada := k.claim(t)
	ada.put(at("adatum", "connection"), ada.own(company("contoso").API)).refused(http.StatusConflict, "client")
	var n console.Connection
	if ada.get(at("adatum", "connection"), &n); !n.Settings.ClientID.IsZero() {
		t.Errorf("the connection is %+v", n)
	}
}

// TestAppsOfOthersAreNotConnected: each would be held by whoever names it first,
// and no organization can configure it.
func TestAppsOfOthersAreNotConnected(t *testing.T) {
	t.Parallel()
	platform := demo.Platform()
	k := start(t, setup{directories: withPeople, environ: func(k *stack) map[string]string {
		return map[string]string{
			"GATEHOUSE_SHARED_APP_CLIENT_ID": platform.SharedApp.String(), "GATEHOUSE_SHARED_APP_IDENTIFIER_URI": platform.SharedURI(),
			"GATEHOUSE_SHARED_APP_CREDENTIAL": "client_secret", "GATEHOUSE_SHARED_APP_CLIENT_SECRET": platform.SharedSecret(k.key),
		}
	}})
	ada := k.claim(t)
	for id, says := range map[string]string{
		platform.Console.String(): "sign in to this console", platform.SharedApp.String(): "choose the model shared",
		seed.MicrosoftGraph: "Microsoft's own services", demo.AzureCLI: "Azure CLI", demo.VisualStudioCode: "Visual Studio Code",
	} {
		ada.put(at("adatum", "connection"), ada.own(tenants.MustGUID(id))).refused(http.StatusUnprocessableEntity, says)
		document := map[string]any{"gatehouse": 1, "organization": map[string]any{"connection": map[string]any{
			"model": "own", "clientId": id, "resource": ada.endpoint(), "scope": "access_as_user",
		}}}
		ada.change(http.MethodPatch, at("adatum", "configuration"), at("adatum", "configuration"), document).refused(http.StatusUnprocessableEntity, says)
	}
	var n console.Connection
	if ada.get(at("adatum", "connection"), &n); !n.Settings.ClientID.IsZero() {
		t.Errorf("the connection is %+v", n)
	}
}
