package orgfile

import (
	"reflect"
	"slices"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// grants makes the role grants those that are wanted. One owner without an end
// always stays: otherwise nobody could give the organization one. What stays as
// it is may stay without.
func (a *applier) grants() {
	if a.wanted.RoleGrants == nil {
		return
	}
	had := byKey(a.was.RoleGrants, RoleGrant.key)
	mentioned := byKey(a.wanted.RoleGrants, RoleGrant.key)
	ids := map[string]tenants.GUID{}
	var next []tenants.RoleGrant
	for _, g := range a.state.RoleGrants {
		key := RoleGrant{Role: g.Role, Grantee: Grantee{g.Grantee.Kind, g.Grantee.ID}}.key()
		ids[key] = g.ID
		wanted, there := mentioned[key]
		if there && reflect.DeepEqual(wanted, had[key]) || !there && a.how.Mode == Keep {
			next = append(next, g)
		}
	}
	for i, g := range a.wanted.RoleGrants {
		if before, there := had[g.key()]; !there || !reflect.DeepEqual(before, g) {
			next = append(next, a.grant(access.Place("roleGrants").At(i), g, ids[g.key()]))
		}
	}
	lasting := func(g tenants.RoleGrant) bool { return g.Role == tenants.Owner && g.EndsAt.IsZero() }
	if !slices.Equal(next, a.state.RoleGrants) && !slices.ContainsFunc(next, lasting) {
		a.add("roleGrants", "would leave the organization without an owner; keep a grant of owner that has no end")
	}
	a.state.RoleGrants = next
}

// grant returns a grant that is new or changed, having complained about it.
func (a *applier) grant(at access.Place, g RoleGrant, id tenants.GUID) tenants.RoleGrant {
	if id.IsZero() {
		id = tenants.NewGUID()
	}
	out := tenants.RoleGrant{ID: id, Role: g.Role, Grantee: tenants.Grantee{Kind: g.Grantee.Kind, ID: g.Grantee.ID}, Name: *g.Name, EndsAt: g.EndsAt}
	a.blame(at, out.Validate())
	if out.Name != "" {
		a.blame(at.Field("name"), access.CheckName(out.Name))
	}
	if before, there := byKey(a.was.RoleGrants, RoleGrant.key)[g.key()]; (!there || !before.EndsAt.Equal(g.EndsAt)) && out.Ended(a.how.Now) {
		a.add(at.Field("endsAt"), "has passed; give a time to come, or leave it out for no end")
	}
	return out
}
