package console

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// ToolDefinition is what clients are told of a tool.
type ToolDefinition struct {
	Name        string          `json:"name" doc:"The source's own name of it; of the platform's own tools the name of the tool."`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty" doc:"The beginning of a long one, with a mark in place of what cannot be seen."`
	Definition  json.RawMessage `json:"definition,omitempty" doc:"The whole, with its input schema, as it was approved. Characters that cannot be seen are escaped. Absent: the source has not been read since the approval."`
}

func (c *Console) toolDefinitionRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{ID: "getToolDefinition", Method: http.MethodGet, Path: "/tools/{tool}/definition", Tag: "tools", Summary: "Read what clients are told of a tool", Description: "Of what a source offers it is what was approved. What it offers now is in getDefinition."}, c.getToolDefinition)
}

func (c *Console) getToolDefinition(ctx context.Context, by Actor, in *toolInput) (*Result[ToolDefinition], error) {
	if text := c.Tools.Definition(in.Name); text != nil {
		return result(definitionText(in.Name, text)), nil
	}
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	several := approvalsOf(a, in.Name)
	if len(several) == 0 {
		return nil, errNoTool
	}
	one, err := c.served(ctx, by, several)
	if err != nil {
		return nil, err
	}
	all, err := c.Store.Offers(ctx, by.Org(), one.of.ID)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(o access.Offered) bool { return o.Offer.Kind == one.Kind && o.Offer.Name == one.Name })
	if at < 0 {
		return result(ToolDefinition{Name: one.Name}), nil
	}
	return result(definitionText(one.Name, approvedText(all[at], one.Hash))), nil
}

// approvedText is the text of an approval; nil where nobody has it.
func approvedText(o access.Offered, approved tools.Hash) []byte {
	if o.Offered() && o.Offer.Hash == approved {
		return o.Offer.Definition
	}
	return o.Pinned
}

func definitionText(name string, text []byte) ToolDefinition {
	d := ToolDefinition{Name: name, Definition: escaped(text)}
	var said struct{ Title, Description string }
	if json.Unmarshal(text, &said) == nil {
		d.Title, d.Description = visible(said.Title), visible(said.Description)
	}
	return d
}
