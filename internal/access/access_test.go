package access_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var (
	now    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	known  = []string{"payroll_read", "payroll_run", "search"}
	reader = tenants.MustGUID("0a0a0a0a-0000-4000-8000-000000000010")
	given  = tenants.MustGUID("0a0a0a0a-0000-4000-8000-000000000011")
)

const (
	group  = "0a0a0a0a-0000-4000-8000-000000000001"
	client = "0a0a0a0a-0000-4000-8000-000000000002"
)

// small is a configuration with one of everything.
func small() access.Configuration {
	return access.Configuration{
		Clients: []tenants.Client{{ID: client, Name: "Editor"}},
		Tools:   []tools.Selection{{Name: "search", Effect: tools.Read}},
		Rules: authz.Rules{
			Roles:          []authz.Role{role(reader, "Reader", "search")},
			Assignments:    []authz.Assignment{{ID: given, Role: reader, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: group}, EndsAt: now.Add(-time.Hour)}},
			ClientCeilings: map[string]authz.Ceiling{client: {Patterns: []string{"search"}}},
			ScopeCeilings:  map[string]authz.Ceiling{"tools.read": {Patterns: []string{"search"}}},
		},
	}
}

func role(id tenants.GUID, name string, patterns ...string) authz.Role {
	return authz.Role{ID: id, Name: name, Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: patterns}}}
}

func to(kind authz.SubjectKind, value string) authz.Assignment {
	return authz.Assignment{Role: reader, Subject: authz.Subject{Kind: kind, Value: value}}
}

type edit = func(*access.Configuration) error

func adding(r authz.Role) edit {
	return func(c *access.Configuration) error { _, err := c.AddRole(r); return err }
}

func permission(p authz.Permission) edit {
	return adding(authz.Role{Name: "New", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"search"}}, p}})
}

func assigning(a authz.Assignment) edit {
	return func(c *access.Configuration) error { _, err := c.AddAssignment(a, now); return err }
}

func listing(id, name string, patterns ...string) edit {
	return func(c *access.Configuration) error {
		if patterns == nil {
			return c.PutClient(tenants.Client{ID: id, Name: name}, nil)
		}
		return c.PutClient(tenants.Client{ID: id, Name: name}, &authz.Ceiling{Patterns: patterns})
	}
}

