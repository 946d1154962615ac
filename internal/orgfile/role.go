package orgfile

import (
	"slices"

	"gatehouse/internal/authz"
)

func exportRole(r authz.Role) Role {
	out := Role{Name: r.Name, Permissions: make([]Permission, 0, len(r.Permissions))}
	for _, p := range r.Permissions {
		out.Permissions = append(out.Permissions, Permission{p.Effect, slices.Clone(p.Patterns), p.Condition, p.AuthenticationContext})
	}
	return out
}

// permissions returns the permissions of a role as authz has them.
func (r Role) permissions() []authz.Permission {
	out := make([]authz.Permission, 0, len(r.Permissions))
	for _, p := range r.Permissions {
		out = append(out, authz.Permission{
			Effect: p.Effect, Patterns: slices.Clone(p.Patterns), Condition: p.Condition, AuthenticationContext: p.AuthenticationContext,
		})
	}
	return out
}
