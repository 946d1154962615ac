package msgraph_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const (
	mcpURL   = "https://mcp.example.com/t/contoso/mcp"
	accessID = "0f5b4c1e-1111-4a4a-9b9b-000000000001"

	userRead        = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
	groupMemberRead = "bc024368-1153-4739-b217-4326f2e966d0"
)

// claimsOf reads the claims of a token without checking it.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err = json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOnboardingScriptMakesAnAppThatWorks does what the Azure CLI does for the
// commands an administrator is given, in their order.
func TestOnboardingScriptMakesAnAppThatWorks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", "https://graph.microsoft.com/.default")

	// az ad app create; az ad app show
	made := b.must(http.StatusCreated, admin, http.MethodPost, "applications", `{"displayName":"acme-mcp","signInAudience":"AzureADMyOrg"}`)
	app := made.str("appId")
	found := b.must(http.StatusOK, admin, http.MethodGet, "applications?$filter=appId eq '"+app+"'", "").entries()
	if len(found) != 1 || found[0]["id"] != made.str("id") {
		t.Fatalf("found %v", found)
	}
	object := "applications/" + made.str("id")

	// az rest: v2 tokens, before the https URI
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"api":{"requestedAccessTokenVersion":2}}`)
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"identifierUris":["api://`+app+`","`+mcpURL+`"]}`)
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"api":{"requestedAccessTokenVersion":2,"oauth2PermissionScopes":[{"id":"`+accessID+`",
		"value":"access_as_user","type":"User","isEnabled":true,"adminConsentDisplayName":"Use tools","adminConsentDescription":"Use tools",
		"userConsentDisplayName":"Use tools","userConsentDescription":"Use tools"}]},"groupMembershipClaims":"SecurityGroup",
		"optionalClaims":{"accessToken":[{"name":"idtyp","additionalProperties":["include_user_token"]},{"name":"xms_cc"},{"name":"acct"},{"name":"sid"}],"idToken":[]}}`)
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"api":{"preAuthorizedApplications":[
		{"appId":"`+seed.VisualStudioCode+`","delegatedPermissionIds":["`+accessID+`"]},{"appId":"`+seed.AzureCLI+`","delegatedPermissionIds":["`+accessID+`"]}]}}`)

	ask := url.Values{
		"grant_type": {"password"}, "client_id": {seed.AzureCLI}, "scope": {mcpURL + "/access_as_user"}, "username": {"alice@contoso.example"}, "password": {"pw-alice"},
	}
	if early := b.tokens(contosoID, ask); early.status == http.StatusOK {
		t.Error("an app without a service principal is known to sign-ins")
	}
	// az ad sp create
	principal := b.must(http.StatusCreated, admin, http.MethodPost, "servicePrincipals", `{"appId":"`+app+`","accountEnabled":true}`)
	b.must(http.StatusOK, admin, http.MethodGet, "servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '"+mcpURL+"')", "")

	// az ad app permission add; az ad app permission grant
	b.must(http.StatusNoContent, admin, http.MethodPatch, object, `{"requiredResourceAccess":[{"resourceAppId":"`+seed.MicrosoftGraph+`","resourceAccess":[
		{"id":"`+userRead+`","type":"Scope"},{"id":"`+groupMemberRead+`","type":"Scope"}]}]}`)
	graph := b.must(http.StatusOK, admin, http.MethodGet, "servicePrincipals(appId='"+seed.MicrosoftGraph+"')?$select=id", "").str("id")
	b.must(http.StatusCreated, admin, http.MethodPost, "oauth2PermissionGrants", fmt.Sprintf(
		`{"clientId":%q,"consentType":"AllPrincipals","resourceId":%q,"scope":"User.Read GroupMember.Read.All"}`, principal.str("id"), graph))

	// az ad app federated-credential create; az ad app credential reset
	b.must(http.StatusCreated, admin, http.MethodPost, object+"/federatedIdentityCredentials",
		`{"name":"cluster","issuer":"https://issuer.example/","subject":"system:serviceaccount:mcp:api","audiences":["api://AzureADTokenExchange"],"description":"x"}`)
	secret := b.must(http.StatusOK, admin, http.MethodPost, object+"/addPassword", `{"passwordCredential":{"displayName":"first"}}`).str("secretText")

	shown := b.must(http.StatusOK, admin, http.MethodGet, object, "")
	if strings.Contains(shown.text, secret) {
		t.Error("the secret is told twice")
	}
	required, _ := shown.json["requiredResourceAccess"].([]any)
	if !strings.Contains(jsonOf(t, required), userRead) || !strings.Contains(jsonOf(t, required), groupMemberRead) {
		t.Errorf("required is %v", required)
	}

	// The app works: as an API, and on behalf of people at Graph.
	token := b.tokens(contosoID, ask)
	if token.status != http.StatusOK {
		t.Fatalf("token: %d %s", token.status, token.text)
	}
	claims := claimsOf(t, token.str("access_token"))
	if claims["aud"] != app || claims["ver"] != "2.0" || claims["scp"] != "access_as_user" || claims["idtyp"] != "user" || !strings.Contains(jsonOf(t, claims["groups"]), staffID) {
		t.Errorf("claims are %v", claims)
	}
	onBehalf := b.tokens(contosoID, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "client_id": {app}, "client_secret": {secret}, "assertion": {token.str("access_token")},
		"scope": {"https://graph.microsoft.com/User.Read https://graph.microsoft.com/GroupMember.Read.All"}, "requested_token_use": {"on_behalf_of"},
	})
	if onBehalf.status != http.StatusOK {
		t.Fatalf("on behalf of: %d %s", onBehalf.status, onBehalf.text)
	}
	b.must(http.StatusOK, onBehalf.str("access_token"), http.MethodPost, "me/getMemberGroups", `{"securityEnabledOnly":true}`)
}

