package asof

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Question says what a report is about.
type Question struct {
	At     time.Time
	Tool   string // a tool's name, or a pattern; empty: all
	Client string // an AI app whose maximum permissions count; empty: none's do
}

// Report answers a question about one organization. It is used by one goroutine.
type Report struct {
	question   Question
	kept       Kept
	policy     *authz.Policy
	rules      authz.Rules
	hard       time.Duration
	found      map[string][]Access // of everybody of whom the same is known
	considered []int               // positions of the tools asked about
}

// NewReport prepares the answer from what the organization had decided then. A
// question that names a tool which was not served then is NotFound.
func NewReport(kept Kept, q Question) (*Report, error) {
	policy, err := kept.Policy()
	if err != nil {
		return nil, err
	}
	r := &Report{question: q, kept: kept, policy: policy, rules: kept.Rules(), found: map[string][]Access{}}
	if m := kept.Document.Organization.Membership; m != nil {
		r.hard = time.Duration(m.Hard)
	}
	for i, s := range kept.Catalog {
		if q.Tool == "" || authz.Matches(q.Tool, s.Name) {
			r.considered = append(r.considered, i)
		}
	}
	if q.Tool != "" && len(r.considered) == 0 {
		return nil, fault.Newf(fault.NotFound, "nothing that %.140q matches was served then: it was not switched on, or not approved", q.Tool)
	}
	return r, nil
}

// Verdict is what can be said of one person and one tool.
type Verdict string

// The verdicts. Whom a tool is hidden from is not told of with it.
const (
	Allowed     Verdict = "allowed"
	Conditional Verdict = "conditional" // it depended on arguments or circumstances of each call
	Undecided   Verdict = "unknown"     // it depended on something that was not known then
)

// Access is one tool that a person could have used, or may have been able to, and
// why: each rule that gave it.
type Access struct {
	Tool    string
	Effect  string
	Verdict Verdict
	Rules   []Rule
}

// Rule is one assignment of one role that allowed a tool, and what it rests on.
type Rule struct {
	Role       string
	Assignment tenants.GUID
	Subject    authz.Subject
	Name       string // of the subject, where the assignment has one
	Conditions []string
	Evidence   Evidence
}

// Evidence is what was known of the person and the subject of a rule.
type Evidence struct {
	Answer     authz.Answer // Member where the rule is not about a group
	Source     authz.Source // who said so last; empty where nobody had to
	Since      time.Time    // when that was first said
	Until      time.Time    // when it was last said
	LastAnswer authz.Answer // of Unknown: what was said last, too long before
}

// Finding is what a report tells of one person.
type Finding struct {
	Person  Person
	Unknown []tenants.GUID // groups that decided something, and of which it was not known whether the person was in them
	Access  []Access
}

// Of answers for one person.
func (r *Report) Of(p Person) Finding {
	f := Finding{Person: p, Unknown: r.unknown(p)}
	if r.kept.State != tenants.Active {
		return f
	}
	key := r.key(p)
	if _, ok := r.found[key]; !ok {
		r.found[key] = r.access(p, f.Unknown)
	}
	for _, a := range r.found[key] {
		a.Rules = slices.Clone(a.Rules)
		for i := range a.Rules {
			a.Rules[i].Evidence = r.evidence(p, a.Rules[i].Subject)
		}
		f.Access = append(f.Access, a)
	}
	return f
}

// key is equal for two people of whom the rules cannot tell one from the other.
func (r *Report) key(p Person) string {
	var b strings.Builder
	fmt.Fprint(&b, p.Kind)
	for _, g := range r.policy.MappedGroups() {
		fmt.Fprint(&b, " ", r.answer(p, g))
	}
	named := func(a authz.Assignment) bool {
		return a.Subject.Kind == authz.SubjectPerson && strings.EqualFold(a.Subject.Value, p.OID.String())
	}
	if slices.ContainsFunc(r.rules.Assignments, named) {
		fmt.Fprint(&b, " ", p.OID)
	}
	return b.String()
}

// answer is what counted of a person and a group.
func (r *Report) answer(p Person, g tenants.GUID) authz.Answer {
	if p.Said.at(r.question.At, r.hard) == unknown {
		return authz.Unknown
	}
	return p.Said.Answers[g]
}

func (r *Report) unknown(p Person) (groups []tenants.GUID) {
	for _, g := range r.policy.MappedGroups() {
		if r.answer(p, g) == authz.Unknown {
			groups = append(groups, g)
		}
	}
	return groups
}

// evidence tells what was known of a person and the subject of a rule.
func (r *Report) evidence(p Person, s authz.Subject) Evidence {
	if s.Kind != authz.SubjectGroup {
		return Evidence{Answer: authz.Member}
	}
	g, err := tenants.ParseGUID(s.Value)
	if err != nil || p.Said == nil {
		return Evidence{}
	}
	said := p.Said.Answers[g]
	if said == authz.Unknown {
		return Evidence{}
	}
	e := Evidence{Answer: r.answer(p, g), Source: p.Said.LastSource, Since: p.Said.Since, Until: p.Said.Until}
	if e.Answer == authz.Unknown {
		e.LastAnswer = said
	}
	return e
}

