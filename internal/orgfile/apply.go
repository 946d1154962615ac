package orgfile

import (
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Options says how a document is applied. Every field is required.
type Options struct {
	Mode       Mode
	Deployment access.Deployment
	Now        time.Time
}

// Apply returns the state that a document makes of the current one, which stays
// as it is. What stays keeps its id; what is equal already is not looked at, so
// that applying an exported document changes nothing, even where a rule or the
// deployment has changed since.
//
// A credential that needs a secret is not part of it: the kind of the current
// one stays until the secret is given, and the credential of another client id
// is dropped. So it is with the credential of a source, which stays until its
// secret is given, and is dropped where the source would send it elsewhere. The
// fault is Invalid and carries every problem, each with its path in the document
// (access.ProblemsOf).
func Apply(current access.Whole, d Document, how Options) (access.Whole, error) {
	if err := access.Refuse(d.Check()); err != nil {
		return access.Whole{}, err
	}
	was := Export(current)
	a := &applier{state: current, was: was, wanted: d.against(was), how: how}
	a.organization()
	a.grants()
	a.tools()
	a.sources()
	a.approvals()
	a.roles()
	a.assignments()
	a.clients()
	a.scopeCeilings()
	a.toolsets()
	a.limits()
	a.recordings()
	a.contacts()
	a.sinks()
	if err := access.Refuse(a.found); err != nil {
		return access.Whole{}, err
	}
	return a.state, nil
}

// applier carries a state from what it was to what is wanted.
type applier struct {
	state  access.Whole
	was    Document
	wanted Document
	how    Options
	found  []access.Problem
}

// blame adds what a refused edit of an entry says, at the entry's place.
func (a *applier) blame(at access.Place, err error) {
	if err == nil {
		return
	}
	problems := access.ProblemsOf(err)
	if problems == nil {
		problems = []access.Problem{{Message: fault.Public(err)}}
	}
	for _, p := range problems {
		place := at
		if p.Path != "" {
			place = at.Field(p.Path)
		}
		a.found = append(a.found, access.Problem{Path: string(place), Message: p.Message})
	}
}

func (a *applier) add(at access.Place, message string) {
	a.found = append(a.found, access.Problem{Path: string(at), Message: message})
}

// prunes reports whether what a list does not mention is to be removed.
func prunes[T any](a *applier, list []T) bool { return a.how.Mode == Prune && list != nil }

// unmentioned returns the entries of before whose key after does not have.
func unmentioned[T any](before, after []T, key func(T) string) []T {
	mentioned := byKey(after, key)
	return slices.DeleteFunc(slices.Clone(before), func(entry T) bool {
		_, there := mentioned[key(entry)]
		return there
	})
}

func (a *applier) tools() {
	c := &a.state.Access
	reconcile(a, list[Tool]{
		at: "tools", was: a.was.Tools, wanted: a.wanted.Tools,
		key:    func(t Tool) string { return t.Name },
		remove: func(t Tool) error { return c.RemoveTool(t.Name) },
		put: func(t Tool) error {
			return c.PutTool(tools.Selection{Name: t.Name, Effect: t.Effect}, a.how.Deployment.Tools)
		},
	})
}

func (a *applier) roles() {
	c, ids := &a.state.Access, a.roleIDs()
	reconcile(a, list[Role]{
		at: "roles", was: a.was.Roles, wanted: a.wanted.Roles,
		key:    func(r Role) string { return r.Name },
		remove: func(r Role) error { return c.RemoveRole(ids[r.Name]) },
		put: func(r Role) error {
			role := authz.Role{ID: ids[r.Name], Name: r.Name, Permissions: r.permissions()}
			if role.ID.IsZero() {
				_, err := c.AddRole(role)
				return err
			}
			return c.ReplaceRole(role)
		},
	})
}

// roleIDs returns the ids of the roles there are now, by name.
func (a *applier) roleIDs() map[string]tenants.GUID {
	ids := map[string]tenants.GUID{}
	for _, r := range a.state.Access.Rules.Roles {
		ids[r.Name] = r.ID
	}
	return ids
}

func (a *applier) clients() {
	c := &a.state.Access
	reconcile(a, list[Client]{
		at: "clients", was: a.was.Clients, wanted: a.wanted.Clients,
		key:    func(x Client) string { return x.ID },
		remove: func(x Client) error { return c.RemoveClient(x.ID) },
		put: func(x Client) error {
			var ceiling *authz.Ceiling
			if x.MaximumPermissions != nil {
				ceiling = &authz.Ceiling{Patterns: x.MaximumPermissions}
			}
			return c.PutClient(tenants.Client{ID: x.ID, Name: x.Name}, ceiling)
		},
	})
}

func (a *applier) scopeCeilings() {
	c := &a.state.Access
	reconcile(a, list[ScopeCeiling]{
		at: "scopeCeilings", was: a.was.ScopeCeilings, wanted: a.wanted.ScopeCeilings,
		key:    func(s ScopeCeiling) string { return s.Scope },
		remove: func(s ScopeCeiling) error { return c.RemoveScopeCeiling(s.Scope) },
		put:    func(s ScopeCeiling) error { return c.PutScopeCeiling(s.Scope, authz.Ceiling{Patterns: s.Patterns}) },
	})
}
