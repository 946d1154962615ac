package seed

import (
	"maps"
	"slices"
	"strings"
)

// permissions checks delegated permissions: what an app exposes, and what it
// may ask of others.
func (c *checker) permissions(at place, a App, k known) {
	for i, scope := range a.Scopes {
		// What Microsoft Graph itself exposes includes the OpenID scopes.
		reserved := OpenID[scope] && a.ID != MicrosoftGraph
		if scope == "" || strings.ContainsAny(scope, " /") || reserved || scope == ".default" {
			c.add(at.item("scopes", i), "%q is not a permission name; use letters, digits, dots and underscores", scope)
		}
	}
	for i, p := range a.PreAuthorized {
		where := at.item("preAuthorized", i)
		if !IsGUID(p.Client) {
			c.add(where.field("client"), "%q is not a lower-case GUID; give a client id", p.Client)
		}
		c.exposed(where, p.Scopes, a)
	}
	for i, id := range a.KnownClients {
		c.app(at.item("knownClients", i), id, k)
	}
	for i, consent := range a.Consents {
		c.access(at.item("consents", i), Access(consent), k)
	}
	for i, access := range a.RequiredAccess {
		c.access(at.item("requiredAccess", i), access, k)
	}
}

// exposed checks that scopes are the resource's.
func (c *checker) exposed(at place, scopes []string, resource App) {
	for i, scope := range scopes {
		if slices.Contains(resource.Scopes, scope) {
			continue
		}
		where, meant := at.item("scopes", i), didYouMean(scope, slices.Clone(resource.Scopes))
		if resource.ID == MicrosoftGraph {
			c.add(where, "this emulator's Microsoft Graph has no delegated permission %q (docs/emulator.md lists what it has)%s", scope, meant)
			continue
		}
		c.add(where, "%q is not exposed by %s%s", scope, resource.Name, meant)
	}
}

// values are the app's roles of a kind of member.
func (a App) values(kind string) []string {
	var out []string
	for _, r := range a.AppRoles {
		if r.For(kind) {
			out = append(out, r.Value)
		}
	}
	return out
}

// access checks the permissions an app needs, or has, at one resource.
func (c *checker) access(at place, access Access, k known) {
	c.app(at.field("resource"), access.Resource, k)
	resource, found := k.apps[access.Resource]
	if !found {
		return
	}
	c.exposed(at, access.Scopes, resource)
	for i, value := range access.Roles {
		known := resource.values("Application")
		if slices.Contains(known, value) {
			continue
		}
		where, meant := at.item("roles", i), didYouMean(value, known)
		if resource.ID == MicrosoftGraph {
			c.add(where, "this emulator's Microsoft Graph has no application permission %q (docs/emulator.md lists what it has)%s", value, meant)
			continue
		}
		c.add(where, "%q is no app role of %s for applications%s", value, resource.Name, meant)
	}
	if len(access.Scopes)+len(access.Roles) == 0 {
		c.add(at, "names neither scopes nor roles; remove it or say what is needed")
	}
}

// For reports whether a kind of member, "User" or "Application", may have the
// role.
func (r AppRole) For(kind string) bool {
	return len(r.Members) == 0 || slices.Contains(r.Members, kind)
}

// roles checks the app's roles and who has them.
func (c *checker) roles(at place, a App, k known) {
	values := map[string]bool{}
	for i, role := range a.AppRoles {
		where := at.item("appRoles", i)
		switch {
		case role.Value == "" || strings.Contains(role.Value, " "):
			c.add(where.field("value"), "%q is not usable; give one without spaces", role.Value)
		case values[role.Value]:
			c.add(where.field("value"), "%q is another role's; give each its own", role.Value)
		}
		values[role.Value] = true
		for j, kind := range role.Members {
			if kind != "User" && kind != "Application" {
				c.add(where.item("members", j), "%q is unknown; use User or Application", kind)
			}
		}
	}
	for i, assignment := range a.AppRoleAssignments {
		where := at.item("appRoleAssignments", i)
		if assignment.Role != "" && !values[assignment.Role] {
			c.add(where.field("role"), "%q is not declared by the app; add it to appRoles%s", assignment.Role, didYouMean(assignment.Role, slices.Collect(maps.Keys(values))))
		}
		if !k.principal(assignment.Principal) {
			c.add(where.field("principal"), "%q is no user, group, app or managed identity of the tenant", assignment.Principal)
		}
	}
}

// principal reports whether an app role can be assigned to what has the id.
func (k known) principal(id string) bool {
	_, app := k.apps[id]
	return app || k.users[id] || k.groups[id] || k.identities[id]
}

// app checks the name of an app that the tenant has.
func (c *checker) app(at place, id string, k known) {
	if _, found := k.apps[id]; !found {
		c.add(at, "%q is no app of the tenant; give the client id of one", id)
	}
}
