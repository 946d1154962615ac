package access

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// The bounds of a configuration. They keep one organization's decisions small
// enough to be compiled at every change.
const (
	MaxName        = 120 // characters of any display name
	MaxRoles       = 500
	MaxPermissions = 100 // of one role
	MaxPatterns    = 100 // of one permission or ceiling
	MaxAssignments = 5_000
	MaxClients     = 1_000
	MaxClientID    = 2_000 // bytes
	MaxScopes      = 100   // scopes with a ceiling
	MaxWord        = 120   // bytes of a scope or of an app role's value

	MaxTotalPatterns = 5_000   // of all roles, clients, scope ceilings and toolsets
	MaxBytes         = 900_000 // of all in a document; the rest of a request is for the organization and its role grants
)

// AddRole adds a role and returns it with its id, a fresh one unless it has one.
// A broken rule is Invalid, a name or an id that is taken is Conflict.
func (c *Configuration) AddRole(r authz.Role) (authz.Role, error) {
	if r.ID.IsZero() {
		r.ID = tenants.NewGUID()
	}
	if err := c.admitRole(r); err != nil {
		return authz.Role{}, err
	}
	if c.roleAt(r.ID) >= 0 {
		return authz.Role{}, refuse(fault.Conflict, []Problem{{"id", "belongs to another role; leave it out and a new one is made"}})
	}
	if len(c.Rules.Roles) >= MaxRoles {
		return authz.Role{}, fault.Newf(fault.Invalid, "there are %d roles already, which is the most; remove one first", MaxRoles)
	}
	c.Rules.Roles = with(c.Rules.Roles, r)
	return r, nil
}

// ReplaceRole gives the role of the same id another name and other permissions.
// An id that no role has is NotFound, a broken rule is Invalid, a name that is
// taken is Conflict.
func (c *Configuration) ReplaceRole(r authz.Role) error {
	at := c.roleAt(r.ID)
	if at < 0 {
		return noRole(r.ID)
	}
	if err := c.admitRole(r); err != nil {
		return err
	}
	c.Rules.Roles = replaced(c.Rules.Roles, at, r)
	return nil
}

// RemoveRole removes a role and every assignment of it. An id that no role has
// is NotFound.
func (c *Configuration) RemoveRole(id tenants.GUID) error {
	if c.roleAt(id) < 0 {
		return noRole(id)
	}
	c.Rules.Roles = without(c.Rules.Roles, func(r authz.Role) bool { return r.ID == id })
	c.Rules.Assignments = without(c.Rules.Assignments, func(a authz.Assignment) bool { return a.Role == id })
	return nil
}

// admitRole refuses a role that breaks a rule or has another's name.
func (c *Configuration) admitRole(r authz.Role) error {
	var found complaints
	found.role("", r)
	if err := Refuse(found); err != nil {
		return err
	}
	for _, other := range c.Rules.Roles {
		if other.ID != r.ID && strings.EqualFold(other.Name, r.Name) {
			return refuse(fault.Conflict, []Problem{{"name", fmt.Sprintf("a role is called %q already; choose another name, or change that role", other.Name)}})
		}
	}
	return nil
}

func (c *Configuration) roleAt(id tenants.GUID) int {
	return slices.IndexFunc(c.Rules.Roles, func(r authz.Role) bool { return r.ID == id })
}

func noRole(id tenants.GUID) error {
	return fault.Newf(fault.NotFound, "role %s does not exist; list the roles for the ids there are", id)
}

// role adds what is wrong with a role.
func (c *complaints) role(at Place, r authz.Role) {
	c.check(at.Field("name"), CheckName(r.Name))
	switch n := len(r.Permissions); {
	case n == 0:
		c.add(at.Field("permissions"), "is empty; allow at least one tool, or remove the role")
	case n > MaxPermissions:
		c.add(at.Field("permissions"), fmt.Sprintf("has %d entries and may have %d; put patterns of one effect and condition together", n, MaxPermissions))
	}
	for i, p := range r.Permissions {
		c.permission(at.Field("permissions").At(i), p)
	}
}

// authenticationContext is an id as Conditional Access gives it (Microsoft,
// "Developer guide to Conditional Access authentication context": c1 to c99).
var authenticationContext = regexp.MustCompile(`^c[1-9][0-9]?$`)

func (c *complaints) permission(at Place, p authz.Permission) {
	if p.Effect != authz.Allow && p.Effect != authz.Deny {
		c.add(at.Field("effect"), fmt.Sprintf("%.40q is no effect; use allow or deny", p.Effect))
	}
	c.patterns(at.Field("patterns"), p.Patterns)
	switch n := len(p.Condition); {
	case n == 0:
	case n > authz.MaxCondition:
		c.add(at.Field("condition"), fmt.Sprintf("has %d bytes and may have %d; split the permission", n, authz.MaxCondition))
	default:
		c.check(at.Field("condition"), authz.CheckCondition(p.Condition))
	}
	switch {
	case p.AuthenticationContext == "":
	case !authenticationContext.MatchString(p.AuthenticationContext):
		c.add(at.Field("authenticationContext"), fmt.Sprintf("%.40q is no authentication context; use its id in Entra, c1 to c99", p.AuthenticationContext))
	case p.Effect == authz.Deny:
		c.add(at.Field("authenticationContext"), "belongs to permissions that allow; a deny holds for everybody, so drop it")
	}
}

func (c *complaints) patterns(at Place, patterns []string) {
	switch n := len(patterns); {
	case n == 0:
		c.add(at, `is empty; name a tool, or "*" for all of them`)
	case n > MaxPatterns:
		c.add(at, fmt.Sprintf("has %d entries and may have %d; use patterns with *", n, MaxPatterns))
	}
	for i, p := range patterns {
		c.check(at.At(i), authz.CheckPattern(p))
	}
}

// CheckName says what is wrong with a display name: it has 1 to MaxName
// characters, each of which can be seen or is a space between others.
func CheckName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		return fault.New(fault.Invalid, "is empty; give a name")
	case n > MaxName:
		return fault.Newf(fault.Invalid, "has %d characters and may have %d; shorten it", n, MaxName)
	case strings.TrimSpace(name) != name:
		return fault.New(fault.Invalid, "begins or ends with a space; remove it")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fault.New(fault.Invalid, "holds a character that cannot be seen; type the name again")
	}
	return nil
}
