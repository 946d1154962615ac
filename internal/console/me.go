package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Session is who has signed in and where they belong.
type Session struct {
	Name         string           `json:"name"`
	Username     string           `json:"username,omitempty" doc:"What the person signs in with; absent where Entra does not say."`
	TID          tenants.TID      `json:"tid" format:"uuid" doc:"Directory (tenant) ID signed in to."`
	OID          tenants.GUID     `json:"oid" format:"uuid" doc:"Object ID of the person in that directory."`
	Guest        bool             `json:"guest"`
	Operator     bool             `json:"operator" doc:"May run the platform."`
	Organization *OwnOrganization `json:"organization,omitempty" doc:"The organization of this directory; absent when nobody has registered it."`
}

// OwnOrganization is the organization of the directory that somebody has signed
// in to.
type OwnOrganization struct {
	Slug  string        `json:"slug"`
	Name  string        `json:"name"`
	State tenants.State `json:"state" enum:"pending,onboarding,active,suspended,deleted" doc:"As of the organization."`
	Role  tenants.Role  `json:"role,omitempty" enum:"owner,admin,auditor,viewer" doc:"The highest of the person's roles there; absent without one."`

	Roles        []tenants.Role `json:"roles" nullable:"false" enum:"owner,admin,auditor,viewer" doc:"All of them: an admin who is also an auditor reads the log."`
	RolesUnknown bool           `json:"rolesUnknown,omitempty" doc:"Microsoft Entra ID could not be asked about groups that have roles: there may be more. The operations ask again."`
}

func (c *Console) sessionRoutes(api huma.API) {
	signedIn(c, api, route{ID: "getSession", Method: http.MethodGet, Path: "/api/session", Tag: "session", Summary: "Who has signed in"}, c.getSession)
}

func (c *Console) getSession(ctx context.Context, by Actor, _ *Asked) (*Result[Session], error) {
	s, err := c.sessionOf(ctx, *by.Person)
	return result(s), err
}

// sessionOf says where somebody belongs.
func (c *Console) sessionOf(ctx context.Context, p Person) (Session, error) {
	s := Session{Name: p.Name, Username: p.Username, TID: p.TID, OID: p.OID, Guest: p.Guest, Operator: p.Operator && p.TID == c.Platform}
	org, err := c.Store.OrgByTID(ctx, p.TID)
	if isMissing(err) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	o, err := c.Store.Organization(ctx, org)
	if err != nil {
		return s, err
	}
	grants, err := c.activeGrants(ctx, org)
	if err != nil {
		return s, err
	}
	held, unasked := c.rolesHeld(ctx, p, grants, tenants.Owner)
	if unasked != nil {
		c.Log.WarnContext(ctx, "groups could not be asked for what somebody may do in the console", telemetry.Err(unasked))
	}
	s.Organization = &OwnOrganization{Slug: o.Slug.String(), Name: o.Name, State: o.State, Role: best(held, ""), Roles: append([]tenants.Role{}, held...), RolesUnknown: unasked != nil}
	return s, nil
}
