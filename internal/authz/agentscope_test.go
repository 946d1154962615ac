package authz_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// TestScopesBoundAgentsToo: an agent of ours asks for scopes as anybody does, an app
// of Entra has none.
func TestScopesBoundAgentsToo(t *testing.T) {
	t.Parallel()
	role := authz.Role{ID: tenants.NewGUID(), Name: "robots", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"*"}}}}
	policy, err := authz.Compile(authz.Rules{
		Scope: "access_as_user", Roles: []authz.Role{role}, ScopeCeilings: map[string]authz.Ceiling{"reports": {Patterns: []string{"report_*"}}},
		Assignments: []authz.Assignment{{ID: tenants.NewGUID(), Role: role.ID, Subject: authz.Subject{Kind: authz.SubjectClient, Value: "ghc_robot"}}},
	}, []string{"mail_send", "report_read"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		scopes       []string
		mail, report bool
	}{
		{nil, true, true},
		{[]string{"access_as_user"}, true, true},
		{[]string{"reports"}, false, true},
		{[]string{"reports", "access_as_user"}, true, true},
		{[]string{"unknown"}, false, false},
	} {
		by := policy.Admit(authz.Identity{Kind: authz.App, Client: "ghc_robot", Scopes: row.scopes}, authz.Membership{}, time.Now())
		if by.May(0).Listed() != row.mail || by.May(1).Listed() != row.report {
			t.Errorf("%v: mail %v, report %v", row.scopes, by.May(0).Listed(), by.May(1).Listed())
		}
		if other := policy.Admit(authz.Identity{Kind: authz.App, Client: "ghc_other", Scopes: row.scopes}, authz.Membership{}, time.Now()); other.HasTools() {
			t.Error("another agent has the role")
		}
	}
}
