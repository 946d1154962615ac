package admin_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/admin"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// glance is a membership.Resolver that answers a look with what is there.
type glance struct {
	answer authz.Answer
	err    error
	at     func() time.Time
	asked  []membership.Question
}

func (g *glance) FreshLook(_ context.Context, q membership.Question) (membership.Record, error) {
	g.asked = append(g.asked, q)
	return membership.Record{Person: q.Identity.OID, Answers: map[tenants.GUID]authz.Answer{staff: g.answer}, AskedAt: g.at()}, g.err
}

// mirror is a court in which somebody asks about themselves.
type mirror struct {
	*court
	looks *glance
	own   console.OwnAccess
	self  console.Person
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	c := newCourt(t)
	idle := tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) { return tools.Result{}, nil })
	var entries []*tools.Entry
	for _, name := range []string{"dice", "my_groups", "whoami"} {
		e, err := tools.NewEntry(tools.Tool{Name: name, Title: "The " + name, Description: strings.Repeat("long ", 200), Effect: tools.Write, InputSchema: []byte(`{"type":"object"}`), Invoker: idle})
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	catalog, err := tools.NewCatalog(entries)
	if err != nil {
		t.Fatal(err)
	}
	c.view.Catalog = catalog
	m := &mirror{court: c, looks: &glance{at: c.clock.read}, self: console.Person{TID: c.view.Organization.TID, OID: c.person, Name: "Bob"}}
	m.own = admin.NewOwnAccess(admin.DecisionParts{
		Views: func(context.Context, tenants.ID) (*snapshot.Snapshot, error) { return c.view, c.viewErr },
		Store: c, Graph: c.graph, Delegation: c.tokens, Now: c.clock.read,
	}, m.looks)
	return m
}

func TestOwnToolsAreThoseOfTheEndpoint(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.knows(authz.Member, time.Minute)
	s, err := m.own.Own(t.Context(), m.view.Organization.ID, m.self)
	if err != nil || len(s.Roles) != 1 || s.Roles[0].Name != "Staff" || len(s.Roles[0].Via) != 1 || s.Roles[0].Via[0].Name != "Staff" || !s.Known {
		t.Fatalf("%v %+v", err, s)
	}
	conditional := map[string]bool{}
	for _, tool := range s.Tools {
		conditional[tool.Name] = tool.Conditional
		if tool.Title != "The "+tool.Name || tool.Effect != tools.Write || !slices.Equal(tool.Roles, []string{"Staff"}) || len(tool.Description) > 410 || !strings.HasSuffix(tool.Description, "…") {
			t.Errorf("%+v", tool)
		}
	}
	if len(conditional) != 3 || !conditional["dice"] || !conditional["my_groups"] || conditional["whoami"] {
		t.Errorf("%v", conditional)
	}
	if len(s.Remarks) != 1 || !strings.Contains(s.Remarks[0], "app roles") {
		t.Errorf("%q", s.Remarks)
	}
	m.knows(authz.NotMember, time.Minute)
	if s, err = m.own.Own(t.Context(), m.view.Organization.ID, m.self); err != nil || len(s.Tools)+len(s.Roles) != 0 || !s.Known {
		t.Errorf("who is in no group has %+v, %v", s, err)
	}
	if len(m.looks.asked)+len(m.graph.asked) != 0 {
		t.Error("Microsoft Graph was asked for what is known")
	}
}

func TestALookSaysWhatItChanges(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		before, now  authz.Answer // Unknown before: none
		gained, lost []string
	}{
		"joined":  {authz.NotMember, authz.Member, []string{"dice", "my_groups", "whoami"}, nil},
		"left":    {authz.Member, authz.NotMember, nil, []string{"dice", "my_groups", "whoami"}},
		"stayed":  {authz.Member, authz.Member, nil, nil},
		"unknown": {authz.Unknown, authz.Member, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMirror(t)
			if x.before != authz.Unknown {
				m.knows(x.before, 10*time.Minute)
			}
			m.looks.answer = x.now
			c, err := m.own.Check(t.Context(), m.view.Organization.ID, m.self)
			if err != nil || !c.Asked || !slices.Equal(c.ToolsGained, x.gained) || !slices.Equal(c.ToolsLost, x.lost) || (c.Compared == nil) != (x.before == authz.Unknown) {
				t.Fatalf("%v %+v", err, c)
			}
			if len(c.RolesGained) != min(1, len(x.gained)) || len(c.RolesLost) != min(1, len(x.lost)) || c.Membership.Source != authz.SourceGraph {
				t.Errorf("%+v", c)
			}
			q := m.looks.asked[0]
			if token, err := q.Token(t.Context()); err != nil || token != "token of "+m.person.String() || q.Identity.OID != m.person || !slices.Equal(q.Mapped, []tenants.GUID{staff}) {
				t.Errorf("asked as %q: %+v, %v", token, q.Identity, err)
			}
		})
	}
}

