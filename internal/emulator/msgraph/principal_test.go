package msgraph_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

const (
	assigns     = "AppRoleAssignment.ReadWrite.All"
	delegates   = "DelegatedPermissionGrant.ReadWrite.All"
	groupRead   = "98830695-27a2-44f7-8c18-0c3ebc9698f6" // GroupMember.Read.All, application
	nobodysRole = "00000000-0000-0000-0000-000000000000"
)

// principal is the object id of an app's service principal.
func (b *bench) principal(client string) string {
	b.t.Helper()
	return b.must(http.StatusOK, b.worker(), http.MethodGet, "servicePrincipals(appId='"+client+"')?$select=id", "").str("id")
}

func assignment(resource, principal, role string) string {
	return fmt.Sprintf(`{"resourceId":%q,"principalId":%q,"appRoleId":%q}`, resource, principal, role)
}

func TestPrincipalsAreSwitchedOff(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", applications)
	principal := "servicePrincipals/" + b.principal(plainAppID)
	b.must(http.StatusNoContent, admin, http.MethodPatch, principal, `{"accountEnabled":false,"appRoleAssignmentRequired":true,"tags":["HideApp"]}`)
	shown := b.must(http.StatusOK, admin, http.MethodGet, principal, "")
	if shown.json["accountEnabled"] != false || shown.json["appRoleAssignmentRequired"] != true || !strings.Contains(jsonOf(t, shown.json["tags"]), "HideApp") {
		t.Errorf("principal is %s", shown.text)
	}
	b.call(admin, http.MethodPatch, principal, `{"appId":"`+workerID+`"}`).refuses(t, 400, "Request_BadRequest")
	b.call(admin, http.MethodPatch, "servicePrincipals/"+plainAppID, `{"accountEnabled":true}`).refuses(t, 404, "Request_ResourceNotFound")
	b.call(b.person("alice", applications), http.MethodPatch, principal, `{"accountEnabled":true}`).refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("carol", "Application.Read.All"), http.MethodPatch, principal, `{}`).refuses(t, 403, "Authorization_RequestDenied")
	b.call(admin, http.MethodDelete, "servicePrincipals(appId='"+seed.MicrosoftGraph+"')", "").refuses(t, 400, "Request_BadRequest")
}

func TestRolesAreAssignedAndWithdrawn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	gwen := b.person("gwen", assigns)
	graph, plain := b.principal(seed.MicrosoftGraph), b.principal(plainAppID)
	made := b.must(http.StatusCreated, gwen, http.MethodPost, "servicePrincipals/"+graph+"/appRoleAssignedTo", assignment(graph, plain, groupRead))
	golden(t, "approle-assignment", strings.NewReplacer(graph, "{graph}", plain, "{plain}", made.str("id"), "{id}").Replace(made.text))
	if roles := jsonOf(t, claimsOf(t, b.app(plainAppID, "plain-secret"))["roles"]); roles != `["GroupMember.Read.All"]` {
		t.Errorf("roles are %s", roles)
	}
	b.call(gwen, http.MethodPost, "servicePrincipals/"+graph+"/appRoleAssignedTo", assignment(graph, plain, groupRead)).refuses(t, 400, "Request_BadRequest")
	other := b.must(http.StatusOK, gwen, http.MethodGet, "servicePrincipals/"+plain+"/appRoleAssignments", "").entries()
	if len(other) != 1 || other[0]["id"] != made.str("id") {
		t.Errorf("seen from the client there is %v", other)
	}
	b.must(http.StatusNoContent, gwen, http.MethodDelete, "servicePrincipals/"+plain+"/appRoleAssignments/"+made.str("id"), "")
	if roles := claimsOf(t, b.app(plainAppID, "plain-secret"))["roles"]; roles != nil {
		t.Errorf("roles are %v", roles)
	}
	b.call(gwen, http.MethodDelete, "servicePrincipals/"+plain+"/appRoleAssignments/"+made.str("id"), "").refuses(t, 404, "Request_ResourceNotFound")
}

func TestSeededRolesAreWithdrawnToo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	gwen := b.person("gwen", assigns)
	keeper := b.principal(keeperID)
	held := b.must(http.StatusOK, gwen, http.MethodGet, "servicePrincipals/"+keeper+"/appRoleAssignments", "").entries()
	if len(held) != 1 {
		t.Fatalf("held are %v", held)
	}
	b.must(http.StatusNoContent, gwen, http.MethodDelete, "servicePrincipals/"+keeper+"/appRoleAssignments/"+held[0]["id"].(string), "")
	if roles := claimsOf(t, b.app(keeperID, "keeper-secret"))["roles"]; roles != nil {
		t.Errorf("roles are %v", roles)
	}
}

