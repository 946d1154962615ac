package console

import (
	"context"
	"slices"

	"gatehouse/internal/tenants"
)

// ranking orders roles by how much they let do; an auditor and a viewer differ
// in what they read.
var ranking = []tenants.Role{tenants.Owner, tenants.Admin, tenants.Auditor, tenants.Viewer}

// roleOf returns the highest role that the grants give a person now, preferring
// one that includes the needed role. Grants are read for every request: one
// that is revoked or over gives nothing from then on.
func (c *Console) roleOf(ctx context.Context, org tenants.ID, p Person, needed tenants.Role) (tenants.Role, error) {
	grants, err := c.activeGrants(ctx, org)
	if err != nil {
		return "", err
	}
	held, err := c.rolesHeld(ctx, p, grants, needed)
	if err != nil {
		return "", err
	}
	return best(held, needed), nil
}

// rolesHeld returns the roles that grants give a person, each once, in the order of
// their ranking. Groups are asked about only where no other grant includes the needed
// role; where that fails, the roles beside the error are those that are known.
func (c *Console) rolesHeld(ctx context.Context, p Person, grants []tenants.RoleGrant, needed tenants.Role) (held []tenants.Role, err error) {
	all := rolesFor(grants, tenants.PersonGrantee, []tenants.GUID{p.OID})
	groups := p.Groups
	if p.GroupsElsewhere && !includes(all, needed) {
		groups, err = c.askGroups(ctx, p, grants)
	}
	all = append(all, rolesFor(grants, tenants.GroupGrantee, groups)...)
	for _, r := range ranking {
		if slices.Contains(all, r) {
			held = append(held, r)
		}
	}
	return held, err
}

// askGroups asks the directory about the groups that roles are granted to, and
// about no others.
func (c *Console) askGroups(ctx context.Context, p Person, grants []tenants.RoleGrant) ([]tenants.GUID, error) {
	var ask []tenants.GUID
	for _, g := range grants {
		if g.Grantee.Kind == tenants.GroupGrantee {
			ask = append(ask, g.Grantee.ID)
		}
	}
	if len(ask) == 0 {
		return nil, nil
	}
	return c.Directory.MemberOf(ctx, p, ask)
}

// roleOfApp returns what an application may do that Entra lets in. Until an owner
// grants it a role it is an admin; from then on it is what is granted, and once
// that is over or taken away it is nothing.
func (c *Console) roleOfApp(ctx context.Context, org tenants.ID, oid tenants.GUID) (tenants.Role, error) {
	all, err := c.Store.RoleGrants(ctx, org)
	if err != nil {
		return "", err
	}
	me := tenants.Grantee{Kind: tenants.AppGrantee, ID: oid}
	all = slices.DeleteFunc(slices.Clone(all), func(g tenants.RoleGrant) bool { return g.Grantee != me })
	if len(all) == 0 {
		return c.roleOfUnnamed(ctx, org, me)
	}
	held := slices.DeleteFunc(all, func(g tenants.RoleGrant) bool { return g.Ended(c.Now()) })
	return best(rolesFor(held, me.Kind, []tenants.GUID{oid}), ""), nil
}

// roleOfUnnamed is asked after the grants were read: a grant that is taken away
// in between is remembered by then.
func (c *Console) roleOfUnnamed(ctx context.Context, org tenants.ID, app tenants.Grantee) (tenants.Role, error) {
	had, err := c.Store.HadRoleGrant(ctx, org, app)
	if had || err != nil {
		return "", err
	}
	return tenants.Admin, nil
}

func (c *Console) activeGrants(ctx context.Context, org tenants.ID) ([]tenants.RoleGrant, error) {
	grants, err := c.Store.RoleGrants(ctx, org)
	now := c.Now()
	return slices.DeleteFunc(slices.Clone(grants), func(g tenants.RoleGrant) bool { return g.Ended(now) }), err
}

func rolesFor(grants []tenants.RoleGrant, kind tenants.GranteeKind, ids []tenants.GUID) (roles []tenants.Role) {
	for _, g := range grants {
		if g.Grantee.Kind == kind && slices.Contains(ids, g.Grantee.ID) {
			roles = append(roles, g.Role)
		}
	}
	return roles
}

func includes(held []tenants.Role, needed tenants.Role) bool {
	return slices.ContainsFunc(held, func(r tenants.Role) bool { return r.Includes(needed) })
}

// best returns the highest role held that includes the needed one, or else the
// highest held: an admin who is also an auditor may read the log.
func best(held []tenants.Role, needed tenants.Role) (role tenants.Role) {
	for _, r := range ranking {
		if slices.Contains(held, r) && r.Includes(needed) {
			return r
		}
		if role == "" && slices.Contains(held, r) {
			role = r
		}
	}
	return role
}
