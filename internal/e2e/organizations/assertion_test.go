package organizations_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// asApp asks Entra for a token as an app of Adatum, with an assertion.
func (k *stack) asApp(t *testing.T, app, assertion string) (int, map[string]any) {
	t.Helper()
	return k.askToken(t, demo.Adatum().TID, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {app}, "client_assertion_type": {jwtBearer}, "client_assertion": {assertion},
		"scope": {k.places.Base + "/t/adatum/mcp/.default"},
	})
}

// other is an app of Adatum that trusts the platform as the subject of somebody
// else's organization.
var other = authztest.ID("app", "another app of Adatum").String()

func withOtherSubject(all []seed.Tenant, p demo.Places) []seed.Tenant {
	adatum := of(withStaff(all, p), demo.Adatum().TID.String())
	adatum.Apps = append(adatum.Apps, seed.App{ID: other, Name: "Other", Federated: []seed.Federation{{
		Name: "theirs", Issuer: p.Base + "/federation", Subject: "org:" + tenants.NewID().String() + ":" + tenants.NewGUID().String(), Audience: exchange,
	}}})
	return all
}

// TestOnlyItsOwnAssertionSpeaksForAnApp goes through every other JWT that there
// is when an organization is connected through the platform as issuer.
func TestOnlyItsOwnAssertionSpeaksForAnApp(t *testing.T) {
	t.Parallel()
	k := start(t, setup{directories: withOtherSubject})
	ada := k.claim(t)
	app := ada.registerForIssuer()
	ada.put(at("adatum", "connection"), ada.own(app)).want(http.StatusOK)
	ada.prove(console.NewCredential{Kind: tenants.PlatformIssuer})
	ada.finish()
	heard := k.tap.assertions()
	if len(heard) < 2 {
		t.Fatalf("Entra was sent %d assertions", len(heard))
	}
	ours := heard[len(heard)-1]
	k.short(t, heard)
	if status, answer := k.asApp(t, app.String(), ours); status != http.StatusOK {
		t.Fatalf("the platform's own assertion gets no token: %v", answer["error_description"])
	}
	who := demo.Adatum()
	person := k.grant(t, who.TID, url.Values{
		"grant_type": {"password"}, "client_id": {demo.VisualStudioCode}, "username": {who.Admin.Username}, "password": {who.Admin.Password},
		"scope": {"openid " + ada.endpoint() + "/" + demo.Scope},
	})
	for name, assertion := range map[string]string{"an ID token": person["id_token"].(string), "an access token": person["access_token"].(string)} {
		if status, answer := k.asApp(t, app.String(), assertion); status == http.StatusOK {
			t.Errorf("%s speaks for the app: %v", name, answer)
		}
	}
	if status, answer := k.asApp(t, other, ours); status == http.StatusOK || !strings.Contains(answer["error_description"].(string), "AADSTS700213") {
		t.Errorf("the assertion speaks for an app that trusts another subject: %d %v", status, answer)
	}
	for name, token := range map[string]string{"an assertion": ours, "an ID token": person["id_token"].(string)} {
		k.automation(t, token).send(http.MethodGet, at("adatum"), "").want(http.StatusUnauthorized)
		if a := k.call(t, k.replica, "adatum", token, "whoami"); a.status != http.StatusUnauthorized {
			t.Errorf("the endpoint takes %s: %d %s", name, a.status, a.body)
		}
	}
}

// short holds assertions to five minutes, an id each, and the organization's own
// subject.
func (k *stack) short(t *testing.T, assertions []string) {
	t.Helper()
	seen := map[any]bool{}
	for _, a := range assertions {
		claims := claimsOf(t, a)
		life := time.Duration(claims["exp"].(float64)-claims["iat"].(float64)) * time.Second
		subject, _ := claims["sub"].(string)
		if life > 5*time.Minute || seen[claims["jti"]] || claims["aud"] != exchange || claims["iss"] != k.places.Base+"/federation" || strings.Contains(subject, "adatum") {
			t.Errorf("an assertion says %v", claims)
		}
		seen[claims["jti"]] = true
	}
}

// TestSubjectOfAnotherAppIsNotReused connects a second app: an assertion for the
// first must not speak for it.
func TestSubjectOfAnotherAppIsNotReused(t *testing.T) {
	t.Parallel()
	ada := start(t, setup{directories: withStaff}).claim(t)
	subjects := []string{}
	for range 3 {
		ada.put(at("adatum", "connection"), ada.own(tenants.NewGUID())).want(http.StatusOK)
		var n console.Connection
		ada.get(at("adatum", "connection"), &n)
		if slices.Contains(subjects, n.Subject) || !strings.HasPrefix(n.Subject, "org:"+ada.org.ID.String()+":") {
			t.Errorf("the subject %s follows %q", n.Subject, subjects)
		}
		subjects = append(subjects, n.Subject)
	}
	ada.stands(onboarding.CredentialStep)
}
