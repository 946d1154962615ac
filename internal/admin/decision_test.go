package admin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/admin"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const editor = "e0000000-0000-4000-8000-00000000000e"

// court is an organization whose group mapping gives whoami, with everything a
// decision about it rests on.
type court struct {
	view    *snapshot.Snapshot
	viewErr error
	rules   authz.Rules
	record  membership.Record
	broken  error // of the store
	graph   *groupsGraph
	tokens  *tokens
	clock   *wall
	asker   console.Person
	person  tenants.GUID
}

func newCourt(t *testing.T) *court {
	t.Helper()
	c := &court{graph: &groupsGraph{members: map[tenants.GUID][]tenants.GUID{}}, tokens: &tokens{}, clock: &wall{now: time.Now()}, person: tenants.NewGUID()}
	o := northwind()
	o.Connection.Guests = tenants.Refuse
	role := tenants.NewGUID()
	c.rules = authz.Rules{
		Roles: []authz.Role{{ID: role, Name: "Staff", Permissions: []authz.Permission{
			{Effect: authz.Allow, Patterns: []string{"whoami"}},
			{Effect: authz.Allow, Patterns: []string{"dice"}, Condition: "args.sides < 7"},
			{Effect: authz.Allow, Patterns: []string{"my_groups"}, AuthenticationContext: "c1"},
		}}},
		Assignments: []authz.Assignment{
			{ID: tenants.NewGUID(), Role: role, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: staff.String()}, Name: "Staff"},
			{ID: tenants.NewGUID(), Role: role, Subject: authz.Subject{Kind: authz.SubjectAppRole, Value: "Staff.All"}},
		},
		ClientCeilings: map[string]authz.Ceiling{editor: {Patterns: []string{"*"}}},
		ScopeCeilings:  map[string]authz.Ceiling{"narrow": {Patterns: []string{"dice"}}},
		Scope:          o.Connection.Scope,
	}
	policy, err := authz.Compile(c.rules, []string{"dice", "my_groups", "whoami"})
	if err != nil {
		t.Fatal(err)
	}
	none, err := tools.NewCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.view = &snapshot.Snapshot{Organization: o, Policy: policy, Catalog: none}
	c.asker = console.Person{TID: o.TID, OID: tenants.NewGUID()}
	return c
}

func (c *court) Access(context.Context, tenants.ID) (access.Configuration, error) {
	return access.Configuration{Clients: []tenants.Client{{ID: editor, Name: "Editor"}}, Rules: c.rules}, nil
}

func (c *court) LoadMembership(_ context.Context, _ tenants.ID, person tenants.GUID) (membership.Record, error) {
	if c.broken != nil {
		return membership.Record{}, c.broken
	}
	if c.record.Person != person {
		return membership.Record{}, fault.New(fault.NotFound, "nothing is on record")
	}
	return c.record, nil
}

func (c *court) Offers(context.Context, tenants.ID, tenants.GUID) ([]access.Offered, error) {
	return nil, nil
}

func (c *court) explain(t *testing.T, asker *console.Person, q console.Question) (console.Explained, error) {
	t.Helper()
	q.Person = c.person
	if q.Client == "" {
		q.Client = editor
	}
	if q.Tool == "" {
		q.Tool = "whoami"
	}
	d := admin.NewDecisions(admin.DecisionParts{
		Views: func(context.Context, tenants.ID) (*snapshot.Snapshot, error) { return c.view, c.viewErr },
		Store: c, Graph: c.graph, Delegation: c.tokens, Now: c.clock.read,
	})
	return d.Explain(t.Context(), c.view.Organization.ID, asker, q)
}

func (c *court) knows(answer authz.Answer, age time.Duration) {
	c.record = membership.Record{Person: c.person, Answers: map[tenants.GUID]authz.Answer{staff: answer}, AskedAt: c.clock.read().Add(-age)}
}

