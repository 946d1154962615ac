package access

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
)

// PutScopeCeiling bounds what a token with a scope may do, whatever its user
// may. A broken rule is Invalid.
func (c *Configuration) PutScopeCeiling(scope string, ceiling authz.Ceiling) error {
	var found complaints
	found.scope("scope", scope)
	found.patterns("patterns", ceiling.Patterns)
	if _, there := c.Rules.ScopeCeilings[scope]; !there && len(c.Rules.ScopeCeilings) >= MaxScopes {
		found.add("", fmt.Sprintf("there are %d scopes with a ceiling already, which is the most; remove one first", MaxScopes))
	}
	if err := Refuse(found); err != nil {
		return err
	}
	c.Rules.ScopeCeilings = ceilings(c.Rules.ScopeCeilings)
	c.Rules.ScopeCeilings[scope] = authz.Ceiling{Patterns: slices.Clone(ceiling.Patterns)}
	return nil
}

// RemoveScopeCeiling removes a scope's ceiling. A scope that has none is
// NotFound.
func (c *Configuration) RemoveScopeCeiling(scope string) error {
	if _, there := c.Rules.ScopeCeilings[scope]; !there {
		return fault.Newf(fault.NotFound, "scope %.120q has no ceiling; list the ceilings for the scopes that have one", scope)
	}
	c.Rules.ScopeCeilings = ceilings(c.Rules.ScopeCeilings)
	delete(c.Rules.ScopeCeilings, scope)
	return nil
}

func (c *complaints) scope(at Place, scope string) {
	if !isWord(scope) || strings.Contains(scope, "/") {
		c.add(at, fmt.Sprintf("%.120q is no short scope name; use the part after the last slash, such as access_as_user", scope))
	}
}
