package authz

import (
	"errors"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Policy is an organization's rules compiled for one catalog. It is immutable.
type Policy struct {
	catalog   []string // tool names; a tool's position is its index everywhere
	rules     Rules
	roles     []compiledRole
	bySubject map[Subject][]held
	groups    []tenants.GUID // groups that assignments mention, sorted
	clients   map[string]toolMask
	scopes    map[string]toolMask
}

type compiledRole struct {
	name    string
	allow   toolMask // whatever the call
	deny    toolMask // whatever the call
	depends []*permission
	// barriers are the denies of resources: they are about URIs that templates make
	// too.
	barriers []*barrier
}

// held is a role as an assignment gives it.
type held struct {
	role int       // position in the policy's roles
	ends time.Time // zero: never
}

// Compile checks the rules and returns them compiled for the catalog, a list
// of distinct tool names. The error joins every complaint.
func Compile(rules Rules, catalog []string) (*Policy, error) {
	p := &Policy{
		catalog: slices.Clone(catalog), rules: rules, bySubject: map[Subject][]held{},
		clients: map[string]toolMask{}, scopes: map[string]toolMask{},
	}
	errs := p.compileRoles()
	errs = append(errs, p.compileAssignments()...)
	errs = append(errs, p.compileCeilings("client", rules.ClientCeilings, p.clients)...)
	errs = append(errs, p.compileCeilings("scope", rules.ScopeCeilings, p.scopes)...)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) compileAssignments() (errs []error) {
	position := map[tenants.GUID]int{}
	for i, r := range p.rules.Roles {
		if _, twice := position[r.ID]; twice {
			errs = append(errs, fault.Newf(fault.Invalid, "role %s: id %s is used twice", r.Name, r.ID))
		}
		position[r.ID] = i
	}
	groups := map[tenants.GUID]bool{}
	for _, a := range p.rules.Assignments {
		at, known := position[a.Role]
		if !known {
			errs = append(errs, fault.Newf(fault.Invalid, "assignment to %s %s: role %s does not exist", a.Subject.Kind, a.Subject.Value, a.Role))
			continue
		}
		subject, group, err := checkSubject(a.Subject)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !group.IsZero() {
			groups[group] = true
		}
		p.bySubject[subject] = append(p.bySubject[subject], held{at, a.EndsAt})
	}
	for g := range groups {
		p.groups = append(p.groups, g)
	}
	slices.SortFunc(p.groups, func(a, b tenants.GUID) int { x, y := a.Bytes(), b.Bytes(); return slices.Compare(x[:], y[:]) })
	return errs
}

func (p *Policy) compileCeilings(what string, ceilings map[string]Ceiling, into map[string]toolMask) (errs []error) {
	for key, c := range ceilings {
		errs = append(errs, checkPatterns(what+" ceiling "+key, c.Patterns)...)
		into[key] = expand(c.Patterns, p.catalog)
	}
	return errs
}

// checkSubject returns the subject in canonical form, and the group it names.
func checkSubject(s Subject) (Subject, tenants.GUID, error) {
	switch s.Kind {
	case SubjectGroup, SubjectPerson:
		g, err := tenants.ParseGUID(s.Value)
		if err != nil {
			return s, g, fault.Newf(fault.Invalid, "assignment to %s %q: use the object id from Entra", s.Kind, s.Value)
		}
		subject := Subject{s.Kind, g.String()}
		if s.Kind == SubjectPerson {
			g = tenants.GUID{}
		}
		return subject, g, nil
	case SubjectAppRole, SubjectClient:
		if s.Value == "" {
			return s, tenants.GUID{}, fault.Newf(fault.Invalid, "assignment to %s: value is empty; give the app role's value or the client id", s.Kind)
		}
		return s, tenants.GUID{}, nil
	case SubjectEverybody, SubjectEveryGuest, SubjectEveryApp:
		return Subject{Kind: s.Kind}, tenants.GUID{}, nil
	default:
		return s, tenants.GUID{}, fault.Newf(fault.Invalid, "assignment: subject kind %q is not known; use group, app_role, person, client, everybody, every_guest or every_app", s.Kind)
	}
}

func checkPatterns(where string, patterns []string) (errs []error) {
	if len(patterns) == 0 {
		errs = append(errs, fault.Newf(fault.Invalid, "%s: patterns are empty; name a tool or \"*\"", where))
	}
	for _, pattern := range patterns {
		if err := CheckPattern(pattern); err != nil {
			errs = append(errs, fault.Newf(fault.Invalid, "%s: %s", where, fault.Public(err)))
		}
	}
	return errs
}

// MappedGroups returns the groups that decide anything in this organization:
// the only ones membership has to be known of. The caller must not change it.
func (p *Policy) MappedGroups() []tenants.GUID { return p.groups }

// Scopes returns the scopes that have a ceiling of their own.
func (p *Policy) Scopes() []string {
	names := make([]string, 0, len(p.scopes))
	for name := range p.scopes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
