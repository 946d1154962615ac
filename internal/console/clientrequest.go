package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// ClientRequest is software that somebody wanted to connect and that waits for an
// admin.
type ClientRequest struct {
	Software  string      `json:"software" doc:"What to approve: the id to list it with."`
	Name      string      `json:"name" doc:"What it calls itself."`
	Host      string      `json:"host,omitempty" doc:"Whose owner vouches for the name. Absent: nobody does, and anybody may have chosen it."`
	AnswersTo string      `json:"answersTo" doc:"Host, or scheme of a program on somebody's machine, that the last one wanted the sign-in to return to."`
	Person    NamedPerson `json:"person" doc:"Who asked last."`
	FirstAt   time.Time   `json:"firstAt" doc:"When somebody first asked."`
	LastAt    time.Time   `json:"lastAt" doc:"When somebody last asked."`
	Times     int         `json:"times" doc:"How often it was asked for."`
}

var errNoRequest = fault.New(fault.NotFound, "software: nobody waits for this; list the requests for what there is")

func clientRequestOf(r connections.Request) ClientRequest {
	return ClientRequest{r.Software, r.Name, r.Host, r.Redirect, NamedPerson{r.Person, r.Asked}, r.FirstAt.UTC(), r.LastAt.UTC(), r.Times}
}

// removedRequest names the software in the query: it holds spaces, angle brackets
// and URLs, which not every proxy leaves alone in a path.
type removedRequest struct {
	InOrganization
	Software string `query:"software" required:"true" minLength:"1" maxLength:"2000" doc:"The request's software, escaped."`
}

func (c *Console) clientRequestRoutes(api huma.API) {
	const tag = "client-requests"
	inside(c, api, tenants.Viewer, route{
		ID: "listClientRequests", Method: http.MethodGet, Path: "/client-requests", Tag: tag, Summary: "List AI clients that wait for approval",
		Description: "To approve one, list it: createClient with its software as the id, or an entry under clients in org.yaml; updateClient changes what is decided about it from then on. Then people can connect it, each after agreeing to it, and it does not wait any more.",
	}, c.listClientRequests)
	inside(c, api, tenants.Admin, route{
		ID: "deleteClientRequest", Method: http.MethodDelete, Path: "/client-requests", Tag: tag, Status: 204, Summary: "Dismiss a request",
		Description: "Nothing is decided by it: whoever tries to connect the software again asks again.",
	}, c.deleteClientRequest)
}

// listClientRequests leaves out what has been listed since it was asked for.
func (c *Console) listClientRequests(ctx context.Context, by Actor, in *listInput) (*Listed[ClientRequest], error) {
	waiting, err := c.Store.Requests(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	waiting = slices.DeleteFunc(slices.Clone(waiting), func(r connections.Request) bool {
		return slices.ContainsFunc(a.Clients, func(listed tenants.Client) bool { return listed.ID == r.Software })
	})
	return cut(ctx, c, by, in.Paging, listing[ClientRequest]{"listClientRequests", each(waiting, clientRequestOf), func(r ClientRequest) string { return r.Software }})
}

func (c *Console) deleteClientRequest(ctx context.Context, by Actor, in *removedRequest) (*None, error) {
	return &None{}, noneIfMissing(c.Store.Dismiss(ctx, by.Caller, in.Software), errNoRequest)
}
