package jobs

import (
	"context"
	"time"

	"github.com/hibiken/asynq"

	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// SweepForTest queues what is due, as a sweep does.
func (w *Worker) SweepForTest(ctx context.Context) { w.sweep(ctx) }

// QueueForTest queues a refresh with a payload of the test's.
func (w *Worker) QueueForTest(ctx context.Context, payload string) error {
	return queue(ctx, w.client(), asynq.NewTask(taskRefresh, []byte(payload), asynq.Queue(queueRefresh), asynq.MaxRetry(kept)))
}

// InTurnForTest orders what is due.
func InTurnForTest(due []membership.Due) []membership.Due { return inTurn(due) }

// Queues are those that a worker has.
var Queues = []string{queueSweep, queueRefresh, queueChores}

// PlacesForTest are places of which each organization has so many, and any number while
// fewer than spare are taken; enter takes one
// within a time, and kept is of how many organizations anything is known.
func PlacesForTest(each, spare int) (enter func(tenants.ID, time.Duration) (func(), bool), kept func() int) {
	p := newPlaces(each, spare)
	return p.enter, func() int { return len(p.of) }
}

// UnnamedForTest is an error as operators see it.
func UnnamedForTest(text string) string { return unnamed(text) }
