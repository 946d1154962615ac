package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/hibiken/asynq"

	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// The types of tasks.
const (
	taskSweep   = "membership:sweep"
	taskRefresh = "membership:refresh"
	taskChore   = "chore"
)

// The queues. Sweeps go first: behind a backlog they would come when it is gone.
// Then chores, of which few are under way at a time.
const (
	queueSweep   = "sweep"
	queueChores  = "chores"
	queueRefresh = "membership"
)

// kept is how often asynq tries a task before it keeps it for somebody to look at,
// which nobody does. No attempt counts, so that it never comes to that; with zero
// the first would.
const kept = 1

// How long a task may take. What a refresh waits for is bounded by who asks; this
// is for what nobody has thought of.
const (
	sweepPatience   = 30 * time.Second
	refreshPatience = time.Minute
)

// person is what a refresh is told.
type person struct {
	Org    tenants.ID   `json:"org"`
	Person tenants.GUID `json:"person"`
}

// refreshTask names a person's refresh after the person, so that there is one of
// it, however often it is queued.
func refreshTask(d membership.Due, name string) (*asynq.Task, error) {
	payload, err := json.Marshal(person(d))
	if err != nil {
		return nil, fmt.Errorf("write task: %w", err)
	}
	return asynq.NewTask(taskRefresh, payload, asynq.Queue(queueRefresh), asynq.TaskID(name), asynq.MaxRetry(kept), asynq.Timeout(refreshPatience)), nil
}

func nameOf(d membership.Due, at time.Time) string {
	return named(d.Org.String()+":"+d.Person.String(), at)
}

// nameLife is for how long a task goes by one name. Whatever Redis holds under it, and
// nobody does, keeps what is due waiting for no longer; a second task of it finds
// nothing due.
const nameLife = 5 * time.Minute

// named adds to a name the time at which it is good. Not all change at once.
func named(name string, at time.Time) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // it cannot fail
	at = at.Add(time.Duration(h.Sum32()) % nameLife)
	return name + ":" + strconv.FormatInt(at.UnixNano()/int64(nameLife), 36)
}

// sweepTask is queued once, however many workers do so, until it is done, or until
// the next is to be made.
func sweepTask(every time.Duration) *asynq.Task {
	return asynq.NewTask(taskSweep, nil, asynq.Queue(queueSweep), asynq.Unique(max(every, time.Second)), asynq.MaxRetry(kept), asynq.Timeout(sweepPatience))
}

// parse reads what a refresh is told.
func parse(payload []byte) (membership.Due, error) {
	var p person
	if err := json.Unmarshal(payload, &p); err != nil {
		return membership.Due{}, fmt.Errorf("read task: %w", err)
	}
	if p.Org.IsZero() || p.Person.IsZero() {
		return membership.Due{}, errors.New("read task: it names nobody")
	}
	return membership.Due(p), nil
}

// client queues tasks. A client remembers which queues Redis has heard of, and
// Redis may have forgotten: so whoever queues makes one.
func (w *Worker) client() *asynq.Client { return asynq.NewClientFromRedisClient(w.opts.Redis) }

// isThere reports that a task of that name, or a sweep, is queued or under way.
func isThere(err error) bool {
	return errors.Is(err, asynq.ErrTaskIDConflict) || errors.Is(err, asynq.ErrDuplicateTask)
}

// queue puts a task into its queue, within a time that a sweep can afford.
func queue(ctx context.Context, client *asynq.Client, task *asynq.Task) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := client.EnqueueContext(ctx, task)
	return err
}
