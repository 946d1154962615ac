package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// RoleGrantStore reads and edits who may do what in organizations.
type RoleGrantStore interface {
	RoleGrants(ctx context.Context, org tenants.ID) ([]tenants.RoleGrant, error)
	// HadRoleGrant reports whether a grantee's last role was once taken away.
	HadRoleGrant(ctx context.Context, org tenants.ID, g tenants.Grantee) (bool, error)
	// EditRoleGrants reads the grants of the caller's organization, edits,
	// validates and writes them in one transaction, with the record of what
	// changed. An organization keeps one owner without an end: taking away the
	// last is a fault of kind Invalid. An error of edit comes back as it is.
	EditRoleGrants(ctx context.Context, by authz.Caller, what string, edit func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) error
}

// RoleGrant lets a person, a group or an automation into the console.
type RoleGrant struct {
	ID tenants.GUID `json:"id" format:"uuid"`
	RoleGrantSettings
}

// RoleGrantSettings is what an owner decides about a grant.
type RoleGrantSettings struct {
	Role    tenants.Role `json:"role" enum:"owner,admin,auditor,viewer" doc:"owner and admin change things; auditor also reads the log; viewer reads the configuration. Only a person can be an owner."`
	Grantee Grantee      `json:"grantee" doc:"Whom the role is granted to."`
	Name    string       `json:"name,omitempty" maxLength:"120" doc:"Display name of the grantee; decides nothing."`
	EndsAt  *time.Time   `json:"endsAt,omitempty" doc:"Absent: no end."`
}

// Grantee is whom a role is granted to.
type Grantee struct {
	Kind tenants.GranteeKind `json:"kind" enum:"person,group,app" doc:"An owner is a person. A person may be a guest of the directory."`
	ID   tenants.GUID        `json:"id" format:"uuid" doc:"Object id in Entra; of an app: of its service principal."`
}

var errNoGrant = fault.New(fault.NotFound, "there is no such role grant")

func grantOf(g tenants.RoleGrant) RoleGrant {
	return RoleGrant{g.ID, RoleGrantSettings{g.Role, Grantee{g.Grantee.Kind, g.Grantee.ID}, g.Name, instant(g.EndsAt)}}
}

func (s RoleGrantSettings) grant(id tenants.GUID) tenants.RoleGrant {
	return tenants.RoleGrant{ID: id, Role: s.Role, Grantee: tenants.Grantee{Kind: s.Grantee.Kind, ID: s.Grantee.ID}, Name: s.Name, EndsAt: timeOf(s.EndsAt)}
}

func grantAt(grants []tenants.RoleGrant, id tenants.GUID) int {
	return slices.IndexFunc(grants, func(g tenants.RoleGrant) bool { return g.ID == id })
}

type (
	newGrant struct {
		InOrganization
		Once
		Body RoleGrantSettings
	}
	changedGrant struct {
		InOrganization
		Item
		Match
		Body RoleGrantSettings
	}
)

// automationRule is what a role means for an automation.
const automationRule = "An automation that no role was ever granted to is an admin by its app role Gatehouse.Manage; from its first grant on it has what is granted, and nothing once that has ended or is revoked."

func (c *Console) grantRoutes(api huma.API) {
	const tag = "role-grants"
	inside(c, api, tenants.Viewer, route{ID: "listRoleGrants", Method: http.MethodGet, Path: "/role-grants", Tag: tag, Summary: "List who may do what in this console"}, c.listRoleGrants)
	inside(c, api, tenants.Owner, route{ID: "createRoleGrant", Method: http.MethodPost, Path: "/role-grants", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Grant a role", Description: automationRule}, c.createRoleGrant)
	inside(c, api, tenants.Viewer, route{ID: "getRoleGrant", Method: http.MethodGet, Path: "/role-grants/{id}", Tag: tag, Summary: "Read a role grant"}, c.getRoleGrant)
	inside(c, api, tenants.Owner, route{ID: "updateRoleGrant", Method: http.MethodPut, Path: "/role-grants/{id}", Tag: tag, Errors: matchErrors, Summary: "Change a role grant"}, c.updateRoleGrant)
	inside(c, api, tenants.Owner, route{ID: "deleteRoleGrant", Method: http.MethodDelete, Path: "/role-grants/{id}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Revoke a role grant", Description: "A person whose last role is revoked cannot join again by themselves. " + automationRule}, c.deleteRoleGrant)
}

func (c *Console) listRoleGrants(ctx context.Context, by Actor, in *listInput) (*Listed[RoleGrant], error) {
	grants, err := c.Store.RoleGrants(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[RoleGrant]{"listRoleGrants", each(grants, grantOf), func(g RoleGrant) string { return byName(g.Name, g.ID) }})
}

func (c *Console) getRoleGrant(ctx context.Context, by Actor, in *itemInput) (*One[RoleGrant], error) {
	grants, err := c.Store.RoleGrants(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	at := grantAt(grants, in.ID)
	if at < 0 {
		return nil, errNoGrant
	}
	return show(grantOf(grants[at])), nil
}

func (c *Console) createRoleGrant(ctx context.Context, by Actor, in *newGrant) (*Created[RoleGrant], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (RoleGrant, string, error) {
		g := in.Body.grant(id)
		err := c.Store.EditRoleGrants(ctx, by.Caller, "role grant created", func(grants []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
			if grantAt(grants, id) >= 0 {
				return nil, fault.New(fault.Conflict, "Idempotency-Key: this grant was made with it already")
			}
			return append(slices.Clone(grants), g), c.admit(g)
		})
		return grantOf(g), by.path("role-grants", id.String()), err
	})
}

func (c *Console) updateRoleGrant(ctx context.Context, by Actor, in *changedGrant) (*One[RoleGrant], error) {
	g := in.Body.grant(in.ID)
	err := c.editGrant(ctx, by, grantChange{"role grant changed", in.Match, in.ID}, func(grants []tenants.RoleGrant, at int) ([]tenants.RoleGrant, error) {
		grants[at] = g
		return grants, c.admit(g)
	})
	return show(grantOf(g)), err
}

func (c *Console) deleteRoleGrant(ctx context.Context, by Actor, in *removeInput) (*None, error) {
	return &None{}, c.editGrant(ctx, by, grantChange{"role grant deleted", in.Match, in.ID}, func(grants []tenants.RoleGrant, at int) ([]tenants.RoleGrant, error) {
		return slices.Delete(grants, at, at+1), nil
	})
}

// grantChange is what becomes of one grant, if it still is what the client read.
type grantChange struct {
	what  string
	match Match
	id    tenants.GUID
}

// editGrant edits one grant of a copy.
func (c *Console) editGrant(ctx context.Context, by Actor, ch grantChange, edit func([]tenants.RoleGrant, int) ([]tenants.RoleGrant, error)) error {
	if err := ch.match.given(); err != nil {
		return err
	}
	return c.Store.EditRoleGrants(ctx, by.Caller, ch.what, func(grants []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
		at := grantAt(grants, ch.id)
		if at < 0 {
			return nil, errNoGrant
		}
		if err := ch.match.check(grantOf(grants[at])); err != nil {
			return nil, err
		}
		return edit(slices.Clone(grants), at)
	})
}

// admit refuses a grant that breaks a rule or is over before it begins.
func (c *Console) admit(g tenants.RoleGrant) error {
	if g.Ended(c.Now()) {
		return fault.New(fault.Invalid, "endsAt: it has passed; give a time to come, or leave it out for no end")
	}
	return g.Validate()
}
