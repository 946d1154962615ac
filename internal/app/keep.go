package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"gatehouse/internal/audit/keep"
	"gatehouse/internal/jobs"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// How often logs are looked at for what is over, and tombstones for what is back.
const keepEvery = time.Hour

// keep builds what keeps logs, and takes out again what a backup has brought back,
// before anything else is done.
func (w *Worker) keep(ctx context.Context, f *foundation, file string) (err error) {
	w.keeper, err = keep.New(keep.Parts{Store: w.db, Keys: f.box, Own: f.own, Now: f.process.now, Waits: store.IsWaiting, File: file})
	if err != nil {
		return err
	}
	if file == "" {
		w.logger.LogAttrs(ctx, slog.LevelWarn, "GATEHOUSE_TOMBSTONES names no file: a backup of the database brings back what was erased after it was made")
	}
	if err := w.keeper.Sync(ctx); err != nil {
		return about("GATEHOUSE_TOMBSTONES", fmt.Errorf("take out what was erased before: %w", err))
	}
	return nil
}

// keepChore removes what is over: bodies, records, and organizations that have left. With it
// come the tombstones.
func (w *Worker) keepChore() jobs.Chore {
	return jobs.Chore{For: jobs.Everybody, Name: "keep_log", Every: keepEvery, Do: func(ctx context.Context, org tenants.ID) (time.Duration, error) {
		if again, err := w.keeper.Depart(ctx, org); err != nil || again > 0 {
			return again, err
		}
		if again, err := w.keeper.RemoveBodies(ctx, org); err != nil || again > 0 {
			return again, err
		}
		return w.keeper.RemovePast(ctx, org)
	}}
}

// eraseChore erases people, as soon as that is approved.
func (w *Worker) eraseChore() jobs.Chore {
	return jobs.Chore{For: jobs.Everybody, Name: store.EraseChore, Every: keepEvery, Do: w.keeper.ErasePeople}
}

// tombstonesEvery is how often those of the file and of the database are brought
// together: other workers write some, and what was to be sealed yet has been.
const tombstonesEvery = 10 * time.Minute

func (w *Worker) keepTombstones(ctx context.Context) {
	tick := time.NewTicker(tombstonesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := w.keeper.Sync(ctx); err != nil && ctx.Err() == nil {
			w.logger.LogAttrs(ctx, slog.LevelError, "tombstones cannot be brought together; what was erased may come back with a backup", telemetry.Err(err))
		}
	}
}
