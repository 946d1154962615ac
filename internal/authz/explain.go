package authz

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// Question asks about one tool. The tool need not exist.
type Question struct {
	Tool      string
	Through   string          // permission name of the template that makes the resource which Tool names; empty: none does
	Arguments json.RawMessage // nil: whatever the arguments
	Now       time.Time       // the instant of the call, which conditions see
	Gaps      Gap             // what is not known of the call
	Kept      Kept            // of GapArguments: what of them is known
}

// Explanation is a decision about one tool with everything that led to it. Its
// JSON form is stable: members are added, never changed.
type Explanation struct {
	Tool          string      `json:"tool"`
	Through       string      `json:"through,omitempty"` // the resource template that the resource is read through; absent: it has a definition of its own
	Known         bool        `json:"known"`             // the organization has switched the tool on
	Verdict       Verdict     `json:"verdict"`
	At            time.Time   `json:"at"`
	Arguments     bool        `json:"arguments"` // the verdict is about the arguments of the question
	Caller        Asked       `json:"caller"`
	Grants        []Grant     `json:"grants"`                  // what the caller's roles say about the tool, in the order of the rules
	Ended         []Grant     `json:"ended"`                   // what roles say that only assignments gave which are over
	ClientCeiling *Limit      `json:"clientCeiling,omitempty"` // absent: the client has none
	ScopeCeilings []Limit     `json:"scopeCeilings"`           // one for each scope of the token
	Scopes        []string    `json:"scopes,omitempty"`        // of NeedsScope: the scopes with a ceiling that would do
	StepUp        []string    `json:"stepUp,omitempty"`        // of NeedsStepUp: the authentication contexts any of which would do
	Groups        []GroupFact `json:"groups"`                  // every group that decides anything in the organization
}

// Asked is whom an explanation is about.
type Asked struct {
	Name         string       `json:"name"`
	OID          tenants.GUID `json:"oid"`
	Kind         string       `json:"kind"`
	Client       string       `json:"client"`
	Roles        []string     `json:"roles"`
	AuthContexts []string     `json:"authenticationContexts"`
}

// Grant is one permission of one role, with the patterns that match the tool.
type Grant struct {
	Role                  string   `json:"role"`
	Permission            int      `json:"permission"` // position in the role, from 1
	Effect                Effect   `json:"effect"`
	Patterns              []string `json:"patterns"`
	Condition             string   `json:"condition,omitempty"`
	Result                Result   `json:"result"`           // of the condition; without one it holds
	Reason                string   `json:"reason,omitempty"` // of Fails
	AuthenticationContext string   `json:"authenticationContext,omitempty"`
	Satisfied             bool     `json:"satisfied"` // the token has the authentication context, if one is needed
	Via                   []Via    `json:"via"`       // the assignments that give, or gave, the caller the role
}

// Via is one assignment of a role.
type Via struct {
	Assignment tenants.GUID `json:"assignment"`
	Kind       SubjectKind  `json:"kind"`
	Value      string       `json:"value,omitempty"`
	Name       string       `json:"name,omitempty"`
	EndsAt     *time.Time   `json:"endsAt,omitempty"`
}

// Limit is a ceiling as it bears on the tool.
type Limit struct {
	Of       string   `json:"of"`                 // the client or the scope
	Patterns []string `json:"patterns,omitempty"` // absent: none stands in the rules
	Permits  bool     `json:"permits"`
}

// GroupFact is what is known of the caller and one group.
type GroupFact struct {
	ID         tenants.GUID `json:"id"`
	Name       string       `json:"name,omitempty"`
	Answer     Answer       `json:"answer"`
	Source     Source       `json:"source"`
	At         time.Time    `json:"at"`
	AgeSeconds int64        `json:"ageSeconds"`
}

// Explain tells why a caller may or may not use a tool. Its verdict is that of
// MayCall for the arguments of the question; without arguments it is Conditional
// where they matter. Of a resource that is read through a template it is that of
// MayRead, and the denies of both names are told.
func (c Caller) Explain(q Question) Explanation {
	e := Explanation{
		Tool: q.Tool, Through: q.Through, At: q.Now, Arguments: q.Arguments != nil, Caller: c.asked(),
		Grants: []Grant{}, Ended: []Grant{}, ScopeCeilings: []Limit{}, Groups: []GroupFact{},
	}
	if c.in == nil || c.in.policy == nil {
		return e
	}
	p, at := c.in.policy, slices.Index(c.in.policy.catalog, cmp.Or(q.Through, q.Tool))
	ev := &evaluation{caller: c.in, at: Circumstances{q.Now, q.Gaps, q.Kept}, raw: q.Arguments}
	e.Known = at >= 0
	ruling := c.rule(at, q, ev)
	e.Verdict, e.StepUp = ruling.Verdict, ruling.StepUp
	if e.Verdict == NeedsScope {
		e.Scopes = c.ScopesFor(at)
	}
	for r := range p.rules.Roles {
		via, over := c.via(r, q.Now)
		switch {
		case len(via) > 0:
			e.Grants = append(e.Grants, c.in.grants(r, q, via, ev)...)
		case len(over) > 0:
			e.Ended = append(e.Ended, c.in.grants(r, q, over, ev)...)
		}
	}
	c.in.limits(&e, at)
	c.in.groups(&e)
	return e
}

