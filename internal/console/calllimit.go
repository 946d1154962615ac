package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// CallLimit is a limit that the organization has set for its own calls.
type CallLimit struct {
	Name string `json:"name" doc:"Key of the limit. Callers who reach it are told."`
	CallLimitSettings
}

// NewCallLimit is a limit to be added.
type NewCallLimit struct {
	Name string `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" maxLength:"32" doc:"Key of the limit, which callers who reach it are told: lowercase letters, digits and inner hyphens. It cannot be changed."`
	CallLimitSettings
}

// CallLimitSettings is what an admin decides about a limit.
type CallLimitSettings struct {
	Per           tenants.LimitSubject `json:"per" enum:"caller,client,tool" doc:"What is counted apart: each caller (a person, or an application on its own behalf), each client over all its people, or each tool over all its callers."`
	Client        string               `json:"client,omitempty" maxLength:"2000" doc:"With per client: the one client it is for. Left out: every client by itself."`
	Tool          string               `json:"tool,omitempty" maxLength:"512" doc:"With per tool: permission name of what it is for, or a pattern of such names, as in roles. Each is counted by itself."`
	Rate          *CallRate            `json:"rate,omitempty" doc:"How many calls may be made in a short time. Left out: callsPerDay says how many."`
	CallsPerDay   int64                `json:"callsPerDay,omitempty" minimum:"1" maximum:"1000000000" doc:"How many calls may be made from midnight to midnight UTC. Left out: only the rate says how many."`
	WhenUncounted tenants.Admission    `json:"whenUncounted,omitempty" enum:"admit,refuse" default:"admit" doc:"What happens to calls while replicas cannot tell each other what they have let in. Left out: admit, and each counts for itself."`
}

// CallRate is how many calls may be made in a short time.
type CallRate struct {
	Calls int                   `json:"calls" minimum:"1" maximum:"1000000" doc:"So many calls on average."`
	Every tenants.LimitInterval `json:"every" enum:"second,minute" doc:"In what the calls are counted."`
	Burst int                   `json:"burst,omitempty" minimum:"1" maximum:"1000000" doc:"So many of them at once. Left out: all of them."`
}

var errNoLimit = fault.New(fault.NotFound, "there is no such limit")

// callLimitOf shows a limit of an organization.
func callLimitOf(l tenants.Limit) CallLimit {
	shown := CallLimit{l.Name, CallLimitSettings{Per: l.Per, Client: l.Client, Tool: l.Tool, CallsPerDay: l.PerDay, WhenUncounted: l.Uncounted}}
	if l.Rate != (tenants.LimitRate{}) {
		shown.Rate = &CallRate{l.Rate.Calls, l.Rate.Every, l.Rate.Burst}
	}
	return shown
}

func (n CallLimitSettings) limit(name string) tenants.Limit {
	l := tenants.Limit{Name: name, Per: n.Per, Client: n.Client, Tool: n.Tool, PerDay: n.CallsPerDay, Uncounted: n.WhenUncounted}
	if n.Rate != nil {
		l.Rate = tenants.LimitRate{Calls: n.Rate.Calls, Every: n.Rate.Every, Burst: n.Rate.Burst}
	}
	return access.CanonicalLimit(l)
}

// limitIn returns how a limit is found and shown.
func limitIn(name string) func(access.Configuration) (CallLimit, error) {
	return func(a access.Configuration) (CallLimit, error) {
		at := slices.IndexFunc(a.Limits, func(l tenants.Limit) bool { return l.Name == name })
		if at < 0 {
			return CallLimit{}, errNoLimit
		}
		return callLimitOf(a.Limits[at]), nil
	}
}

// LimitItem names a limit in a path.
type LimitItem struct {
	Limit string `path:"limit" maxLength:"100" doc:"The limit's name."`
}

type (
	limitInput struct {
		InOrganization
		LimitItem
	}
	newLimitInput struct {
		InOrganization
		Once
		Body NewCallLimit
	}
	changedLimit struct {
		InOrganization
		LimitItem
		Match
		Body CallLimitSettings
	}
	removedLimit struct {
		InOrganization
		LimitItem
		Match
	}
)

func (c *Console) limitRoutes(api huma.API) {
	const tag = "limits"
	inside(c, api, tenants.Viewer, route{ID: "listLimits", Method: http.MethodGet, Path: "/limits", Tag: tag, Summary: "List limits"}, c.listLimits)
	inside(c, api, tenants.Admin, route{ID: "createLimit", Method: http.MethodPost, Path: "/limits", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Add a limit", Description: "It can only lower what the deployment allows, whose limits apply besides. It needs a rate, a number of calls per day, or both. Counted are calls of tools, prompts that are fetched and resources that are read of sources, once their caller is known to be allowed them."}, c.createLimit)
	inside(c, api, tenants.Viewer, route{ID: "getLimit", Method: http.MethodGet, Path: "/limits/{limit}", Tag: tag, Summary: "Read a limit"}, c.getLimit)
	inside(c, api, tenants.Admin, route{ID: "updateLimit", Method: http.MethodPut, Path: "/limits/{limit}", Tag: tag, Errors: matchErrors, Summary: "Change a limit", Description: "Another rate begins afresh. The calls of the day stay counted."}, c.updateLimit)
	inside(c, api, tenants.Admin, route{ID: "deleteLimit", Method: http.MethodDelete, Path: "/limits/{limit}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Remove a limit"}, c.deleteLimit)
}

func (c *Console) listLimits(ctx context.Context, by Actor, in *listInput) (*Listed[CallLimit], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[CallLimit]{"listLimits", each(a.Limits, callLimitOf), func(l CallLimit) string { return l.Name }})
}

func (c *Console) getLimit(ctx context.Context, by Actor, in *limitInput) (*One[CallLimit], error) {
	return getOne(ctx, c, by, limitIn(in.Limit))
}

func (c *Console) createLimit(ctx context.Context, by Actor, in *newLimitInput) (*Created[CallLimit], error) {
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (CallLimit, string, error) {
		l := in.Body.limit(in.Body.Name)
		after, err := c.Store.EditAccess(ctx, by.Caller, "limit created", func(a *access.Configuration) error {
			if _, err := limitIn(l.Name)(*a); err == nil {
				return fault.New(fault.Conflict, "name: there is a limit of this name already; change that one, or choose another name")
			}
			return a.PutLimit(l)
		})
		in.visit.warnings = c.countWarnings(after)
		return callLimitOf(l), by.path("limits", l.Name), err
	})
}

func (c *Console) updateLimit(ctx context.Context, by Actor, in *changedLimit) (*One[CallLimit], error) {
	return editOne(ctx, c, by, change[CallLimit]{
		what: "limit changed", match: in.Match, read: limitIn(in.Limit),
		edit: func(a *access.Configuration) error { return a.PutLimit(in.Body.limit(in.Limit)) },
	})
}

func (c *Console) deleteLimit(ctx context.Context, by Actor, in *removedLimit) (*None, error) {
	return removeOne(ctx, c, by, change[CallLimit]{
		what: "limit deleted", match: in.Match, read: limitIn(in.Limit),
		edit: func(a *access.Configuration) error { return a.RemoveLimit(in.Limit) },
	})
}