// TestEditsRefuse gives the kind of each fault, the path it names and a word of
// the remedy. A refused edit leaves everything as it was.
func TestEditsRefuse(t *testing.T) {
	t.Parallel()
	unknown := tenants.NewGUID()
	ended := to(authz.SubjectEverybody, "")
	ended.EndsAt = now
	endless := to(authz.SubjectEverybody, "")
	endless.EndsAt = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.FixedZone("", -86340))
	duplicate := to(authz.SubjectGroup, strings.ToUpper(group))
	ofNoRole := to(authz.SubjectEverybody, "")
	ofNoRole.Role = unknown
	named := to(authz.SubjectEverybody, "")
	named.Name = " x"
	taken := to(authz.SubjectEverybody, "")
	taken.ID = given
	long := strings.Repeat("é", access.MaxName+1)
	for name, c := range map[string]struct {
		edit edit
		kind fault.Kind
		path string
		word string
	}{
		"role without name":       {adding(role(unknown, "", "a")), fault.Invalid, "name", "give a name"},
		"role with long name":     {adding(role(unknown, long, "a")), fault.Invalid, "name", "shorten"},
		"role with odd name":      {adding(role(unknown, "a\u200bb", "a")), fault.Invalid, "name", "cannot be seen"},
		"role with blank name":    {adding(role(unknown, "a ", "a")), fault.Invalid, "name", "space"},
		"role name taken":         {adding(role(unknown, "READER", "a")), fault.Conflict, "name", "choose another"},
		"role id taken":           {adding(role(reader, "New", "a")), fault.Conflict, "id", "leave it out"},
		"role without permission": {adding(authz.Role{Name: "New"}), fault.Invalid, "permissions", "at least one"},
		"too many permissions":    {adding(authz.Role{Name: "New", Permissions: slices.Repeat(small().Rules.Roles[0].Permissions, access.MaxPermissions+1)}), fault.Invalid, "permissions", "may have 100"},
		"no effect":               {permission(authz.Permission{Patterns: []string{"a"}}), fault.Invalid, "permissions[1].effect", "allow or deny"},
		"no patterns":             {permission(authz.Permission{Effect: authz.Deny}), fault.Invalid, "permissions[1].patterns", "name a tool"},
		"too many patterns":       {permission(authz.Permission{Effect: authz.Deny, Patterns: slices.Repeat([]string{"a"}, access.MaxPatterns+1)}), fault.Invalid, "permissions[1].patterns", "may have 100"},
		"bad pattern":             {permission(authz.Permission{Effect: authz.Deny, Patterns: []string{"a", "b c"}}), fault.Invalid, "permissions[1].patterns[1]", "letters"},
		"long condition":          {permission(authz.Permission{Effect: authz.Allow, Patterns: []string{"a"}, Condition: strings.Repeat("x", authz.MaxCondition+1)}), fault.Invalid, "permissions[1].condition", "has 1025 bytes and may have 1024; split"},
		"condition in bytes":      {permission(authz.Permission{Effect: authz.Allow, Patterns: []string{"a"}, Condition: `args.a == "` + strings.Repeat("é", authz.MaxCondition/2) + `"`}), fault.Invalid, "permissions[1].condition", "may have 1024"},
		"CEL syntax":              {permission(authz.Permission{Effect: authz.Allow, Patterns: []string{"a"}, Condition: "args.a =="}), fault.Invalid, "permissions[1].condition", "line 1, column"},
		"CEL unknown name":        {permission(authz.Permission{Effect: authz.Deny, Patterns: []string{"a"}, Condition: "caller.gest"}), fault.Invalid, "permissions[1].condition", "caller.guest"},
		"CEL of no truth":         {permission(authz.Permission{Effect: authz.Allow, Patterns: []string{"a"}, Condition: "1 + 1"}), fault.Invalid, "permissions[1].condition", "true or false"},
		"authentication context":  {permission(authz.Permission{Effect: authz.Allow, Patterns: []string{"a"}, AuthenticationContext: "c0"}), fault.Invalid, "permissions[1].authenticationContext", "c1 to c99"},
		"context of a deny":       {permission(authz.Permission{Effect: authz.Deny, Patterns: []string{"a"}, AuthenticationContext: "c1"}), fault.Invalid, "permissions[1].authenticationContext", "drop it"},
		"replacing no role":       {func(c *access.Configuration) error { return c.ReplaceRole(role(unknown, "New", "a")) }, fault.NotFound, "", "list the roles"},
		"replacing with nothing":  {func(c *access.Configuration) error { return c.ReplaceRole(authz.Role{ID: reader, Name: "Reader"}) }, fault.Invalid, "permissions", "at least one"},
		"removing no role":        {func(c *access.Configuration) error { return c.RemoveRole(unknown) }, fault.NotFound, "", "list the roles"},
		"group by name":           {assigning(to(authz.SubjectGroup, "HR")), fault.Invalid, "subject.value", "object id"},
		"person zero":             {assigning(to(authz.SubjectPerson, "00000000-0000-0000-0000-000000000000")), fault.Invalid, "subject.value", "object id"},
		"app role with space":     {assigning(to(authz.SubjectAppRole, "a b")), fault.Invalid, "subject.value", "the role's value"},
		"no app role":             {assigning(to(authz.SubjectAppRole, "")), fault.Invalid, "subject.value", "the role's value"},
		"client by name":          {assigning(to(authz.SubjectClient, "Claude")), fault.Invalid, "subject.value", "application (client) id"},
		"everybody with value":    {assigning(to(authz.SubjectEverybody, group)), fault.Invalid, "subject.value", "leave it out"},
		"subject of no kind":      {assigning(to("team", group)), fault.Invalid, "subject.kind", "app_role"},
		"name of an assignment":   {assigning(named), fault.Invalid, "name", "space"},
		"end that has passed":     {assigning(ended), fault.Invalid, "endsAt", "to come"},
		"end that no date can be": {assigning(endless), fault.Invalid, "endsAt", "earlier time"},
		"assignment twice":        {assigning(duplicate), fault.Conflict, "subject", "change that assignment"},
		"assignment id taken":     {assigning(taken), fault.Conflict, "id", "leave it out"},
		"assignment of no role":   {assigning(ofNoRole), fault.Invalid, "role", "list the roles"},
		"replacing no assignment": {func(c *access.Configuration) error { return c.ReplaceAssignment(authz.Assignment{ID: unknown}, now) }, fault.NotFound, "", "list the assignments"},
		"replacing with an end that has passed": {func(c *access.Configuration) error {
			a := c.Rules.Assignments[0]
			a.EndsAt = now.Add(-time.Minute)
			return c.ReplaceAssignment(a, now)
		}, fault.Invalid, "endsAt", "to come"},
		"removing no assignment":                   {func(c *access.Configuration) error { return c.RemoveAssignment(unknown) }, fault.NotFound, "", "list the assignments"},
		"client id over http":                      {listing("http://a.example/c", "A"), fault.Invalid, "id", "https URL"},
		"client host in capitals":                  {listing("https://A.example", "A"), fault.Invalid, "id", "https://host"},
		"client host over http":                    {listing("http://localhost", "A"), fault.Invalid, "id", "https://host"},
		"client host with a port that is left out": {listing("https://a.example:443", "A"), fault.Invalid, "id", "https://host"},
		"client host with a query":                 {listing("https://a.example?", "A"), fault.Invalid, "id", "https://host"},
		"client host with user":                    {listing("https://u@a.example", "A"), fault.Invalid, "id", "https://host"},
		"client id with fragment":                  {listing("https://a.example/c#", "A"), fault.Invalid, "id", "https URL"},
		"client id with user":                      {listing("https://u@a.example/c", "A"), fault.Invalid, "id", "https URL"},
		"client without name":                      {listing(group, ""), fault.Invalid, "name", "give a name"},
		"client that may nothing": {func(c *access.Configuration) error {
			return c.PutClient(tenants.Client{ID: group, Name: "A"}, &authz.Ceiling{})
		}, fault.Invalid, "maximumPermissions", "name a tool"},
		"client with bad ceiling": {listing(group, "A", "a", "?"), fault.Invalid, "maximumPermissions[1]", "letters"},
		"removing no client":      {func(c *access.Configuration) error { return c.RemoveClient(group) }, fault.NotFound, "", "list the clients"},
		"qualified scope": {func(c *access.Configuration) error {
			return c.PutScopeCeiling("api://a/b", authz.Ceiling{Patterns: []string{"*"}})
		}, fault.Invalid, "scope", "after the last slash"},
		"scope without patterns": {func(c *access.Configuration) error { return c.PutScopeCeiling("a", authz.Ceiling{}) }, fault.Invalid, "patterns", "name a tool"},
		"removing no scope":      {func(c *access.Configuration) error { return c.RemoveScopeCeiling("other") }, fault.NotFound, "", "list the ceilings"},
		"unknown tool": {func(c *access.Configuration) error {
			return c.PutTool(tools.Selection{Name: "serch", Effect: tools.Read}, known)
		}, fault.Invalid, "name", "did you mean search?"},
		"tool of no effect": {func(c *access.Configuration) error {
			return c.PutTool(tools.Selection{Name: "search", Effect: "none"}, known)
		}, fault.Invalid, "effect", "destructive"},
		"removing no tool": {func(c *access.Configuration) error { return c.RemoveTool("payroll_run") }, fault.NotFound, "", "list the tools"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := small()
			err := c.edit(&config)
			if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(fault.Public(err), c.word) {
				t.Fatalf("error is %v", err)
			}
			problems := access.ProblemsOf(err)
			if c.path == "" && problems != nil || c.path != "" && (len(problems) != 1 || problems[0].Path != c.path || !strings.HasPrefix(fault.Public(err), c.path+": ")) {
				t.Errorf("problems are %q, want one at %s", problems, c.path)
			}
			if !reflect.DeepEqual(config, small()) {
				t.Errorf("the refused edit left %+v", config)
			}
		})
	}
}

