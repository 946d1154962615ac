package whatif

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// evidence is what is known of a caller when they called.
type evidence struct {
	groups   map[tenants.GUID]authz.Answer
	appRoles map[string]authz.Answer
	mapped   func(tenants.GUID) bool // whether a group decided anything then
}

// settled is how long before a call its token may have been accepted, and its groups
// have been written down: what is remembered of either, and a while.
const settled = 15 * time.Minute

// known gathers what the call's own record says under the rules that decided it, of
// which none may be on record, and what had been said of the person's groups.
func known(c *call, then *Basis, said []asof.Said, bases ...*Basis) evidence {
	e := evidence{groups: map[tenants.GUID]authz.Answer{}, appRoles: map[string]authz.Answer{}, mapped: func(tenants.GUID) bool { return false }}
	var told map[authz.Subject]authz.Answer
	hard := bases[0].hard
	if then != nil {
		told, hard = then.tells(c), then.hard
		e.mapped = func(g tenants.GUID) bool {
			_, there := slices.BinarySearchFunc(then.policy.MappedGroups(), g, asof.Compare)
			return there
		}
	}
	for _, b := range bases {
		for _, g := range b.policy.MappedGroups() {
			answer := told[authz.Subject{Kind: authz.SubjectGroup, Value: g.String()}]
			if answer == authz.Unknown && c.delegated {
				answer = spoken(c, said, g, hard)
			}
			if !c.delegated {
				answer = authz.NotMember // groups are of people
			}
			e.groups[g] = answer
		}
		for _, r := range b.appRoles {
			e.appRoles[r] = told[authz.Subject{Kind: authz.SubjectAppRole, Value: r}]
		}
	}
	return e
}

// spoken is what was said of a group while the call was decided, if it was one thing.
func spoken(c *call, said []asof.Said, g tenants.GUID, hard time.Duration) (answer authz.Answer) {
	from := c.began.Add(-settled)
	if c.answered.Before(from) {
		from = c.answered
	}
	near := false
	for _, s := range said {
		if s.Until.Before(from) || s.Since.After(c.at.Add(time.Second)) {
			continue
		}
		if near && s.Answers[g] != answer {
			return authz.Unknown
		}
		near, answer = true, s.Answers[g]
	}
	if near {
		return answer
	}
	for _, s := range said { // in the order of time
		if !s.Since.After(c.began) && c.began.Sub(s.Until) <= hard {
			answer = s.Answers[g]
		}
	}
	return answer
}

// tells is what the roles that a caller had say of groups and app roles: of those that
// would have given a role that they did not have, and of the only one that can have
// given a role that they had.
func (b *Basis) tells(c *call) map[authz.Subject]authz.Answer {
	key := fmt.Sprintf("%v %q %s %s %d %d %t %t", c.roles, c.client, c.oid, c.kind, b.ended(c.began), b.ended(c.at), c.delegated, c.rolesKnow)
	if told, there := b.inferred[key]; there {
		return told
	}
	if len(b.inferred) >= mostInferred {
		clear(b.inferred)
	}
	told := map[authz.Subject]authz.Answer{}
	if c.rolesKnow {
		b.infer(c, told)
	}
	b.inferred[key] = told
	return told
}

const mostInferred = 5_000

func (b *Basis) infer(c *call, told map[authz.Subject]authz.Answer) {
	byRole := map[tenants.GUID][]authz.Assignment{}
	for _, a := range b.rules.Assignments {
		if a.Ended(c.began) { // before: it gave nothing
			continue
		}
		byRole[a.Role] = append(byRole[a.Role], a)
	}
	var held []tenants.GUID
	for _, r := range b.rules.Roles {
		if slices.Contains(c.roles, r.Name) {
			held = append(held, r.ID)
			continue
		}
		for _, a := range byRole[r.ID] {
			if !a.Ended(c.at) && applies(c, a.Subject) == authz.Unknown {
				told[a.Subject] = authz.NotMember
			}
		}
	}
	for _, role := range held {
		var open []authz.Subject
		for _, a := range byRole[role] {
			switch answer := max(applies(c, a.Subject), told[a.Subject]); {
			case answer == authz.Member && told[a.Subject] == authz.Unknown:
				open = append(open, authz.Subject{}, authz.Subject{}) // it is explained
			case answer != authz.NotMember && !slices.Contains(open, a.Subject):
				open = append(open, a.Subject)
			}
		}
		if len(open) == 1 {
			told[open[0]] = authz.Member
		}
	}
}

// applies reports whether an assignment to a subject is the caller's: Unknown where
// their token or Graph would have to say so.
func applies(c *call, s authz.Subject) authz.Answer {
	is := false
	switch s.Kind {
	case authz.SubjectGroup:
		if c.delegated {
			return authz.Unknown
		}
	case authz.SubjectAppRole:
		return authz.Unknown
	case authz.SubjectPerson:
		is = c.kind != authz.App && strings.EqualFold(s.Value, c.oid.String())
	case authz.SubjectClient:
		is = s.Value == c.client
	case authz.SubjectEverybody:
		is = c.delegated && c.kind != authz.Guest
	case authz.SubjectEveryGuest:
		is = c.delegated && c.kind == authz.Guest
	case authz.SubjectEveryApp:
		is = !c.delegated
	}
	if is {
		return authz.Member
	}
	return authz.NotMember
}
