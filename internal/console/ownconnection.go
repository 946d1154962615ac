package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

type (
	ownConnectionsInput struct {
		Asked
		Paging
	}
	ownConnectionInput struct {
		Asked
		Item
	}
)

// ownConnectionRoutes are for everybody of an organization's directory, whatever
// role they have.
func (c *Console) ownConnectionRoutes(api huma.API) {
	const tag = "connections"
	signedIn(c, api, route{
		ID: "listOwnConnections", Method: http.MethodGet, Path: "/api/me/connections", Tag: tag, Errors: []int{404}, Summary: "List which AI clients act for you",
		Description: "In the organization of the directory that you have signed in to; it takes no role there. The last used first.",
	}, c.listOwnConnections)
	signedIn(c, api, route{
		ID: "deleteOwnConnection", Method: http.MethodDelete, Path: "/api/me/connections/{id}", Tag: tag, Status: 204, Errors: []int{404}, Summary: "Revoke a connection of yours",
		Description: revoking,
	}, c.deleteOwnConnection)
}

func (c *Console) listOwnConnections(ctx context.Context, by Actor, in *ownConnectionsInput) (*Listed[ClientConnection], error) {
	org, err := c.ownOrganization(ctx, *by.Person)
	if err != nil {
		return nil, err
	}
	return c.connectionPage(ctx, org, in.Paging, by.Person.OID)
}

func (c *Console) deleteOwnConnection(ctx context.Context, by Actor, in *ownConnectionInput) (*None, error) {
	return &None{}, c.revokeOwnConnection(ctx, *by.Person, in.ID)
}

// revokeOwnConnection revokes nobody else's: whoever guesses the id of one is told
// that it does not exist.
func (c *Console) revokeOwnConnection(ctx context.Context, p Person, id tenants.GUID) error {
	org, err := c.ownOrganization(ctx, p)
	if err != nil {
		return err
	}
	connection, err := c.Store.Connection(ctx, org, id)
	if err == nil && connection.Person.OID != p.OID {
		err = errNoConnection
	}
	if err == nil {
		err = c.Store.Disconnect(ctx, authz.Actor(p.Identity(org)), id)
	}
	return noneIfMissing(err, errNoConnection)
}

// ownOrganization is the organization of the directory that somebody has signed in
// to, unless it is deleted.
func (c *Console) ownOrganization(ctx context.Context, p Person) (tenants.ID, error) {
	org, err := c.Store.OrgByTID(ctx, p.TID)
	if err != nil {
		return tenants.ID{}, hideMissing(err)
	}
	o, err := c.Store.Organization(ctx, org)
	if err != nil {
		return tenants.ID{}, hideMissing(err)
	}
	return org, untilDeleted.check(o)
}
