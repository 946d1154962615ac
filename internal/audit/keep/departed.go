package keep

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Departures is what is done to organizations that have left.
type Departures interface {
	// BeginDeparture destroys what could open anything of an organization, and writes
	// its tombstone, in one transaction. Without a tombstone of its own it is for an
	// organization that was deleted longer ago than it can be restored and that no hold
	// keeps; of any other, or of none, it does nothing and reports that.
	BeginDeparture(ctx context.Context, by authz.Caller, d Departure) (begun bool, err error)
	// EmptyLog removes up to so many records of an organization whose key is destroyed.
	EmptyLog(ctx context.Context, by authz.Caller, most int) (removed int64, err error)
	// ForgetOrganization removes everything else of such an organization but its tree and
	// its head, and keeps its slug from being given away again.
	ForgetOrganization(ctx context.Context, by authz.Caller) error
}

// Departure is an organization that goes.
type Departure struct {
	Tombstone Buried
	Again     bool // it was erased before, and a backup has brought it back
}

// Depart erases an organization that has left, and returns when to come again; zero: as
// usual.
func (k *Keeper) Depart(ctx context.Context, org tenants.ID) (again time.Duration, err error) {
	t := Tombstone{ID: tenants.NewGUID(), Org: org, At: k.Now().UTC()}
	b, err := bury(ctx, k.Own, t)
	if err != nil {
		return 0, err
	}
	return k.depart(ctx, Departure{Tombstone: b})
}

func (k *Keeper) depart(ctx context.Context, d Departure) (again time.Duration, err error) {
	org := d.Tombstone.Org
	by := caller(org)
	begun, err := k.Store.BeginDeparture(ctx, by, d)
	if err != nil || !begun {
		return 0, err
	}
	k.Keys.Forget(org)
	if err := k.WriteTombstones(ctx); err != nil {
		return soon, err
	}
	for until := k.Now().Add(stepsFor); k.Now().Before(until); {
		removed, err := k.Store.EmptyLog(ctx, by, rowsOfABatch)
		if err != nil {
			return soon, err
		}
		if removed < rowsOfABatch {
			return 0, k.Store.ForgetOrganization(ctx, by)
		}
	}
	return soon, nil
}
