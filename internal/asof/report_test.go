package asof_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var (
	noon   = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	groups = []tenants.GUID{
		tenants.MustGUID("10000000-0000-4000-8000-000000000001"), tenants.MustGUID("10000000-0000-4000-8000-000000000002"), tenants.MustGUID("10000000-0000-4000-8000-000000000003"),
	}
	alice = tenants.MustGUID("a0000000-0000-4000-8000-000000000001")
)

// whole is an organization with three tools and nothing that gives them.
func whole() access.Whole {
	return access.Whole{
		Organization: tenants.Organization{
			ID: tenants.NewID(), Name: "Contoso", State: tenants.Active, Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
			Connection: tenants.Connection{Scope: "access_as_user", Guests: tenants.Admit, Agents: tenants.Refuse},
		},
		Access: access.Configuration{
			Rules: authz.Rules{ClientCeilings: map[string]authz.Ceiling{}, ScopeCeilings: map[string]authz.Ceiling{}, Scope: "access_as_user"},
			Tools: []tools.Selection{{Name: "pay", Effect: tools.Write}, {Name: "read", Effect: tools.Read}, {Name: "roll", Effect: tools.Read}},
		},
	}
}

// grant adds a role and gives it to a subject.
func grant(w *access.Whole, name string, subject authz.Subject, permissions ...authz.Permission) tenants.GUID {
	r := authz.Role{ID: tenants.NewGUID(), Name: name, Permissions: permissions}
	a := authz.Assignment{ID: tenants.NewGUID(), Role: r.ID, Subject: subject, Name: "to " + name}
	w.Access.Rules.Roles = append(w.Access.Rules.Roles, r)
	w.Access.Rules.Assignments = append(w.Access.Rules.Assignments, a)
	return a.ID
}

func group(i int) authz.Subject {
	return authz.Subject{Kind: authz.SubjectGroup, Value: groups[i].String()}
}

func allow(patterns ...string) authz.Permission {
	return authz.Permission{Effect: authz.Allow, Patterns: patterns}
}

func deny(patterns ...string) authz.Permission {
	return authz.Permission{Effect: authz.Deny, Patterns: patterns}
}

