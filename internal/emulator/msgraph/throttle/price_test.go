package throttle_test

import (
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/emulator/msgraph/throttle"
)

func TestPricesAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		request       string
		units, writes int
	}{
		{"GET /v1.0/applications", 2, 0},
		{"GET /v1.0/applications/1/extensionProperties", 2, 0},
		{"GET /v1.0/applications/1", 1, 0},
		{"POST /v1.0/applications", 1, 1},
		{"PATCH /v1.0/applications/1", 1, 1},
		{"DELETE /v1.0/users/1", 1, 1},
		{"GET /v1.0/contracts", 3, 0},
		{"POST /v1.0/directoryObjects/getByIds", 3, 0},
		{"POST /v1.0/directoryObjects/getByIds?$select=id", 2, 0},
		{"GET /v1.0/domains/a.example/domainNameReferences", 4, 0},
		{"GET /v1.0/groups/1/members", 3, 0},
		{"GET /v1.0/groups/1/members?$top=5&$select=id", 1, 0},
		{"GET /v1.0/groups/1/transitiveMembers", 5, 0},
		{"GET /v1.0/groups/1/transitiveMembers/microsoft.graph.user", 5, 0},
		{"GET /v1.0/groups", 1, 0},
		{"POST /v1.0/groups/1/members/$ref", 1, 1},
		{"POST /v1.0/users/1/checkMemberGroups", 4, 0},
		{"POST /v1.0/USERS/a@b.example/checkmembergroups", 4, 0},
		{"POST /v1.0/users/1/getMemberObjects", 2, 0},
		{"POST /v1.0/users/1/revokeSignInSessions", 1, 1},
		{"GET /v1.0/users/1/transitiveMemberOf", 2, 0},
		{"GET /v1.0/users", 2, 0},
		{"GET /v1.0/users?$top=1&$select=id", 1, 0},
		{"GET /v1.0/users/delta", 1, 0},
		{"GET /v1.0/users/1", 1, 0},
		{"GET /v1.0/oauth2PermissionGrants/1", 2, 0},
		{"GET /v1.0/servicePrincipals/1/appRoleAssignments", 2, 0},
		{"GET /v1.0/subscribedSkus", 3, 0},
		{"GET /v1.0/organization", 1, 0},
		{"POST /v1.0/$batch", 0, 0},
		{"GET /v1.0/users/1/drive/root/children", 0, 0},
		{"GET /v1.0/me/calendarView", 0, 0},
		{"GET /oidc/userinfo", 0, 0},
		{"HEAD /v1.0/me/memberOf", 2, 0},
		{"GET /", 0, 0},
	} {
		method, target, _ := strings.Cut(row.request, " ")
		address, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		if got := throttle.PriceOf(method, address); got != (throttle.Price{Units: row.units, Writes: row.writes}) {
			t.Errorf("%s costs %+v, want %d and %d writes", row.request, got, row.units, row.writes)
		}
	}
}
