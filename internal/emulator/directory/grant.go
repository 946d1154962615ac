package directory

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/seed"
)

// Grant is an agreement that a client acts with scopes of a resource for one
// person or Everybody.
type Grant struct {
	Client, Resource string // client ids
	User             string // object id, or Everybody
	Scopes           []string
}

// ID is the grant's id in a tenant; it stays the same when the scopes change.
func (g Grant) ID(tid string) string {
	return seed.Derived(tid, "oauth2PermissionGrant", g.Client, g.Resource, g.User)
}

// Grants are all agreements about delegated permissions, seeded or made since,
// in a fixed order.
func (t *Tenant) Grants() []Grant {
	all := map[consentKey][]string{}
	for key, scopes := range t.consents {
		all[key] = slices.Clone(scopes)
	}
	for _, client := range t.Apps {
		for _, c := range client.Consents {
			if len(c.Scopes) > 0 {
				key := consentKey{Everybody, client.ID, c.Resource}
				all[key] = append(all[key], c.Scopes...)
			}
		}
	}
	var out []Grant
	for key, scopes := range all {
		slices.Sort(scopes)
		if scopes = slices.Compact(scopes); len(scopes) > 0 {
			out = append(out, Grant{Client: key.client, Resource: key.resource, User: key.user, Scopes: scopes})
		}
	}
	slices.SortFunc(out, func(a, b Grant) int { return strings.Compare(a.ID(t.ID), b.ID(t.ID)) })
	return out
}

// SetGrant replaces the scopes of a grant; without scopes there is none any more.
func (t *Tenant) SetGrant(g Grant, scopes []string) {
	if client, ok := t.Apps[g.Client]; ok && g.User == Everybody {
		t.Apps[g.Client] = client.withoutScopes(g.Resource)
	}
	key := consentKey{g.User, g.Client, g.Resource}
	delete(t.consents, key)
	if len(scopes) > 0 {
		t.Consent(g.User, g.Client, g.Resource, scopes)
	}
}

// withoutScopes is the app without seeded delegated agreements for a resource.
func (a *App) withoutScopes(resource string) *App {
	next := *a
	next.Consents = slices.Clone(a.Consents)
	for i := range next.Consents {
		if next.Consents[i].Resource == resource {
			next.Consents[i].Scopes = nil
		}
	}
	return &next
}

// RoleAssignment is a role of a resource given to somebody.
type RoleAssignment struct {
	Resource  string // client id
	Role      string // value; empty: the default assignment
	Principal string // object id of a person, group or managed identity, or client id of an app
	agreed    bool   // seeded as an agreement of the client instead of an assignment at the resource
}

// ID is the assignment's id in a tenant.
func (r RoleAssignment) ID(tid string) string {
	return seed.Derived(tid, "appRoleAssignment", r.Resource, r.Role, r.Principal)
}

// RoleAssignments are all roles given, in a fixed order.
func (t *Tenant) RoleAssignments() []RoleAssignment {
	var out []RoleAssignment
	for _, resource := range t.Apps {
		for _, given := range resource.AppRoleAssignments {
			out = append(out, RoleAssignment{Resource: resource.ID, Role: given.Role, Principal: given.Principal})
		}
		out = append(out, agreedRoles(resource.ID, resource.Consents)...)
	}
	for _, m := range t.ManagedIdentities {
		out = append(out, agreedRoles(m.Principal, m.Consents)...)
	}
	slices.SortStableFunc(out, func(a, b RoleAssignment) int { return strings.Compare(a.ID(t.ID), b.ID(t.ID)) })
	return slices.CompactFunc(out, func(a, b RoleAssignment) bool { return a.ID(t.ID) == b.ID(t.ID) })
}

func agreedRoles(principal string, consents []seed.Consent) []RoleAssignment {
	var out []RoleAssignment
	for _, c := range consents {
		for _, role := range c.Roles {
			out = append(out, RoleAssignment{Resource: c.Resource, Role: role, Principal: principal, agreed: true})
		}
	}
	return out
}

// Assign gives a role.
func (t *Tenant) Assign(r RoleAssignment) {
	next := *t.Apps[r.Resource]
	next.AppRoleAssignments = append(slices.Clone(next.AppRoleAssignments), seed.AppRoleAssignment{Role: r.Role, Principal: r.Principal})
	t.Apps[r.Resource] = &next
}

// Withdraw takes a role back, however it was given.
func (t *Tenant) Withdraw(r RoleAssignment) {
	if resource, ok := t.Apps[r.Resource]; ok {
		next := *resource
		next.AppRoleAssignments = slices.DeleteFunc(slices.Clone(next.AppRoleAssignments), func(given seed.AppRoleAssignment) bool {
			return given.Role == r.Role && given.Principal == r.Principal
		})
		t.Apps[r.Resource] = &next
	}
	if client, ok := t.Apps[r.Principal]; ok {
		next := *client
		next.Consents = withoutRole(next.Consents, r)
		t.Apps[r.Principal] = &next
	}
	t.ManagedIdentities = slices.Clone(t.ManagedIdentities)
	for i := range t.ManagedIdentities {
		if t.ManagedIdentities[i].Principal == r.Principal {
			t.ManagedIdentities[i].Consents = withoutRole(t.ManagedIdentities[i].Consents, r)
		}
	}
}

func withoutRole(consents []seed.Consent, r RoleAssignment) []seed.Consent {
	out := slices.Clone(consents)
	for i := range out {
		if out[i].Resource == r.Resource {
			out[i].Roles = slices.DeleteFunc(slices.Clone(out[i].Roles), func(role string) bool { return role == r.Role })
		}
	}
	return out
}