func report(t *testing.T, w access.Whole, q asof.Question) *asof.Report {
	t.Helper()
	text, digest, err := asof.Of(w, nil).Encode()
	if err != nil {
		t.Fatal(err)
	}
	c, err := asof.Decode(text, digest)
	if err != nil {
		t.Fatal(err)
	}
	if q.At.IsZero() {
		q.At = noon
	}
	r, err := asof.NewReport(asof.Kept{Configuration: c}, q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func said(since, until time.Duration, in ...int) *asof.Said {
	s := &asof.Said{Since: noon.Add(since), Until: noon.Add(until), Source: authz.SourceToken, LastSource: authz.SourceGraph, Answers: map[tenants.GUID]authz.Answer{}}
	for i, g := range groups {
		s.Answers[g] = authz.NotMember
		if slices.Contains(in, i) {
			s.Answers[g] = authz.Member
		}
	}
	return s
}

func verdicts(f asof.Finding) string {
	text := ""
	for _, a := range f.Access {
		text += fmt.Sprintf("%s %s;", a.Tool, a.Verdict)
	}
	return text
}

// TestWhatWasKnownDecides asks about one person, of whom more or less was known.
func TestWhatWasKnownDecides(t *testing.T) {
	t.Parallel()
	w := whole()
	grant(&w, "staff", authz.Subject{Kind: authz.SubjectEverybody}, allow("roll"))
	grant(&w, "finance", group(0), allow("pay", "read"))
	grant(&w, "barred", group(1), deny("read"))
	grant(&w, "visitors", authz.Subject{Kind: authz.SubjectEveryGuest}, allow("read"))
	for name, x := range map[string]struct {
		person asof.Person
		want   string
	}{
		"member":                    {asof.Person{Kind: authz.User, Said: said(-time.Hour, -time.Minute, 0)}, "pay allowed;read allowed;roll allowed;"},
		"no member":                 {asof.Person{Kind: authz.User, Said: said(-time.Hour, -time.Minute)}, "roll allowed;"},
		"denied":                    {asof.Person{Kind: authz.User, Said: said(-time.Hour, -time.Minute, 0, 1)}, "pay allowed;roll allowed;"},
		"at the hard limit":         {asof.Person{Kind: authz.User, Said: said(-2*time.Hour, -time.Hour, 0)}, "pay allowed;read allowed;roll allowed;"},
		"beyond it":                 {asof.Person{Kind: authz.User, Said: said(-2*time.Hour, -time.Hour-1, 0)}, "pay unknown;read unknown;roll allowed;"},
		"said before and after":     {asof.Person{Kind: authz.User, Said: said(-30*time.Hour, 30*time.Hour, 0)}, "pay allowed;read allowed;roll allowed;"},
		"nothing was said":          {asof.Person{Kind: authz.User}, "pay unknown;read unknown;roll allowed;"},
		"guest":                     {asof.Person{Kind: authz.Guest, Said: said(-time.Hour, 0)}, "read allowed;"},
		"kind is not known":         {asof.Person{Said: said(-time.Hour, 0, 0)}, "pay allowed;read allowed;roll unknown;"},
		"agents were refused":       {asof.Person{Kind: authz.Agent, Said: said(-time.Hour, 0, 0)}, ""},
		"guest of whom nobody said": {asof.Person{Kind: authz.Guest}, "pay unknown;read unknown;"},
	} {
		x.person.OID = alice
		if got := verdicts(report(t, w, asof.Question{}).Of(x.person)); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
	w.Organization.Connection.Guests = tenants.Refuse
	if got := report(t, w, asof.Question{}).Of(asof.Person{Kind: authz.Guest}); len(got.Access) != 0 {
		t.Errorf("a guest who was refused: %q", verdicts(got))
	}
	w.Organization.State = tenants.Suspended
	r := report(t, w, asof.Question{})
	if got := r.Of(asof.Person{Kind: authz.User}); len(got.Access) != 0 || len(r.Remarks()) == 0 {
		t.Errorf("suspended: %q, %q", verdicts(got), r.Remarks())
	}
}

// TestEachRuleIsToldWithItsEvidence: the assignment, and what was said of the group.
func TestEachRuleIsToldWithItsEvidence(t *testing.T) {
	t.Parallel()
	w := whole()
	direct := grant(&w, "a direct", authz.Subject{Kind: authz.SubjectPerson, Value: alice.String()}, allow("pay"))
	mapped := grant(&w, "b mapped", group(0), allow("pa*"), authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}, Condition: "args.amount < 5"})
	grant(&w, "c another", group(2), allow("pay"))
	said := said(-time.Hour, -time.Minute, 0)
	f := report(t, w, asof.Question{Tool: "pay"}).Of(asof.Person{OID: alice, Kind: authz.User, Said: said})
	if len(f.Access) != 1 || len(f.Access[0].Rules) != 2 || f.Access[0].Effect != "write" || len(f.Unknown) != 0 {
		t.Fatalf("found %+v", f)
	}
	one, two := f.Access[0].Rules[0], f.Access[0].Rules[1]
	if one.Assignment != direct || one.Role != "a direct" || one.Evidence != (asof.Evidence{Answer: authz.Member}) {
		t.Errorf("the direct rule: %+v", one)
	}
	want := asof.Evidence{Answer: authz.Member, Source: authz.SourceGraph, Since: said.Since, Until: said.Until}
	if two.Assignment != mapped || two.Name != "to b mapped" || two.Subject != group(0) || two.Evidence != want || len(two.Conditions) != 0 {
		t.Errorf("the mapped rule: %+v", two)
	}
	old := *said
	old.Since, old.Until = noon.Add(-50*time.Hour), noon.Add(-40*time.Hour)
	f = report(t, w, asof.Question{Tool: "pay"}).Of(asof.Person{OID: tenants.NewGUID(), Kind: authz.User, Said: &old})
	if len(f.Access) != 1 || f.Access[0].Verdict != asof.Undecided || len(f.Unknown) != 2 {
		t.Fatalf("found %+v", f)
	}
	for i, last := range []authz.Answer{authz.Member, authz.NotMember} {
		if e := f.Access[0].Rules[i].Evidence; e.Answer != authz.Unknown || e.LastAnswer != last || !e.Until.Equal(old.Until) {
			t.Errorf("evidence %d: %+v", i, e)
		}
	}
}

// TestTwoOfWhomTheSameIsKnownKeepTheirOwnEvidence: an answer for one is not told of
// the other.
func TestTwoOfWhomTheSameIsKnownKeepTheirOwnEvidence(t *testing.T) {
	t.Parallel()
	w := whole()
	grant(&w, "finance", group(0), allow("pay"))
	r := report(t, w, asof.Question{})
	for _, until := range []time.Duration{-time.Minute, -2 * time.Minute} {
		f := r.Of(asof.Person{OID: tenants.NewGUID(), Kind: authz.User, Said: said(-time.Hour, until, 0)})
		if got := f.Access[0].Rules[0].Evidence.Until; !got.Equal(noon.Add(until)) {
			t.Errorf("evidence until %s is told as %s", until, got)
		}
	}
}

func TestWhatHadEndedGaveNothing(t *testing.T) {
	t.Parallel()
	w := whole()
	grant(&w, "staff", authz.Subject{Kind: authz.SubjectEverybody}, allow("roll"))
	w.Access.Rules.Assignments[0].EndsAt = noon
	for at, want := range map[time.Duration]string{-1: "roll allowed;", 0: ""} {
		if got := verdicts(report(t, w, asof.Question{At: noon.Add(at)}).Of(asof.Person{Kind: authz.User})); got != want {
			t.Errorf("%d after the end: %q", at, got)
		}
	}
}

func TestClientsMaximumCounts(t *testing.T) {
	t.Parallel()
	w := whole()
	grant(&w, "staff", authz.Subject{Kind: authz.SubjectEverybody}, allow("*"))
	w.Access.Clients = []tenants.Client{{ID: "editor", Name: "Editor"}}
	w.Access.Rules.ClientCeilings["editor"] = authz.Ceiling{Patterns: []string{"r*"}}
	for client, want := range map[string]string{"": "pay allowed;read allowed;roll allowed;", "editor": "read allowed;roll allowed;"} {
		if got := verdicts(report(t, w, asof.Question{Client: client}).Of(asof.Person{Kind: authz.User})); got != want {
			t.Errorf("through %q: %q", client, got)
		}
	}
}

func TestPeopleThatRulesNameAreListed(t *testing.T) {
	t.Parallel()
	w := whole()
	for _, name := range []string{"one", "two", "three"} {
		grant(&w, name, authz.Subject{Kind: authz.SubjectPerson, Value: alice.String()}, allow("roll"))
	}
	w.Access.Rules.Assignments[2].Subject.Value, w.Access.Rules.Assignments[2].EndsAt = groups[0].String(), noon
	if named := report(t, w, asof.Question{}).Named(); len(named) != 1 || named[0].OID != alice {
		t.Errorf("named are %+v", named)
	}
}

func TestUnknownToolAndUnknownLayoutAreRefused(t *testing.T) {
	t.Parallel()
	c := asof.Of(whole(), nil)
	if _, err := asof.NewReport(asof.Kept{Configuration: c}, asof.Question{At: noon, Tool: "fly"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a tool that was not served: %v", err)
	}
	text, digest, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := asof.Decode(append(text, ' '), digest); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another text: %v", err)
	}
	c.Version = 2
	text, digest, err = c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := asof.Decode(text, digest); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another layout: %v", err)
	}
}