func TestTheOrderOfOnboardingMatters(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", "Application.ReadWrite.All")
	made := b.must(http.StatusCreated, admin, http.MethodPost, "applications", `{"displayName":"early"}`)
	object := "applications/" + made.str("id")
	uri := b.call(admin, http.MethodPatch, object, `{"identifierUris":["`+mcpURL+`"]}`)
	uri.refuses(t, 400, "HostNameNotOnVerifiedDomain")
	golden(t, "application-identifier", uri.text)
	scope := b.call(admin, http.MethodPatch, object, `{"api":{"oauth2PermissionScopes":[{"id":"`+accessID+`","value":"x","type":"User","isEnabled":true}],
		"preAuthorizedApplications":[{"appId":"`+seed.AzureCLI+`","delegatedPermissionIds":["`+accessID+`"]}]}}`)
	scope.refuses(t, 400, "Request_BadRequest")
	golden(t, "application-preauthorized", scope.text)
	if after := b.must(http.StatusOK, admin, http.MethodGet, object, ""); len(objects(field(after.json, "api", "oauth2PermissionScopes"))) != 0 {
		t.Errorf("a refused change was made in part: %s", after.text)
	}
}

func TestStrictTenantsWantVerifiedDomainsOfV2AppsToo(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *emulator.Options) { o.Tenants[0].Settings.IdentifierURIs = "verified" })
	admin := b.person("carol", "Application.ReadWrite.All")
	b.call(admin, http.MethodPost, "applications", `{"displayName":"x","api":{"requestedAccessTokenVersion":2},"identifierUris":["`+mcpURL+`"]}`).
		refuses(t, 400, "HostNameNotOnVerifiedDomain")
	b.must(http.StatusCreated, admin, http.MethodPost, "applications", `{"displayName":"x","identifierUris":["https://mcp.contoso.example/mcp"]}`)
}

func TestSecretsRotate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", "Application.ReadWrite.All")
	object := "applications(appId='" + workerID + "')"
	second := b.must(http.StatusOK, admin, http.MethodPost, object+"/addPassword", `{"passwordCredential":{"displayName":"second","endDateTime":"2026-11-21T13:00:00Z"}}`)
	b.app(workerID, second.str("secretText"))
	b.app(workerID, "worker-secret")
	listed := objects(b.must(http.StatusOK, admin, http.MethodGet, object, "").json["passwordCredentials"])
	if len(listed) != 2 || listed[0]["keyId"] != second.str("keyId") || listed[0]["hint"] != second.str("secretText")[:3] || listed[0]["secretText"] != nil {
		t.Errorf("credentials are %v", listed)
	}
	for _, one := range listed[1:] {
		b.must(http.StatusNoContent, admin, http.MethodPost, object+"/removePassword", `{"keyId":"`+one["keyId"].(string)+`"}`)
	}
	try := func(secret string) string {
		return jsonOf(t, b.tokens(contosoID, url.Values{
			"grant_type": {"client_credentials"}, "client_id": {workerID}, "client_secret": {secret}, "scope": {"https://graph.microsoft.com/.default"},
		}).json["error_codes"])
	}
	if codes := try("worker-secret"); codes != "[7000215]" {
		t.Errorf("a removed secret is answered with %s", codes)
	}
	b.Advance(time.Hour)
	if codes := try(second.str("secretText")); codes != "[7000222]" {
		t.Errorf("an expired secret is answered with %s", codes)
	}
	b.call(b.person("carol", "Application.ReadWrite.All"), http.MethodPost, object+"/removePassword", `{"keyId":"none"}`).refuses(t, 400, "Request_BadRequest")
}

