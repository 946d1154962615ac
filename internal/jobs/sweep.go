package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"gatehouse/internal/membership"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// sweep queues a refresh of everybody who is due. What fails is left to the next.
func (w *Worker) sweep(ctx context.Context) {
	now := w.opts.Now()
	due, err := w.due(ctx, now)
	if err != nil {
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "what is due could not be read", telemetry.Err(err))
		return
	}
	client := w.client()
	var there []membership.Due
	for _, d := range inTurn(due) {
		task, err := refreshTask(d, nameOf(d, now))
		if err == nil {
			err = queue(ctx, client, task)
		}
		switch {
		case isThere(err):
			there = append(there, d)
		case err != nil:
			w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a refresh could not be queued", telemetry.Err(err))
			return
		}
	}
	if err := w.again(ctx, client, there, now); err != nil {
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a refresh could not be queued again", telemetry.Err(err))
	}
}

// due returns whose refresh is due: of each organization its share, and more of those
// that have more where everybody else's is among it all the same.
func (w *Worker) due(ctx context.Context, now time.Time) ([]membership.Due, error) {
	due, err := w.opts.Store.DueMemberships(ctx, now, w.opts.Each, maxSweep)
	if err != nil || w.opts.Alone <= w.opts.Each || len(due) < w.opts.Each {
		return due, err
	}
	more, err := w.opts.Store.DueMemberships(ctx, now, w.opts.Alone, maxSweep)
	if err != nil || len(more) == maxSweep {
		return due, err
	}
	return more, nil
}

// maxHeld bounds how many tasks under way are looked at: those of some dozens of
// workers.
const maxHeld = 5_000

// again queues, under another name, the refreshes that are due and in the hands of a
// worker that has not been heard of for half a minute. It has been killed; asynq
// itself gives up on it a minute or more later.
func (w *Worker) again(ctx context.Context, client *asynq.Client, there []membership.Due, now time.Time) error {
	if len(there) == 0 {
		return nil
	}
	held, err := asynq.NewInspectorFromRedisClient(w.opts.Redis).ListActiveTasks(queueRefresh, asynq.PageSize(maxHeld))
	if err != nil {
		return err
	}
	orphaned := map[string]bool{}
	for _, task := range held {
		orphaned[task.ID] = task.IsOrphaned
	}
	for _, d := range there {
		if !orphaned[nameOf(d, now)] {
			continue
		}
		task, err := refreshTask(d, nameOf(d, now)+":again")
		if err == nil {
			err = queue(ctx, client, task)
		}
		if err != nil && !isThere(err) {
			return err
		}
	}
	return nil
}

// inTurn orders what is due so that organizations take turns; within one, the order
// stays.
func inTurn(due []membership.Due) []membership.Due {
	rounds := map[tenants.ID]int{}
	var turns [][]membership.Due
	for _, d := range due {
		round := rounds[d.Org]
		rounds[d.Org]++
		if round == len(turns) {
			turns = append(turns, nil)
		}
		turns[round] = append(turns[round], d)
	}
	ordered := make([]membership.Due, 0, len(due))
	for _, turn := range turns {
		ordered = append(ordered, turn...)
	}
	return ordered
}
