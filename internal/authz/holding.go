package authz

import "time"

// Holding is a role that a caller has, and the assignments that give it.
type Holding struct {
	Role string
	Via  []Via
}

// Holdings lists the caller's roles in the order of the rules, with what gives each.
func (c Caller) Holdings(now time.Time) (held []Holding) {
	if c.in == nil || c.in.policy == nil {
		return nil
	}
	for _, at := range c.in.roles {
		via, _ := c.via(at, now)
		held = append(held, Holding{c.in.policy.rules.Roles[at].Name, via})
	}
	return held
}

// AllowedBy names those of the caller's roles that allow the tool at a position, be it
// under a condition. Whether the caller may use it, May says: other roles may deny it,
// and ceilings keep it from them.
func (c Caller) AllowedBy(tool int) (roles []string) {
	if c.in == nil || c.in.policy == nil {
		return nil
	}
	for i, at := range c.in.roles {
		if c.in.policy.roles[at].allows(tool) {
			roles = append(roles, c.in.names[i])
		}
	}
	return roles
}

func (r *compiledRole) allows(tool int) bool {
	if r.allow.has(tool) {
		return true
	}
	for _, p := range r.depends {
		if p.effect == Allow && p.tools.has(tool) {
			return true
		}
	}
	return false
}
