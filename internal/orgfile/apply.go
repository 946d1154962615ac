package orgfile

import (
	"reflect"
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
// secret is given, and is dropped where the source would send it elsewhere. The fault is Invalid and carries every problem, each with its path
// in the document (access.ProblemsOf).
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
	key := func(t Tool) string { return t.Name }
	c := &a.state.Access
	if prunes(a, a.wanted.Tools) {
		for _, t := range unmentioned(a.was.Tools, a.wanted.Tools, key) {
			a.blame("tools", c.RemoveTool(t.Name))
		}
	}
	had := byKey(a.was.Tools, key)
	for i, t := range a.wanted.Tools {
		if had[t.Name] != t {
			a.blame(access.Place("tools").At(i), c.PutTool(tools.Selection{Name: t.Name, Effect: t.Effect}, a.how.Deployment.Tools))
		}
	}
}

func (a *applier) roles() {
	key := func(r Role) string { return r.Name }
	c := &a.state.Access
	ids := a.roleIDs()
	if prunes(a, a.wanted.Roles) {
		for _, r := range unmentioned(a.was.Roles, a.wanted.Roles, key) {
			a.blame("roles", c.RemoveRole(ids[r.Name]))
		}
	}
	had := byKey(a.was.Roles, key)
	for i, r := range a.wanted.Roles {
		at := access.Place("roles").At(i)
		id, there := ids[r.Name]
		switch {
		case !there:
			_, err := c.AddRole(authz.Role{Name: r.Name, Permissions: r.permissions()})
			a.blame(at, err)
		case !reflect.DeepEqual(had[r.Name], r):
			a.blame(at, c.ReplaceRole(authz.Role{ID: id, Name: r.Name, Permissions: r.permissions()}))
		}
	}
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
	key := func(c Client) string { return c.ID }
	c := &a.state.Access
	if prunes(a, a.wanted.Clients) {
		for _, client := range unmentioned(a.was.Clients, a.wanted.Clients, key) {
			a.blame("clients", c.RemoveClient(client.ID))
		}
	}
	had := byKey(a.was.Clients, key)
	for i, client := range a.wanted.Clients {
		if reflect.DeepEqual(had[client.ID], client) {
			continue
		}
		var ceiling *authz.Ceiling
		if client.MaximumPermissions != nil {
			ceiling = &authz.Ceiling{Patterns: client.MaximumPermissions}
		}
		a.blame(access.Place("clients").At(i), c.PutClient(tenants.Client{ID: client.ID, Name: client.Name}, ceiling))
	}
}

func (a *applier) scopeCeilings() {
	key := func(s ScopeCeiling) string { return s.Scope }
	c := &a.state.Access
	if prunes(a, a.wanted.ScopeCeilings) {
		for _, s := range unmentioned(a.was.ScopeCeilings, a.wanted.ScopeCeilings, key) {
			a.blame("scopeCeilings", c.RemoveScopeCeiling(s.Scope))
		}
	}
	had := byKey(a.was.ScopeCeilings, key)
	for i, s := range a.wanted.ScopeCeilings {
		if !reflect.DeepEqual(had[s.Scope], s) {
			a.blame(access.Place("scopeCeilings").At(i), c.PutScopeCeiling(s.Scope, authz.Ceiling{Patterns: s.Patterns}))
		}
	}
}
