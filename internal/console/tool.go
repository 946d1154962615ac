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

// ToolCatalog is the tools this deployment can run by itself.
type ToolCatalog interface {
	// Tools returns each with the effect it is delivered with.
	Tools() []tools.Selection
	// Definition returns what clients are told of one; nil: there is no such tool.
	Definition(name string) []byte
}

// Tool is a tool of the platform's own that the organization could use, or what
// is approved of a source.
type Tool struct {
	Name string `json:"name" doc:"Permission name: what the patterns of roles match."`
	ToolSettings
	Kind            tools.Kind   `json:"kind" enum:"tool,prompt,resource,resource_template" doc:"What it is."`
	Source          string       `json:"source,omitempty" doc:"Name of the source that offers it. Absent: it is the platform's own."`
	Hash            *tools.Hash  `json:"hash,omitempty" doc:"Of the definition that is approved. Absent: it is the platform's own."`
	Reason          string       `json:"reason,omitempty" doc:"Why nobody gets what is enabled: its source is switched off."`
	DeliveredEffect tools.Effect `json:"deliveredEffect,omitempty" enum:"read,write,destructive" doc:"What a tool of the platform's own says of itself: a proposal."`
}

// ToolSettings is what an admin decides about a tool.
type ToolSettings struct {
	Enabled bool         `json:"enabled" doc:"Switched on, or approved: roles can give it."`
	Effect  tools.Effect `json:"effect,omitempty" enum:"read,write,destructive" doc:"What running it does to the world, as the organization sees it. Of tools only."`
}

var errNoTool = fault.New(fault.NotFound, "there is no such tool")

func (c *Console) toolsOf(a access.Configuration) []Tool {
	own := each(c.Tools.Tools(), func(t tools.Selection) Tool {
		out := Tool{Name: t.Name, ToolSettings: ToolSettings{false, t.Effect}, Kind: tools.KindTool, DeliveredEffect: t.Effect}
		if at := slices.IndexFunc(a.Tools, func(s tools.Selection) bool { return s.Name == t.Name }); at >= 0 {
			out.Enabled, out.Effect = true, a.Tools[at].Effect
		}
		return out
	})
	return append(own, approvedOf(a)...)
}

// approvedOf lists what is approved of sources.
func approvedOf(a access.Configuration) []Tool {
	sources := map[tenants.GUID]tools.Source{}
	for _, s := range a.Sources {
		sources[s.ID] = s
	}
	named := slices.DeleteFunc(slices.Clone(a.Approvals), func(x tools.Approval) bool { return x.Kind == tools.KindInstructions })
	return each(named, func(x tools.Approval) Tool { return approvedTool(sources[x.Source], x) })
}

func approvedTool(s tools.Source, a tools.Approval) Tool {
	t := Tool{Name: s.PermissionName(a.Kind, a.Name), ToolSettings: ToolSettings{true, a.Effect}, Kind: a.Kind, Source: s.Name, Hash: &a.Hash}
	if !s.Enabled {
		t.Reason = "source " + s.Name + " is switched off; enable the source"
	}
	return t
}

func (c *Console) toolIn(a access.Configuration, name string) (Tool, error) {
	all := c.toolsOf(a)
	at := slices.IndexFunc(all, func(t Tool) bool { return t.Name == name })
	if at < 0 {
		return Tool{}, errNoTool
	}
	return all[at], nil
}

// approval is an approval and the source that it is of.
type approval struct {
	tools.Approval
	of tools.Source
}

// approvalsOf returns the approvals behind a permission name: several where
// sources that are named bare offer things of one name.
func approvalsOf(a access.Configuration, name string) (list []approval) {
	for _, x := range a.Approvals {
		at := slices.IndexFunc(a.Sources, func(s tools.Source) bool { return s.ID == x.Source })
		if at >= 0 && x.Kind != tools.KindInstructions && a.Sources[at].PermissionName(x.Kind, x.Name) == name {
			list = append(list, approval{x, a.Sources[at]})
		}
	}
	return list
}

// theApproval returns the approval behind a permission name. Several are a
// Conflict: which of them is meant, only the operations of their sources can say.
func theApproval(a access.Configuration, name string) (approval, error) {
	list := approvalsOf(a, name)
	switch len(list) {
	case 0:
		return approval{}, errNoTool
	case 1:
		return list[0], nil
	}
	return approval{}, fault.Newf(fault.Conflict,
		"sources %s and %s both have an approval of this name; say whose you mean with approveDefinitions, or take one back with withdrawDefinitions", list[0].of.Name, list[1].of.Name)
}

