package jobs

import (
	"context"
	"errors"
	"log/slog"

	"gatehouse/internal/membership"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// errNoPlace puts a refresh back: its organization has as many under way as it may.
var errNoPlace = errors.New("no place of the organization is free")

// refresh has one person asked about, if their organization has a place free.
func (w *Worker) refresh(ctx context.Context, payload []byte) error {
	who, err := parse(payload)
	if err != nil {
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "task is not understood", telemetry.Err(err))
		return nil
	}
	leave, ok := w.places.enter(who.Org, w.opts.PutBack)
	if !ok {
		return errNoPlace
	}
	defer leave()
	outcome, err := w.opts.Refresher.Refresh(ctx, who)
	if err != nil {
		w.metrics.broken(ctx)
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "membership not refreshed", slog.String(telemetry.LogOrg, who.Org.String()), telemetry.Err(err))
		return nil
	}
	for _, o := range append(outcome.With, outcome) {
		w.report(ctx, who.Org, o)
	}
	return nil
}

// report measures a refresh, and says why one did not get anywhere.
func (w *Worker) report(ctx context.Context, org tenants.ID, outcome membership.Outcome) {
	w.metrics.refreshed(ctx, outcome)
	if outcome.Cause != nil {
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "membership not refreshed", slog.String(telemetry.LogOrg, org.String()),
			slog.String("outcome", string(outcome.Result)), slog.String("class", outcome.Class), telemetry.Err(outcome.Cause))
	}
}
