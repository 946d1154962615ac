package authz

import (
	"errors"
	"regexp"
	"slices"

	"gatehouse/internal/fault"
)

// permission is a Permission that depends on more than the tool.
type permission struct {
	role      int // position in the policy's rules
	index     int // position in the role
	effect    Effect
	tools     toolMask
	condition *condition // nil: always
	context   string     // authentication context that an allow needs, or empty
}

// satisfied reports whether the identity has the authentication context.
func (p *permission) satisfied(id *Identity) bool {
	return p.effect == Allow && (p.context == "" || slices.Contains(id.AuthContexts, p.context))
}

// maxConditions bounds what one organization's call can make everybody wait for.
const maxConditions = 200

func (p *Policy) compileRoles() (errs []error) {
	conditions := 0
	for _, r := range p.rules.Roles {
		for _, perm := range r.Permissions {
			conditions += min(1, len(perm.Condition))
		}
	}
	if conditions > maxConditions {
		return []error{fault.Newf(fault.Invalid, "roles: %d permissions have a condition, the most is %d; join some with || and &&", conditions, maxConditions)}
	}
	for i, r := range p.rules.Roles {
		c := compiledRole{name: r.Name, allow: newMask(len(p.catalog)), deny: newMask(len(p.catalog))}
		for j := range r.Permissions {
			errs = append(errs, p.compilePermission(&c, i, j)...)
		}
		p.roles = append(p.roles, c)
	}
	return errs
}

func (p *Policy) compilePermission(into *compiledRole, role, index int) (errs []error) {
	perm := &p.rules.Roles[role].Permissions[index]
	errs = checkPatterns("role "+into.name, perm.Patterns)
	c := &permission{role: role, index: index, effect: perm.Effect, tools: expand(perm.Patterns, p.catalog), context: perm.AuthenticationContext}
	if err := CheckPermission(*perm); err != nil {
		errs = append(errs, fault.Newf(fault.Invalid, "role %s: permission %d: %s", into.name, index+1, fault.Public(err)))
		return errs
	}
	if perm.Condition != "" {
		var err error
		if c.condition, err = compileCondition(perm.Condition); err != nil {
			return append(errs, complaint(into.name, index, err))
		}
	}
	switch {
	case c.condition != nil || c.context != "":
		into.depends = append(into.depends, c)
	case c.effect == Allow:
		into.allow.union(c.tools)
	default:
		into.deny.union(c.tools)
	}
	into.bar(c, perm)
	return errs
}

// bar notes what a deny is about besides the catalog: URIs that templates make.
func (r *compiledRole) bar(c *permission, perm *Permission) {
	if perm.Effect != Deny {
		return
	}
	depends := c
	if c.condition == nil {
		depends = nil
	}
	if b := newBarrier(perm.Patterns, depends); b != nil {
		r.barriers = append(r.barriers, b)
	}
}

func complaint(role string, index int, err error) error {
	if _, ok := errors.AsType[mistake](err); ok {
		return fault.Newf(fault.Invalid, "role %s: permission %d: condition, %s", role, index+1, err)
	}
	return fault.Wrap(fault.Internal, "conditions cannot be compiled", err)
}

// contextID is the form of an authentication context's id in Entra, c1 to c99.
var contextID = regexp.MustCompile(`^c[1-9][0-9]?$`)

// CheckPermission says what is wrong with a permission's effect or its
// authentication context, the fields that no catalog is needed for.
func CheckPermission(p Permission) error {
	switch p.Effect {
	case Allow, Deny:
	default:
		return fault.Newf(fault.Invalid, "effect %q must be allow or deny", p.Effect)
	}
	switch {
	case p.AuthenticationContext == "":
		return nil
	case p.Effect == Deny:
		return fault.New(fault.Invalid, "authenticationContext belongs to an allow; put the deny's own rule into its condition")
	case !contextID.MatchString(p.AuthenticationContext):
		return fault.Newf(fault.Invalid, "authenticationContext %.40q must be the id of an authentication context in Entra, c1 to c99", p.AuthenticationContext)
	}
	return nil
}

// CheckCondition says what is wrong with a condition, and where. The fault is
// Invalid.
func CheckCondition(source string) error {
	if source == "" {
		return nil
	}
	if _, err := compileCondition(source); err != nil {
		if _, ok := errors.AsType[mistake](err); ok {
			return fault.Newf(fault.Invalid, "condition, %s", err)
		}
		return fault.Wrap(fault.Internal, "conditions cannot be compiled", err)
	}
	return nil
}
