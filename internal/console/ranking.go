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
	held := rolesFor(grants, tenants.PersonGrantee, []tenants.GUID{p.OID})
	groups := p.Groups
	if p.GroupsElsewhere && !includes(held, needed) {
		if groups, err = c.askGroups(ctx, p, grants); err != nil {
			return "", err
		}
	}
	return best(append(held, rolesFor(grants, tenants.GroupGrantee, groups)...), needed), nil
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

func (c *Console) roleOfApp(ctx context.Context, org tenants.ID, oid tenants.GUID) (tenants.Role, error) {
	all, err := c.Store.RoleGrants(ctx, org)
	if err != nil {
		return "", err
	}
	named := false
	var held []tenants.Role
	for _, g := range all {
		if g.Grantee != (tenants.Grantee{Kind: tenants.AppGrantee, ID: oid}) {
			continue
		}
		named = true
		if !g.Ended(c.Now()) {
			held = append(held, g.Role)
		}
	}
	if !named {
		return tenants.Admin, nil
	}
	return best(held, ""), nil
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