// access weighs each tool in every world that what is known leaves open. For each
// group that is not known there is one in which the person is in it and in no other
// of those: whatever a set of them allows, one of them allows, and whatever one of
// them takes away is taken away in one of these. So verdicts that agree in these
// worlds agree in all.
func (r *Report) access(p Person, open []tenants.GUID) (list []Access) {
	worlds := r.worlds(p, open)
	for _, at := range r.considered {
		a := Access{Tool: r.kept.Catalog[at].Name, Effect: string(r.kept.Catalog[at].Effect)}
		for i, w := range worlds {
			v := w.may(at)
			switch {
			case i == 0:
				a.Verdict = v
			case a.Verdict != v:
				a.Verdict = Undecided
			}
			if v != hidden {
				a.Rules = merged(a.Rules, w.rules(a.Tool, r.question.At))
			}
		}
		if a.Verdict != hidden {
			list = append(list, a)
		}
	}
	return list
}

// hidden is the verdict on what somebody could not even see.
const hidden Verdict = ""

// world is one way in which things may have been.
type world struct {
	caller  authz.Caller
	refused bool // whoever it is did not get in, whatever their roles allowed
}

func (r *Report) worlds(p Person, open []tenants.GUID) (list []world) {
	kinds := []authz.Kind{p.Kind}
	if p.Kind == authz.Nobody {
		kinds = []authz.Kind{authz.User, authz.Guest}
	}
	for _, kind := range kinds {
		list = append(list, r.world(p, kind, tenants.GUID{}))
		for _, g := range open {
			list = append(list, r.world(p, kind, g))
		}
	}
	return list
}

// world admits a person of a kind who is, of the groups that are not known, in one
// or, if that is zero, in none.
func (r *Report) world(p Person, kind authz.Kind, in tenants.GUID) world {
	m := authz.Membership{Groups: map[tenants.GUID]authz.Answer{}}
	for _, g := range r.policy.MappedGroups() {
		if m.Groups[g] = r.answer(p, g); g == in {
			m.Groups[g] = authz.Member
		}
	}
	o := r.kept.Document.Organization
	refused := kind == authz.Guest && o.Guests != tenants.Admit || kind == authz.Agent && o.Agents != tenants.Admit
	id := authz.Identity{OID: p.OID, Kind: kind, Delegated: true, Client: r.question.Client, Scopes: []string{r.rules.Scope}}
	return world{r.policy.Admit(id, m, r.question.At), refused}
}

func (w world) may(tool int) Verdict {
	if w.refused {
		return hidden
	}
	switch w.caller.May(tool) {
	case authz.Allowed:
		return Allowed
	case authz.Conditional, authz.NeedsStepUp, authz.Refused:
		return Conditional
	case authz.Hidden, authz.NeedsScope:
	}
	return hidden
}

// rules lists what allows a tool in a world.
func (w world) rules(tool string, at time.Time) (rules []Rule) {
	for _, g := range w.caller.Explain(authz.Question{Tool: tool, Now: at}).Grants {
		if g.Effect != authz.Allow {
			continue
		}
		var conditions []string
		for _, c := range []string{g.Condition, g.AuthenticationContext} {
			if c != "" {
				conditions = append(conditions, c)
			}
		}
		for _, v := range g.Via {
			rules = append(rules, Rule{Role: g.Role, Assignment: v.Assignment, Subject: authz.Subject{Kind: v.Kind, Value: v.Value}, Name: v.Name, Conditions: conditions})
		}
	}
	return rules
}

// merged adds rules that are not there yet. Several permissions of one role are one
// rule, which depends on something only if each of them does.
func merged(rules, more []Rule) []Rule {
	for _, m := range more {
		at := slices.IndexFunc(rules, func(r Rule) bool { return r.Assignment == m.Assignment })
		switch {
		case at < 0:
			rules = append(rules, m)
		case len(m.Conditions) == 0:
			rules[at].Conditions = nil
		case len(rules[at].Conditions) > 0:
			rules[at].Conditions = slices.Compact(slices.Sorted(slices.Values(slices.Concat(rules[at].Conditions, m.Conditions))))
		}
	}
	return rules
}

// Named returns the people that assignments name, in order of their ids: they may
// never have been there.
func (r *Report) Named() (people []Person) {
	for _, a := range r.rules.Assignments {
		id, err := tenants.ParseGUID(a.Subject.Value)
		if a.Subject.Kind != authz.SubjectPerson || err != nil || a.Ended(r.question.At) {
			continue
		}
		people = append(people, Person{OID: id, Name: a.Name})
	}
	slices.SortFunc(people, func(a, b Person) int { return Compare(a.OID, b.OID) })
	return slices.CompactFunc(people, func(a, b Person) bool { return a.OID == b.OID })
}

// Compare orders ids as PeopleQuery does.
func Compare(a, b tenants.GUID) int {
	x, y := a.Bytes(), b.Bytes()
	return bytes.Compare(x[:], y[:])
}

// Remarks says what the report cannot tell, and what holds of all of it.
func (r *Report) Remarks() (remarks []string) {
	if s := r.kept.State; s != tenants.Active {
		remarks = append(remarks, fmt.Sprintf("The organization was %s: nobody could use anything.", s))
	}
	others := map[authz.SubjectKind]int{}
	for _, a := range r.rules.Assignments {
		if !a.Ended(r.question.At) {
			others[a.Subject.Kind]++
		}
	}
	for _, o := range []struct {
		kind authz.SubjectKind
		says string
	}{
		{authz.SubjectAppRole, "%d assignments give roles to app roles of Entra, which only tokens tell: whom they gave more is not in this report."},
		{authz.SubjectClient, "%d assignments give roles to AI apps, whoever uses them: what they gave is not in this report."},
		{authz.SubjectEveryApp, "%d assignments give roles to applications on their own behalf, which are no people: what they gave is not in this report."},
	} {
		if n := others[o.kind]; n > 0 {
			remarks = append(remarks, fmt.Sprintf(o.says, n))
		}
	}
	return remarks
}
