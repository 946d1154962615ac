package sources

import (
	"context"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// Report is what a refresh found.
type Report = access.Refreshed

// Refresher asks sources what they offer.
type Refresher struct{}

// Refresh asks a source of the caller's organization what it offers and stores
// it. While another replica does so already the fault is Conflict. What a source
// does wrong is a fault that names it, and is remembered as what went wrong.
func (r *Refresher) Refresh(ctx context.Context, by authz.Caller, source tenants.GUID) (Report, error) {
	return Report{}, nil
}

// Stale starts a refresh in the background of every source of a view that has
// not answered in a while. It returns at once.
func (r *Refresher) Stale(ctx context.Context, snap *snapshot.Snapshot) {}
