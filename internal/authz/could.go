package authz

import "strings"

// CouldUse reports whether a role of the caller allows anything whose permission
// name begins so, whether the catalog has it or not: what there is no decision
// about yet. Ceilings, conditions and denies do not count.
func (c Caller) CouldUse(prefix string) bool {
	if c.in == nil || c.in.policy == nil {
		return false
	}
	for _, at := range c.in.roles {
		for _, perm := range c.in.policy.rules.Roles[at].Permissions {
			if perm.Effect == Deny {
				continue
			}
			for _, pattern := range perm.Patterns {
				if reaches(pattern, prefix) {
					return true
				}
			}
		}
	}
	return false
}

// reaches reports whether a pattern matches some name with a prefix. As in
// Matches, a pattern without a colon is about tools unless it matches everything.
func reaches(pattern, prefix string) bool {
	literal, _, open := strings.Cut(pattern, "*")
	switch {
	case strings.Trim(pattern, "*") == "":
		return pattern != ""
	case strings.Contains(pattern, ":") != strings.Contains(prefix, ":"):
		return false
	}
	return strings.HasPrefix(literal, prefix) || open && strings.HasPrefix(prefix, literal)
}
