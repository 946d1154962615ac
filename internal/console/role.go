package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// AccessStore reads and edits what organizations decide about tools.
type AccessStore interface {
	Access(ctx context.Context, org tenants.ID) (access.Configuration, error)
	// EditAccess reads the configuration of the caller's organization, edits,
	// validates and writes it in one transaction, with the record of what
	// changed. An error of edit comes back as it is, and nothing is written.
	EditAccess(ctx context.Context, by authz.Caller, what string, edit func(*access.Configuration) error) (access.Configuration, error)
}

// Role is a tool role: a named set of permissions.
type Role struct {
	ID          tenants.GUID `json:"id" format:"uuid"`
	Name        string       `json:"name"`
	Permissions []Permission `json:"permissions"`
}

// Permission allows or denies tools by name.
type Permission struct {
	Effect                authz.Effect `json:"effect" enum:"allow,deny" doc:"Deny wins over every allow, in whichever role it stands."`
	Patterns              []string     `json:"patterns" minItems:"1" maxItems:"100" doc:"Permission names: of tools their names, prompt: and the name of a prompt, resource: and a URI or URI template; * stands for any run of characters, and alone for everything."`
	Condition             string       `json:"condition,omitempty" maxLength:"1024" doc:"CEL over arguments and context, of 1,024 bytes at most; absent: always."`
	AuthenticationContext string       `json:"authenticationContext,omitempty" pattern:"^c[1-9][0-9]?$" doc:"Conditional Access authentication context the token must satisfy."`
}

// RoleSettings is what an admin decides about a role.
type RoleSettings struct {
	Name        string       `json:"name" minLength:"1" maxLength:"120"`
	Permissions []Permission `json:"permissions" minItems:"1" maxItems:"100"`
}

var errNoRole = fault.New(fault.NotFound, "there is no such role")

func roleOf(r authz.Role) Role {
	out := Role{ID: r.ID, Name: r.Name, Permissions: []Permission{}}
	for _, p := range r.Permissions {
		out.Permissions = append(out.Permissions, Permission{p.Effect, list(p.Patterns), p.Condition, p.AuthenticationContext})
	}
	return out
}

func (s RoleSettings) role(id tenants.GUID) authz.Role {
	r := authz.Role{ID: id, Name: s.Name}
	for _, p := range s.Permissions {
		r.Permissions = append(r.Permissions, authz.Permission{Effect: p.Effect, Patterns: p.Patterns, Condition: p.Condition, AuthenticationContext: p.AuthenticationContext})
	}
	return r
}

func roleIn(c access.Configuration, id tenants.GUID) (Role, error) {
	at := slices.IndexFunc(c.Rules.Roles, func(r authz.Role) bool { return r.ID == id })
	if at < 0 {
		return Role{}, errNoRole
	}
	return roleOf(c.Rules.Roles[at]), nil
}

// Item is the part of an input that names one resource by its id.
type Item struct {
	ID tenants.GUID `path:"id" format:"uuid"`
}

type (
	listInput struct {
		InOrganization
		Paging
	}
	itemInput struct {
		InOrganization
		Item
	}
	removeInput struct {
		InOrganization
		Item
		Match
	}
	newRole struct {
		InOrganization
		Once
		Body RoleSettings
	}
	changedRole struct {
		InOrganization
		Item
		Match
		Body RoleSettings
	}
)

func (c *Console) roleRoutes(api huma.API) {
	const tag = "roles"
	inside(c, api, tenants.Viewer, route{ID: "listRoles", Method: http.MethodGet, Path: "/roles", Tag: tag, Summary: "List tool roles"}, c.listRoles)
	inside(c, api, tenants.Admin, route{ID: "createRole", Method: http.MethodPost, Path: "/roles", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Create a tool role"}, c.createRole)
	inside(c, api, tenants.Viewer, route{ID: "getRole", Method: http.MethodGet, Path: "/roles/{id}", Tag: tag, Summary: "Read a tool role"}, c.getRole)
	inside(c, api, tenants.Admin, route{ID: "updateRole", Method: http.MethodPut, Path: "/roles/{id}", Tag: tag, Errors: matchErrors, Summary: "Change a tool role"}, c.updateRole)
	inside(c, api, tenants.Admin, route{ID: "deleteRole", Method: http.MethodDelete, Path: "/roles/{id}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Delete a tool role and its assignments"}, c.deleteRole)
}

func (c *Console) listRoles(ctx context.Context, by Actor, in *listInput) (*Listed[Role], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Role]{"listRoles", each(a.Rules.Roles, roleOf), func(r Role) string { return byName(r.Name, r.ID) }})
}

