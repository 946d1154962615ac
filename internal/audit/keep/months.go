package keep

import (
	"context"
	"time"

	"gatehouse/internal/tenants"
)

// rowsOfABatch is how many records one transaction removes.
const rowsOfABatch = 2000

// RemovePast removes records whose time is over, as many as one visit may take, and
// returns when to come again; zero: as usual.
func (k *Keeper) RemovePast(ctx context.Context, org tenants.ID) (again time.Duration, err error) {
	until, sofar := k.Now().Add(stepsFor), int64(0)
	for k.Now().Before(until) {
		removed, err := k.Store.RemovePast(ctx, caller(org), rowsOfABatch, sofar)
		if err != nil || removed < rowsOfABatch {
			return 0, err
		}
		sofar += removed
	}
	return soon, nil
}