// TestMembershipComesFromTheRecordOrFromGraph gives what is on record, how old,
// and what Microsoft Graph says when it is asked.
func TestMembershipComesFromTheRecordOrFromGraph(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		record  authz.Answer // Unknown: none
		age     time.Duration
		graph   bool // whether they are a member there
		asked   int
		verdict authz.Verdict
		old     int64 // seconds
	}{
		"recent record":        {authz.Member, 59 * time.Minute, false, 0, authz.Allowed, 3540},
		"recent removal":       {authz.NotMember, time.Minute, true, 0, authz.Hidden, 60},
		"at the hard limit":    {authz.Member, time.Hour, false, 0, authz.Allowed, 3600},
		"beyond it, member":    {authz.NotMember, time.Hour + 1, true, 1, authz.Allowed, 0},
		"beyond it, no member": {authz.Member, time.Hour + 1, false, 1, authz.Hidden, 0},
		"no record":            {authz.Unknown, 0, true, 1, authz.Allowed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCourt(t)
			if x.record != authz.Unknown {
				c.knows(x.record, x.age)
			}
			if x.graph {
				c.graph.members[c.person] = []tenants.GUID{staff}
			}
			e, err := c.explain(t, &c.asker, console.Question{})
			if err != nil || e.Verdict != x.verdict || len(c.graph.asked) != x.asked || len(e.Remarks) != 0 {
				t.Fatalf("%v %s %v %v", err, e.Verdict, c.graph.asked, e.Remarks)
			}
			if f := e.Groups[0]; f.ID != staff || f.Name != "Staff" || f.Source != authz.SourceGraph || f.AgeSeconds != x.old || (f.Answer == authz.Member) != (x.verdict == authz.Allowed) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestGraphIsAskedAsWhoeverAsks(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	if _, err := c.explain(t, &c.asker, console.Question{}); err != nil {
		t.Fatal(err)
	}
	c.asker.OID = c.person
	if _, err := c.explain(t, &c.asker, console.Question{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.tokens.asked, []string{"User.ReadBasic.All GroupMember.Read.All", "User.Read GroupMember.Read.All"}) || !slices.Equal(c.graph.asked, []string{c.person.String() + " 1", "me 1"}) {
		t.Errorf("%v %v", c.tokens.asked, c.graph.asked)
	}
}

// TestWhatCannotBeKnownStaysUnknown has everybody ask who cannot be answered.
func TestWhatCannotBeKnownStaysUnknown(t *testing.T) {
	t.Parallel()
	denied := fault.Wrap(fault.Forbidden, "Microsoft Graph answered 403", &graph.Error{Status: http.StatusForbidden})
	for name, x := range map[string]struct {
		prepare func(c *court) *console.Person
		remark  string
		tokens  int
	}{
		"automation":        {func(*court) *console.Person { return nil }, "only for people of this directory", 0},
		"another directory": {func(c *court) *console.Person { c.asker.TID = tenants.TID{GUID: tenants.NewGUID()}; return &c.asker }, "only for people of this directory", 0},
		"no consent": {func(c *court) *console.Person {
			c.tokens.err = fault.New(fault.Forbidden, "sign in again with /auth/sign-in?scopes=groups")
			return &c.asker
		}, "/auth/sign-in?scopes=groups", 1},
		"graph denies": {func(c *court) *console.Person { c.graph.err = denied; return &c.asker }, "/auth/sign-in?scopes=groups", 1},
		"graph is down": {func(c *court) *console.Person {
			c.graph.err = fault.New(fault.Unavailable, "Microsoft Graph is not available")
			return &c.asker
		}, "is not available", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCourt(t)
			c.graph.members[c.person] = []tenants.GUID{staff}
			c.knows(authz.Member, 2*time.Hour)
			asker := x.prepare(c)
			e, err := c.explain(t, asker, console.Question{})
			if err != nil || e.Verdict != authz.Hidden || e.Groups[0].Answer != authz.Unknown || len(e.Remarks) != 1 || !strings.Contains(e.Remarks[0], x.remark) || len(c.tokens.asked) != x.tokens {
				t.Errorf("%v %s %+v %v", err, e.Verdict, e.Groups, e.Remarks)
			}
		})
	}
}

// TestPartOfARecordStillCounts maps a group that the record says nothing of.
func TestPartOfARecordStillCounts(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	c.rules.Assignments = append(c.rules.Assignments, authz.Assignment{
		ID: tenants.NewGUID(), Role: c.rules.Roles[0].ID, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: tenants.NewGUID().String()},
	})
	policy, err := authz.Compile(c.rules, []string{"whoami"})
	if err != nil {
		t.Fatal(err)
	}
	c.view.Policy = policy
	c.knows(authz.Member, time.Minute)
	e, err := c.explain(t, nil, console.Question{})
	if err != nil || e.Verdict != authz.Allowed || len(e.Remarks) != 1 || len(e.Groups) != 2 || e.Groups[0].Answer == e.Groups[1].Answer {
		t.Errorf("%v %s %+v %v", err, e.Verdict, e.Groups, e.Remarks)
	}
}

// TestQuestionsDescribeAToken gives what a question says of the token, and what
// is decided.
func TestQuestionsDescribeAToken(t *testing.T) {
	t.Parallel()
	roles := []string{"Staff.All"}
	for name, x := range map[string]struct {
		q       console.Question
		verdict authz.Verdict
		remark  string
	}{
		"app role":           {console.Question{AppRoles: roles}, authz.Allowed, ""},
		"none":               {console.Question{}, authz.Hidden, ""},
		"unknown tool":       {console.Question{AppRoles: roles, Tool: "nothing"}, authz.Hidden, ""},
		"narrow scope":       {console.Question{AppRoles: roles, Scopes: []string{"narrow"}}, authz.NeedsScope, ""},
		"another scope":      {console.Question{AppRoles: roles, Scopes: []string{"x"}}, authz.NeedsScope, "without one of the organization's scopes"},
		"any arguments":      {console.Question{AppRoles: roles, Tool: "dice"}, authz.Conditional, ""},
		"good arguments":     {console.Question{AppRoles: roles, Tool: "dice", Arguments: json.RawMessage(` {"sides": 6}`)}, authz.Allowed, ""},
		"bad arguments":      {console.Question{AppRoles: roles, Tool: "dice", Arguments: json.RawMessage(`{"sides": 8}`)}, authz.Refused, ""},
		"step-up":            {console.Question{AppRoles: roles, Tool: "my_groups"}, authz.NeedsStepUp, ""},
		"stepped up":         {console.Question{AppRoles: roles, Tool: "my_groups", AuthContexts: []string{"c1"}}, authz.Allowed, ""},
		"guest":              {console.Question{AppRoles: roles, Guest: true}, authz.Allowed, "Guests are refused"},
		"unlisted client":    {console.Question{AppRoles: roles, Client: "other"}, authz.Allowed, "The client other is not listed"},
		"client in capitals": {console.Question{AppRoles: roles, Client: strings.ToUpper(editor)}, authz.Allowed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCourt(t)
			c.knows(authz.NotMember, time.Minute)
			e, err := c.explain(t, nil, x.q)
			if err != nil || e.Verdict != x.verdict || (len(e.Remarks) == 1) != (x.remark != "") || !strings.Contains(strings.Join(e.Remarks, ""), x.remark) {
				t.Errorf("%v %s %v", err, e.Verdict, e.Remarks)
			}
			kind := "user"
			if x.q.Guest {
				kind = "guest"
			}
			if e.Caller.OID != c.person || e.Caller.Kind != kind || !e.At.Equal(c.clock.read()) || e.Arguments != (x.q.Arguments != nil) {
				t.Errorf("%+v", e.Explanation)
			}
		})
	}
}

