package orgfile_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
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
	if _, err := orgfile.Apply(s, orgfile.Export(s), orgfile.Options{Mode: orgfile.Prune, Now: now}); err != nil {
		t.Error(err)
	}
}

// TestApplyRefuses names, for each document, the path of its one problem and a
// word of the remedy.
func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	shared := contoso()
	shared.Organization.Mode = tenants.Brokered
	shared.Organization.Connection.Model, shared.Organization.Connection.Credential = tenants.SharedApp, tenants.Credential{}
	for name, c := range map[string]struct {
		state      access.Whole
		text       string
		path, word string
	}{
		"last owner removed":        {contoso(), "roleGrants: []", "roleGrants", "owner"},
		"last owner gets an end":    {contoso(), "roleGrants: [{role: owner, grantee: {kind: person, id: " + alice + "}, endsAt: 2027-01-01T00:00:00Z}]", "roleGrants", "no end"},
		"group as owner":            {contoso(), "roleGrants: [{role: owner, grantee: {kind: person, id: " + alice + "}}, {role: owner, grantee: {kind: group, id: " + hr + "}}]", "roleGrants[1]", "person only"},
		"grant that has ended":      {contoso(), "roleGrants: [{role: owner, grantee: {kind: person, id: " + alice + "}}, {role: admin, grantee: {kind: person, id: " + bob + "}, endsAt: 2026-01-01T00:00:00Z}]", "roleGrants[1].endsAt", "has passed"},
		"grant with a bad name":     {contoso(), "roleGrants: [{role: owner, grantee: {kind: person, id: " + alice + "}}, {role: admin, grantee: {kind: person, id: " + bob + "}, name: ' x'}]", "roleGrants[1].name", "space"},
		"unknown tool":              {contoso(), "tools: [{name: serch, effect: read}]", "tools[0].name", "did you mean search?"},
		"bad pattern":               {contoso(), "roles: [{name: A, permissions: [{effect: allow, patterns: [a, 'b c']}]}]", "roles[0].permissions[0].patterns[1]", "letters"},
		"context of a deny":         {contoso(), "roles: [{name: A, permissions: [{effect: deny, patterns: [a], authenticationContext: c1}]}]", "roles[0].permissions[0].authenticationContext", "drop it"},
		"role but for its case":     {contoso(), "roles: [{name: payroll, permissions: [{effect: allow, patterns: [a]}]}, {name: Payroll, permissions: [{effect: allow, patterns: [a]}]}]", "roles[0].name", "choose another name"},
		"assignment of no role":     {contoso(), "assignments: [{role: Payrol, subject: {kind: everybody}}]", "assignments[0].role", `did you mean "Payroll"?`},
		"assignment to no object":   {contoso(), "assignments: [{role: Payroll, subject: {kind: group, value: HR}}]", "assignments[0].subject.value", "object id"},
		"assignment that ended":     {contoso(), "assignments: [{role: Payroll, subject: {kind: everybody}, endsAt: 2026-01-01T00:00:00Z}]", "assignments[0].endsAt", "has passed"},
		"client that is none":       {contoso(), "clients: [{id: 'http://x.example/c', name: X}]", "clients[0].id", "https URL"},
		"ceiling with bad pattern":  {contoso(), "clients: [{id: " + bob + ", name: X, maximumPermissions: ['?']}]", "clients[0].maximumPermissions[0]", "letters"},
		"qualified scope":           {contoso(), "scopeCeilings: [{scope: 'api://x/read', patterns: ['*']}]", "scopeCeilings[0].scope", "after the last slash"},
		"unknown source":            {contoso(), "approvals: [{source: note, kind: tool, name: a, hash: '" + hash + "', effect: read}]", "approvals[0].source", "did you mean notes?"},
		"approval but for its name": {contoso(), "approvals: [{source: notes, kind: tool, name: a, hash: '" + hash + "', effect: read}, {source: notes, kind: tool, name: " + strings.Repeat("ä", 1500) + ", hash: '" + hash + "', effect: read}]", "approvals[1].name", "bytes"},
		"source like a tool":        {contoso(), "sources: [{name: payroll, url: 'https://payroll.example/mcp'}]", "sources[0].name", "payroll_re"},
		"source that takes long":    {contoso(), "sources: [{name: slow, url: 'https://slow.example/mcp', timeout: 6m}]", "sources[0].timeout", "between"},
		"header of ours":            {contoso(), "sources: [{name: x, url: 'https://x.example/mcp', credential: {kind: header, header: Host}}]", "sources[0].credential.header", "request itself"},
		"toolset that is reserved":  {contoso(), "toolsets: [{name: callback, patterns: ['*']}]", "toolsets[0].name", "reserved"},
		"limit of nothing":          {contoso(), "limits: [{name: a, per: caller}]", "limits[0].rate", "callsPerDay"},
		"limit of another subject":  {contoso(), "limits: [{name: a, per: caller, callsPerDay: 1}, {name: b, per: caller, tool: search, callsPerDay: 1}]", "limits[1].tool", "per caller"},
		"name of spaces":            {contoso(), "organization: {name: ' Contoso'}", "organization.name", "space"},
		"contact of nobody":         {contoso(), "contacts: [{name: a}]", "contacts[0].email", "give the address of a mailbox, or the URL of a webhook"},
		"contact of two":            {contoso(), "contacts: [{name: a, email: a@b.example, url: 'https://hooks.example/'}]", "contacts[0].url", "make two contacts"},
		"contact told nothing":      {contoso(), "contacts: [{name: a, email: a@b.example, urgent: false, digest: false}]", "contacts[0].urgent", "never be told anything"},
		"contact with a shape":      {contoso(), "contacts: [{name: a, email: a@b.example, shape: plain}]", "contacts[0].shape", "for webhooks"},
		"contact with a name":       {contoso(), "contacts: [{name: a, email: 'A <a@b.example>'}]", "contacts[0].email", "without a name"},
		"contact of two addresses":  {contoso(), "contacts: [{name: a, email: 'a@b.example,c@d.example'}]", "contacts[0].email", "is no e-mail address"},
		"contact in here":           {contoso(), "contacts: [{name: a, url: 'https://10.0.0.1/'}]", "contacts[0].url", "only its own network knows"},
		"contact with a password":   {contoso(), "contacts: [{name: a, url: 'https://u:p@hooks.example/'}]", "contacts[0].url", "user name"},
		"soft above hard":           {contoso(), "organization: {membership: {soft: 2h}}", "organization", "soft limit"},
		"apps without a role":       {contoso(), "organization: {connection: {appRole: ''}}", "organization.connection", "app role"},
		"no credential to ask":      {contoso(), "organization: {connection: {credential: {kind: none}}}", "organization.connection", "needs a credential"},
		"shared app by file":        {contoso(), "organization: {connection: {model: shared}}", "organization.connection.model", "updateConnection"},
		"client id of the shared":   {shared, "organization: {connection: {clientId: " + bob + "}}", "organization.connection.clientId", "leave it out"},
		"resource of the shared":    {shared, "organization: {connection: {resource: 'api://another'}}", "organization.connection.resource", "leave it out"},
		"scope of the shared":       {shared, "organization: {connection: {scope: another}}", "organization.connection.scope", "leave it out"},
		"audiences of the shared":   {shared, "organization: {connection: {v1Audiences: ['api://another']}}", "organization.connection.v1Audiences", "leave it out"},
		"versions of the shared":    {shared, "organization: {tokenVersions: v1v2}", "organization.tokenVersions", "leave it out"},
		"mode of the shared":        {shared, "organization: {signIn: {mode: direct}}", "organization", "set signIn.mode to brokered"},
		"half a connection":         {unconnected(), "organization: {connection: {model: own, clientId: " + api + ", resource: 'api://x'}}", "organization.connection", "scope"},
		"credential of the shared":  {shared, "organization: {connection: {credential: {kind: platform_issuer}}}", string("organization.connection.credential"), "remove it"},
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

func TestSecretOfASourceIsGivenApart(t *testing.T) {
	t.Parallel()
	s := contoso()
	doc := read(t, "gatehouse: 1\nsources: [{name: crm, url: 'https://crm.example/mcp', credential: {kind: header, header: X-Key, from: {env: CRM}}}]\n")
	next := apply(t, s, doc, orgfile.Keep)
	if k := next.Access.Sources[1].Credential; k.Kind != tools.OnBehalfOfUser || len(next.Access.Secrets) > 0 {
		t.Errorf("before its secret is there the credential is %+v", k)
	}
	if left := orgfile.Diff(orgfile.Export(next), doc, orgfile.Keep); left.None() {
		t.Error("the difference hides that the secret is not there yet")
	}
	made := apply(t, s, read(t, "gatehouse: 1\nsources: [{name: erp, url: 'https://erp.example/mcp', credential: {kind: header, header: X-Key}}]\n"), orgfile.Keep)
	if k := made.Access.Sources[2].Credential; k.Kind != tools.NoCredential || !k.ID.IsZero() {
		t.Errorf("a new source has the credential %+v", k)
	}
}

// TestSourceThatMovesLosesItsCredential: the secret was given for another place.
func TestSourceThatMovesLosesItsCredential(t *testing.T) {
	t.Parallel()
	for url, kept := range map[string]bool{"https://notes.example/v2/mcp": true, "https://other.example/mcp": false, "https://notes.example:443/mcp": true} {
		s := contoso()
		before := s.Access.Sources[0].Credential
		next := apply(t, s, read(t, "gatehouse: 1\nsources: [{name: notes, url: '"+url+"'}]\n"), orgfile.Keep)
		after := next.Access.Sources[0].Credential
		if kept && after.ID != before.ID || !kept && (after.Kind != tools.NoCredential || !after.ID.IsZero()) {
			t.Errorf("%s: the credential is %+v", url, after)
		}
		if next.Access.Sources[0].ID != s.Access.Sources[0].ID {
			t.Error("it is another source")
		}
	}
}

func TestWhatASourceLeavesOutIsAsTheGuideSays(t *testing.T) {
	t.Parallel()
	made := apply(t, contoso(), read(t, "gatehouse: 1\nsources: [{name: erp, url: 'https://erp.example/mcp'}]\n"), orgfile.Keep).Access.Sources[2]
	made.ID = tenants.GUID{}
	want := tools.Source{
		Name: "erp", Title: "erp", URL: "https://erp.example/mcp", Naming: tools.Prefixed, Review: tools.Hold, Enabled: true,
		Credential: tools.SourceCredential{Kind: tools.NoCredential}, Timeout: time.Minute, Concurrent: 8,
	}
	if !reflect.DeepEqual(made, want) {
		t.Errorf("it is %+v", made)
	}
}

// TestPoliciesOwnApprovalsAreNotTheDocuments: it neither shows them nor takes
// them back, and approving the same makes it somebody's own.
func TestPoliciesOwnApprovalsAreNotTheDocuments(t *testing.T) {
	t.Parallel()
	s := contoso()
	pruned := apply(t, s, read(t, "gatehouse: 1\napprovals: []\n"), orgfile.Prune)
	if left := pruned.Access.Approvals; len(left) != 1 || !left[0].Automatic {
		t.Errorf("left are %+v", left)
	}
	again := tools.Hash{3}
	doc := read(t, "gatehouse: 1\napprovals: [{source: crm, kind: tool, name: find_customer, hash: '"+again.String()+"', effect: write}]\n")
	own := apply(t, s, doc, orgfile.Keep)
	if a := own.Access.Approvals[2]; a.Automatic || a.Hash != again || len(orgfile.Export(own).Approvals) != 3 {
		t.Errorf("approvals are %+v", own.Access.Approvals)
	}
}

func TestRemovedSourceTakesItsApprovalsAlong(t *testing.T) {
	t.Parallel()
	s := contoso()
	doc := orgfile.Export(s)
	doc.Sources, doc.Approvals = doc.Sources[:1], nil
	changes := orgfile.Diff(orgfile.Export(s), doc, orgfile.Prune)
	var paths []string
	for _, c := range changes {
		paths = append(paths, string(c.Kind)+" "+c.Path)
	}
	if want := []string{"remove sources[notes]", "remove approvals[notes resource notes://all]", "remove approvals[notes tool search]"}; !slices.Equal(paths, want) {
		t.Errorf("changes are %q", paths)
	}
	if next := apply(t, s, doc, orgfile.Prune); len(next.Access.Approvals) != 1 || len(next.Access.Sources) != 1 {
		t.Errorf("left are %+v %+v", next.Access.Sources, next.Access.Approvals)
	}
}

func TestApprovalsThatStayKeepTheirTime(t *testing.T) {
	t.Parallel()
	s := contoso()
	s.Access.Approvals[0].At = now.AddDate(-1, 0, 0)
	doc := orgfile.Export(s)
	doc.Approvals[0].Hash = hash // notes://all
	next := apply(t, s, doc, orgfile.Prune)
	for _, a := range next.Access.Approvals {
		if changed := a.Kind == tools.KindResource; a.At.Equal(now) != (changed || a.Automatic) {
			t.Errorf("%s was approved at %s", a.Name, a.At)
		}
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
