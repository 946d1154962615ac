package orgfile_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

func TestWithoutPruneWhatTheFileLeavesOutStays(t *testing.T) {
	t.Parallel()
	s := contoso()
	next := apply(t, s, read(t, "gatehouse: 1\ntools: [{name: get_me, effect: read}]\nroles: []\nclients: []\nassignments: []\nscopeCeilings: []\n"), orgfile.Keep)
	if len(next.Access.Tools) != 4 || len(next.Access.Rules.Roles) != 2 || len(next.Access.Clients) != 2 || len(next.Access.Rules.Assignments) != 2 ||
		len(next.Access.Rules.ScopeCeilings) != 1 || len(next.RoleGrants) != 2 {
		t.Errorf("the organization is now\n%s", write(t, next))
	}
}

func TestPruneRemovesInMentionedSectionsOnly(t *testing.T) {
	t.Parallel()
	s := contoso()
	next := apply(t, s, read(t, "gatehouse: 1\ntools: [{name: get_me, effect: read}]\nclients: []\n"), orgfile.Prune)
	if len(next.Access.Tools) != 1 || len(next.Access.Clients) != 0 || len(next.Access.Rules.ClientCeilings) != 0 {
		t.Errorf("what is mentioned is now\n%s", write(t, next))
	}
	if len(next.Access.Rules.Roles) != 2 || len(next.Access.Rules.Assignments) != 2 || len(next.RoleGrants) != 2 {
		t.Errorf("what is not mentioned is now\n%s", write(t, next))
	}
	if before := contoso(); write(t, s) != write(t, before) {
		t.Error("applying changed the state it began with")
	}
}

func TestIdsOfWhatStaysAreKept(t *testing.T) {
	t.Parallel()
	s := contoso()
	doc := orgfile.Export(s)
	doc.Roles[1].Permissions = doc.Roles[1].Permissions[:1]
	doc.Assignments[1].EndsAt = now.AddDate(1, 0, 0)
	name := "People"
	doc.RoleGrants[1].Name = &name
	next := apply(t, s, doc, orgfile.Prune)
	for i, r := range next.Access.Rules.Roles {
		if r.ID != s.Access.Rules.Roles[i].ID {
			t.Errorf("role %s has another id", r.Name)
		}
	}
	for i, a := range next.Access.Rules.Assignments {
		if a.ID != s.Access.Rules.Assignments[i].ID || a.Role != s.Access.Rules.Assignments[i].Role {
			t.Errorf("assignment to %s has another id or role", a.Subject)
		}
	}
	at := slices.IndexFunc(next.RoleGrants, func(g tenants.RoleGrant) bool { return g.Role == tenants.Auditor })
	if next.RoleGrants[at].ID != s.RoleGrants[0].ID || next.RoleGrants[at].Name != "People" {
		t.Errorf("grant is %+v", next.RoleGrants[at])
	}
	if next.Organization.Connection.ID != s.Organization.Connection.ID || next.Organization.Connection.Credential != s.Organization.Connection.Credential {
		t.Error("the connection changed")
	}
}

func TestNameThatIsLeftOutStays(t *testing.T) {
	t.Parallel()
	doc := read(t, "gatehouse: 1\nassignments:\n  - {role: Payroll, subject: {kind: group, value: "+strings.ToUpper(hr)+"}}\n")
	next := apply(t, contoso(), doc, orgfile.Keep)
	a := next.Access.Rules.Assignments[0]
	if a.Name != "HR" || !a.EndsAt.IsZero() || len(next.Access.Rules.Assignments) != 2 {
		t.Errorf("assignments are %+v", next.Access.Rules.Assignments)
	}
}

func TestRemovedRoleTakesItsAssignmentsAlong(t *testing.T) {
	t.Parallel()
	s := contoso()
	doc := orgfile.Export(s)
	doc.Roles, doc.Assignments = doc.Roles[:1], nil
	changes := orgfile.Diff(orgfile.Export(s), doc, orgfile.Prune)
	if len(changes) != 2 || changes[1].Path != "assignments[Payroll to group "+hr+"]" || changes[1].Kind != orgfile.Removed {
		t.Errorf("changes are\n%s", changes.Text())
	}
	if next := apply(t, s, doc, orgfile.Prune); len(next.Access.Rules.Assignments) != 1 {
		t.Errorf("assignments are %+v", next.Access.Rules.Assignments)
	}
}

func TestAnotherClientIdIsAnotherConnectionWithoutCredential(t *testing.T) {
	t.Parallel()
	s := contoso()
	doc := read(t, "gatehouse: 1\norganization: {groups: {source: token_only}, connection: {clientId: "+bob+"}}\n")
	next := apply(t, s, doc, orgfile.Keep).Organization.Connection
	if next.ID == s.Organization.Connection.ID || next.ID.IsZero() || next.Credential != (tenants.Credential{}) || next.ClientID.String() != bob {
		t.Errorf("connection is %+v", next)
	}
	issuer := apply(t, s, read(t, "gatehouse: 1\norganization: {connection: {clientId: "+bob+", credential: {kind: platform_issuer}}}\n"), orgfile.Keep)
	if c := issuer.Organization.Connection.Credential; c.Kind != tenants.PlatformIssuer || c.ID.IsZero() || !c.CreatedAt.Equal(now) {
		t.Errorf("credential is %+v", c)
	}
}

