package emulator_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const (
	appServicePath = "/_identity/msi/token"
	imdsPath       = "/metadata/identity/oauth2/token"
)

// appService asks as code in App Service does.
func (g *rig) appService(path string, query url.Values) answer {
	g.t.Helper()
	return g.get(entraURL+path+"?"+query.Encode(), "X-IDENTITY-HEADER", control)
}

// imds asks as code on a virtual machine does.
func (g *rig) imds(path string, query url.Values) answer {
	g.t.Helper()
	return g.get(entraURL+path+"?"+query.Encode(), "Metadata", "true")
}

func members(text string) string {
	var names []string
	for _, m := range regexp.MustCompile(`"(\w+)":`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return strings.Join(names, " ")
}

func TestAppServiceGivesTokensOfManagedIdentities(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	query := form("api-version", "2019-08-01", "resource", "https://graph.microsoft.com")
	for name, row := range map[string]struct {
		pairs     []string
		client    string
		principal string
		resource  any // xms_mirid
	}{
		"the machine's own": {nil, machine, machineID, nil},
		"by client id":      {[]string{"client_id", builder}, builder, builderID, builderAt},
		"by principal id":   {[]string{"principal_id", builderID}, builder, builderID, builderAt},
		"by object id":      {[]string{"object_id", builderID}, builder, builderID, builderAt},
		"by resource id":    {[]string{"mi_res_id", strings.ToLower(builderAt)}, builder, builderID, builderAt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := g.appService(appServicePath, with(query, row.pairs...)).must(t)
			if got := members(a.text); got != "access_token expires_on resource token_type client_id" {
				t.Errorf("members are %s", got)
			}
			got := claims(t, a.str("access_token"))
			exp, _ := got["exp"].(float64)
			if a.str("client_id") != row.client || a.str("resource") != "https://graph.microsoft.com" || a.str("expires_on") != strconv.Itoa(int(exp)) {
				t.Errorf("answer is %s", a.text)
			}
			if got["appid"] != row.client || got["oid"] != row.principal || got["sub"] != row.principal || got["xms_mirid"] != row.resource ||
				got["idtyp"] != "app" || got["appidacr"] != "2" || got["tid"] != contoso || got["xms_idrel"] != "7" {
				t.Errorf("claims are %v", got)
			}
		})
	}
	a := g.appService("/_identity/contoso.example/msi/token", query).must(t)
	if claims(t, a.str("access_token"))["tid"] != contoso {
		t.Errorf("by tenant: %s", a.text)
	}
}

func TestManagedIdentitiesHaveThePermissionsTheyWereGiven(t *testing.T) {
	t.Parallel()
	tenants := workloads()
	tenants[0].Apps[0].AppRoleAssignments = append(tenants[0].Apps[0].AppRoleAssignments, seed.AppRoleAssignment{Role: "Tools.Execute", Principal: machineID})
	g := newRig(t, tenants...)
	token := func(pairs ...string) map[string]any {
		return claims(t, g.appService(appServicePath, form(append(pairs, "api-version", "2019-08-01")...)).must(t).str("access_token"))
	}
	if got := token("resource", seed.MicrosoftGraph, "client_id", builder); len(texts(got["roles"])) != 1 || got["aud"] != seed.MicrosoftGraph {
		t.Errorf("at Graph: roles %v, aud %v", got["roles"], got["aud"])
	}
	if got := token("resource", apiURL); len(texts(got["roles"])) != 1 || got["aud"] != api || got["azp"] != machine {
		t.Errorf("at the API: roles %v, aud %v", got["roles"], got["aud"])
	}
	if got := token("resource", apiURL, "client_id", builder); got["roles"] != nil {
		t.Errorf("another identity at the API: roles %v", got["roles"])
	}
	if got := token("resource", "https://legacy.contoso.example"); got["aud"] != "https://legacy.contoso.example" || got["ver"] != "1.0" {
		t.Errorf("a v1 API: %v", got)
	}
}

func TestManagedIdentitiesStandForAnApp(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	for _, get := range []func() answer{
		func() answer {
			return g.appService(appServicePath, form("api-version", "2019-08-01", "resource", "api://AzureADTokenExchange", "client_id", builder))
		},
		func() answer {
			return g.imds(imdsPath, form("api-version", "2018-02-01", "resource", "api://AzureADTokenExchange", "client_id", builder))
		},
	} {
		token := get().must(t).str("access_token")
		if got := claims(t, token); got["iss"] != entraURL+"/"+contoso+"/v2.0" || got["sub"] != builderID || got["aud"] != exchangeGUID {
			t.Errorf("claims are %v", got)
		}
		a := g.token(contoso, clientForm(federated, token, apiURL+"/.default")).must(t)
		if claims(t, a.str("access_token"))["azp"] != federated {
			t.Errorf("answer is %s", a.text)
		}
	}
	own := g.imds(imdsPath, form("api-version", "2018-02-01", "resource", "api://AzureADTokenExchange")).must(t)
	g.token(contoso, clientForm(federated, own.str("access_token"), apiURL+"/.default")).refused(t, 401, "invalid_client", 700213)
	other := g.imds(imdsPath, form("api-version", "2018-02-01", "resource", apiURL, "client_id", builder)).must(t)
	g.token(contoso, clientForm(federated, other.str("access_token"), apiURL+"/.default")).refused(t, 401, "invalid_client", 700212)
}