func (c *Console) getRole(ctx context.Context, by Actor, in *itemInput) (*One[Role], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (Role, error) { return roleIn(a, in.ID) })
}

func (c *Console) createRole(ctx context.Context, by Actor, in *newRole) (*Created[Role], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (Role, string, error) {
		r := in.Body.role(id)
		after, err := c.Store.EditAccess(ctx, by.Caller, "role created", func(a *access.Configuration) error {
			_, err := a.AddRole(r)
			return err
		})
		in.visit.warnings = c.countWarnings(after)
		return roleOf(r), by.path("roles", id.String()), err
	})
}

func (c *Console) updateRole(ctx context.Context, by Actor, in *changedRole) (*One[Role], error) {
	return editOne(ctx, c, by, change[Role]{
		what: "role changed", match: in.Match, read: func(a access.Configuration) (Role, error) { return roleIn(a, in.ID) },
		edit: func(a *access.Configuration) error { return a.ReplaceRole(in.Body.role(in.ID)) },
	})
}

func (c *Console) deleteRole(ctx context.Context, by Actor, in *removeInput) (*None, error) {
	return removeOne(ctx, c, by, change[Role]{
		what: "role deleted", match: in.Match, read: func(a access.Configuration) (Role, error) { return roleIn(a, in.ID) },
		edit: func(a *access.Configuration) error { return a.RemoveRole(in.ID) },
	})
}

// getOne shows one resource of the configuration.
func getOne[T any](ctx context.Context, c *Console, by Actor, read func(access.Configuration) (T, error)) (*One[T], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	found, err := read(a)
	return show(found), err
}

// change is an edit of one resource of the configuration that the client has
// read before.
type change[T any] struct {
	what  string // for the record
	match Match
	read  func(access.Configuration) (T, error)
	edit  func(*access.Configuration) error
}

// editOne carries a change out and shows the resource as it is then. What the
// client has read is compared inside the edit, where nobody else can write.
func editOne[T any](ctx context.Context, c *Console, by Actor, ch change[T]) (*One[T], error) {
	after, err := apply(ctx, c, by, ch)
	if err != nil {
		return nil, err
	}
	now, err := ch.read(after)
	return edited(c, show(now), after), err
}

// warningsHeader says how many warnings there are after an edit.
const warningsHeader = "Gatehouse-Warnings"

// edited adds how many warnings a configuration has to the answer to its edit.
func edited[T any](c *Console, one *One[T], after access.Configuration) *One[T] {
	one.Warnings = c.countWarnings(after)
	return one
}

func (c *Console) countWarnings(after access.Configuration) string {
	return strconv.Itoa(len(c.warnings(after)))
}

func removeOne[T any](ctx context.Context, c *Console, by Actor, ch change[T]) (*None, error) {
	_, err := apply(ctx, c, by, ch)
	return &None{}, err
}

func apply[T any](ctx context.Context, c *Console, by Actor, ch change[T]) (access.Configuration, error) {
	if err := ch.match.given(); err != nil {
		return access.Configuration{}, err
	}
	return c.Store.EditAccess(ctx, by.Caller, ch.what, func(a *access.Configuration) error {
		present, err := ch.read(*a)
		if err == nil {
			err = ch.match.check(present)
		}
		if err != nil {
			return err
		}
		return ch.edit(a)
	})
}

// each maps a list.
func each[A, B any](items []A, to func(A) B) []B {
	out := make([]B, len(items))
	for i, item := range items {
		out[i] = to(item)
	}
	return out
}
