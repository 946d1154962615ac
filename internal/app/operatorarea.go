package app

import (
	"context"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/jobs"
	"gatehouse/internal/tenants"
)

// errNoQueues is told where the api process knows no Redis.
var errNoQueues = fault.New(fault.NotFound, "this process has no Redis to look for queues in; whoever runs it can set GATEHOUSE_REDIS_URL to that of the workers")

// queues satisfies console.Queues.
type queues struct{ of *jobs.Inspector } // nil without Redis

func (a *API) queues() queues {
	if a.limits.redis == nil {
		return queues{}
	}
	q := jobs.NewInspector(a.limits.redis)
	return queues{&q}
}

// Queues implements console.Queues.
func (q queues) Queues(ctx context.Context) (all []console.Queue, err error) {
	if q.of == nil {
		return nil, errNoQueues
	}
	states, err := q.of.All(ctx)
	for _, s := range states {
		all = append(all, console.Queue{
			Name: s.Name, Pending: s.Pending, Active: s.Active, Scheduled: s.Scheduled, Retry: s.Retry, Archived: s.Archived,
			OldestSeconds: int64(s.Oldest.Seconds()), DoneToday: s.Done, FailedToday: s.Failed,
		})
	}
	return all, err
}

// ArchivedTasks implements console.Queues.
func (q queues) ArchivedTasks(ctx context.Context, queue string) (all []console.ArchivedTask, err error) {
	if q.of == nil {
		return nil, errNoQueues
	}
	tasks, err := q.of.Archived(ctx, queue)
	for _, t := range tasks {
		shown := console.ArchivedTask{ID: t.Handle, Kind: t.Kind, Retried: t.Retried, Error: t.Error}
		if !t.FailedAt.IsZero() {
			at := t.FailedAt.UTC()
			shown.FailedAt = &at
		}
		all = append(all, shown)
	}
	return all, err
}

// RunTask implements console.Queues.
func (q queues) RunTask(ctx context.Context, queue, task string) error {
	if q.of == nil {
		return errNoQueues
	}
	return q.of.Run(ctx, queue, task)
}

// DeleteTask implements console.Queues.
func (q queues) DeleteTask(ctx context.Context, queue, task string) error {
	if q.of == nil {
		return errNoQueues
	}
	return q.of.Delete(ctx, queue, task)
}

// health satisfies console.PlatformHealth.
type health struct {
	api   *API
	began time.Time
}

// Status implements console.PlatformHealth.
func (h health) Status(ctx context.Context) (console.PlatformStatus, error) {
	s := console.PlatformStatus{
		Version: Version, StartedAt: h.began.UTC(), Ready: true, WaitingRecords: h.api.log.Load().Rows, ClockAheadSeconds: h.api.db.ClockAhead().Seconds(),
		Organizations: []console.StateCount{},
	}
	if err := h.api.ready(ctx); err != nil {
		s.Ready, s.Trouble = false, fault.Public(err)
	}
	if h.api.operators == nil {
		return s, nil
	}
	counts, err := h.api.operators.Count(ctx)
	for _, state := range []tenants.State{tenants.Pending, tenants.Onboarding, tenants.Active, tenants.Suspended, tenants.Deleted} {
		s.Organizations = append(s.Organizations, console.StateCount{State: state, Count: counts[state]})
	}
	return s, err
}