func TestAppServiceRefusals(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	good := form("api-version", "2019-08-01", "resource", apiURL)
	refused := func(name string, a answer, status int, says string) {
		t.Helper()
		if a.status != status || a.json["statusCode"] != float64(status) || !strings.Contains(a.str("message"), says) || a.json["access_token"] != nil {
			t.Errorf("%s: %d %s, want %d %q", name, a.status, a.text, status, says)
		}
	}
	at := entraURL + appServicePath + "?" + good.Encode()
	refused("no header", g.get(at), 401, "X-IDENTITY-HEADER")
	refused("another header", g.get(at, "X-IDENTITY-HEADER", "x"), 401, "X-IDENTITY-HEADER")
	refused("the old header", g.get(at, "Secret", control), 401, "X-IDENTITY-HEADER")
	refused("the old version", g.appService(appServicePath, with(good, "api-version", "2017-09-01")), 400, "2019-08-01")
	refused("no resource", g.appService(appServicePath, with(good, "resource", "")), 400, "resource")
	refused("an unknown resource", g.appService(appServicePath, with(good, "resource", "https://nowhere.example")), 400, "AADSTS500011")
	refused("two resources", g.appService(appServicePath, with(good, "resource", apiURL+" "+apiURL)), 400, "AADSTS500011")
	const none = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
	refused("an app", g.appService(appServicePath, with(good, "client_id", daemon)), 400, none)
	refused("two names", g.appService(appServicePath, with(good, "client_id", builder, "principal_id", builderID)), 400, none)
	refused("a principal by the wrong name", g.appService(appServicePath, with(good, "client_id", builderID)), 400, none)
	refused("a tenant without identities", g.appService("/_identity/"+fabrikam+"/msi/token", good), 400, none)
	refused("no such tenant", g.appService("/_identity/nowhere.example/msi/token", good), 400, none)
	refused("a resource that takes nobody", g.appService(appServicePath, with(good, "resource", "api://guarded")), 400, "AADSTS501051")
	golden(t, "error-app-service", g.appService(appServicePath, with(good, "client_id", daemon)).text)
}

func TestIMDSGivesTokensOfManagedIdentities(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	query := form("api-version", "2018-02-01", "resource", apiURL)
	own := g.imds(imdsPath, query).must(t)
	var texts map[string]string
	if err := json.Unmarshal([]byte(own.text), &texts); err != nil {
		t.Fatal(err)
	}
	if got := members(own.text); got != "access_token client_id expires_in expires_on ext_expires_in not_before resource token_type" {
		t.Errorf("members are %s", got)
	}
	if texts["client_id"] != machine || texts["resource"] != apiURL || texts["not_before"] != strconv.FormatInt(midday.Unix(), 10) {
		t.Errorf("answer is %s", own.text)
	}
	for _, pairs := range [][]string{{"client_id", builder}, {"object_id", builderID}, {"msi_res_id", builderAt}, {"mi_res_id", builderAt}} {
		if a := g.imds(imdsPath, with(query, pairs...)).must(t); a.str("client_id") != builder {
			t.Errorf("%v: %s", pairs, a.text)
		}
	}
	if a := g.imds("/_identity/"+contoso+imdsPath, with(query, "api-version", "2021-02-01")).must(t); a.str("client_id") != machine {
		t.Errorf("by tenant: %s", a.text)
	}
}

func TestIMDSRefusals(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	good := form("api-version", "2018-02-01", "resource", apiURL)
	refused := func(name string, a answer, kind, says string) {
		t.Helper()
		if a.status != http.StatusBadRequest || a.str("error") != kind || !strings.Contains(a.str("error_description"), says) || a.json["access_token"] != nil {
			t.Errorf("%s: %d %s, want %s %q", name, a.status, a.text, kind, says)
		}
	}
	at := entraURL + imdsPath + "?" + good.Encode()
	refused("no header", g.get(at), "bad_request_102", "Required metadata header not specified")
	refused("another value", g.get(at, "Metadata", "True"), "bad_request_102", "Required metadata header not specified")
	refused("through a proxy", g.get(at, "Metadata", "true", "X-Forwarded-For", "192.0.2.1"), "invalid_request", "X-Forwarded-For")
	refused("no version", g.imds(imdsPath, with(good, "api-version", "")), "invalid_request", "api-version")
	refused("an early version", g.imds(imdsPath, with(good, "api-version", "2017-12-01")), "invalid_request", "api-version")
	refused("no date", g.imds(imdsPath, with(good, "api-version", "3")), "invalid_request", "api-version")
	refused("no resource", g.imds(imdsPath, with(good, "resource", "")), "invalid_request", "'resource' is missing")
	refused("an unknown resource", g.imds(imdsPath, with(good, "resource", "https://nowhere.example")), "invalid_resource", "AADSTS500011")
	refused("an unknown identity", g.imds(imdsPath, with(good, "client_id", daemon)), "invalid_request", "Identity not found")
	refused("two names", g.imds(imdsPath, with(good, "client_id", builder, "object_id", builderID)), "invalid_request", "Only one of")
	refused("a tenant without identities", g.imds("/_identity/"+fabrikam+imdsPath, good), "invalid_request", "Identity not found")
	golden(t, "error-imds", g.imds(imdsPath, with(good, "client_id", daemon)).text)
}

