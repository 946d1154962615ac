package app

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/audit/keep"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// Past seals and keeps logs as the worker does, by another clock than the machine's: a
// demonstration has a history. Its checkpoints name that clock, and say by how much the
// machine was ahead of it, so that nobody takes what was sealed at once for what was
// sealed in its time.
type Past struct {
	db     *store.DB
	egress *egress.Client
	sealer *seal.Sealer
	keeper *keep.Keeper
}

// PastClock is what checkpoints call the clock of a Past.
const PastClock = "demo"

// OpenPast connects as a worker does; Now of the options is the other clock.
func OpenPast(ctx context.Context, o WorkerOptions) (_ *Past, err error) {
	p := &Past{}
	if p.db, err = store.Open(ctx, o.Config.DatabaseURL.Reveal(), o.Now); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	f, err := newFoundation(ctx, process{o.Config.Process, o.Telemetry, time.Now, time.Now}, p.db, nil) // keys are those of the present
	if err != nil {
		return nil, err
	}
	p.egress = f.egress
	host := o.Config.BaseURL.Host
	p.sealer, err = seal.New(seal.Options{
		Store: p.db, Keys: checkpointKeys{f.checkpoints, host}, Unlock: f.box.Open, Host: host, Now: o.Now,
		Clock: func() proof.Clock { return proof.Clock{Source: PastClock, Ahead: time.Since(o.Now())} },
		Every: time.Second, Logger: o.Telemetry.Logger, Meter: unmetered{},
	})
	if err != nil {
		return nil, err
	}
	p.keeper, err = keep.New(keep.Parts{Store: p.db, Keys: f.box, Own: f.own, Now: o.Now, Waits: store.IsWaiting})
	return p, err
}

// pastBatch is what one transaction seals.
var pastBatch = seal.Limits{Records: 2000, Bytes: 8 << 20}

// Seal seals what waits of an organization.
func (p *Past) Seal(ctx context.Context, org tenants.ID) error {
	for more := true; more; {
		var err error
		if _, more, err = p.sealer.Seal(ctx, org, pastBatch); err != nil {
			return err
		}
	}
	return nil
}

// ErasePeople erases whom owners have approved to erase. Everything from before has to
// be sealed.
func (p *Past) ErasePeople(ctx context.Context, org tenants.ID) error {
	again, err := p.keeper.ErasePeople(ctx, org)
	if err == nil && again > 0 {
		err = fault.New(fault.Conflict, "the erasure is not done yet")
	}
	return err
}

// Close disconnects.
func (p *Past) Close() error {
	if p.egress != nil {
		p.egress.Close()
	}
	return p.db.Close()
}

// unmetered satisfies seal.Meter for whoever counts nothing.
type unmetered struct{}

// Sealed implements seal.Meter.
func (unmetered) Sealed(context.Context, int, time.Duration) {}

// Failed implements seal.Meter.
func (unmetered) Failed(context.Context) {}

// Waiting implements seal.Meter.
func (unmetered) Waiting(int, time.Time) {}
