package directory

import (
	"slices"

	"gatehouse/internal/emulator/seed"
)

// Assigned reports whether a person may use an app at all. Assignment through a
// group counts for its direct members only.
func (t *Tenant) Assigned(a *App, oid string) bool {
	return !a.AssignmentRequired || slices.ContainsFunc(a.AppRoleAssignments, func(given seed.AppRoleAssignment) bool {
		return t.holds(given, oid)
	})
}

// holds reports whether an assignment reaches a person.
func (t *Tenant) holds(assignment seed.AppRoleAssignment, oid string) bool {
	g, isGroup := t.Groups[assignment.Principal]
	return assignment.Principal == oid || isGroup && g.Members[oid]
}

// Roles are the values of the roles a person has at an app.
func (t *Tenant) Roles(at *App, oid string) []string {
	return at.rolesWhere("User", func(given seed.AppRoleAssignment) bool { return t.holds(given, oid) })
}

// AppRoles are the values of the application permissions a principal has at an
// app, assigned by the app or agreed by an admin: another app by its client id, a
// managed identity by its object id.
func (t *Tenant) AppRoles(at *App, principal string) []string {
	out := at.rolesWhere("Application", func(given seed.AppRoleAssignment) bool { return given.Principal == principal })
	for _, consent := range t.consentsOf(principal) {
		if consent.Resource == at.ID {
			out = append(out, consent.Roles...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// consentsOf are what admins have agreed to for an app or a managed identity.
func (t *Tenant) consentsOf(principal string) []seed.Consent {
	if a, ok := t.Apps[principal]; ok {
		return a.Consents
	}
	for _, m := range t.ManagedIdentities {
		if m.Principal == principal {
			return m.Consents
		}
	}
	return nil
}

func (a *App) rolesWhere(kind string, given func(seed.AppRoleAssignment) bool) []string {
	var out []string
	for _, assignment := range a.AppRoleAssignments {
		if a.Offers(assignment.Role, kind) && given(assignment) {
			out = append(out, assignment.Role)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Offers reports whether an app declares a role for a kind of member, "User" or
// "Application".
func (a *App) Offers(value, kind string) bool {
	return slices.ContainsFunc(a.AppRoles, func(r seed.AppRole) bool {
		return r.Value == value && (len(r.Members) == 0 || slices.Contains(r.Members, kind))
	})
}