// rule decides what the question asks about, which stands at a position.
func (c Caller) rule(at int, q Question, ev *evaluation) Ruling {
	if uri, ok := strings.CutPrefix(q.Tool, resourcePrefix); ok && q.Through != "" {
		return c.mayRead(at, uri, ev)
	}
	if v := c.May(at); v != Conditional {
		return Ruling{Verdict: v}
	}
	return c.in.decide(at, ev)
}

func (c Caller) asked() Asked {
	id := c.Identity()
	return Asked{
		Name: id.Name, OID: id.OID, Kind: id.Kind.String(), Client: id.Client,
		Roles: append([]string{}, c.Roles()...), AuthContexts: append([]string{}, id.AuthContexts...),
	}
}

// grants lists what a role says about what is asked about.
func (in *admitted) grants(role int, q Question, via []Via, ev *evaluation) (grants []Grant) {
	r := in.policy.rules.Roles[role]
	for i, perm := range r.Permissions {
		matching := slices.DeleteFunc(slices.Clone(perm.Patterns), func(pattern string) bool { return !q.matched(perm.Effect, pattern) })
		if len(matching) == 0 {
			continue
		}
		g := Grant{
			Role: r.Name, Permission: i + 1, Effect: perm.Effect, Patterns: matching, Condition: perm.Condition, Result: Holds,
			AuthenticationContext: perm.AuthenticationContext, Satisfied: true, Via: via,
		}
		for _, d := range in.policy.roles[role].depends {
			if d.index == i {
				g.Result, g.Reason = ev.judge(d.condition)
				g.Satisfied = d.effect == Deny || d.satisfied(&in.identity)
			}
		}
		grants = append(grants, g)
	}
	return grants
}

// matched reports whether a pattern of a permission with an effect is about what is
// asked about.
func (q *Question) matched(effect Effect, pattern string) bool {
	if q.Through == "" {
		return Matches(pattern, q.Tool)
	}
	if Matches(pattern, q.Through) {
		return true
	}
	b := newBarrier([]string{pattern}, nil)
	uri := strings.TrimPrefix(q.Tool, resourcePrefix)
	return effect == Deny && b != nil && b.bars(uri, readings(uri))
}

// via lists the assignments that give this caller the role, and those that did
// until they ended. Each is asked for through the same predicate as an admission.
func (c Caller) via(role int, now time.Time) (active, over []Via) {
	p := c.in.policy
	single := *p
	for _, a := range p.rules.Assignments {
		if a.Role != p.rules.Roles[role].ID {
			continue
		}
		subject, _, err := checkSubject(a.Subject)
		if err != nil {
			continue
		}
		single.bySubject = map[Subject][]held{subject: {{}}}
		if matched, _ := single.rolesOf(c.in.identity, c.in.membership, now); len(matched) == 0 {
			continue
		}
		v := Via{Assignment: a.ID, Kind: subject.Kind, Value: subject.Value, Name: a.Name}
		if !a.EndsAt.IsZero() {
			v.EndsAt = &a.EndsAt
		}
		if a.Ended(now) {
			over = append(over, v)
			continue
		}
		active = append(active, v)
	}
	return active, over
}

func (in *admitted) limits(e *Explanation, at int) {
	p := in.policy
	if mask, ok := p.clients[in.identity.Client]; ok {
		e.ClientCeiling = &Limit{in.identity.Client, p.rules.ClientCeilings[in.identity.Client].Patterns, mask.has(at)}
	}
	for _, s := range in.identity.Scopes {
		mask, limited := p.scopes[s]
		permits := mask.has(at) || !limited && s == p.rules.Scope
		e.ScopeCeilings = append(e.ScopeCeilings, Limit{s, p.rules.ScopeCeilings[s].Patterns, permits})
	}
}

func (in *admitted) groups(e *Explanation) {
	for _, g := range in.policy.groups {
		fact := GroupFact{ID: g, Answer: in.membership.Of(g), Source: in.membership.Source, At: in.membership.At}
		if !fact.At.IsZero() {
			fact.AgeSeconds = max(0, int64(e.At.Sub(fact.At)/time.Second))
		}
		for _, a := range in.policy.rules.Assignments {
			if subject, group, err := checkSubject(a.Subject); err == nil && subject.Kind == SubjectGroup && group == g && a.Name != "" {
				fact.Name = a.Name
			}
		}
		e.Groups = append(e.Groups, fact)
	}
}
