package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// ToolCatalog is the tools this deployment can run.
type ToolCatalog interface {
	// Tools returns each with the effect it is delivered with.
	Tools() []tools.Selection
}

// Tool is a tool the organization could use.
type Tool struct {
	Name string `json:"name"`
	ToolSettings
	DeliveredEffect tools.Effect `json:"deliveredEffect" enum:"read,write,destructive" doc:"What the tool says of itself: a proposal."`
}

// ToolSettings is what an admin decides about a tool.
type ToolSettings struct {
	Enabled bool         `json:"enabled" doc:"Switched on: roles can give it."`
	Effect  tools.Effect `json:"effect" enum:"read,write,destructive" doc:"What running it does to the world, as the organization sees it."`
}

func (c *Console) toolsOf(a access.Configuration) []Tool {
	return each(c.Tools.Tools(), func(t tools.Selection) Tool {
		out := Tool{t.Name, ToolSettings{false, t.Effect}, t.Effect}
		if at := slices.IndexFunc(a.Tools, func(s tools.Selection) bool { return s.Name == t.Name }); at >= 0 {
			out.Enabled, out.Effect = true, a.Tools[at].Effect
		}
		return out
	})
}

func (c *Console) toolIn(a access.Configuration, name string) (Tool, error) {
	all := c.toolsOf(a)
	at := slices.IndexFunc(all, func(t Tool) bool { return t.Name == name })
	if at < 0 {
		return Tool{}, fault.New(fault.NotFound, "there is no such tool")
	}
	return all[at], nil
}

type changedTool struct {
	InOrganization
	Match
	Name string `path:"tool" maxLength:"128"`
	Body ToolSettings
}

func (c *Console) toolRoutes(api huma.API) {
	const tag = "tools"
	inside(c, api, tenants.Viewer, route{ID: "listTools", Method: http.MethodGet, Path: "/tools", Tag: tag, Summary: "List the tools there are, with what is switched on"}, c.listTools)
	inside(c, api, tenants.Viewer, route{ID: "getTool", Method: http.MethodGet, Path: "/tools/{tool}", Tag: tag, Summary: "Read a tool"}, c.getTool)
	inside(c, api, tenants.Admin, route{ID: "updateTool", Method: http.MethodPut, Path: "/tools/{tool}", Tag: tag, Errors: matchErrors, Summary: "Switch a tool on or off, and decide its effect"}, c.updateTool)
}

type toolInput struct {
	InOrganization
	Name string `path:"tool" maxLength:"128"`
}

func (c *Console) listTools(ctx context.Context, by Actor, in *listInput) (*Listed[Tool], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Tool]{"listTools", c.toolsOf(a), func(t Tool) string { return t.Name }})
}

func (c *Console) getTool(ctx context.Context, by Actor, in *toolInput) (*One[Tool], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (Tool, error) { return c.toolIn(a, in.Name) })
}

func (c *Console) updateTool(ctx context.Context, by Actor, in *changedTool) (*One[Tool], error) {
	return editOne(ctx, c, by, change[Tool]{
		what: "tool changed", match: in.Match, read: func(a access.Configuration) (Tool, error) { return c.toolIn(a, in.Name) },
		edit: func(a *access.Configuration) error {
			if in.Body.Enabled {
				return a.PutTool(tools.Selection{Name: in.Name, Effect: in.Body.Effect}, c.toolNames())
			}
			if !slices.ContainsFunc(a.Tools, func(s tools.Selection) bool { return s.Name == in.Name }) {
				return nil
			}
			return a.RemoveTool(in.Name)
		},
	})
}

func (c *Console) toolNames() []string {
	return each(c.Tools.Tools(), func(t tools.Selection) string { return t.Name })
}
