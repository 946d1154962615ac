package keep

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Bodies is what is done to recorded bodies.
type Bodies interface {
	// RemoveBodies removes up to so many bodies whose time is over and that no hold
	// keeps, the oldest first. When fewer are left, what was removed is recorded, with
	// what was so far.
	RemoveBodies(ctx context.Context, by authz.Caller, most int, sofar int64) (removed int64, err error)
}

// bodiesOfABatch is how many bodies one transaction removes: each may have 64 KiB.
const bodiesOfABatch = 500

// RemoveBodies removes bodies whose time is over, as many as one visit may take, and
// returns when to come again; zero: as usual.
func (k *Keeper) RemoveBodies(ctx context.Context, org tenants.ID) (again time.Duration, err error) {
	until, sofar := k.Now().Add(stepsFor), int64(0)
	for k.Now().Before(until) {
		removed, err := k.Store.RemoveBodies(ctx, caller(org), bodiesOfABatch, sofar)
		if err != nil || removed < bodiesOfABatch {
			return 0, err
		}
		sofar += removed
	}
	return soon, nil
}