func TestWithoutASystemAssignedIdentityTheOnlyOneIsMeant(t *testing.T) {
	t.Parallel()
	query := form("api-version", "2018-02-01", "resource", apiURL)
	first := seed.ManagedIdentity{ID: builder, Principal: builderID, Name: "one", ResourceID: builderAt}
	second := seed.ManagedIdentity{ID: machine, Principal: machineID, Name: "two", ResourceID: builderAt + "2"}
	rigOf := func(identities ...seed.ManagedIdentity) *rig {
		tenants := companies()
		tenants[0].ManagedIdentities = identities
		return newRig(t, tenants...)
	}
	if a := rigOf(first).imds(imdsPath, query).must(t); a.str("client_id") != builder {
		t.Errorf("one: %s", a.text)
	}
	if a := rigOf(first, second).imds(imdsPath, query); a.status != http.StatusBadRequest || !strings.Contains(a.text, "Multiple user assigned identities exist") {
		t.Errorf("two: %d %s", a.status, a.text)
	}
	if a := rigOf().imds(imdsPath, query); a.status != http.StatusBadRequest || !strings.Contains(a.text, "Identity not found") {
		t.Errorf("none: %d %s", a.status, a.text)
	}
	if a := rigOf(first).appService(appServicePath, form("api-version", "2019-08-01", "resource", apiURL)); a.status != http.StatusBadRequest {
		t.Errorf("App Service, which does not guess: %d %s", a.status, a.text)
	}
}

func TestTheClusterIsAnIssuer(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	metadata := g.get(entraURL + "/_cluster/.well-known/openid-configuration").must(t)
	if metadata.str("issuer") != entraURL+"/_cluster" || metadata.str("jwks_uri") != entraURL+"/_cluster/openid/v1/jwks" {
		t.Fatalf("metadata is %s", metadata.text)
	}
	minted := g.do(g.request(http.MethodPost, entraURL+"/_control/serviceaccount", `{"namespace":"apps","name":"router","audience":"aud","seconds":600}`, "Authorization", "Bearer "+control)).must(t)
	got := claims(t, minted.str("token"))
	if got["iss"] != entraURL+"/_cluster" || got["sub"] != "system:serviceaccount:apps:router" || texts(got["aud"])[0] != "aud" || got["exp"] != float64(midday.Unix()+600) {
		t.Errorf("claims are %v", got)
	}
	keys := g.get(metadata.str("jwks_uri")).must(t)
	if kid, _ := header(t, minted.str("token"))["kid"].(string); !strings.Contains(keys.text, `"kid":"`+kid+`"`) || strings.Contains(keys.text, `"x5c"`) {
		t.Errorf("keys are %s", keys.text)
	}
}

func TestServiceAccountRefusals(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	for _, body := range []string{
		`{}`, `{"namespace":"a"}`, `{"namespace":"A","name":"b"}`, `{"namespace":"a","name":"b:c"}`, `{"namespace":"a","name":"b","seconds":599}`,
		`{"namespace":"a","name":"b","seconds":86401}`, `{"namespace":"a","name":"b","seconds":1e99}`, `{"namespace":"a","name":"b","other":1}`, `x`,
	} {
		a := g.do(g.request(http.MethodPost, entraURL+"/_control/serviceaccount", body, "Authorization", "Bearer "+control))
		if a.status != http.StatusBadRequest || a.json["token"] != nil {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
	if a := g.do(g.request(http.MethodPost, entraURL+"/_control/serviceaccount", `{"namespace":"a","name":"b"}`)); a.status != http.StatusUnauthorized {
		t.Errorf("without the control token: %d", a.status)
	}
	if _, err := g.ServiceAccountToken(emulator.ServiceAccount{Namespace: "a", Name: "b", Life: 1}); err == nil {
		t.Error("a life of a nanosecond is granted")
	}
}

func TestGraphKnowsManagedIdentities(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	token := g.imds(imdsPath, form("api-version", "2018-02-01", "resource", "https://graph.microsoft.com/", "client_id", builder)).must(t).str("access_token")
	if a := g.get(graphURL+"/v1.0/users/"+bob, "Authorization", "Bearer "+token); a.status != http.StatusOK || a.str("displayName") != "Bob Brown" {
		t.Errorf("a permission it has: %d %s", a.status, a.text)
	}
	token = g.imds(imdsPath, form("api-version", "2018-02-01", "resource", "https://graph.microsoft.com/")).must(t).str("access_token")
	if a := g.get(graphURL+"/v1.0/users/"+bob, "Authorization", "Bearer "+token); a.status != http.StatusForbidden {
		t.Errorf("a permission it has not: %d %s", a.status, a.text)
	}
}