func TestAppsOfOthersCanBeAdded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", "Application.ReadWrite.All")
	b.call(admin, http.MethodPost, "servicePrincipals", `{"appId":"`+seed.Derived("nothing")+`"}`).refuses(t, 400, "NoBackingApplicationObject")
	fabrikam := b.tokens(fabrikamID, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {workerID}, "client_secret": {"worker-secret"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	b.call(fabrikam.str("access_token"), http.MethodPost, "servicePrincipals", `{"appId":"`+plainAppID+`"}`).refuses(t, 400, "NoBackingApplicationObject") // not for other tenants
	made := b.must(http.StatusCreated, admin, http.MethodPost, "servicePrincipals", `{"appId":"`+vendorID+`"}`)
	if made.str("appOwnerOrganizationId") != fabrikamID || made.str("displayName") != "Vendor" {
		t.Errorf("made is %s", made.text)
	}
	again := b.call(admin, http.MethodPost, "servicePrincipals", `{"appId":"`+vendorID+`"}`)
	again.refuses(t, 409, "Request_MultipleObjectsWithSameKeyValue")
	b.call(admin, http.MethodGet, "applications(appId='"+vendorID+"')", "").refuses(t, 404, "Request_ResourceNotFound")
	vendor := b.tokens(contosoID, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {vendorID}, "client_secret": {"vendor-secret"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	if vendor.status != http.StatusOK {
		t.Errorf("token: %d %s", vendor.status, vendor.text)
	}
	b.must(http.StatusNoContent, admin, http.MethodDelete, "servicePrincipals/"+made.str("id"), "")
	b.call(admin, http.MethodGet, "servicePrincipals(appId='"+vendorID+"')", "").refuses(t, 404, "Request_ResourceNotFound")
}

func TestKeeperManagesWhatItOwns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keeper := b.app(keeperID, "keeper-secret")
	made := b.must(http.StatusCreated, keeper, http.MethodPost, "applications", `{"displayName":"kept"}`)
	b.must(http.StatusNoContent, keeper, http.MethodPatch, "applications/"+made.str("id"), `{"notes":"mine"}`)
	b.must(http.StatusCreated, keeper, http.MethodPost, "servicePrincipals", `{"appId":"`+made.str("appId")+`"}`)
	b.call(keeper, http.MethodPatch, "applications(appId='"+workerID+"')", `{"notes":"not mine"}`).refuses(t, 403, "Authorization_RequestDenied")
	b.call(keeper, http.MethodDelete, "applications(appId='"+workerID+"')", "").refuses(t, 403, "Authorization_RequestDenied")
	b.call(keeper, http.MethodPost, "servicePrincipals", `{"appId":"`+vendorID+`"}`).refuses(t, 403, "Authorization_RequestDenied")
	owners := b.must(http.StatusOK, keeper, http.MethodGet, "applications/"+made.str("id")+"/owners", "").entries()
	self := b.must(http.StatusOK, keeper, http.MethodGet, "servicePrincipals(appId='"+keeperID+"')", "").str("id")
	if !slices.Equal(idsOf(owners), []string{self}) {
		t.Errorf("owners are %v, want %s", owners, self)
	}
	b.must(http.StatusNoContent, keeper, http.MethodDelete, "applications/"+made.str("id"), "")
	b.call(keeper, http.MethodGet, "applications/"+made.str("id"), "").refuses(t, 404, "Request_ResourceNotFound")
}

func TestPeopleWithoutARoleManageOnlyTheirOwnApps(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	alice := b.person("alice", "Application.ReadWrite.All")
	made := b.must(http.StatusCreated, alice, http.MethodPost, "applications", `{"displayName":"hers"}`)
	b.must(http.StatusNoContent, alice, http.MethodPatch, "applications/"+made.str("id"), `{"displayName":"still hers"}`)
	b.call(alice, http.MethodPatch, "applications(appId='"+workerID+"')", `{"displayName":"hers now"}`).refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("alice", "Application.Read.All"), http.MethodPost, "applications", `{"displayName":"x"}`).refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("alice", "User.Read"), http.MethodGet, "applications", "").refuses(t, 403, "Authorization_RequestDenied")
}