// TestWhereNothingNewerIsThereWhatIsKnownStands: after a look a moment ago, and when
// Microsoft Graph does not answer.
func TestWhereNothingNewerIsThereWhatIsKnownStands(t *testing.T) {
	t.Parallel()
	for why, remarks := range map[error]int{fault.New(fault.Limited, "asked a moment ago"): 1, fault.New(fault.Upstream, "Microsoft Graph does not answer"): 2} {
		m := newMirror(t)
		m.knows(authz.Member, time.Minute)
		m.looks.err = why
		c, err := m.own.Check(t.Context(), m.view.Organization.ID, m.self)
		if err != nil || c.Asked || c.Membership.AgeSeconds != 60 || len(c.ToolsGained)+len(c.ToolsLost) != 0 || len(c.Remarks) != remarks {
			t.Errorf("%v: %v %+v", why, err, c)
		}
	}
}

// TestAnOrganizationThatGoesByTokensIsAskedForThisAnswerOnly: the endpoint goes on by
// what tokens say, and the answer tells what to do.
func TestAnOrganizationThatGoesByTokensIsAskedForThisAnswerOnly(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.view.Organization.Connection.GroupSource = tenants.TokenOnly
	m.graph.members[m.person] = []tenants.GUID{staff}
	m.knows(authz.NotMember, time.Minute)
	c, err := m.own.Check(t.Context(), m.view.Organization.ID, m.self)
	if err != nil || !c.Asked || len(c.ToolsGained) != 3 || len(m.looks.asked) != 0 || !strings.Contains(strings.Join(c.Remarks, " "), "sign in again there") {
		t.Errorf("%v %+v", err, c)
	}
}

// TestGraphIsAskedForOnePersonNowAndThen, however often they look, where no fresh look of
// the endpoint's holds them back.
func TestGraphIsAskedForOnePersonNowAndThen(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.view.Organization.Connection.GroupSource = tenants.TokenOnly
	m.graph.members[m.person] = []tenants.GUID{staff}
	for i, asks := range []int{1, 1, 2} {
		c, err := m.own.Check(t.Context(), m.view.Organization.ID, m.self)
		if err != nil || c.Asked != (i != 1) {
			t.Errorf("%d: %v %+v", i, err, c)
		}
		s, err := m.own.Own(t.Context(), m.view.Organization.ID, m.self)
		if err != nil || len(s.Tools) != 3 {
			t.Errorf("%d: %v %+v", i, err, s)
		}
		if len(m.graph.asked) != asks {
			t.Errorf("%d: Microsoft Graph was asked %d times, want %d", i, len(m.graph.asked), asks)
		}
		m.clock.pass(16 * time.Second)
	}
}

// TestWhatIsStoredMayBeNewerThanWhatIsRemembered: another process has asked since.
func TestWhatIsStoredMayBeNewerThanWhatIsRemembered(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.knows(authz.Member, time.Second)
	m.looks.answer, m.looks.at = authz.NotMember, func() time.Time { return m.clock.read().Add(-time.Minute) }
	c, err := m.own.Check(t.Context(), m.view.Organization.ID, m.self)
	if err != nil || c.Asked || len(c.ToolsLost) != 0 || c.Membership.AgeSeconds != 1 {
		t.Errorf("%v %+v", err, c)
	}
}

func TestOwnAccessSaysWhatRefusesAnyway(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.knows(authz.Member, time.Minute)
	m.self.Guest, m.view.Organization.State = true, tenants.Suspended
	s, err := m.own.Own(t.Context(), m.view.Organization.ID, m.self)
	if told := strings.Join(s.Remarks, " "); err != nil || !strings.Contains(told, "suspended") || !strings.Contains(told, "Guests are refused") {
		t.Errorf("%v %q", err, s.Remarks)
	}
	m.viewErr = fault.New(fault.NotFound, "no view")
	if _, err := m.own.Own(t.Context(), m.view.Organization.ID, m.self); fault.KindOf(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
	m.viewErr, m.broken = nil, errors.New("the store is gone")
	if _, err := m.own.Check(t.Context(), m.view.Organization.ID, m.self); !errors.Is(err, m.broken) {
		t.Errorf("%v", err)
	}
}