// served returns of approvals with one permission name the one that is served, or
// the first if none is.
func (c *Console) served(ctx context.Context, by Actor, list []approval) (approval, error) {
	for _, x := range list {
		if !x.of.Enabled {
			continue
		}
		left, err := c.Sources.LeftOut(ctx, by.Org(), x.Source)
		if err != nil {
			return approval{}, err
		}
		if left[access.DefinitionOf(x.Approval)] == "" {
			return x, nil
		}
	}
	return list[0], nil
}

// ToolItem names a tool in a path.
type ToolItem struct {
	Name string `path:"tool" maxLength:"2100" doc:"The permission name, escaped."`
}

type (
	toolInput struct {
		InOrganization
		ToolItem
	}
	changedTool struct {
		InOrganization
		ToolItem
		Match
		Body ToolSettings
	}
)

func (c *Console) toolRoutes(api huma.API) {
	const tag = "tools"
	inside(c, api, tenants.Viewer, route{ID: "listTools", Method: http.MethodGet, Path: "/tools", Tag: tag, Summary: "List the tools there are, with what is switched on", Description: "With what is approved of sources, prompts and resources included. What waits for review is in listDefinitions."}, c.listTools)
	inside(c, api, tenants.Viewer, route{ID: "getTool", Method: http.MethodGet, Path: "/tools/{tool}", Tag: tag, Summary: "Read a tool"}, c.getTool)
	inside(c, api, tenants.Admin, route{ID: "updateTool", Method: http.MethodPut, Path: "/tools/{tool}", Tag: tag, Errors: matchErrors, Summary: "Switch a tool on or off, and decide its effect", Description: "Of what is approved of a source, another effect approves the same definition with that; it is not switched off here but taken back with withdrawDefinitions."}, c.updateTool)
}

func (c *Console) listTools(ctx context.Context, by Actor, in *listInput) (*Listed[Tool], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Tool]{"listTools", c.toolsOf(a), func(t Tool) string { return t.Name + "\x00" + t.Source }})
}

func (c *Console) getTool(ctx context.Context, by Actor, in *toolInput) (*One[Tool], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (Tool, error) {
		several := approvalsOf(a, in.Name)
		if len(several) < 2 || slices.Contains(c.toolNames(), in.Name) {
			return c.toolIn(a, in.Name)
		}
		one, err := c.served(ctx, by, several)
		return approvedTool(one.of, one.Approval), err
	})
}

func (c *Console) updateTool(ctx context.Context, by Actor, in *changedTool) (*One[Tool], error) {
	if !slices.Contains(c.toolNames(), in.Name) {
		return c.updateApproved(ctx, by, in)
	}
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

// updateApproved gives what is approved of a source another effect.
func (c *Console) updateApproved(ctx context.Context, by Actor, in *changedTool) (*One[Tool], error) {
	return editOne(ctx, c, by, change[Tool]{
		what: "tool changed", match: in.Match,
		read: func(a access.Configuration) (Tool, error) {
			one, err := theApproval(a, in.Name)
			return approvedTool(one.of, one.Approval), err
		},
		edit: func(a *access.Configuration) error { return c.review(a, in.Name, in.Body) },
	})
}

// review changes what was decided about a definition of a source: its effect.
// Taking the approval back has an operation of its own, after which nothing is
// left here to be switched on again.
func (c *Console) review(a *access.Configuration, name string, wanted ToolSettings) error {
	x, err := theApproval(*a, name)
	switch {
	case err != nil:
		return err
	case !wanted.Enabled:
		return access.Refuse([]access.Problem{{Path: "enabled", Message: "cannot be false for what a source offers; take its approval back with withdrawDefinitions"}})
	case x.Effect == wanted.Effect:
		return nil
	}
	x.Effect, x.Automatic, x.At = wanted.Effect, false, c.Now().UTC()
	return renamed(a.Approve([]tools.Approval{x.Approval}), "approvals[0].", "")
}

func (c *Console) toolNames() []string {
	return each(c.Tools.Tools(), func(t tools.Selection) string { return t.Name })
}
