package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Client is an AI client application that the organization lists.
type Client struct {
	ID string `json:"id" doc:"Application (client) ID, the https URL of the client's metadata document, https://host for all documents of a host, the software of clients that registered themselves, or the id of a client that an admin registered here."`
	ClientSettings
}

// ClientSettings is what an admin decides about a client.
type ClientSettings struct {
	Name               string   `json:"name" minLength:"1" maxLength:"120"`
	MaximumPermissions *Ceiling `json:"maximumPermissions,omitempty" doc:"The most it may ever do, whatever its user may. Absent: no limit."`
}

// Ceiling is the most that somebody may ever do.
type Ceiling struct {
	Patterns []string `json:"patterns" minItems:"1" maxItems:"100" doc:"Permission names: of tools their names, prompt: and the name of a prompt, resource: and a URI or URI template; * stands for any run of characters, and alone for everything."`
}

var errNoClient = fault.New(fault.NotFound, "this client is not listed")

func clientsOf(c access.Configuration) []Client {
	return each(c.Clients, func(client tenants.Client) Client {
		out := Client{client.ID, ClientSettings{Name: client.Name}}
		if ceiling, ok := c.Rules.ClientCeilings[client.ID]; ok {
			out.MaximumPermissions = &Ceiling{list(ceiling.Patterns)}
		}
		return out
	})
}

func clientIn(c access.Configuration, id string) (Client, error) {
	all := clientsOf(c)
	at := slices.IndexFunc(all, func(client Client) bool { return client.ID == id })
	if at < 0 {
		return Client{}, errNoClient
	}
	return all[at], nil
}

// ceiling returns what the settings limit to, or nil.
func (s ClientSettings) ceiling() *authz.Ceiling {
	if s.MaximumPermissions == nil {
		return nil
	}
	return &authz.Ceiling{Patterns: s.MaximumPermissions.Patterns}
}

// ClientItem names a client in a path.
type ClientItem struct {
	Client string `path:"client" maxLength:"2000" doc:"The client's id; of a URL, escaped."`
}

type (
	clientInput struct {
		InOrganization
		ClientItem
	}
	newClient struct {
		InOrganization
		Once
		Body Client
	}
	changedClient struct {
		InOrganization
		ClientItem
		Match
		Body ClientSettings
	}
	removedClient struct {
		InOrganization
		ClientItem
		Match
	}
)

func (c *Console) clientRoutes(api huma.API) {
	const tag = "clients"
	inside(c, api, tenants.Viewer, route{ID: "listClients", Method: http.MethodGet, Path: "/clients", Tag: tag, Summary: "List AI clients"}, c.listClients)
	inside(c, api, tenants.Admin, route{ID: "createClient", Method: http.MethodPost, Path: "/clients", Tag: tag, Status: 201, Errors: []int{409}, Summary: "List an AI client"}, c.createClient)
	inside(c, api, tenants.Viewer, route{ID: "getClient", Method: http.MethodGet, Path: "/clients/{client}", Tag: tag, Summary: "Read an AI client"}, c.getClient)
	inside(c, api, tenants.Admin, route{ID: "updateClient", Method: http.MethodPut, Path: "/clients/{client}", Tag: tag, Errors: matchErrors, Summary: "Change an AI client"}, c.updateClient)
	inside(c, api, tenants.Admin, route{ID: "deleteClient", Method: http.MethodDelete, Path: "/clients/{client}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Take an AI client off the list"}, c.deleteClient)
}

func (c *Console) listClients(ctx context.Context, by Actor, in *listInput) (*Listed[Client], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Client]{"listClients", clientsOf(a), func(client Client) string { return client.ID }})
}

func (c *Console) getClient(ctx context.Context, by Actor, in *clientInput) (*One[Client], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (Client, error) { return clientIn(a, in.Client) })
}

func (c *Console) createClient(ctx context.Context, by Actor, in *newClient) (*Created[Client], error) {
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (Client, string, error) {
		id := access.CanonicalClientID(in.Body.ID)
		after, err := c.Store.EditAccess(ctx, by.Caller, "client created", func(a *access.Configuration) error {
			if _, err := clientIn(*a, id); err == nil {
				return fault.New(fault.Conflict, "id: this client is listed already; change that entry")
			}
			return a.PutClient(tenants.Client{ID: id, Name: in.Body.Name}, in.Body.ceiling())
		})
		if err != nil {
			return Client{}, "", err
		}
		in.visit.warnings = c.countWarnings(after)
		made, err := clientIn(after, id)
		return made, by.path("clients", made.ID), err
	})
}

func (c *Console) updateClient(ctx context.Context, by Actor, in *changedClient) (*One[Client], error) {
	return editOne(ctx, c, by, change[Client]{
		what: "client changed", match: in.Match, read: func(a access.Configuration) (Client, error) { return clientIn(a, in.Client) },
		edit: func(a *access.Configuration) error {
			return a.PutClient(tenants.Client{ID: in.Client, Name: in.Body.Name}, in.Body.ceiling())
		},
	})
}

func (c *Console) deleteClient(ctx context.Context, by Actor, in *removedClient) (*None, error) {
	return removeOne(ctx, c, by, change[Client]{
		what: "client deleted", match: in.Match, read: func(a access.Configuration) (Client, error) { return clientIn(a, in.Client) },
		edit: func(a *access.Configuration) error { return a.RemoveClient(in.Client) },
	})
}
