package app

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/admin"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/sinks"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// exportEvery is how often is looked for exports that are due.
const exportEvery = time.Second

// newExportDesk builds what takes exports that are to be brought to sinks.
func newExportDesk(db *store.DB, logs *search.Reader, box *secrets.Box, now func() time.Time) *exports.Desk {
	return exports.NewDesk(exports.DeskParts{
		Store: db, Decider: logs, Key: keyOf(db, box), Now: now,
		Sinks: func(ctx context.Context, org tenants.ID) ([]tenants.Sink, error) {
			c, err := db.Access(ctx, org)
			return c.Sinks, err
		},
	})
}

// errNoStream is of a worker: nobody streams exports from it.
var errNoStream = fault.New(fault.Internal, "exports are asked for at the management API")

// newExporter builds what makes them and brings them.
func newExporter(f *foundation, db *store.DB, s *admin.Sinks, web *egress.Client) (*exports.Runner, error) {
	p := f.process
	logs := search.NewReader(search.Parts{
		Store: db, Now: p.now, Version: Version, Signer: checkpointKeys{f.checkpoints, p.config.BaseURL.Host}.holder, Key: keyOf(db, f.box),
		Waits:  func(err error) bool { return errors.Is(err, store.ErrWaiting) },
		Record: func(context.Context, authz.Caller, audit.Event) error { return errNoStream },
	})
	return exports.NewRunner(exports.Options{
		Store: db, Maker: logs, Carrier: sinks.Storage{Web: web}, Key: keyOf(db, f.box), Logger: p.telemetry.Logger, Now: p.now, Every: exportEvery, Part: sinks.PartSize,
		Prepare: func(ctx context.Context, org tenants.ID, t sinks.Task) (sinks.For, error) {
			snap, err := f.asking.views(ctx, org)
			if err != nil {
				return sinks.For{}, err
			}
			return s.Prepare(ctx, snap.Organization, t)
		},
	})
}
