package authz

import (
	"encoding/json"
	"slices"
)

// Verdict is the outcome of a decision.
type Verdict uint8

// The verdicts. The zero value is Hidden: to the caller, the tool does not exist.
const (
	Hidden      Verdict = iota
	Allowed             // listed, and may be called
	NeedsScope          // the roles allow it, the token's scopes do not: not listed, and a call is answered with insufficient_scope
	Conditional         // listed; whether it may be called is known with the arguments and the circumstances
	NeedsStepUp         // listed; this call would be allowed with an authentication context that the token lacks
	Refused             // listed; this call is not allowed
)

var verdictNames = [...]string{"hidden", "allowed", "needs_scope", "conditional", "needs_step_up", "refused"}

// String returns the verdict's name in explanations.
func (v Verdict) String() string { return verdictNames[v] }

// MarshalText implements encoding.TextMarshaler.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Listed reports whether a caller with this verdict may know of the tool.
func (v Verdict) Listed() bool {
	switch v {
	case Allowed, Conditional, NeedsStepUp, Refused:
		return true
	case Hidden, NeedsScope:
	}
	return false
}

// May decides whether the caller may use the tool at a position of the
// catalog its policy was compiled for: Hidden, Allowed, NeedsScope, or, where
// that depends on a call, Conditional. Any other position is Hidden.
func (c Caller) May(tool int) Verdict {
	switch {
	case c.in == nil:
		return Hidden
	case c.in.allowed.has(tool):
		if c.in.open.has(tool) {
			return Conditional
		}
		return Allowed
	case c.in.byRoles.has(tool):
		return NeedsScope
	default:
		return Hidden
	}
}

// Ruling is the decision about one call.
type Ruling struct {
	Verdict Verdict
	StepUp  []string // of NeedsStepUp: the authentication contexts any of which would do, sorted

	missing Gap
}

// MayCall decides one call. Where May says Conditional it evaluates the
// conditions over the very bytes of the arguments, of which nil means {}, and
// the verdict is Allowed, NeedsStepUp or Refused; everywhere else it is May's.
// A condition that cannot be evaluated makes an allow not hold and a deny hold.
func (c Caller) MayCall(tool int, args json.RawMessage, at Circumstances) Ruling {
	v := c.May(tool)
	if v != Conditional {
		return Ruling{Verdict: v}
	}
	if args == nil {
		args = json.RawMessage("{}")
	}
	return c.in.decide(tool, &evaluation{caller: c.in, at: at, raw: args})
}

// decide weighs the permissions that depend on the call. A deny that holds wins;
// where the arguments are not given the verdict may remain Conditional.
func (in *admitted) decide(tool int, e *evaluation) Ruling {
	r := in.weigh(tool, e)
	if r.Verdict == Conditional {
		r.missing = e.missing
	}
	return r
}

func (in *admitted) weigh(tool int, e *evaluation) Ruling {
	depends := false
	for _, p := range in.depends {
		if p.effect != Deny || !p.tools.has(tool) {
			continue
		}
		switch result, _ := e.judge(p.condition); result {
		case Holds, Fails:
			return Ruling{Verdict: Refused}
		case Depends:
			depends = depends || !e.favors()
		case DoesNotHold:
		}
	}
	if !in.plain.has(tool) {
		ruling, unsure := in.allows(tool, e)
		if ruling.Verdict != Allowed {
			if unsure {
				return Ruling{Verdict: Conditional}
			}
			return ruling
		}
	}
	if depends {
		return Ruling{Verdict: Conditional}
	}
	return Ruling{Verdict: Allowed}
}

// allows looks for an allow that holds, and reports whether one might.
func (in *admitted) allows(tool int, e *evaluation) (r Ruling, unsure bool) {
	for _, p := range in.depends {
		if p.effect != Allow || !p.tools.has(tool) {
			continue
		}
		result, _ := e.judge(p.condition)
		if result == Depends && e.favors() {
			result = Holds
		}
		switch {
		case result == Depends:
			unsure = true
		case result == Holds && p.satisfied(&in.identity):
			return Ruling{Verdict: Allowed}, false
		case result == Holds:
			r.StepUp = append(r.StepUp, p.context)
		}
	}
	if r.StepUp == nil {
		return Ruling{Verdict: Refused}, unsure
	}
	slices.Sort(r.StepUp)
	return Ruling{Verdict: NeedsStepUp, StepUp: slices.Compact(r.StepUp)}, unsure
}

// MayFollowUp decides what follows a call that was allowed and whose arguments are
// not there any more, such as asking what became of it: what conditions say of
// arguments was weighed with them, and everything else is weighed now. The verdicts
// are those of MayCall.
func (c Caller) MayFollowUp(tool int, at Circumstances) Ruling {
	v := c.May(tool)
	if v != Conditional {
		return Ruling{Verdict: v}
	}
	return c.in.decide(tool, &evaluation{caller: c.in, at: at, followsUp: true})
}

// ScopesFor returns the short names of the scopes with a ceiling that would
// permit the tool, sorted. It is empty when only a scope without a ceiling
// would do.
func (c Caller) ScopesFor(tool int) []string {
	if c.in == nil || c.in.policy == nil {
		return nil
	}
	var names []string
	for name, set := range c.in.policy.scopes {
		if set.has(tool) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
