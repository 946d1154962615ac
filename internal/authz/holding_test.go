package authz_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// TestHoldingsSayWhatGivesEachRole: of two roles through three assignments, of which one
// is over, and of a third role that the caller does not have.
func TestHoldingsSayWhatGivesEachRole(t *testing.T) {
	t.Parallel()
	now, group, person := time.Now(), tenants.NewGUID(), tenants.NewGUID()
	ids := []tenants.GUID{tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID()}
	policy, err := authz.Compile(authz.Rules{
		Roles: []authz.Role{
			{ID: ids[0], Name: "staff", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"pay", "look"}}}},
			{ID: ids[1], Name: "careful", Permissions: []authz.Permission{
				{Effect: authz.Allow, Patterns: []string{"pay"}, Condition: "args.amount < 5"}, {Effect: authz.Deny, Patterns: []string{"look"}},
			}},
			{ID: ids[2], Name: "others", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"*"}}}},
		},
		Assignments: []authz.Assignment{
			{ID: tenants.NewGUID(), Role: ids[0], Subject: authz.Subject{Kind: authz.SubjectGroup, Value: group.String()}, Name: "Staff"},
			{ID: tenants.NewGUID(), Role: ids[0], Subject: authz.Subject{Kind: authz.SubjectPerson, Value: person.String()}, EndsAt: now.Add(-time.Minute)},
			{ID: tenants.NewGUID(), Role: ids[1], Subject: authz.Subject{Kind: authz.SubjectEverybody}},
			{ID: tenants.NewGUID(), Role: ids[2], Subject: authz.Subject{Kind: authz.SubjectEveryGuest}},
		},
		Scope: "access",
	}, []string{"look", "pay"})
	if err != nil {
		t.Fatal(err)
	}
	c := policy.Admit(
		authz.Identity{OID: person, Kind: authz.User, Delegated: true, Scopes: []string{"access"}},
		authz.Membership{Groups: map[tenants.GUID]authz.Answer{group: authz.Member}}, now,
	)
	held := c.Holdings(now)
	if len(held) != 2 || held[0].Role != "staff" || len(held[0].Via) != 1 || held[0].Via[0].Name != "Staff" || held[1].Role != "careful" || held[1].Via[0].Kind != authz.SubjectEverybody {
		t.Errorf("%+v", held)
	}
	if look, pay := c.AllowedBy(0), c.AllowedBy(1); !slices.Equal(look, []string{"staff"}) || !slices.Equal(pay, []string{"staff", "careful"}) {
		t.Errorf("look is allowed by %q, pay by %q", look, pay)
	}
	if c.May(0) != authz.Hidden {
		t.Error("what another role denies is not for the caller")
	}
	if (authz.Caller{}).Holdings(now) != nil || (authz.Caller{}).AllowedBy(0) != nil {
		t.Error("nobody has something")
	}
}