// unconnected is an organization that has just been admitted.
func unconnected() access.Whole {
	s := contoso()
	s.Organization.State, s.Organization.Connection = tenants.Onboarding, tenants.Connection{ID: tenants.NewGUID(), Cloud: tenants.PublicCloud}
	return s
}

const connecting = "gatehouse: 1\norganization: {connection: {model: own, clientId: " + api + ", resource: 'api://" + api + "', scope: access_as_user}}\n"

// TestTheFirstClientIdKeepsTheConnection: its id stands in the federated
// credential that the app registration was made with.
func TestTheFirstClientIdKeepsTheConnection(t *testing.T) {
	t.Parallel()
	s := unconnected()
	c := apply(t, s, read(t, connecting), orgfile.Keep).Organization.Connection
	if c.ID != s.Organization.Connection.ID || c.ClientID.String() != api {
		t.Errorf("connection is %+v", c)
	}
	if c.Guests != tenants.Refuse || c.Agents != tenants.Refuse || c.Apps != tenants.Refuse || c.Versions != tenants.V2Only {
		t.Errorf("what the file does not say is %+v", c)
	}
}

func TestOnlyAnAdmittedOrganizationIsConnected(t *testing.T) {
	t.Parallel()
	for state, may := range map[tenants.State]bool{tenants.Onboarding: true, tenants.Pending: false, tenants.Deleted: false} {
		s := unconnected()
		if s.Organization.State = state; state == tenants.Deleted {
			s.Organization.DeletedFrom, s.Organization.DeletedAt = tenants.Onboarding, now
		}
		_, err := orgfile.Apply(s, read(t, connecting), options(orgfile.Keep))
		problems := access.ProblemsOf(err)
		if refused := len(problems) == 1 && problems[0].Path == "organization.connection" && strings.Contains(problems[0].Message, string(state)); refused == may {
			t.Errorf("%s: %v", state, problems)
		}
		if renamed := apply(t, s, read(t, "gatehouse: 1\norganization: {name: Another}\n"), orgfile.Keep); renamed.Organization.Name != "Another" {
			t.Errorf("%s is not renamed", state)
		}
	}
}

func TestCredentialThatNeedsASecretWaitsForIt(t *testing.T) {
	t.Parallel()
	s := contoso()
	doc := read(t, "gatehouse: 1\norganization: {connection: {credential: {kind: certificate, from: {file: key.pem}}}}\n")
	next := apply(t, s, doc, orgfile.Keep)
	if next.Organization.Connection.Credential != s.Organization.Connection.Credential {
		t.Errorf("credential is %+v", next.Organization.Connection.Credential)
	}
	if left := orgfile.Diff(orgfile.Export(next), doc, orgfile.Keep); left.None() {
		t.Error("the difference hides that the secret is not there yet")
	}
}

func TestKeptEntriesOfADeploymentThatLostAToolDoNotStandInTheWay(t *testing.T) {
	t.Parallel()
	s := contoso()
	if _, err := orgfile.Apply(s, orgfile.Export(s), orgfile.Options{Mode: orgfile.Prune, Known: nil, Now: now}); err != nil {
		t.Error(err)
	}
}