func TestSuspendedOrganizationIsSaidToBe(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	c.knows(authz.Member, 0)
	c.view.Organization.State = tenants.Suspended
	e, err := c.explain(t, nil, console.Question{})
	if err != nil || len(e.Remarks) != 1 || !strings.Contains(e.Remarks[0], "suspended") {
		t.Errorf("%v %v", err, e.Remarks)
	}
}

func TestGroupsThatDecideNothingAreNotAskedAbout(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	policy, err := authz.Compile(authz.Rules{Scope: c.rules.Scope}, []string{"whoami"})
	if err != nil {
		t.Fatal(err)
	}
	c.view.Policy = policy
	c.broken = fault.New(fault.Unavailable, "down")
	e, err := c.explain(t, &c.asker, console.Question{})
	if err != nil || len(e.Groups) != 0 || len(c.tokens.asked)+len(e.Remarks) != 0 {
		t.Errorf("%v %+v %v", err, e.Groups, e.Remarks)
	}
}

// TestQuestionsWithoutAnAnswer gives the kind of the fault for each.
func TestQuestionsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	arguments := func(text string) console.Question { return console.Question{Arguments: json.RawMessage(text)} }
	for name, x := range map[string]struct {
		prepare func(c *court)
		q       console.Question
		kind    fault.Kind
	}{
		"list for arguments":  {nil, arguments(`[1]`), fault.Invalid},
		"null for arguments":  {nil, arguments(`null`), fault.Invalid},
		"not connected yet":   {func(c *court) { c.viewErr = fault.New(fault.NotFound, "there is no such organization") }, console.Question{}, fault.Conflict},
		"leases have run out": {func(c *court) { c.viewErr = fault.New(fault.Unavailable, "stale") }, console.Question{}, fault.Unavailable},
		"records unreadable":  {func(c *court) { c.broken = fault.New(fault.Unavailable, "down") }, console.Question{}, fault.Unavailable},
		"own fault":           {func(c *court) { c.graph.err = fault.New(fault.Internal, "bug") }, console.Question{}, fault.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCourt(t)
			if x.prepare != nil {
				x.prepare(c)
			}
			if _, err := c.explain(t, &c.asker, x.q); err == nil || fault.KindOf(err) != x.kind {
				t.Errorf("%v", err)
			}
		})
	}
}
