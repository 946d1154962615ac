package msgraph

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

const givesRoles = "AppRoleAssignment.ReadWrite.All"

// side is which end of role assignments a path is about.
type side func(r directory.RoleAssignment, resource *directory.App, holder principal) string

// given are the assignments of roles a service principal declares.
func given(_ directory.RoleAssignment, resource *directory.App, _ principal) string {
	return resource.Principal
}

// held are those of the roles somebody or something has.
func held(_ directory.RoleAssignment, _ *directory.App, holder principal) string { return holder.id }

// principal is somebody or something that can hold a role.
type principal struct{ id, name, kind string }

// assignee finds who holds an assignment, which names apps by client id.
func assignee(t *directory.Tenant, id string) (principal, bool) {
	if p, ok := t.People[id]; ok && !p.Deleted {
		return principal{id, p.Name, "User"}, true
	}
	if g, ok := t.Groups[id]; ok {
		return principal{id, g.Name, "Group"}, true
	}
	if a, ok := t.Apps[id]; ok {
		return principal{a.Principal, a.Name, "ServicePrincipal"}, true
	}
	for _, m := range t.ManagedIdentities {
		if m.Principal == id {
			return principal{id, m.Name, "ServicePrincipal"}, true
		}
	}
	return principal{}, false
}

// assignments are the role assignments of the object in the path.
func (v *visit) assignments(t *directory.Tenant, end side) []directory.RoleAssignment {
	wanted := v.anchor(t)
	return slices.DeleteFunc(t.RoleAssignments(), func(r directory.RoleAssignment) bool {
		resource, ok := t.Apps[r.Resource]
		who, ok2 := assignee(t, r.Principal)
		return !ok || !ok2 || end(r, resource, who) != wanted
	})
}

// anchor is the object id the path is about.
func (v *visit) anchor(t *directory.Tenant) string {
	id := v.r.PathValue("id")
	if a, ok := t.Apps[strings.ToLower(strings.TrimPrefix(id, "appId="))]; ok && strings.HasPrefix(id, "appId=") {
		return a.Principal
	}
	if oid, ok := t.Username(id); ok {
		return oid
	}
	return strings.ToLower(id)
}

// anchored refuses a path about an object that is not there.
func (v *visit) anchored() bool {
	id := v.anchor(v.tenant)
	_, isApp := v.tenant.ServicePrincipal(id)
	_, isHolder := assignee(v.tenant, id)
	if isApp || isHolder {
		return true
	}
	v.refuse(missing(id))
	return false
}

func listAssignments(end side) func(*visit) {
	return func(v *visit) {
		if !v.allows(append([]string{givesRoles}, readsApps...)...) {
			return
		}
		if !v.anchored() {
			return
		}
		entries := []map[string]any{}
		for _, r := range v.assignments(v.tenant, end) {
			entries = append(entries, assignmentEntry(v.tenant, r))
		}
		v.entries("appRoleAssignments", entries)
	}
}

func assignmentEntry(t *directory.Tenant, r directory.RoleAssignment) map[string]any {
	one, _ := assignedRecord(t, r) // only assignments with a holder are shown
	entry := whole(t, one)
	entry["createdDateTime"] = stamp(seededAt)
	return entry
}

// assign gives a role. The sentences of its refusals are Graph's, from memory.
func assign(end side) func(*visit) {
	return func(v *visit) {
		var body struct {
			Role      string `json:"appRoleId"`
			Principal string `json:"principalId"`
			Resource  string `json:"resourceId"`
		}
		if !v.mayAssign() || !v.anchored() || !v.body(&body) {
			return
		}
		var made directory.RoleAssignment
		ok := v.change(func(t *directory.Tenant) *problem {
			var bad *problem
			if made, bad = readAssignment(t, body.Resource, body.Principal, body.Role); bad != nil {
				return bad
			}
			who, _ := assignee(t, made.Principal) // readAssignment found it
			if end(made, t.Apps[made.Resource], who) != v.anchor(t) {
				return badRequest("The object in the address is not the one in the body.")
			}
			if !v.administers(assigners(made.Resource)) {
				return denied
			}
			if slices.ContainsFunc(t.RoleAssignments(), func(r directory.RoleAssignment) bool { return r.ID(t.ID) == made.ID(t.ID) }) {
				return badRequest("Permission being assigned already exists on the object")
			}
			t.Assign(made)
			return nil
		})
		if ok {
			entry := assignmentEntry(v.tenant, made)
			entry["createdDateTime"] = stamp(v.s.now())
			v.created("appRoleAssignments", strings.TrimPrefix(v.r.URL.Path, "/v1.0/")+"/"+identity(entry), entry)
		}
	}
}

// assigners are the roles that may give roles of a resource. Only the highest
// give those of Microsoft Graph (learn.microsoft.com,
// entra/identity/role-based-access-control/permissions-reference).
func assigners(resource string) []string {
	if resource == seed.MicrosoftGraph {
		return []string{globalAdmin, privilegedRoleAdmin}
	}
	return append([]string{privilegedRoleAdmin}, adminsOfApps...)
}

func (v *visit) mayAssign() bool {
	if v.may(givesRoles) && v.administers(assigners("")) {
		return true
	}
	v.refuse(denied)
	return false
}

// readAssignment understands the ids of a new assignment.
func readAssignment(t *directory.Tenant, resourceID, principalID, roleID string) (directory.RoleAssignment, *problem) {
	none := directory.RoleAssignment{}
	resource, ok := t.ServicePrincipal(strings.ToLower(resourceID))
	if !ok || resource.Principal != strings.ToLower(resourceID) {
		return none, missing(resourceID)
	}
	id := strings.ToLower(principalID)
	if a, isApp := t.ServicePrincipal(id); isApp && a.Principal == id {
		id = a.ID
	} else if isApp {
		return none, missing(principalID)
	}
	who, ok := assignee(t, id)
	if !ok {
		return none, missing(principalID)
	}
	made := directory.RoleAssignment{Resource: resource.ID, Principal: id}
	if roleID == defaultRole {
		return made, nil
	}
	role, ok := resource.Role(strings.ToLower(roleID))
	kind := "User"
	if who.kind == "ServicePrincipal" {
		kind = "Application"
	}
	if !ok || !role.Enabled || !slices.Contains(role.Members, kind) {
		return none, badRequest("Permission being assigned was not found on application '" + reply.Clip(resource.ID) + "'.")
	}
	made.Role = role.Value
	return made, nil
}

func withdraw(end side) func(*visit) {
	return func(v *visit) {
		if !v.mayAssign() {
			return
		}
		gone := v.change(func(t *directory.Tenant) *problem {
			for _, r := range v.assignments(t, end) {
				if r.ID(t.ID) == strings.ToLower(v.r.PathValue("assignment")) {
					if !v.administers(assigners(r.Resource)) {
						return denied
					}
					t.Withdraw(r)
					return nil
				}
			}
			return missing(v.r.PathValue("assignment"))
		})
		if gone {
			v.done()
		}
	}
}
