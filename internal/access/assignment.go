package access

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// AddAssignment adds an assignment and returns it with its id, a fresh one
// unless it has one, and its subject in canonical form. A broken rule, such as
// an end that has passed, is Invalid; a role that does not exist is Invalid too,
// because the request names it; a role that the subject has already is Conflict.
func (c *Configuration) AddAssignment(a authz.Assignment, now time.Time) (authz.Assignment, error) {
	if a.ID.IsZero() {
		a.ID = tenants.NewGUID()
	}
	if c.assignmentAt(a.ID) >= 0 {
		return authz.Assignment{}, refuse(fault.Conflict, []Problem{{"id", "belongs to another assignment; leave it out and a new one is made"}})
	}
	if len(c.Rules.Assignments) >= MaxAssignments {
		return authz.Assignment{}, fault.Newf(fault.Invalid, "there are %d assignments already, which is the most; assign a role to a group instead", MaxAssignments)
	}
	a, err := c.admitAssignment(a, now)
	if err != nil {
		return authz.Assignment{}, err
	}
	c.Rules.Assignments = with(c.Rules.Assignments, a)
	return a, nil
}

// GiveRole makes sure that a person has a role at now: an assignment that is not over
// stays as it is, one that is over goes on without an end, and where there is none it
// is added under the id. The rest is as AddAssignment says.
func (c *Configuration) GiveRole(a authz.Assignment, now time.Time) error {
	at := slices.IndexFunc(c.Rules.Assignments, func(has authz.Assignment) bool { return has.Role == a.Role && has.Subject == a.Subject })
	if at < 0 {
		_, err := c.AddAssignment(a, now)
		return err
	}
	has := c.Rules.Assignments[at]
	if has.EndsAt.IsZero() || now.Before(has.EndsAt) {
		return nil
	}
	has.EndsAt = time.Time{}
	return c.ReplaceAssignment(has, now)
}

// ReplaceAssignment changes the assignment of the same id. An id that no
// assignment has is NotFound; the rest is as AddAssignment says, but an end that
// has passed may stay.
func (c *Configuration) ReplaceAssignment(a authz.Assignment, now time.Time) error {
	at := c.assignmentAt(a.ID)
	if at < 0 {
		return noAssignment(a.ID)
	}
	if a.EndsAt.Equal(c.Rules.Assignments[at].EndsAt) {
		now = time.Time{}
	}
	a, err := c.admitAssignment(a, now)
	if err != nil {
		return err
	}
	c.Rules.Assignments = replaced(c.Rules.Assignments, at, a)
	return nil
}

// RemoveAssignment removes an assignment. An id that none has is NotFound.
func (c *Configuration) RemoveAssignment(id tenants.GUID) error {
	if c.assignmentAt(id) < 0 {
		return noAssignment(id)
	}
	c.Rules.Assignments = without(c.Rules.Assignments, func(a authz.Assignment) bool { return a.ID == id })
	return nil
}

// admitAssignment refuses an assignment that breaks a rule at a time, and
// returns it with its subject in canonical form.
func (c *Configuration) admitAssignment(a authz.Assignment, now time.Time) (authz.Assignment, error) {
	a.Subject = CanonicalSubject(a.Subject)
	var found complaints
	found.assignment("", a)
	if c.roleAt(a.Role) < 0 {
		found.add("role", fmt.Sprintf("%s does not exist; list the roles for the ids there are", a.Role))
	}
	if !a.EndsAt.IsZero() && !now.IsZero() && !a.EndsAt.After(now) {
		found.add("endsAt", "has passed; give a time to come, or leave it out for no end")
	}
	if err := Refuse(found); err != nil {
		return authz.Assignment{}, err
	}
	for _, other := range c.Rules.Assignments {
		if other.ID != a.ID && other.Role == a.Role && other.Subject == a.Subject {
			return authz.Assignment{}, refuse(fault.Conflict, []Problem{{"subject", "has this role already; change that assignment instead"}})
		}
	}
	return a, nil
}

func (c *Configuration) assignmentAt(id tenants.GUID) int {
	return slices.IndexFunc(c.Rules.Assignments, func(a authz.Assignment) bool { return a.ID == id })
}

func noAssignment(id tenants.GUID) error {
	return fault.Newf(fault.NotFound, "assignment %s does not exist; list the assignments for the ids there are", id)
}

// CanonicalSubject returns the subject as tokens spell it: GUIDs in lower case.
func CanonicalSubject(s authz.Subject) authz.Subject {
	switch s.Kind {
	case authz.SubjectGroup, authz.SubjectPerson, authz.SubjectClient:
		s.Value = canonicalID(s.Value)
	case authz.SubjectAppRole, authz.SubjectEverybody, authz.SubjectEveryGuest, authz.SubjectEveryApp:
	}
	return s
}

// canonicalID lowers a GUID and leaves everything else alone.
func canonicalID(id string) string {
	if g, err := tenants.ParseGUID(id); err == nil {
		return g.String()
	}
	return id
}

// assignment adds what is wrong with an assignment by itself.
func (c *complaints) assignment(at Place, a authz.Assignment) {
	c.subject(at.Field("subject"), a.Subject)
	if a.Name != "" {
		c.check(at.Field("name"), CheckName(a.Name))
	}
	c.check(at.Field("endsAt"), tenants.CheckEnd(a.EndsAt))
}

func (c *complaints) subject(at Place, s authz.Subject) {
	value := at.Field("value")
	switch s.Kind {
	case authz.SubjectGroup, authz.SubjectPerson:
		if g, err := tenants.ParseGUID(s.Value); err != nil || g.IsZero() {
			c.add(value, fmt.Sprintf("%.60q is no object id; copy it from the %s's overview in the Entra admin center", s.Value, s.Kind))
		}
	case authz.SubjectClient:
		c.check(value, CheckClientID(s.Value))
	case authz.SubjectAppRole:
		if !isWord(s.Value) {
			c.add(value, fmt.Sprintf("%.60q is no app role; use the role's value, not its display name or id", s.Value))
		}
	case authz.SubjectEverybody, authz.SubjectEveryGuest, authz.SubjectEveryApp:
		if s.Value != "" {
			c.add(value, fmt.Sprintf("is not for %s, who needs no value; leave it out", s.Kind))
		}
	default:
		c.add(at.Field("kind"), fmt.Sprintf("%.40q is no subject; use group, app_role, person, client, everybody, every_guest or every_app", s.Kind))
	}
}

// isWord reports whether s can be the value of an app role or a scope: up to
// MaxWord visible characters without a space (Microsoft Graph, appRole and
// permissionScope, "value").
func isWord(s string) bool {
	return s != "" && len(s) <= MaxWord && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || r == 0x7f })
}
