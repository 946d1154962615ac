package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Toolset is a named part of the tools with an endpoint of its own.
type Toolset struct {
	Name     string `json:"name" doc:"Key of the toolset, and part of its endpoint's address."`
	Endpoint string `json:"endpoint" format:"uri" doc:"What clients connect to."`
	ToolsetSettings
}

// NewToolset is a toolset to be added.
type NewToolset struct {
	Name string `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" maxLength:"32" doc:"Key of the toolset, and part of its endpoint's address: lowercase letters, digits and inner hyphens. It cannot be changed."`
	ToolsetSettings
}

// ToolsetSettings is what an admin decides about a toolset.
type ToolsetSettings struct {
	Title    string   `json:"title,omitempty" maxLength:"120" doc:"What people read. Left out: the name."`
	Patterns []string `json:"patterns" minItems:"1" maxItems:"100" doc:"Permission names of what it has, as in roles. It gives nobody anything that their roles do not."`
}

var errNoToolset = fault.New(fault.NotFound, "there is no such toolset")

// toolsetOf shows a toolset of an organization.
func (c *Console) toolsetOf(by Actor, t tools.Toolset) Toolset {
	endpoint := c.Base.JoinPath("t", by.Organization.Slug.String(), t.Name, "mcp").String()
	return Toolset{t.Name, endpoint, ToolsetSettings{t.Title, list(t.Patterns)}}
}

func (n ToolsetSettings) toolset(name string) tools.Toolset {
	return tools.Toolset{Name: name, Title: cmp.Or(n.Title, name), Patterns: n.Patterns}
}

// toolsetIn returns how a toolset is found and shown.
func (c *Console) toolsetIn(by Actor, name string) func(access.Configuration) (Toolset, error) {
	return func(a access.Configuration) (Toolset, error) {
		at := slices.IndexFunc(a.Toolsets, func(t tools.Toolset) bool { return t.Name == name })
		if at < 0 {
			return Toolset{}, errNoToolset
		}
		return c.toolsetOf(by, a.Toolsets[at]), nil
	}
}

// ToolsetItem names a toolset in a path.
type ToolsetItem struct {
	Toolset string `path:"toolset" maxLength:"100" doc:"The toolset's name."`
}

type (
	toolsetInput struct {
		InOrganization
		ToolsetItem
	}
	newToolsetInput struct {
		InOrganization
		Once
		Body NewToolset
	}
	changedToolset struct {
		InOrganization
		ToolsetItem
		Match
		Body ToolsetSettings
	}
	removedToolset struct {
		InOrganization
		ToolsetItem
		Match
	}
)

func (c *Console) toolsetRoutes(api huma.API) {
	const tag = "toolsets"
	inside(c, api, tenants.Viewer, route{ID: "listToolsets", Method: http.MethodGet, Path: "/toolsets", Tag: tag, Summary: "List toolsets"}, c.listToolsets)
	inside(c, api, tenants.Admin, route{ID: "createToolset", Method: http.MethodPost, Path: "/toolsets", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Add a toolset", Description: "It is a security boundary only where tokens carry its audience: where people sign in through Gatehouse. With Entra's own tokens, one for the organization is good at every toolset."}, c.createToolset)
	inside(c, api, tenants.Viewer, route{ID: "getToolset", Method: http.MethodGet, Path: "/toolsets/{toolset}", Tag: tag, Summary: "Read a toolset"}, c.getToolset)
	inside(c, api, tenants.Admin, route{ID: "updateToolset", Method: http.MethodPut, Path: "/toolsets/{toolset}", Tag: tag, Errors: matchErrors, Summary: "Change a toolset"}, c.updateToolset)
	inside(c, api, tenants.Admin, route{ID: "deleteToolset", Method: http.MethodDelete, Path: "/toolsets/{toolset}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Remove a toolset and its endpoint"}, c.deleteToolset)
}

func (c *Console) listToolsets(ctx context.Context, by Actor, in *listInput) (*Listed[Toolset], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	all := each(a.Toolsets, func(t tools.Toolset) Toolset { return c.toolsetOf(by, t) })
	return cut(ctx, c, by, in.Paging, listing[Toolset]{"listToolsets", all, func(t Toolset) string { return t.Name }})
}

func (c *Console) getToolset(ctx context.Context, by Actor, in *toolsetInput) (*One[Toolset], error) {
	return getOne(ctx, c, by, c.toolsetIn(by, in.Toolset))
}

func (c *Console) createToolset(ctx context.Context, by Actor, in *newToolsetInput) (*Created[Toolset], error) {
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (Toolset, string, error) {
		t := in.Body.toolset(in.Body.Name)
		after, err := c.Store.EditAccess(ctx, by.Caller, "toolset created", func(a *access.Configuration) error {
			if _, err := c.toolsetIn(by, t.Name)(*a); err == nil {
				return fault.New(fault.Conflict, "name: there is a toolset of this name already; change that one, or choose another name")
			}
			return a.PutToolset(t)
		})
		in.visit.warnings = c.countWarnings(after)
		return c.toolsetOf(by, t), by.path("toolsets", t.Name), err
	})
}

func (c *Console) updateToolset(ctx context.Context, by Actor, in *changedToolset) (*One[Toolset], error) {
	return editOne(ctx, c, by, change[Toolset]{
		what: "toolset changed", match: in.Match, read: c.toolsetIn(by, in.Toolset),
		edit: func(a *access.Configuration) error { return a.PutToolset(in.Body.toolset(in.Toolset)) },
	})
}

func (c *Console) deleteToolset(ctx context.Context, by Actor, in *removedToolset) (*None, error) {
	return removeOne(ctx, c, by, change[Toolset]{
		what: "toolset deleted", match: in.Match, read: c.toolsetIn(by, in.Toolset),
		edit: func(a *access.Configuration) error { return a.RemoveToolset(in.Toolset) },
	})
}
