package emulator

import (
	"slices"
)

// groupLimit is how many groups a token carries; above it, it only says that
// there are more.
const groupLimit = 200

// personClaims are the claims about a person that the receiving app has asked
// for in its registration, and those everybody gets.
func (e *Emulator) personClaims(claims map[string]any, i issue, receiver *app) {
	claims["oid"] = i.who.ID
	if idp := e.provider(i.who); idp != "" {
		claims["idp"] = idp
	}
	roles := i.tenant.rolesOf(receiver, i.who.ID)
	groups := i.tenant.groupsFor(receiver, i.who.ID)
	switch {
	case len(groups) > groupLimit:
		claims["_claim_names"] = map[string]any{"groups": "src1"}
		claims["_claim_sources"] = map[string]any{"src1": map[string]any{
			// A retired API, on purpose: readers must not call it.
			"endpoint": "https://graph.windows.net/" + i.tenant.id + "/users/" + i.who.ID + "/getMemberObjects",
		}}
	case len(groups) > 0 && receiver.groupsAsRoles():
		roles = groups // app roles give way
	case len(groups) > 0:
		claims["groups"] = groups
	}
	if len(roles) > 0 {
		claims["roles"] = roles
	}
	if wids := i.who.wids(receiver); len(wids) > 0 {
		claims["wids"] = wids
	}
}

// provider is who vouches for a guest; empty for a member.
func (e *Emulator) provider(who *person) string {
	if isGUID(who.Guest) {
		return e.issuerV1(who.Guest)
	}
	return who.Guest
}

// groupsFor are the groups an app's tokens carry for a person.
func (t *tenant) groupsFor(receiver *app, oid string) []string {
	switch receiver.GroupMembershipClaims {
	case "SecurityGroup":
		return t.securityGroups(oid)
	case "All":
		return t.closure(oid)
	case "ApplicationGroup":
		return t.assignedGroups(receiver, oid)
	}
	return nil
}

// assignedGroups are the groups assigned to the app that the person is directly in.
func (t *tenant) assignedGroups(receiver *app, oid string) []string {
	var out []string
	for _, assignment := range receiver.AppRoleAssignments {
		if g, ok := t.groups[assignment.Principal]; ok && g.members[oid] {
			out = append(out, g.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (a *app) groupsAsRoles() bool {
	return slices.ContainsFunc(a.OptionalClaims.AccessToken, func(c OptionalClaim) bool {
		return c.Name == "groups" && slices.Contains(c.Properties, "emit_as_roles")
	})
}

// rolesOf are the values of the roles a person has at an app.
func (t *tenant) rolesOf(receiver *app, oid string) []string {
	var out []string
	for _, assignment := range receiver.AppRoleAssignments {
		if receiver.offers(assignment.Role, "User") && t.holds(assignment, oid) {
			out = append(out, assignment.Role)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// appRoles are the values of the roles the client has at the resource.
func (i issue) appRoles() []string {
	var out []string
	for _, assignment := range i.ask.resource.AppRoleAssignments {
		if assignment.Principal == i.client.ID && i.ask.resource.offers(assignment.Role, "Application") {
			out = append(out, assignment.Role)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// offers reports whether an app declares a role for a kind of member.
func (a *app) offers(value, kind string) bool {
	return slices.ContainsFunc(a.AppRoles, func(r AppRole) bool {
		return r.Value == value && (len(r.Members) == 0 || slices.Contains(r.Members, kind))
	})
}

// wids are the directory roles an app's tokens carry for a person.
func (p *person) wids(receiver *app) []string {
	if !among(receiver.GroupMembershipClaims, "SecurityGroup", "DirectoryRole", "All") {
		return nil
	}
	out := slices.Clone(p.DirectoryRoles)
	if p.member() {
		out = append(out, everyMember)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
