package msgraph

import (
	"slices"

	"gatehouse/internal/emulator/directory"
)

// defaultRole is the id of an assignment without a role.
const defaultRole = "00000000-0000-0000-0000-000000000000"

// assigned is an app role somebody or something has.
type assigned struct {
	directory.RoleAssignment
	app    *directory.App
	holder principal
}

// roleIDOf is the id of an app's role.
func roleIDOf(app *directory.App, value string) string {
	for _, role := range app.Declared() {
		if role.Value == value && value != "" {
			return role.ID
		}
	}
	return defaultRole
}

// assignedKind is microsoft.graph.appRoleAssignment.
var assignedKind = &kind{
	name: "appRoleAssignment", set: "appRoleAssignments", resource: "AppRoleAssignment",
	shown: []string{
		"id", "deletedDateTime", "appRoleId", "createdDateTime", "principalDisplayName", "principalId", "principalType", "resourceDisplayName", "resourceId",
	},
	properties: map[string]*property{
		"id":                   assignedProperty(property{}, func(t *directory.Tenant, a *assigned) any { return a.ID(t.ID) }),
		"appRoleId":            assignedProperty(property{form: guid}, func(_ *directory.Tenant, a *assigned) any { return roleIDOf(a.app, a.Role) }),
		"principalId":          assignedProperty(property{form: guid}, func(_ *directory.Tenant, a *assigned) any { return a.holder.id }),
		"principalDisplayName": assignedProperty(property{}, func(_ *directory.Tenant, a *assigned) any { return orNull(a.holder.name) }),
		"principalType":        assignedProperty(property{}, func(_ *directory.Tenant, a *assigned) any { return a.holder.kind }),
		"resourceId":           assignedProperty(property{form: guid, equal: always}, func(_ *directory.Tenant, a *assigned) any { return a.app.Principal }),
		"resourceDisplayName":  assignedProperty(property{}, func(_ *directory.Tenant, a *assigned) any { return orNull(a.app.Name) }),
		"createdDateTime":      none(property{form: composite}),
		"deletedDateTime":      none(property{form: composite}),
	},
}

func assignedProperty(p property, get func(*directory.Tenant, *assigned) any) *property {
	p.get = func(t *directory.Tenant, of any) any {
		a, _ := of.(*assigned)
		return get(t, a)
	}
	return &p
}

// assignedRecord is an assignment; nobody may hold it any more.
func assignedRecord(t *directory.Tenant, r directory.RoleAssignment) (record, bool) {
	app, known := t.Apps[r.Resource]
	holder, held := assignee(t, r.Principal)
	return record{r.ID(t.ID), assignedKind, &assigned{r, app, holder}}, known && held
}

// appRoleAssignments lists the app roles a person has, and those of the groups
// they are directly in ("List appRoleAssignments granted to a user").
func (s *Service) appRoleAssignments(v *visit, p *directory.Person) {
	if !v.allows(readsAssignments...) {
		return
	}
	v.list(collection{
		context: assignedKind.set, kinds: []*kind{assignedKind}, options: []string{"$select", "$filter", "$top", "$count", "$skiptoken"},
		records: func() []record { return assignedTo(v.tenant, p) },
	})
}

// assignedTo are the app roles of a person and of the groups they are directly in.
func assignedTo(t *directory.Tenant, p *directory.Person) []record {
	var out []record
	for _, app := range t.Apps {
		for _, given := range app.AppRoleAssignments {
			in, isGroup := t.Groups[given.Principal]
			if given.Principal != p.ID && (!isGroup || !in.Members[p.ID]) {
				continue
			}
			r, ok := assignedRecord(t, directory.RoleAssignment{Resource: app.ID, Role: given.Role, Principal: given.Principal})
			if ok && !slices.ContainsFunc(out, func(other record) bool { return other.id == r.id }) {
				out = append(out, r)
			}
		}
	}
	return out
}
