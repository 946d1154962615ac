package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// ConnectionStore reads and ends what people have agreed to, and knows which
// software waits for an admin. What does not exist is NotFound.
type ConnectionStore interface {
	// Connections lists those of an organization, or of one person of it, the last
	// used first. Where the one to go on after is gone, it is NotFound.
	Connections(ctx context.Context, org tenants.ID, f connections.Filter) ([]connections.Connection, error)
	Connection(ctx context.Context, org tenants.ID, id tenants.GUID) (connections.Connection, error)
	// Disconnect removes a connection, cuts off what was issued for it, and records
	// who did.
	Disconnect(ctx context.Context, by authz.Caller, id tenants.GUID) error
	Requests(ctx context.Context, org tenants.ID) ([]connections.Request, error)
	// SeenSoftware lists what has come to an organization in any way, sorted by the
	// bytes of software, after the one given; so many at most.
	SeenSoftware(ctx context.Context, org tenants.ID, after string, most int) ([]connections.Seen, error)
	// Dismiss removes a request, and records who did.
	Dismiss(ctx context.Context, by authz.Caller, software string) error
}

// ClientConnection is one person's authorization of one AI client.
type ClientConnection struct {
	ID         tenants.GUID    `json:"id" format:"uuid" doc:"Of the connection; the log names it."`
	Person     ConnectedPerson `json:"person" doc:"Whom the client acts for."`
	Client     string          `json:"client" doc:"Client id that it signs in with: of a registration, or the URL of a client document."`
	Software   string          `json:"software" doc:"What the list of clients governs: the id that it is listed with, or has to be."`
	Name       string          `json:"name" doc:"What the client calls itself, as the person agreed to it."`
	Host       string          `json:"host,omitempty" doc:"Whose owner vouches for the name. Absent: nobody does, but for a client that an admin has registered."`
	AnswersTo  string          `json:"answersTo" doc:"Host, or scheme of a program on the person's machine, that sign-ins return to."`
	Remembered bool            `json:"remembered" doc:"The person is not asked again when the same client connects again."`
	EntraKept  bool            `json:"entraSignInKept" doc:"Gatehouse keeps a sign-in at Entra, encrypted, to ask on behalf of the person for groups and for tokens of sources. False: there is none, or Entra does not accept it any more."`
	MadeAt     time.Time       `json:"madeAt" doc:"When the person first agreed."`
	UsedAt     time.Time       `json:"usedAt" doc:"When the client last got a token, give or take some minutes."`
}

// ConnectedPerson is somebody as Entra described them at their last sign-in.
type ConnectedPerson struct {
	OID      tenants.GUID `json:"oid" format:"uuid" doc:"Object ID."`
	Name     string       `json:"name" doc:"Display name at the last sign-in."`
	Username string       `json:"username,omitempty" doc:"User name at the last sign-in; decides nothing."`
	Guest    bool         `json:"guest" doc:"A guest of the directory."`
}

var errNoConnection = fault.New(fault.NotFound, "there is no such connection; it may be revoked already")

func clientConnectionOf(c connections.Connection) ClientConnection {
	return ClientConnection{
		ID: c.ID, Person: ConnectedPerson(c.Person), Client: c.Client, Software: c.Software, Name: c.Name, Host: c.Host, AnswersTo: c.Redirect,
		Remembered: c.Agreed != [32]byte{}, EntraKept: len(c.Entra) > 0, MadeAt: c.MadeAt.UTC(), UsedAt: c.UsedAt.UTC(),
	}
}

type (
	connectionsInput struct {
		InOrganization
		Paging
		Person tenants.GUID `query:"person" format:"uuid" doc:"Object ID: only this person's."`
	}
	revokedConnection struct {
		InOrganization
		Item
	}
)

// revoking is what revoking a connection does.
const revoking = "The client's access and refresh tokens are refused at once, on every replica, and what is kept of the person's sign-in at Entra is deleted. A call that is under way at a source cannot be recalled. " +
	"The client may ask the person again: to keep it out, take it off the list of clients."

func (c *Console) connectionRoutes(api huma.API) {
	const tag = "connections"
	inside(c, api, tenants.Viewer, route{
		ID: "listConnections", Method: http.MethodGet, Path: "/connections", Tag: tag, Summary: "List which AI clients act for whom",
		Description: "The last used first. A connection that is used or revoked between two pages may stand on both or on none.",
	}, c.listConnections)
	inside(c, api, tenants.Admin, route{ID: "deleteConnection", Method: http.MethodDelete, Path: "/connections/{id}", Tag: tag, Status: 204, Summary: "Revoke a connection", Description: revoking}, c.deleteConnection)
	c.ownConnectionRoutes(api)
}

func (c *Console) listConnections(ctx context.Context, by Actor, in *connectionsInput) (*Listed[ClientConnection], error) {
	return c.connectionPage(ctx, by.Org(), in.Paging, in.Person)
}

func (c *Console) deleteConnection(ctx context.Context, by Actor, in *revokedConnection) (*None, error) {
	return &None{}, noneIfMissing(c.Store.Disconnect(ctx, by.Caller, in.ID), errNoConnection)
}

// connectionPage is one page of an organization's connections, or of one person's.
func (c *Console) connectionPage(ctx context.Context, org tenants.ID, p Paging, person tenants.GUID) (*Listed[ClientConnection], error) {
	binding := []byte("console listConnections " + person.String())
	f := connections.Filter{Person: person, Most: p.Limit + 1}
	if p.Cursor != "" {
		after, err := c.Cursors.OpenCursor(ctx, org, binding, p.Cursor)
		if err == nil {
			f.After, err = tenants.ParseGUID(string(after))
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, badCursor, err)
		}
	}
	found, err := c.Store.Connections(ctx, org, f)
	if err != nil && p.Cursor != "" && isMissing(err) {
		return nil, fault.Wrap(fault.Invalid, "cursor: the connection that it goes on after is gone; begin again without one", err)
	}
	if err != nil {
		return nil, err
	}
	page := &Listed[ClientConnection]{}
	if len(found) > p.Limit {
		found = found[:p.Limit]
		page.Body.NextCursor, err = c.Cursors.MakeCursor(ctx, org, binding, []byte(found[p.Limit-1].ID.String()))
	}
	page.Body.Items = each(found, clientConnectionOf)
	return page, err
}

// noneIfMissing says of what does not exist what it is.
func noneIfMissing(err, missing error) error {
	if isMissing(err) {
		return missing
	}
	return err
}
