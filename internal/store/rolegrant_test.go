package store_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/access"
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

// TestWhoseRoleWasTakenAwayDoesNotJoin goes through every way that a grant can
// end in the configuration.
func TestWhoseRoleWasTakenAwayDoesNotJoin(t *testing.T) {
	t.Parallel()
	someone := func() tenants.RoleGrant { g := owner(); g.Role = tenants.Admin; return g }
	for name, end := range map[string]func(t *testing.T, p pair, g tenants.RoleGrant) error{
		"revoked": func(t *testing.T, p pair, g tenants.RoleGrant) error {
			t.Helper()
			return editGrants(t, p.db, p.a, func(all []tenants.RoleGrant) []tenants.RoleGrant {
				return slices.DeleteFunc(all, func(has tenants.RoleGrant) bool { return has.ID == g.ID })
			})
		},
		"given to somebody else": func(t *testing.T, p pair, g tenants.RoleGrant) error {
			t.Helper()
			return editGrants(t, p.db, p.a, func(all []tenants.RoleGrant) []tenants.RoleGrant {
				at := slices.IndexFunc(all, func(has tenants.RoleGrant) bool { return has.ID == g.ID })
				all[at].Grantee = owner().Grantee
				return all
			})
		},
		"pruned with the document": func(t *testing.T, p pair, g tenants.RoleGrant) error {
			t.Helper()
			_, err := p.db.EditWhole(t.Context(), caller(p.a), "applied", func(w *access.Whole) error {
				w.RoleGrants = slices.DeleteFunc(w.RoleGrants, func(has tenants.RoleGrant) bool { return has.ID == g.ID })
				return nil
			})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, storetest.New(t))
			g, again := someone(), someone()
			again.Grantee = g.Grantee
			held, err := p.db.JoinOrganization(t.Context(), caller(p.a), "joined", g)
			if err != nil || !slices.Equal(held, []tenants.RoleGrant{g}) || last(t, p.db, p.a).Target != "joined" {
				t.Fatalf("%+v, %v", held, err)
			}
			must(t, end(t, p, g))
			_, err = p.db.JoinOrganization(t.Context(), caller(p.a), "joined", again)
			refused(t, err, fault.Forbidden, "an owner of the organization has ended your role")
			if had, err := p.db.HadRoleGrant(t.Context(), p.a.ID, g.Grantee); err != nil || !had {
				t.Errorf("%v, %v", had, err)
			}
			held, err = p.db.JoinOrganization(t.Context(), caller(p.b), "joined", again)
			if err != nil || len(held) != 1 {
				t.Errorf("the other organization is told: %+v, %v", held, err)
			}
		})
	}
}

func TestJoiningLeavesGrantsAsTheyAre(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	g := owner()
	g.Role, g.EndsAt = tenants.Viewer, time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
	must(t, editGrants(t, p.db, p.a, func(all []tenants.RoleGrant) []tenants.RoleGrant { return append(all, g) }))
	before, err := p.db.RoleGrants(t.Context(), p.a.ID)
	must(t, err)
	again := owner()
	again.Grantee, again.Role = g.Grantee, tenants.Admin
	held, err := p.db.JoinOrganization(t.Context(), caller(p.a), "joined", again)
	if err != nil || !slices.Equal(held, []tenants.RoleGrant{g}) {
		t.Errorf("%+v, %v", held, err)
	}
	after, err := p.db.RoleGrants(t.Context(), p.a.ID)
	if must(t, err); !slices.Equal(before, after) || last(t, p.db, p.a).Target == "joined" {
		t.Errorf("%+v", after)
	}
	if had, err := p.db.HadRoleGrant(t.Context(), p.a.ID, g.Grantee); err != nil || had {
		t.Errorf("a grant that has only ended counts as taken away: %v, %v", had, err)
	}
}
