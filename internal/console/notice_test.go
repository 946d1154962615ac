package console_test

import (
	"net/http"
	"slices"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestNoticesAreForOwnersAndAdmins(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/api/organizations/contoso"
	told := map[tenants.Role]bool{}
	tags := map[string]bool{}
	for _, role := range []tenants.Role{tenants.Owner, tenants.Admin, tenants.Auditor, tenants.Viewer} {
		var o console.NotifiedOrganization
		tags[r.as(t, r.person(r.contoso, role)).read(path, &o)] = true
		told[role] = slices.ContainsFunc(o.Notices, func(n console.Notice) bool {
			return n.Kind == tenants.OwnershipRecovered && n.By.Name == "Rory" && n.At.Equal(start)
		})
	}
	if !told[tenants.Owner] || !told[tenants.Admin] || told[tenants.Auditor] || told[tenants.Viewer] || len(tags) != 1 {
		t.Errorf("told are %v, with the tags %v", told, tags)
	}
}

func TestNoticeIsDismissedByAnotherPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	rory := r.person(r.contoso, tenants.Owner)
	n := &r.notices[r.contoso.ID][0]
	n.ByTID, n.By.OID = rory.TID, rory.OID
	path := "/api/organizations/contoso/notices/" + n.ID.String() + "/dismiss"
	want(t, r.as(t, rory).send(http.MethodPost, path, "", nil), http.StatusForbidden)
	r.tokens["pipeline"] = authz.Identity{Org: r.contoso.ID, TID: r.contoso.TID, OID: tenants.NewGUID(), Kind: authz.App, AppRoles: []string{console.ManageRole}}
	want(t, r.by(t, "pipeline").send(http.MethodPost, path, "", nil), http.StatusForbidden)
	if len(r.notices[r.contoso.ID]) != 1 {
		t.Fatal("the notice is gone")
	}
	admin := r.as(t, r.person(r.contoso, tenants.Admin))
	want(t, admin.send(http.MethodPost, path, "", nil), http.StatusNoContent)
	var o console.NotifiedOrganization
	admin.read("/api/organizations/contoso", &o)
	if len(o.Notices) != 0 {
		t.Errorf("still told of %+v", o.Notices)
	}
}
