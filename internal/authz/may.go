package authz

import "slices"

// Verdict is the outcome of a decision.
type Verdict uint8

// The verdicts. The zero value is Hidden: to the caller, the tool does not exist.
const (
	Hidden     Verdict = iota
	Allowed            // listed, and may be called
	NeedsScope         // the roles allow it, the token's scopes do not: not listed, and a call is answered with insufficient_scope
)

// May decides whether the caller may use the tool at a position of the
// catalog its policy was compiled for. Any other position is Hidden.
func (c Caller) May(tool int) Verdict {
	switch {
	case c.in == nil:
		return Hidden
	case c.in.allowed.has(tool):
		return Allowed
	case c.in.byRoles.has(tool):
		return NeedsScope
	default:
		return Hidden
	}
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
