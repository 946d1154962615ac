package directory

import (
	"maps"
	"slices"
	"strings"
)

// Group finds a group by id or name.
func (t *Tenant) Group(name string) (*Group, bool) {
	if g, ok := t.Groups[strings.ToLower(name)]; ok {
		return g, true
	}
	g, ok := t.Groups[t.names[name]]
	return g, ok
}

// Closure is every group an object is in, directly or through other groups,
// sorted by id. Groups that contain each other are walked once.
func (t *Tenant) Closure(oid string) []string {
	seen := map[string]bool{}
	next := t.parents[oid]
	for len(next) > 0 {
		var above []string
		for _, id := range next {
			if !seen[id] {
				seen[id] = true
				above = append(above, t.parents[id]...)
			}
		}
		next = above
	}
	return slices.Sorted(maps.Keys(seen))
}

// SecurityGroups is Closure without distribution lists.
func (t *Tenant) SecurityGroups(oid string) []string {
	return slices.DeleteFunc(t.Closure(oid), func(id string) bool { return t.Groups[id].MailOnly })
}

// ClaimedGroups are the groups an app's tokens carry for a person.
func (t *Tenant) ClaimedGroups(receiver *App, oid string) []string {
	switch receiver.GroupMembershipClaims {
	case "SecurityGroup":
		return t.SecurityGroups(oid)
	case "All":
		return t.Closure(oid)
	case "ApplicationGroup":
		return t.assignedGroups(receiver, oid)
	}
	return nil
}

// assignedGroups are the groups assigned to the app that the person is directly in.
func (t *Tenant) assignedGroups(receiver *App, oid string) []string {
	var out []string
	for _, assignment := range receiver.AppRoleAssignments {
		if g, ok := t.Groups[assignment.Principal]; ok && g.Members[oid] {
			out = append(out, g.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