func TestPeopleAndGroupsAreAssigned(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", assigns)
	plain, reader := b.principal(plainAppID), seed.Derived(plainAppID, "role", "Reader")
	b.must(http.StatusCreated, admin, http.MethodPost, "users/"+aliceID+"/appRoleAssignments", assignment(plain, aliceID, reader))
	b.must(http.StatusCreated, admin, http.MethodPost, "groups/"+staffID+"/appRoleAssignments", assignment(plain, staffID, nobodysRole))
	if a := b.must(http.StatusOK, admin, http.MethodGet, "servicePrincipals/"+plain+"/appRoleAssignedTo", ""); len(a.entries()) != 2 {
		t.Errorf("assigned are %s", a.text)
	}
	named := b.must(http.StatusOK, admin, http.MethodGet, "users/alice@contoso.example/appRoleAssignments", "").entries()
	named = slices.DeleteFunc(named, func(one map[string]any) bool { return one["principalType"] == "Group" }) // Staff's is hers as well
	if len(named) != 1 || named[0]["principalType"] != "User" || named[0]["appRoleId"] != reader {
		t.Errorf("alice has %v", named)
	}
	b.must(http.StatusNoContent, admin, http.MethodDelete, "users/"+aliceID+"/appRoleAssignments/"+named[0]["id"].(string), "")
	b.call(b.person("gwen", assigns), http.MethodPost, "users/"+bobID+"/appRoleAssignments", assignment(b.principal(seed.MicrosoftGraph), bobID, groupRead)).
		refuses(t, 400, "Request_BadRequest") // a role for apps only
	b.call(admin, http.MethodPost, "users/"+bobID+"/appRoleAssignments", assignment(plain, aliceID, reader)).refuses(t, 400, "Request_BadRequest")
	b.must(http.StatusNoContent, b.person("carol", applications), http.MethodPatch, "applications(appId='"+plainAppID+"')",
		`{"appRoles":[{"id":"`+reader+`","value":"Reader","displayName":"Reader","isEnabled":false,"allowedMemberTypes":["User"]}]}`)
	b.call(admin, http.MethodPost, "users/"+bobID+"/appRoleAssignments", assignment(plain, bobID, reader)).refuses(t, 400, "Request_BadRequest")
	b.call(admin, http.MethodPost, "users/"+bobID+"/appRoleAssignments", assignment(plain, bobID, accessID)).refuses(t, 400, "Request_BadRequest")
	b.call(admin, http.MethodPost, "users/"+bobID+"/appRoleAssignments", assignment(plainAppID, bobID, reader)).refuses(t, 404, "Request_ResourceNotFound")
	b.call(admin, http.MethodPost, "users/"+accessID+"/appRoleAssignments", assignment(plain, bobID, reader)).refuses(t, 404, "Request_ResourceNotFound")
	b.call(admin, http.MethodPost, "servicePrincipals/"+plain+"/appRoleAssignedTo", assignment(plain, workerID, reader)).refuses(t, 404, "Request_ResourceNotFound")
}

func TestRolesOfGraphAreGivenByTheHighestOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	graph, plain := b.principal(seed.MicrosoftGraph), b.principal(plainAppID)
	address, body := "servicePrincipals/"+graph+"/appRoleAssignedTo", assignment(graph, plain, groupRead)
	b.call(b.person("carol", assigns), http.MethodPost, address, body).refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("alice", assigns), http.MethodPost, address, body).refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("gwen", applications), http.MethodPost, address, body).refuses(t, 403, "Authorization_RequestDenied")
	worker := b.principal(workerID)
	held := b.must(http.StatusOK, b.worker(), http.MethodGet, "servicePrincipals/"+worker+"/appRoleAssignments", "").entries()
	b.call(b.person("carol", assigns), http.MethodDelete, "servicePrincipals/"+worker+"/appRoleAssignments/"+held[0]["id"].(string), "").
		refuses(t, 403, "Authorization_RequestDenied")
	b.must(http.StatusCreated, b.worker(), http.MethodPost, address, body)
}

