package authz

import "slices"

// Explanation is a decision about one tool with everything that led to it.
type Explanation struct {
	Tool        string
	Verdict     Verdict
	Grants      []Grant // what the caller's roles say about the tool, in the order of the rules
	ClientLimit bool    // the client's ceiling excludes the tool
	ScopeLimit  bool    // the scopes' ceiling excludes the tool
	Unknown     []string
	Membership  Membership
}

// Grant is one permission of one of the caller's roles that matches the tool.
type Grant struct {
	Role    string
	Effect  Effect
	Pattern string
	Via     []Subject // the assignments through which the caller holds the role
}

// Explain tells why a caller may or may not use a tool. The tool need not exist.
func (c Caller) Explain(tool string) Explanation {
	e := Explanation{Tool: tool, Membership: c.Membership()}
	if c.in == nil || c.in.policy == nil {
		return e
	}
	p, at := c.in.policy, slices.Index(c.in.policy.catalog, tool)
	e.Verdict = c.May(at)
	for _, r := range c.in.roles {
		e.Grants = append(e.Grants, c.grants(p.rules.Roles[r], tool)...)
	}
	if ceiling, ok := p.clients[c.in.identity.Client]; ok {
		e.ClientLimit = !ceiling.has(at)
	}
	if ceiling := p.scopeCeiling(c.in.identity); ceiling != nil {
		e.ScopeLimit = !ceiling.has(at)
	}
	for _, g := range p.groups {
		if c.in.membership.Of(g) == Unknown {
			e.Unknown = append(e.Unknown, g.String())
		}
	}
	return e
}

func (c Caller) grants(role Role, tool string) (grants []Grant) {
	for _, perm := range role.Permissions {
		for _, pattern := range perm.Patterns {
			if match(pattern, tool) {
				grants = append(grants, Grant{Role: role.Name, Effect: perm.Effect, Pattern: pattern, Via: c.via(role)})
			}
		}
	}
	return grants
}

// via lists the assignments that give this caller the role.
func (c Caller) via(role Role) (subjects []Subject) {
	single := *c.in.policy
	for _, a := range c.in.policy.rules.Assignments {
		if a.Role != role.ID {
			continue
		}
		subject, _, err := checkSubject(a.Subject)
		if err != nil {
			continue
		}
		single.bySubject = map[Subject][]int{subject: {0}}
		if len(single.rolesOf(c.in.identity, c.in.membership)) > 0 {
			subjects = append(subjects, subject)
		}
	}
	return subjects
}
