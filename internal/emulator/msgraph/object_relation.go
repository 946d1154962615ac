package msgraph

import (
	"slices"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// What may be in a membership list, and what may be a member.
var (
	containers = []*kind{groupKind, roleKind, unitKind}
	principals = []*kind{userKind, groupKind}
)

func personRecord(p *directory.Person) record { return record{p.ID, userKind, p} }

func groupRecord(g *directory.Group) record { return record{g.ID, groupKind, g} }

// everybody is everyone who has not been deleted, in order of id. The disabled are
// among them.
func everybody(t *directory.Tenant) []record {
	out := make([]record, 0, len(t.People))
	for p := range t.PeopleByID() {
		if !p.Deleted {
			out = append(out, personRecord(p))
		}
	}
	return out
}

func groups(t *directory.Tenant) []record {
	out := make([]record, 0, len(t.Groups))
	for _, g := range t.Groups {
		out = append(out, groupRecord(g))
	}
	return out
}

// allMemberships are the groups a person is in, directly or through others, and
// their active directory roles.
func allMemberships(t *directory.Tenant, p *directory.Person) []record {
	return append(allGroups(t, p.ID), rolesOf(t, p)...)
}

// memberships are the groups a person is directly in and their directory roles.
func memberships(t *directory.Tenant, p *directory.Person) []record {
	return append(directGroups(t, p.ID), rolesOf(t, p)...)
}

func groupMemberships(t *directory.Tenant, g *directory.Group) []record { return directGroups(t, g.ID) }

func allGroups(t *directory.Tenant, id string) []record {
	ids := t.Closure(id)
	out := make([]record, 0, len(ids))
	for _, id := range ids {
		out = append(out, groupRecord(t.Groups[id]))
	}
	return out
}

func directGroups(t *directory.Tenant, id string) []record {
	return slices.DeleteFunc(allGroups(t, id), func(r record) bool { return !t.Groups[r.id].Members[id] })
}

// members are a group's direct members, without the deleted.
func members(t *directory.Tenant, g *directory.Group) []record {
	out := make([]record, 0, len(g.Members))
	for id := range g.Members {
		if inner, ok := t.Groups[id]; ok {
			out = append(out, groupRecord(inner))
		} else if p, ok := t.People[id]; ok && !p.Deleted {
			out = append(out, personRecord(p))
		}
	}
	return out
}

// allMembers are a group's members, directly or through other groups. A group is
// not its own member, even where groups contain each other.
func allMembers(t *directory.Tenant, g *directory.Group) []record {
	seen := map[string]bool{g.ID: true}
	var out []record
	for next := []*directory.Group{g}; len(next) > 0; next = next[1:] {
		for _, r := range members(t, next[0]) {
			if seen[r.id] {
				continue
			}
			seen[r.id] = true
			out = append(out, r)
			if inner, ok := r.of.(*directory.Group); ok {
				next = append(next, inner)
			}
		}
	}
	return out
}

// managers is a person's manager, if they have one.
func managers(t *directory.Tenant, p *directory.Person) []record {
	if m, ok := t.People[p.Manager]; ok && !m.Deleted {
		return []record{personRecord(m)}
	}
	return nil
}

// reports are the people whose manager somebody is.
func reports(t *directory.Tenant, p *directory.Person) []record {
	return slices.DeleteFunc(everybody(t), func(r record) bool { return t.People[r.id].Manager != p.ID })
}

// rolesOf are a person's active directory roles.
func rolesOf(t *directory.Tenant, p *directory.Person) []record {
	out := make([]record, 0, len(p.DirectoryRoles))
	for _, template := range p.DirectoryRoles {
		out = append(out, roleRecord(t, template))
	}
	return out
}

// object finds a person, a group or a directory role by object id.
func object(t *directory.Tenant, id string) (record, bool) {
	if p, ok := t.People[id]; ok && !p.Deleted {
		return personRecord(p), true
	}
	if g, ok := t.Groups[id]; ok {
		return groupRecord(g), true
	}
	for _, r := range activeRoles(t) {
		if r.id == id {
			return r, true
		}
	}
	return record{}, false
}

// roleID is the object id of an activated directory role.
func roleID(t *directory.Tenant, template string) string {
	return seed.Derived(t.ID, "directory role", template)
}