// TestApplyRefuses names, for each document, the path of its one problem and a
// word of the remedy.
func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	shared := contoso()
	shared.Organization.Connection.Model, shared.Organization.Connection.Credential = tenants.SharedApp, tenants.Credential{}
	for name, c := range map[string]struct {
		state      access.Whole
		text       string
		path, word string
	}{
		"last owner removed":       {contoso(), "roleGrants: []", "roleGrants", "owner"},
		"last owner gets an end":   {contoso(), "roleGrants: [{role: owner, grantee: {kind: person, id: " + alice + "}, endsAt: 2027-01-01T00:00:00Z}]", "roleGrants", "no end"},
		"group as owner":           {contoso(), "roleGrants: [{role: owner, grantee: {kind: person, id: " + alice + "}}, {role: owner, grantee: {kind: group, id: " + hr + "}}]", "roleGrants[1]", "person only"},
		"grant that has ended":     {contoso(), "roleGrants: [{role: owner, grantee: {kind: person, id: " + alice + "}}, {role: admin, grantee: {kind: person, id: " + bob + "}, endsAt: 2026-01-01T00:00:00Z}]", "roleGrants[1].endsAt", "has passed"},
		"grant with a bad name":    {contoso(), "roleGrants: [{role: owner, grantee: {kind: person, id: " + alice + "}}, {role: admin, grantee: {kind: person, id: " + bob + "}, name: ' x'}]", "roleGrants[1].name", "space"},
		"unknown tool":             {contoso(), "tools: [{name: serch, effect: read}]", "tools[0].name", "did you mean search?"},
		"bad pattern":              {contoso(), "roles: [{name: A, permissions: [{effect: allow, patterns: [a, 'b c']}]}]", "roles[0].permissions[0].patterns[1]", "letters"},
		"context of a deny":        {contoso(), "roles: [{name: A, permissions: [{effect: deny, patterns: [a], authenticationContext: c1}]}]", "roles[0].permissions[0].authenticationContext", "drop it"},
		"role but for its case":    {contoso(), "roles: [{name: payroll, permissions: [{effect: allow, patterns: [a]}]}, {name: Payroll, permissions: [{effect: allow, patterns: [a]}]}]", "roles[0].name", "choose another name"},
		"assignment of no role":    {contoso(), "assignments: [{role: Payrol, subject: {kind: everybody}}]", "assignments[0].role", `did you mean "Payroll"?`},
		"assignment to no object":  {contoso(), "assignments: [{role: Payroll, subject: {kind: group, value: HR}}]", "assignments[0].subject.value", "object id"},
		"assignment that ended":    {contoso(), "assignments: [{role: Payroll, subject: {kind: everybody}, endsAt: 2026-01-01T00:00:00Z}]", "assignments[0].endsAt", "has passed"},
		"client that is none":      {contoso(), "clients: [{id: 'http://x.example/c', name: X}]", "clients[0].id", "https URL"},
		"ceiling with bad pattern": {contoso(), "clients: [{id: " + bob + ", name: X, maximumPermissions: ['?']}]", "clients[0].maximumPermissions[0]", "letters"},
		"qualified scope":          {contoso(), "scopeCeilings: [{scope: 'api://x/read', patterns: ['*']}]", "scopeCeilings[0].scope", "after the last slash"},
		"name of spaces":           {contoso(), "organization: {name: ' Contoso'}", "organization.name", "space"},
		"soft above hard":          {contoso(), "organization: {membership: {soft: 2h}}", "organization", "soft limit"},
		"apps without a role":      {contoso(), "organization: {connection: {appRole: ''}}", "organization.connection", "app role"},
		"no credential to ask":     {contoso(), "organization: {connection: {credential: {kind: none}}}", "organization.connection", "needs a credential"},
		"shared app by file":       {contoso(), "organization: {connection: {model: shared}}", "organization.connection.model", "console"},
		"client id of the shared":  {shared, "organization: {connection: {clientId: " + bob + "}}", "organization.connection.clientId", "leave it out"},
		"resource of the shared":   {shared, "organization: {connection: {resource: 'api://another'}}", "organization.connection.resource", "leave it out"},
		"scope of the shared":      {shared, "organization: {connection: {scope: another}}", "organization.connection.scope", "leave it out"},
		"audiences of the shared":  {shared, "organization: {connection: {v1Audiences: ['api://another']}}", "organization.connection.v1Audiences", "leave it out"},
		"versions of the shared":   {shared, "organization: {tokenVersions: v1v2}", "organization.tokenVersions", "leave it out"},
		"half a connection":        {unconnected(), "organization: {connection: {model: own, clientId: " + api + ", resource: 'api://x'}}", "organization.connection", "scope"},
		"credential of the shared": {shared, "organization: {connection: {credential: {kind: platform_issuer}}}", string("organization.connection.credential"), "remove it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := orgfile.Apply(c.state, read(t, "gatehouse: 1\n"+c.text+"\n"), options(orgfile.Prune))
			problems := access.ProblemsOf(err)
			if len(problems) != 1 || problems[0].Path != c.path || !strings.Contains(problems[0].Message, c.word) {
				t.Errorf("problems are %q, want one at %s with %q", problems, c.path, c.word)
			}
		})
	}
}

func TestRenamingTheCaseOfARoleIsPossibleWithPrune(t *testing.T) {
	t.Parallel()
	doc := orgfile.Export(contoso())
	doc.Roles[1].Name, doc.Assignments[1].Role = "payroll", "payroll"
	next := apply(t, contoso(), doc, orgfile.Prune)
	if !slices.ContainsFunc(next.Access.Rules.Roles, func(r authz.Role) bool { return r.Name == "payroll" }) || len(next.Access.Rules.Roles) != 2 {
		t.Errorf("roles are %+v", next.Access.Rules.Roles)
	}
}

func TestOrganizationWithoutAnOwnerTakesItsOwnFile(t *testing.T) {
	t.Parallel()
	s := contoso()
	s.RoleGrants = nil
	after := apply(t, s, orgfile.Export(s), orgfile.Prune)
	if len(after.RoleGrants) != 0 {
		t.Errorf("%+v", after.RoleGrants)
	}
}