func TestGrantsDecideWhatSignInsGet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", delegates)
	graph, plain := b.principal(seed.MicrosoftGraph), b.principal(plainAppID)
	grant := func(kind, principal, scope string) string {
		return fmt.Sprintf(`{"clientId":%q,"consentType":%q,"principalId":%s,"resourceId":%q,"scope":%q}`, plain, kind, principal, graph, scope)
	}
	asks := func(name string) int {
		return b.tokens(contosoID, url.Values{
			"grant_type": {"password"}, "client_id": {plainAppID}, "client_secret": {"plain-secret"}, "scope": {"User.Read"},
			"username": {name + "@contoso.example"}, "password": {"pw-" + name},
		}).status
	}
	made := b.must(http.StatusCreated, admin, http.MethodPost, "oauth2PermissionGrants", grant("Principal", `"`+aliceID+`"`, "User.Read"))
	golden(t, "grant", strings.NewReplacer(graph, "{graph}", plain, "{plain}", made.str("id"), "{id}").Replace(made.text))
	if asks("alice") != 200 || asks("bob") == 200 {
		t.Error("a grant for alice is not for alice alone")
	}
	b.call(admin, http.MethodPost, "oauth2PermissionGrants", grant("Principal", `"`+aliceID+`"`, "openid")).refuses(t, 409, "Request_MultipleObjectsWithSameKeyValue")
	all := b.must(http.StatusCreated, admin, http.MethodPost, "oauth2PermissionGrants", grant("AllPrincipals", "null", "openid  User.Read"))
	if asks("bob") != 200 {
		t.Error("a grant for everybody is not for bob")
	}
	b.must(http.StatusNoContent, admin, http.MethodPatch, "oauth2PermissionGrants/"+all.str("id"), `{"scope":"openid"}`)
	if asks("bob") == 200 {
		t.Error("a scope taken out of a grant is still good")
	}
	filtered := b.must(http.StatusOK, admin, http.MethodGet, "oauth2PermissionGrants?$filter=clientId eq '"+plain+"' and consentType eq 'AllPrincipals'", "")
	if len(filtered.entries()) != 1 || filtered.entries()[0]["scope"] != "openid" {
		t.Errorf("grants are %s", filtered.text)
	}
	if of := b.must(http.StatusOK, b.worker(), http.MethodGet, "servicePrincipals/"+plain+"/oauth2PermissionGrants", ""); len(of.entries()) != 2 {
		t.Errorf("grants of the client are %s", of.text)
	}
	b.must(http.StatusNoContent, admin, http.MethodDelete, "oauth2PermissionGrants/"+made.str("id"), "")
	if asks("alice") == 200 {
		t.Error("a deleted grant is still good")
	}
	b.call(admin, http.MethodGet, "oauth2PermissionGrants/"+made.str("id"), "").refuses(t, 404, "Request_ResourceNotFound")
	for _, body := range []string{
		grant("Principal", `"`+bobID+`"`, "Shoes.Read"), grant("Principal", `"`+bobID+`"`, ""), grant("AllPrincipals", `"`+bobID+`"`, "openid"), grant("Some", "null", "openid"),
	} {
		b.call(admin, http.MethodPost, "oauth2PermissionGrants", body).refuses(t, 400, "Request_BadRequest")
	}
	b.call(admin, http.MethodPost, "oauth2PermissionGrants", grant("Principal", "null", "openid")).refuses(t, 404, "Request_ResourceNotFound")
	b.call(admin, http.MethodPost, "oauth2PermissionGrants", strings.ReplaceAll(grant("AllPrincipals", "null", "openid"), plain, plainAppID)).refuses(t, 404, "Request_ResourceNotFound")
	b.call(b.person("alice", delegates), http.MethodPost, "oauth2PermissionGrants", grant("AllPrincipals", "null", "openid")).refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("carol", applications), http.MethodGet, "oauth2PermissionGrants", "").refuses(t, 403, "Authorization_RequestDenied")
}

func TestWithoutAPrincipalNothingIsLeft(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin, gwen := b.person("carol", applications), b.person("gwen", assigns+" "+delegates)
	graph, plain := b.principal(seed.MicrosoftGraph), b.principal(plainAppID)
	b.must(http.StatusCreated, gwen, http.MethodPost, "servicePrincipals/"+graph+"/appRoleAssignedTo", assignment(graph, plain, groupRead))
	b.must(http.StatusCreated, gwen, http.MethodPost, "oauth2PermissionGrants", `{"clientId":"`+plain+`","consentType":"AllPrincipals","resourceId":"`+graph+`","scope":"openid"}`)
	b.must(http.StatusNoContent, admin, http.MethodDelete, "servicePrincipals/"+plain, "")
	b.must(http.StatusOK, admin, http.MethodGet, "applications(appId='"+plainAppID+"')", "")
	if a := b.tokens(contosoID, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {plainAppID}, "client_secret": {"plain-secret"}, "scope": {"https://graph.microsoft.com/.default"},
	}); a.status == 200 {
		t.Error("an app without a service principal gets a token")
	}
	again := b.must(http.StatusCreated, admin, http.MethodPost, "servicePrincipals", `{"appId":"`+plainAppID+`"}`)
	if again.str("id") != plain {
		t.Errorf("the new principal is %s", again.text)
	}
	if roles := claimsOf(t, b.app(plainAppID, "plain-secret"))["roles"]; roles != nil {
		t.Errorf("roles came back: %v", roles)
	}
	if a := b.must(http.StatusOK, gwen, http.MethodGet, "oauth2PermissionGrants?$filter=clientId eq '"+plain+"'", ""); len(a.entries()) != 0 {
		t.Errorf("grants came back: %s", a.text)
	}
}
