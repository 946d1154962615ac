package whatif

import (
	"maps"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// finding is what a basis decides about a call.
type finding struct {
	verdict verdict
	rule    Rule     // unless the verdict is unclear
	why     []Reason // if it is
	timely  bool     // it depends on when exactly the call was
}

func cannotTell(why ...Reason) finding {
	slices.Sort(why)
	return finding{verdict: unclear, why: slices.Compact(why)}
}

// matter is a call with all that is known beside its record.
type matter struct {
	*call
	known  evidence
	then   *Basis // nil: not on record
	places Places
	agents map[tenants.GUID]bool // that the organization has registered itself
}

// judge decides as the endpoint would have.
func (b *Basis) judge(m matter) finding {
	v, by, why := b.door(m.call, m.then, m.agents)
	if v == refused {
		return finding{verdict: refused, rule: Rule{Kind: by}}
	}
	if _, there := b.toolsets[m.toolset]; m.toolset != "" && !there {
		return finding{verdict: refused, rule: Rule{Kind: ByToolset}}
	}
	f := b.decide(m)
	switch {
	case f.verdict == refused && f.rule.Kind != ByScopeCeiling && f.rule.Kind != ByStepUp:
		return f // whoever and with whichever token
	case v == unclear:
		return cannotTell(append(f.why, why)...)
	case m.then != nil && b.tokens != m.then.tokens:
		return cannotTell(append(f.why, SignInUnknown)...)
	}
	return f
}

// decide is judge behind the door.
func (b *Basis) decide(m matter) finding {
	w, f := b.wish(m)
	if w == nil {
		return f
	}
	gaps := authz.GapArguments | authz.GapAppRoles | authz.GapContexts
	steady := b.ended(m.began) == b.ended(m.at)
	if steady {
		if f = b.inEveryWorld(m, w, authz.Circumstances{Now: m.began, Gaps: gaps | authz.GapTime}); !slices.Contains(f.why, TimeUnknown) {
			return f
		}
	}
	first := b.inEveryWorld(m, w, authz.Circumstances{Now: m.began, Gaps: gaps})
	last := b.inEveryWorld(m, w, authz.Circumstances{Now: latest(m.call), Gaps: gaps})
	switch {
	case first.verdict == last.verdict && first.verdict != unclear:
		f = first
	case first.verdict == unclear || last.verdict == unclear:
		f = cannotTell(slices.Concat(first.why, last.why)...)
	default:
		f = cannotTell(TimeUnknown)
	}
	f.timely = true
	return f
}

// decidedWithin is how long after its beginning a call is decided at the latest, if
// memberships are looked at again.
const decidedWithin = 10 * time.Second

func latest(c *call) time.Time {
	if end := c.began.Add(decidedWithin); c.at.After(end) {
		return end
	}
	return c.at
}

// inEveryWorld decides in every world that what is known leaves open, and has a verdict
// where they agree. For each group and app role that is not known there is one in which
// it is the caller's, and no other of those: what a set of them allows, one of them
// allows, and what one of them denies is denied in one of these. Conditions that look at
// roles are not decided where any is open. A sign-in has satisfied either nothing or
// whatever is asked: it only ever adds to what is allowed.
func (b *Basis) inEveryWorld(m matter, w *wish, at authz.Circumstances) finding {
	at.Kept = m.keptValues()
	atoms, base := b.atoms(m)
	if len(atoms) > 0 {
		at.Gaps |= authz.GapRoles
	}
	first, gaps := b.inWorld(world{m, base, atom{}}, w, at)
	why := reasons(first, gaps, atoms)
	for _, a := range atoms {
		v, gaps := b.inWorld(world{m, base, a}, w, at)
		if why = append(why, reasons(v, gaps, atoms)...); v != unclear && first != unclear && v != first {
			why = append(why, a.why)
		}
	}
	if len(why) > 0 {
		return cannotTell(why...)
	}
	return finding{verdict: first, rule: w.why(b.admit(world{m, base, atom{}}, nil, at.Now), at, first)}
}

// world is one way in which things may have been.
type world struct {
	matter
	base authz.Identity // what is known of the caller
	is   atom           // and what is taken for true beside it; zero: nothing
}

// inWorld decides in a world, whatever the sign-in has satisfied, and says on what it
// depends where it has no verdict.
func (b *Basis) inWorld(x world, w *wish, at authz.Circumstances) (verdict, authz.Gap) {
	v, gaps := w.rule(b.admit(x, nil, at.Now), at)
	if len(b.asked) == 0 {
		return v, gaps
	}
	most, more := w.rule(b.admit(x, b.asked, at.Now), at)
	switch {
	case v == unclear || most == unclear:
		return unclear, gaps | more
	case v != most:
		return unclear, authz.GapContexts
	}
	return v, 0
}

// atom is one thing that is not known of a caller, and may be so.
type atom struct {
	group   tenants.GUID
	appRole string
	why     Reason
}

// atoms lists what is not known, and returns what is.
func (b *Basis) atoms(m matter) (open []atom, base authz.Identity) {
	base = authz.Identity{OID: m.oid, Kind: m.kind, Delegated: m.delegated, Client: m.client, Scopes: m.scopes}
	for _, g := range b.policy.MappedGroups() {
		if m.known.groups[g] == authz.Unknown {
			why := GroupUnknown
			if m.known.mapped(g) {
				why = MembershipUnknown
			}
			open = append(open, atom{group: g, why: why})
		}
	}
	for _, r := range b.appRoles {
		switch m.known.appRoles[r] {
		case authz.Member:
			base.AppRoles = append(base.AppRoles, r)
		case authz.Unknown:
			open = append(open, atom{appRole: r, why: AppRoleUnknown})
		case authz.NotMember:
		}
	}
	return open, base
}

// admit admits the caller as they are in a world.
func (b *Basis) admit(x world, contexts []string, now time.Time) authz.Caller {
	id, known := x.base, authz.Membership{Groups: x.known.groups}
	if !x.is.group.IsZero() {
		known.Groups = maps.Clone(known.Groups)
		known.Groups[x.is.group] = authz.Member
	}
	if x.is.appRole != "" {
		id.AppRoles = append(slices.Clone(id.AppRoles), x.is.appRole)
	}
	id.AuthContexts = contexts
	return b.policy.Admit(id, known, now)
}

// reasons are those of gaps that a verdict depends on.
func reasons(v verdict, g authz.Gap, open []atom) (why []Reason) {
	if v != unclear {
		return nil
	}
	for _, row := range []struct {
		gap authz.Gap
		why Reason
	}{{authz.GapArguments, ArgumentsUnknown}, {authz.GapTime, TimeUnknown}, {authz.GapAppRoles, AppRoleUnknown}, {authz.GapContexts, ContextUnknown}} {
		if g&row.gap != 0 {
			why = append(why, row.why)
		}
	}
	if g&authz.GapRoles != 0 {
		for _, a := range open {
			why = append(why, a.why)
		}
	}
	return why
}
