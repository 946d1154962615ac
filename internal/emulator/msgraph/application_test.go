package msgraph_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const applications = "Application.ReadWrite.All"

func scope(id, value string, enabled bool) string {
	return fmt.Sprintf(`{"id":%q,"value":%q,"type":"Admin","isEnabled":%t,"adminConsentDisplayName":"a","adminConsentDescription":"b"}`, id, value, enabled)
}

func TestApplicationsAreGivenBackAsWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", applications)
	role := seed.Derived("role")
	made := b.must(http.StatusCreated, admin, http.MethodPost, "applications", `{
		"@odata.type":"#microsoft.graph.application","displayName":"Whole","signInAudience":"AzureADMultipleOrgs","isFallbackPublicClient":true,
		"groupMembershipClaims":"SecurityGroup","tags":["one"],"notes":"kept","description":null,
		"api":{"requestedAccessTokenVersion":2,"knownClientApplications":["`+workerID+`"],"oauth2PermissionScopes":[`+scope(accessID, "use", true)+`,`+scope(seed.Derived("off"), "off", false)+`]},
		"appRoles":[{"id":"`+role+`","value":"Tools.Execute","displayName":"Execute","description":"d","isEnabled":true,"allowedMemberTypes":["Application"]}],
		"web":{"redirectUris":["https://web.example/cb"],"homePageUrl":"https://web.example","implicitGrantSettings":{"enableIdTokenIssuance":true}},"spa":{"redirectUris":["https://spa.example/cb"]},
		"publicClient":{"redirectUris":["http://localhost/callback"]},"keyCredentials":[],"passwordCredentials":[],
		"requiredResourceAccess":[{"resourceAppId":"`+seed.MicrosoftGraph+`","resourceAccess":[{"id":"df021288-bdef-4463-88db-98f22de89214","type":"Role"}]}]}`)
	golden(t, "application", strings.NewReplacer(made.str("id"), "{object}", made.str("appId"), "{app}").Replace(made.text))
	if made.header.Get("Location") != rootURL+"/v1.0/applications/"+made.str("id") {
		t.Errorf("Location is %q", made.header.Get("Location"))
	}
	b.must(http.StatusNoContent, admin, http.MethodPatch, "applications/"+made.str("id"), `{"description":"new"}`)
	after := b.must(http.StatusOK, admin, http.MethodGet, "applications(appId='"+made.str("appId")+"')", "")
	before := made.json
	before["description"] = "new"
	if jsonOf(t, before) != jsonOf(t, after.json) {
		t.Errorf("a change of one property made\n%s of\n%s", after.text, made.text)
	}
}

func TestApplicationsRefuseWhatGraphRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", applications)
	object := "applications(appId='" + plainAppID + "')"
	read, reader := seed.Derived(plainAppID, "scope", "read"), seed.Derived(plainAppID, "role", "Reader")
	trusted := func(client, id string) string {
		return fmt.Sprintf(`{"appId":%q,"delegatedPermissionIds":[%q]}`, client, id)
	}
	for name, body := range map[string]string{
		"unknown property":   `{"color":"red"}`,
		"empty name":         `{"displayName":""}`,
		"personal accounts":  `{"signInAudience":"AzureADandPersonalMicrosoftAccount"}`,
		"token version":      `{"api":{"requestedAccessTokenVersion":3}}`,
		"group claims":       `{"groupMembershipClaims":"Everything"}`,
		"optional claim":     `{"optionalClaims":{"accessToken":[{"name":"shoe_size"}]}}`,
		"essential claim":    `{"optionalClaims":{"idToken":[{"name":"acct","essential":true}]}}`,
		"SAML claims":        `{"optionalClaims":{"saml2Token":[{"name":"acct"}]}}`,
		"redirect on http":   `{"web":{"redirectUris":["http://web.example/"]}}`,
		"URI with a slash":   `{"identifierUris":["api://plain/"]}`,
		"relative URI":       `{"identifierUris":["plain"]}`,
		"URI in capitals":    `{"identifierUris":["api://Plain"]}`,
		"URI of another":     `{"identifierUris":["https://graph.microsoft.com"]}`,
		"URI twice":          `{"identifierUris":["api://x","api://x"]}`,
		"scope without GUID": `{"api":{"oauth2PermissionScopes":[` + scope(read, "read", true) + `,` + scope("x", "x", true) + `]}}`,
		"scope type":         `{"api":{"oauth2PermissionScopes":[` + scope(read, "read", true) + `,` + strings.Replace(scope(accessID, "x", true), "Admin", "Root", 1) + `]}}`,
		"scope twice":        `{"api":{"oauth2PermissionScopes":[` + scope(read, "read", true) + `,` + scope(accessID, "read", true) + `]}}`,
		"client without id":  `{"api":{"preAuthorizedApplications":[` + trusted("x", read) + `]}}`,
		"unknown scope":      `{"api":{"preAuthorizedApplications":[` + trusted(workerID, accessID) + `]}}`,
		"client twice":       `{"api":{"preAuthorizedApplications":[` + trusted(workerID, read) + `,` + trusted(workerID, read) + `]}}`,
		"role without GUID":  `{"appRoles":[{"id":"x","value":"x","displayName":"x","allowedMemberTypes":["User"]}]}`,
		"role twice": `{"appRoles":[{"id":"` + reader + `","value":"Reader","displayName":"x","allowedMemberTypes":["User"]},
			{"id":"` + accessID + `","value":"Reader","displayName":"x","allowedMemberTypes":["User"]}]}`,
		"unknown resource":  `{"requiredResourceAccess":[{"resourceAppId":"` + accessID + `","resourceAccess":[]}]}`,
		"unknown access":    `{"requiredResourceAccess":[{"resourceAppId":"` + plainAppID + `","resourceAccess":[{"id":"` + accessID + `","type":"Scope"}]}]}`,
		"scope as role":     `{"requiredResourceAccess":[{"resourceAppId":"` + plainAppID + `","resourceAccess":[{"id":"` + read + `","type":"Role"}]}]}`,
		"password as value": `{"passwordCredentials":[{"displayName":"x"}]}`,
	} {
		if a := b.call(admin, http.MethodPatch, object, body); a.status != 400 || field(a.json, "error", "code") != "Request_BadRequest" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := b.call(admin, http.MethodPatch, object, `{"identifierUris":["https://graph.microsoft.com"]}`); !strings.HasPrefix(a.message(), "Another object with the same value") {
		t.Errorf("a URI of another app: %s", a.text)
	}
	b.call(admin, http.MethodPatch, object, `{"keyCredentials":[{"type":"AsymmetricX509Cert","usage":"Verify","key":"AAAA"}]}`).refuses(t, 400, "KeyCredentialsInvalidValue")
	for _, body := range []string{`{"api":{"oauth2PermissionScopes":[]}}`, `{"appRoles":[]}`, `{"api":{"oauth2PermissionScopes":[` + scope(read, "other", true) + `]}}`} {
		b.call(admin, http.MethodPatch, object, body).refuses(t, 400, "CannotDeleteOrUpdateEnabledEntitlement")
	}
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"api":{"oauth2PermissionScopes":[`+scope(read, "read", false)+`]}}`)
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"api":{"oauth2PermissionScopes":[]}}`)
	b.call(admin, http.MethodPost, "applications", `{"notes":"no name"}`).refuses(t, 400, "Request_BadRequest")
	b.call(admin, http.MethodGet, "applications/"+accessID, "").refuses(t, 404, "Request_ResourceNotFound")
}

