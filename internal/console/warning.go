package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/tenants"
)

func (c *Console) warningRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{
		ID: "listWarnings", Method: http.MethodGet, Path: "/warnings", Tag: "configuration", Summary: "List what is permitted and probably not meant",
		Description: "Among them: more than 100 tools in the list that somebody sees at an endpoint, counted for each subject of assignments together with what everybody, every guest or every app has, as if every condition held; and how many all these lists have together, for whoever is several subjects at once.",
	}, c.listWarnings)
}

func (c *Console) listWarnings(ctx context.Context, by Actor, in *listInput) (*Listed[ConfigurationWarning], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[ConfigurationWarning]{"listWarnings", c.warnings(a), func(w ConfigurationWarning) string { return w.Path + "\x00" + w.Message }})
}
