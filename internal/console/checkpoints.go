package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/tenants"
)

func (c *Console) checkpointRoutes(api huma.API) {
	inside(c, api, tenants.Admin, route{
		ID: "dismissCheckpoints", Method: http.MethodPost, Path: "/onboarding/checkpoints", Tag: "onboarding", Summary: "Say that checkpoints go nowhere for now",
		Description: "Onboarding asks where the log's checkpoints go, and goes on with this answer too. It stays in sight there, and the doctor warns of it. A sink that gets checkpoints takes it back.",
	}, c.dismissCheckpoints)
}

func (c *Console) dismissCheckpoints(ctx context.Context, by Actor, _ *InOrganization) (*Result[Organization], error) {
	o, err := c.Store.EditOrganization(ctx, by.Caller, "checkpoints put off", func(o *tenants.Organization) error {
		o.CheckpointsPutOff = c.Now()
		return nil
	})
	return result(organizationOf(o)), err
}