func TestSeededPermissionsHaveStableIDs(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	admin := b.person("carol", applications)
	shown := b.must(http.StatusOK, admin, http.MethodGet, "applications(appId='"+plainAppID+"')?$select=api,appRoles", "")
	if !strings.Contains(shown.text, seed.Derived(plainAppID, "scope", "read")) || !strings.Contains(shown.text, seed.Derived(plainAppID, "role", "Reader")) {
		t.Errorf("permissions are %s", shown.text)
	}
	graph := b.must(http.StatusOK, admin, http.MethodGet, "servicePrincipals(appId='"+seed.MicrosoftGraph+"')?$select=oauth2PermissionScopes,appRoles", "")
	seen := map[string]string{}
	for _, one := range append(objects(graph.json["oauth2PermissionScopes"]), objects(graph.json["appRoles"])...) {
		id, _ := one["id"].(string)
		value, _ := one["value"].(string)
		if other, taken := seen[id]; taken {
			t.Errorf("%s and %s have the same id", value, other)
		}
		if id == seed.Derived(seed.MicrosoftGraph, "scope", value) || id == seed.Derived(seed.MicrosoftGraph, "role", value) {
			t.Errorf("%s of Microsoft Graph has no real id", value)
		}
		seen[id] = value
	}
	if seen[userRead] != "User.Read" || seen[groupMemberRead] != "GroupMember.Read.All" {
		t.Errorf("ids are %v", seen)
	}
}

func TestApplicationsAreFilteredAndPaged(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	admin := b.person("carol", applications)
	for filter, want := range map[string]int{
		"appId eq '" + workerID + "'":                                    1,
		"displayName eq 'worker'":                                        1,
		"displayName eq 'O''Brien'":                                      0,
		"startswith(displayName,'pl')":                                   1,
		"identifierUris/any(s:s eq 'api://plain')":                       1,
		"displayName eq 'Plain' and signInAudience eq 'AzureADMyOrg'":    1,
		"displayName eq 'Plain' and signInAudience eq 'AzureADMultiple'": 0,
	} {
		if a := b.must(http.StatusOK, admin, http.MethodGet, "applications?$filter="+filter, ""); len(a.entries()) != want {
			t.Errorf("%s: %d entries, want %d", filter, len(a.entries()), want)
		}
	}
	for _, query := range []string{"$filter=displayName ne 'x'", "$filter=identifierUris/any(a:b eq 'x')", "$orderby=displayName", "$expand=owners"} {
		b.call(admin, http.MethodGet, "applications?"+query, "").refuses(t, 400, "Request_UnsupportedQuery")
	}
	b.call(admin, http.MethodGet, "applications?$top=0", "").refuses(t, 400, "Request_BadRequest")
	first := b.must(http.StatusOK, admin, http.MethodGet, "applications?$top=2&$select=id,appId&$count=true", "")
	if len(first.entries()) != 2 || first.json["@odata.count"] != float64(3) || len(first.entries()[0]) != 2 {
		t.Fatalf("first page is %s", first.text)
	}
	next := first.str("@odata.nextLink")
	second := b.must(http.StatusOK, admin, http.MethodGet, next, "")
	if len(second.entries()) != 1 || second.str("@odata.nextLink") != "" || second.json["@odata.count"] != float64(3) {
		t.Errorf("second page is %s", second.text)
	}
	b.call(b.worker(), http.MethodGet, next, "").refuses(t, 400, "Request_BadRequest")
	b.call(admin, http.MethodGet, strings.Replace(next, "applications", "servicePrincipals", 1), "").refuses(t, 400, "Request_BadRequest")
}

