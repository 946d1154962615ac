package access_test

import (
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// TestARoleIsGivenOnce leaves what lasts as it is, and lets what is over go on.
func TestARoleIsGivenOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	role := authz.Role{ID: tenants.NewGUID(), Name: "payroll", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"whoami"}}}}
	bob := authz.Assignment{ID: tenants.NewGUID(), Role: role.ID, Subject: authz.Subject{Kind: authz.SubjectPerson, Value: tenants.NewGUID().String()}, Name: "Bob"}
	ending := func(at time.Time) []authz.Assignment {
		had := bob
		had.EndsAt = at
		return []authz.Assignment{had}
	}
	for name, row := range map[string]struct {
		had  []authz.Assignment
		ends time.Time
	}{
		"none": {nil, time.Time{}}, "one without an end": {[]authz.Assignment{bob}, time.Time{}},
		"one that lasts": {ending(now.Add(time.Hour)), now.Add(time.Hour)}, "one that is over": {ending(now), time.Time{}},
	} {
		c := access.Configuration{Rules: authz.Rules{Roles: []authz.Role{role}, Assignments: row.had}}
		want := bob
		want.ID, want.EndsAt = bob.ID, row.ends
		given := bob
		if row.had != nil {
			given.ID = tenants.NewGUID()
		}
		if err := c.GiveRole(given, now); err != nil || len(c.Rules.Assignments) != 1 || c.Rules.Assignments[0] != want {
			t.Errorf("%s: %+v %v", name, c.Rules.Assignments, err)
		}
	}
	c := access.Configuration{}
	if err := c.GiveRole(bob, now); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a role that is not there: %v", err)
	}
}