// TestVerdictsHoldInEveryWorld compares with the predicate itself, asked about every
// set of groups that the person may have been in.
func TestVerdictsHoldInEveryWorld(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 11))
	for range 300 {
		w := whole()
		for i := range 1 + random.IntN(5) {
			var permissions []authz.Permission
			for range 1 + random.IntN(2) {
				p := allow([]string{"pay", "r*", "roll", "*"}[random.IntN(4)])
				if random.IntN(3) == 0 {
					p.Effect = authz.Deny
				}
				if random.IntN(4) == 0 {
					p.Condition = "args.amount < 5"
				}
				permissions = append(permissions, p)
			}
			grant(&w, fmt.Sprint("role ", i), group(random.IntN(3)), permissions...)
		}
		p := asof.Person{OID: alice, Kind: authz.User, Said: said(-time.Hour, 0)}
		var open []tenants.GUID
		for _, g := range groups {
			p.Said.Answers[g] = authz.Answer(random.IntN(3))
			if p.Said.Answers[g] == authz.Unknown {
				open = append(open, g)
			}
		}
		got := verdicts(report(t, w, asof.Question{}).Of(p))
		if want := everyWorld(t, w, p, open); got != want {
			t.Fatalf("got %q, want %q: %+v\n%+v", got, want, w.Access.Rules, p.Said.Answers)
		}
	}
}

// everyWorld asks the predicate in each of the worlds that sets of open groups make.
func everyWorld(t *testing.T, w access.Whole, p asof.Person, open []tenants.GUID) (text string) {
	t.Helper()
	names := []string{"pay", "read", "roll"}
	policy, err := authz.Compile(w.Access.Rules, names)
	if err != nil {
		t.Fatal(err)
	}
	for at, name := range names {
		seen := map[authz.Verdict]bool{}
		for set := range 1 << len(open) {
			m := authz.Membership{Groups: map[tenants.GUID]authz.Answer{}}
			for g, answer := range p.Said.Answers {
				m.Groups[g] = answer
			}
			for i, g := range open {
				m.Groups[g] = authz.NotMember
				if set&(1<<i) != 0 {
					m.Groups[g] = authz.Member
				}
			}
			id := authz.Identity{OID: p.OID, Kind: p.Kind, Delegated: true, Scopes: []string{"access_as_user"}}
			seen[policy.Admit(id, m, noon).May(at)] = true
		}
		switch {
		case len(seen) > 1:
			text += name + " unknown;"
		case seen[authz.Allowed]:
			text += name + " allowed;"
		case seen[authz.Conditional]:
			text += name + " conditional;"
		}
	}
	return text
}