func TestFederatedCredentialsAreLimited(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", applications)
	set := "applications(appId='" + plainAppID + "')/federatedIdentityCredentials"
	credential := func(name, subject string) string {
		return fmt.Sprintf(`{"name":%q,"issuer":"https://issuer.example","subject":%q,"audiences":["api://AzureADTokenExchange"]}`, name, subject)
	}
	made := b.must(http.StatusCreated, admin, http.MethodPost, set, credential("one-0", "0"))
	golden(t, "federated-credential", strings.ReplaceAll(made.text, made.str("id"), "{id}"))
	taken := b.call(admin, http.MethodPost, set, credential("one-0", "other"))
	taken.refuses(t, 409, "Request_MultipleObjectsWithSameKeyValue")
	if taken.message() != "FederatedIdentityCredential with name one-0 already exists." {
		t.Errorf("message is %q", taken.message())
	}
	b.call(admin, http.MethodPost, set, credential("other", "0")).refuses(t, 400, "InvalidFederatedIdentityCredentialValue")
	for _, body := range []string{
		credential("a b", "x"), credential("ab", "x"), credential("fine", ""), `{"name":"fine","issuer":"http://issuer.example","subject":"x","audiences":["a"]}`,
		`{"name":"fine","issuer":"https://issuer.example","subject":"x","audiences":["a","b"]}`,
	} {
		b.call(admin, http.MethodPost, set, body).refuses(t, 400, "Request_BadRequest")
	}
	for i := 1; i < 20; i++ {
		b.must(http.StatusCreated, admin, http.MethodPost, set, credential(fmt.Sprintf("one-%d", i), fmt.Sprint(i)))
	}
	b.call(admin, http.MethodPost, set, credential("one-20", "20")).refuses(t, 400, "Request_BadRequest")
	b.must(http.StatusOK, admin, http.MethodGet, set+"/"+made.str("id"), "")
	b.must(http.StatusNoContent, admin, http.MethodDelete, set+"/one-0", "")
	b.call(admin, http.MethodGet, set+"/"+made.str("id"), "").refuses(t, 404, "Request_ResourceNotFound")
	if a := b.must(http.StatusOK, admin, http.MethodGet, set, ""); len(a.entries()) != 19 {
		t.Errorf("%d are left", len(a.entries()))
	}
}

// certificate is a self-signed one, DER in base64.
func certificate(t *testing.T, name string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: noon, NotAfter: noon.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func TestCertificatesAreKeptByTheirKeyID(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", applications)
	object := "applications(appId='" + plainAppID + "')"
	upload := func(name string) string {
		return `{"type":"AsymmetricX509Cert","usage":"Verify","key":"` + certificate(t, name) + `"}`
	}
	listed := func() []map[string]any {
		return objects(b.must(http.StatusOK, admin, http.MethodGet, object, "").json["keyCredentials"])
	}
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"keyCredentials":[`+upload("one")+`]}`)
	one := listed()[0]
	if one["displayName"] != "CN=one" || one["endDateTime"] != "2026-11-21T13:00:00Z" || one["key"] != nil {
		t.Errorf("credential is %v", one)
	}
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"keyCredentials":[{"keyId":"`+one["keyId"].(string)+`","key":null},`+upload("two")+`]}`)
	if all := listed(); len(all) != 2 || all[0]["keyId"] != one["keyId"] || all[1]["displayName"] != "CN=two" {
		t.Errorf("credentials are %v", all)
	}
	b.call(admin, http.MethodPatch, object, `{"keyCredentials":[{"keyId":"other"}]}`).refuses(t, 400, "Request_BadRequest")
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"keyCredentials":[]}`)
	if all := listed(); len(all) != 0 {
		t.Errorf("credentials are %v", all)
	}
}

func TestNewIDsFollowFromTheSeed(t *testing.T) {
	t.Parallel()
	made := func() string {
		b := newBench(t)
		return b.must(http.StatusCreated, b.worker(), http.MethodPost, "applications", `{"displayName":"x"}`).str("appId")
	}
	if first, second := made(), made(); first != second || first == "" {
		t.Errorf("two emulators made %s and %s", first, second)
	}
}

func TestSettingsOfASeedCountForGraphToo(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *emulator.Options) { o.Tenants[0].Apps[2].Expired = true })
	listed := objects(b.must(http.StatusOK, b.worker(), http.MethodGet, "applications(appId='"+plainAppID+"')", "").json["passwordCredentials"])
	if len(listed) != 1 || listed[0]["endDateTime"] != "2026-01-01T00:00:00Z" {
		t.Errorf("an expired secret is shown as %v", listed)
	}
}
