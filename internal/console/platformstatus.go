package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/tenants"
)

// PlatformHealth knows how this replica does, and counts organizations.
type PlatformHealth interface {
	Status(ctx context.Context) (PlatformStatus, error)
}

// PlatformStatus is how the platform does, as the replica that answers sees it.
type PlatformStatus struct {
	Version           string       `json:"version"`
	StartedAt         time.Time    `json:"startedAt" doc:"When this replica began."`
	Ready             bool         `json:"ready" doc:"As /readyz says."`
	Trouble           string       `json:"trouble,omitempty" doc:"Why it is not ready."`
	WaitingRecords    int          `json:"waitingRecords" doc:"Records of logs that this replica has not yet made durable."`
	ClockAheadSeconds float64      `json:"clockAheadSeconds" doc:"How far this machine's clock is ahead of the database's."`
	Organizations     []StateCount `json:"organizations" doc:"How many there are in each state."`
}

// StateCount is how many organizations are in a state.
type StateCount struct {
	State tenants.State `json:"state" enum:"pending,onboarding,active,suspended,deleted" doc:"As of the organization."`
	Count int64         `json:"count"`
}

func (c *Console) statusRoutes(api huma.API) {
	operating(c, api, route{ID: "getPlatformStatus", Method: http.MethodGet, Path: "/status", Tag: "operator", Summary: "How the platform does", Description: "What the replica that answers knows; monitor all of them by /readyz and metrics."}, c.getPlatformStatus)
}

func (c *Console) getPlatformStatus(ctx context.Context, _ Actor, _ *Asked) (*Result[PlatformStatus], error) {
	s, err := c.Health.Status(ctx)
	return result(s), err
}