// TestEditsAreMadeOnTheSide: a copy of the configuration, such as the one an
// audit record shows as what was before, never changes.
func TestEditsAreMadeOnTheSide(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]edit{
		"add role":     adding(role(tenants.GUID{}, "New", "a")),
		"replace role": func(c *access.Configuration) error { return c.ReplaceRole(role(reader, "Renamed", "a")) },
		"remove role":  func(c *access.Configuration) error { return c.RemoveRole(reader) },
		"assign":       assigning(to(authz.SubjectEverybody, "")),
		"replace assignment": func(c *access.Configuration) error {
			a := c.Rules.Assignments[0]
			a.Name = "HR"
			return c.ReplaceAssignment(a, now)
		},
		"remove assignment": func(c *access.Configuration) error { return c.RemoveAssignment(given) },
		"list client":       listing("https://a.example/c.json", "A", "search"),
		"rename client":     listing(strings.ToUpper(client), "Renamed"),
		"remove client":     func(c *access.Configuration) error { return c.RemoveClient(client) },
		"put scope ceiling": func(c *access.Configuration) error {
			return c.PutScopeCeiling("a", authz.Ceiling{Patterns: []string{"*"}})
		},
		"remove scope ceiling": func(c *access.Configuration) error { return c.RemoveScopeCeiling("tools.read") },
		"switch tool on": func(c *access.Configuration) error {
			return c.PutTool(tools.Selection{Name: "payroll_run", Effect: tools.Write}, known)
		},
		"change tool": func(c *access.Configuration) error {
			return c.PutTool(tools.Selection{Name: "search", Effect: tools.Write}, known)
		},
		"switch tool off": func(c *access.Configuration) error { return c.RemoveTool("search") },
	} {
		before := small()
		after := before
		if err := edit(&after); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(before, small()) {
			t.Errorf("%s changed a copy: %+v", name, before)
		}
		if reflect.DeepEqual(after, small()) {
			t.Errorf("%s did nothing", name)
		}
		if found := access.Validate(after, access.Deployment{Tools: known}); len(found.Problems) > 0 {
			t.Errorf("%s left %q", name, found.Problems)
		}
	}
}

