package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/hibiken/asynq"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Chore is what is done for every organization that is served, again and again.
type Chore struct {
	For   Reach         // Served, unless it says otherwise
	Name  string        // lowercase letters and underscores, at most 32 of them; it stands in rows, so it stays
	Every time.Duration // how often an organization's turn comes, unless Do says otherwise

	// Do does it for one organization within ChorePatience. It may be called at the
	// same time in several processes, and again where one has died half-way. It
	// returns when to come again; zero: after Every. After an error, which is logged
	// and counted, it comes again after 30 s, and twice as late each time, up to Every.
	Do func(ctx context.Context, org tenants.ID) (again time.Duration, err error)
}

// Reach says for which organizations a chore is done.
type Reach uint8

// The reaches.
const (
	Served    Reach = iota // those that are active
	Everybody              // in whatever state: deleted ones too
)

// ChorePatience is how long a chore may take for one organization. One that was not
// done by twice as much, because its process died, is due again.
const ChorePatience = 2 * time.Minute

// Bounds of chores.
const (
	maxChoreSweep   = 1_000 // organizations that one sweep queues for one chore
	choresShare     = 4     // chores take at most this part of what is under way
	firstChoreAgain = 30 * time.Second
	endPatience     = 30 * time.Second // for a database that is away when a chore has been done
)

var choreName = regexp.MustCompile(`^[a-z_]{1,32}$`)

// byName checks chores.
func byName(all []Chore) (map[string]Chore, error) {
	named := map[string]Chore{}
	for _, c := range all {
		if _, twice := named[c.Name]; twice || !choreName.MatchString(c.Name) || c.Every <= 0 || c.Do == nil {
			return nil, fault.Newf(fault.Invalid, "chore %q needs a name of its own of lowercase letters and underscores, Every and Do", c.Name)
		}
		named[c.Name] = c
	}
	return named, nil
}

// charge is what a chore's task is told.
type charge struct {
	Org   tenants.ID `json:"org"`
	Chore string     `json:"chore"`
}

func choreTask(c charge, now time.Time) (*asynq.Task, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write task: %w", err)
	}
	return asynq.NewTask(taskChore, payload, asynq.Queue(queueChores), asynq.TaskID(named(c.Chore+":"+c.Org.String(), now)), asynq.MaxRetry(kept), asynq.Timeout(ChorePatience)), nil
}

// sweepChores queues what is due of every chore. What fails is left to the next.
func (w *Worker) sweepChores(ctx context.Context) {
	client := w.client()
	for _, c := range w.opts.Chores {
		now := w.opts.Now()
		ask := w.opts.Store.DueChores
		if c.For == Everybody {
			ask = w.opts.Store.DueKeeping
		}
		due, err := ask(ctx, c.Name, now, maxChoreSweep)
		if err != nil {
			w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "chores that are due could not be read", slog.String("chore", c.Name), telemetry.Err(err))
			return
		}
		for _, org := range due {
			task, err := choreTask(charge{org, c.Name}, now)
			if err == nil {
				err = queue(ctx, client, task)
			}
			if err != nil && !isThere(err) {
				w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a chore could not be queued", slog.String("chore", c.Name), telemetry.Err(err))
				return
			}
		}
	}
}

// chore has a chore done for one organization, if a place for chores is free: they
// do not take what people's refreshes need.
func (w *Worker) chore(ctx context.Context, payload []byte) error {
	var told charge
	if err := json.Unmarshal(payload, &told); err != nil || told.Org.IsZero() {
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "task is not understood", slog.String("task", taskChore))
		return nil
	}
	c, known := w.chores[told.Chore]
	if !known { // of another version
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "task is of no chore that this version knows", slog.String("chore", told.Chore))
		return nil
	}
	select {
	case w.choring <- struct{}{}:
		defer func() { <-w.choring }()
	case <-time.After(w.opts.PutBack):
		return errNoPlace
	}
	outcome, err := w.do(ctx, c, told.Org)
	w.metrics.chored(ctx, c.Name, outcome)
	if err != nil {
		w.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "chore failed", slog.String("chore", c.Name), slog.String(telemetry.LogOrg, told.Org.String()), telemetry.Err(err))
	}
	return nil
}

// What becomes of a chore.
const (
	choreDone   = "done"
	choreNotDue = "not due"
	choreFailed = "failed"
)

// do takes a chore's row, does it, and says there when it comes next.
func (w *Worker) do(ctx context.Context, c Chore, org tenants.ID) (outcome string, err error) {
	by, now := authz.SystemCaller(org, c.Name), w.opts.Now()
	until := now.Add(2 * ChorePatience)
	failures, err := w.opts.Store.TakeChore(ctx, by, c.Name, now, until)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return choreNotDue, nil
	}
	if err != nil {
		return choreFailed, err
	}
	again, err := w.undertake(ctx, c, org)
	failed := err != nil
	switch {
	case failed:
		again = min(firstChoreAgain<<min(failures, 20), c.Every)
	case again <= 0:
		again = c.Every
	}
	ended := w.end(ctx, func(ctx context.Context) error {
		return w.opts.Store.EndChore(ctx, by, c.Name, until, w.opts.Now().Add(again), failed)
	})
	if err = errors.Join(err, ended); err != nil {
		return choreFailed, err
	}
	return choreDone, nil
}

// end tries for half a minute to say that a chore has been done: unsaid, it comes again
// only when nobody can be at it any more.
func (w *Worker) end(ctx context.Context, say func(context.Context) error) error {
	for wait := w.opts.PutBack; ; wait *= 2 {
		err := say(context.WithoutCancel(ctx))
		if err == nil || wait > endPatience/2 {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// undertake does a chore; a panic is an error like others, so that the next try waits.
func (w *Worker) undertake(ctx context.Context, c Chore, org tenants.ID) (again time.Duration, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fault.Newf(fault.Internal, "chore panicked: %v", x)
		}
	}()
	return c.Do(ctx, org)
}
