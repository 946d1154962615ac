package store_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func editGrants(t *testing.T, db *store.DB, o tenants.Organization, fn func([]tenants.RoleGrant) []tenants.RoleGrant) error {
	t.Helper()
	return db.EditRoleGrants(t.Context(), caller(o), "grants edited", func(g []tenants.RoleGrant) ([]tenants.RoleGrant, error) { return fn(g), nil })
}

func TestGrantsKeepTheirIDsAndSurvive(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	group := tenants.RoleGrant{
		ID: tenants.NewGUID(), Role: tenants.Auditor, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: tenants.NewGUID()},
		Name: "Auditors", EndsAt: time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond),
	}
	must(t, editGrants(t, p.db, p.a, func(g []tenants.RoleGrant) []tenants.RoleGrant { return append(g, group) }))
	unnamed := owner()
	unnamed.ID = tenants.GUID{}
	must(t, editGrants(t, p.db, p.a, func(g []tenants.RoleGrant) []tenants.RoleGrant { return append(g, unnamed) }))
	got, err := p.db.RoleGrants(t.Context(), p.a.ID)
	must(t, err)
	if len(got) != 3 || !slices.Contains(got, group) || slices.ContainsFunc(got, func(g tenants.RoleGrant) bool { return g.ID.IsZero() }) {
		t.Errorf("%+v", got)
	}
	if r := last(t, p.db, p.a); r.Target != "grants edited" || r.Before != "" || r.After == "" || r.Detail != "1 added, 0 changed, 0 removed" {
		t.Errorf("%+v", r)
	}
}

func TestOrganizationKeepsAnOwner(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	const sentence = "an organization keeps at least one owner without end date"
	for name, spoil := range map[string]func([]tenants.RoleGrant) []tenants.RoleGrant{
		"removed": func([]tenants.RoleGrant) []tenants.RoleGrant { return nil },
		"demoted": func(g []tenants.RoleGrant) []tenants.RoleGrant { g[0].Role = tenants.Admin; return g },
		"limited": func(g []tenants.RoleGrant) []tenants.RoleGrant {
			g[0].EndsAt = time.Now().Add(1e6 * time.Hour)
			return g
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, editGrants(t, p.db, p.a, spoil), fault.Invalid, sentence)
		})
	}
	must(t, editGrants(t, p.db, p.b, func(g []tenants.RoleGrant) []tenants.RoleGrant { g[0].EndsAt = time.Now(); return append(g, owner()) }))
}

func TestGrantThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	add := func(g tenants.RoleGrant) error {
		return editGrants(t, p.db, p.a, func(all []tenants.RoleGrant) []tenants.RoleGrant { return append(all, g) })
	}
	group := owner()
	group.Grantee.Kind = tenants.GroupGrantee
	refused(t, add(group), fault.Invalid, "role owner can be granted to a person only")
	nobody := owner()
	nobody.Grantee.ID = tenants.GUID{}
	refused(t, add(nobody), fault.Invalid, "grantee id is missing")
	now, err := p.db.RoleGrants(t.Context(), p.a.ID)
	must(t, err)
	again := now[0]
	again.ID = tenants.NewGUID()
	refused(t, add(again), fault.Conflict, "this grantee has the role already")
	claim := claimed()
	err = p.db.ClaimOrganization(t.Context(), caller(claim), tenants.NewOrganization{Organization: claim, WrappedKey: []byte("w"), Owner: group})
	refused(t, err, fault.Invalid, "role owner can be granted to a person only")
}