func TestRemovedRoleTakesItsAssignmentsAlong(t *testing.T) {
	t.Parallel()
	c := small()
	if err := c.RemoveRole(reader); err != nil || len(c.Rules.Assignments) != 0 {
		t.Errorf("%v: assignments are %+v", err, c.Rules.Assignments)
	}
}

func TestRemovedClientTakesItsCeilingAlong(t *testing.T) {
	t.Parallel()
	c := small()
	if err := c.RemoveClient(strings.ToUpper(client)); err != nil || len(c.Rules.ClientCeilings) != 0 {
		t.Errorf("%v: ceilings are %+v", err, c.Rules.ClientCeilings)
	}
	c = small()
	if err := c.PutClient(tenants.Client{ID: client, Name: "Editor"}, nil); err != nil || len(c.Rules.ClientCeilings) != 0 {
		t.Errorf("%v: ceilings are %+v", err, c.Rules.ClientCeilings)
	}
}

func TestEndThatHasPassedMayStay(t *testing.T) {
	t.Parallel()
	c := small()
	a := c.Rules.Assignments[0]
	a.Name = "HR"
	if err := c.ReplaceAssignment(a, now); err != nil {
		t.Error(err)
	}
}

func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	c := small()
	for i := len(c.Rules.Roles); i < access.MaxRoles; i++ {
		c.Rules.Roles = append(c.Rules.Roles, role(tenants.NewGUID(), fmt.Sprint(i), "a"))
	}
	for i := len(c.Clients); i < access.MaxClients; i++ {
		c.Clients = append(c.Clients, tenants.Client{ID: tenants.NewGUID().String(), Name: "A"})
	}
	for i := len(c.Rules.Assignments); i < access.MaxAssignments; i++ {
		c.Rules.Assignments = append(c.Rules.Assignments, authz.Assignment{ID: tenants.NewGUID()})
	}
	for i := len(c.Rules.ScopeCeilings); i < access.MaxScopes; i++ {
		c.Rules.ScopeCeilings[fmt.Sprint(i)] = authz.Ceiling{Patterns: []string{"*"}}
	}
	for name, edit := range map[string]edit{
		"role": adding(role(tenants.GUID{}, "New", "a")), "client": listing("https://a.example/c", "A"), "assignment": assigning(to(authz.SubjectEverybody, "")),
		"scope": func(c *access.Configuration) error {
			return c.PutScopeCeiling("new", authz.Ceiling{Patterns: []string{"*"}})
		},
	} {
		if err := edit(&c); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "the most") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestValidateFindsEveryProblemAtItsPath(t *testing.T) {
	t.Parallel()
	c := small()
	if found := access.Validate(c, access.Deployment{Tools: known}); len(found.Problems)+len(found.Warnings) > 0 {
		t.Fatalf("a good configuration has %+v", found)
	}
	c.Tools = append(c.Tools, tools.Selection{Name: "search", Effect: tools.Read}, tools.Selection{Name: "gone", Effect: "x"})
	c.Rules.Roles = append(c.Rules.Roles, role(tenants.GUID{}, "reader", "b c"))
	c.Rules.Assignments = append(c.Rules.Assignments, to(authz.SubjectGroup, strings.ToUpper(group)), authz.Assignment{Role: tenants.NewGUID(), Subject: authz.Subject{Kind: "x"}})
	c.Clients = append(c.Clients, tenants.Client{ID: strings.ToUpper(client), Name: "Twin"}, tenants.Client{ID: "x"})
	c.Rules.ClientCeilings = map[string]authz.Ceiling{client: {}, group: {Patterns: []string{"search"}}}
	c.Rules.ScopeCeilings = map[string]authz.Ceiling{"a/b": {Patterns: []string{""}}}
	want := []string{
		"tools[1].name", "tools[2].name", "tools[2].effect", "roles[1].permissions[0].patterns[0]", "roles[1].name", "roles[1].id",
		"assignments[1].subject", "assignments[2].subject.kind", "assignments[2].role", "clients[0].maximumPermissions", "clients[1].id",
		"clients[2].id", "clients[2].name", `clients["` + group + `"].maximumPermissions`, `scopeCeilings["a/b"]`, `scopeCeilings["a/b"].patterns[0]`,
	}
	var got []string
	for _, p := range access.Validate(c, access.Deployment{Tools: known}).Problems {
		got = append(got, p.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("paths are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatHasNoEffectIsAWarning(t *testing.T) {
	t.Parallel()
	c := small()
	c.Rules.Roles = append(c.Rules.Roles, role(tenants.NewGUID(), "Payroll", "search", "payroll_*", "pyroll_*"))
	c.Rules.ClientCeilings = map[string]authz.Ceiling{client: {Patterns: []string{"x*"}}}
	c.Rules.ScopeCeilings = map[string]authz.Ceiling{"a": {Patterns: []string{"*y"}}}
	c.Rules.Assignments = append(c.Rules.Assignments, to(authz.SubjectClient, group))
	want := []string{
		"roles[1]: is a role that nobody has; assign it, or remove it",
		`roles[1].permissions[0].patterns[1]: "payroll_*" matches only tools that are switched off; switch one on`,
		`roles[1].permissions[0].patterns[2]: "pyroll_*" matches no tool of this deployment, and none that is approved of a source; check its spelling`,
		`clients[0].maximumPermissions[0]: "x*" matches no tool of this deployment, and none that is approved of a source; check its spelling`,
		`scopeCeilings["a"].patterns[0]: "*y" matches no tool of this deployment, and none that is approved of a source; check its spelling`,
		"assignments[1].subject.value: is a client that is not listed, so it cannot connect; list it under clients",
	}
	found := access.Validate(c, access.Deployment{Tools: known})
	var got []string
	for _, w := range found.Warnings {
		got = append(got, w.String())
	}
	if len(found.Problems) > 0 || !slices.Equal(got, want) {
		t.Errorf("problems are %q, warnings\n%s", found.Problems, strings.Join(got, "\n"))
	}
}
