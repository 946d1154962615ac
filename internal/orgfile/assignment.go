package orgfile

import (
	"fmt"
	"reflect"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/spelling"
	"gatehouse/internal/tenants"
)

func (a *applier) assignments() {
	c := &a.state.Access
	ids, roles := a.assignmentIDs(), a.roleIDs()
	if prunes(a, a.wanted.Assignments) {
		for _, gone := range unmentioned(a.was.Assignments, a.wanted.Assignments, Assignment.key) {
			if id, there := ids[gone.key()]; there {
				a.blame("assignments", c.RemoveAssignment(id))
			}
		}
	}
	had := byKey(a.was.Assignments, Assignment.key)
	for i, entry := range a.wanted.Assignments {
		at := access.Place("assignments").At(i)
		role, there := roles[entry.Role]
		if !there {
			a.add(at.Field("role"), fmt.Sprintf("%q is no role of this organization%s", entry.Role, meantRole(entry.Role, roles)))
			continue
		}
		assignment := authz.Assignment{
			Role: role, Subject: authz.Subject{Kind: entry.Subject.Kind, Value: entry.Subject.Value}, Name: *entry.Name, EndsAt: entry.EndsAt,
		}
		id, there := ids[entry.key()]
		switch {
		case !there:
			_, err := c.AddAssignment(assignment, a.how.Now)
			a.blame(at, err)
		case !reflect.DeepEqual(had[entry.key()], entry):
			assignment.ID = id
			a.blame(at, c.ReplaceAssignment(assignment, a.how.Now))
		}
	}
}

// assignmentIDs returns the ids of the assignments there are now, by key.
func (a *applier) assignmentIDs() map[string]tenants.GUID {
	roles := map[tenants.GUID]string{}
	for _, r := range a.state.Access.Rules.Roles {
		roles[r.ID] = r.Name
	}
	ids := map[string]tenants.GUID{}
	for _, x := range a.state.Access.Rules.Assignments {
		ids[Assignment{Role: roles[x.Role], Subject: Subject{x.Subject.Kind, x.Subject.Value}}.key()] = x.ID
	}
	return ids
}

func meantRole(name string, roles map[string]tenants.GUID) string {
	var known []string
	for other := range roles {
		known = append(known, other)
	}
	if near := spelling.Nearest(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; add it under roles"
}
