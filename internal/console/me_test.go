package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// TestSessionTellsEveryRole: an admin who is also an auditor reads the log, and no one
// role says so.
func TestSessionTellsEveryRole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, tenants.Admin)
	r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Auditor, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: p.OID}})
	b := r.as(t, p)
	var s console.Session
	b.read("/api/session", &s)
	if o := s.Organization; o == nil || o.Role != tenants.Admin || !slices.Equal(o.Roles, []tenants.Role{tenants.Admin, tenants.Auditor}) || o.RolesUnknown {
		t.Errorf("%+v", s.Organization)
	}
	want(t, b.get(ofContoso+"log"), http.StatusOK)
}

// TestSessionIsToldWhereGroupsCannotBeAsked: what needs no role of a group goes on.
func TestSessionIsToldWhereGroupsCannotBeAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Admin, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: group}})
	p := r.person(r.contoso, tenants.Viewer)
	p.GroupsElsewhere, p.Delegation = true, []byte("first")
	b := r.as(t, p)
	r.unasked = fault.New(fault.Unavailable, "Microsoft Graph does not answer")
	var s console.Session
	b.read("/api/session", &s)
	if o := s.Organization; o == nil || o.Role != tenants.Viewer || !slices.Equal(o.Roles, []tenants.Role{tenants.Viewer}) || !o.RolesUnknown {
		t.Errorf("%+v", s.Organization)
	}
	if !strings.Contains(r.log.String(), "Microsoft Graph does not answer") {
		t.Error("nobody is told why")
	}
	want(t, b.get(ofContoso+"roles"), http.StatusOK)
	r.unasked = nil
	s = console.Session{}
	b.read("/api/session", &s)
	if s.Organization.RolesUnknown {
		t.Errorf("%+v", s.Organization)
	}
}
