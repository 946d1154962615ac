package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"gatehouse/internal/fault"
)

// QueueState is how one queue does. It counts and names nobody.
type QueueState struct {
	Name      string
	Pending   int
	Active    int
	Scheduled int
	Retry     int
	Archived  int
	Oldest    time.Duration // that a pending task has waited; 0: none does
	Done      int           // today, by UTC
	Failed    int           // today
}

// TaskState is a task that is kept for another try, or for somebody to look at.
type TaskState struct {
	Handle   string // stands for the task: its own name has ids of people
	Kind     string
	Retried  int
	Error    string
	FailedAt time.Time // zero: not known
}

// Inspector looks into the queues of all workers.
type Inspector struct{ inspector *asynq.Inspector }

// NewInspector returns what looks through a client of Redis, which stays the caller's.
func NewInspector(client redis.UniversalClient) Inspector {
	return Inspector{asynq.NewInspectorFromRedisClient(client)}
}

// TasksShown is how many tasks of a queue are shown at most.
const TasksShown = 100

// The failures of looking.
var (
	errNoQueue = fault.New(fault.NotFound, "there is no such queue")
	errNoTask  = fault.New(fault.NotFound, "there is no such task any more: it has run, or somebody has deleted it")
)

func unread(err error) error {
	return fault.Wrap(fault.Unavailable, "the queues cannot be read; check Redis", err)
}

// All returns every queue that Redis has heard of, by name.
func (q Inspector) All(context.Context) ([]QueueState, error) {
	names, err := q.inspector.Queues()
	if err != nil {
		return nil, unread(err)
	}
	slices.Sort(names)
	var all []QueueState
	for _, name := range names {
		i, err := q.inspector.GetQueueInfo(name)
		if err != nil {
			return nil, unread(err)
		}
		all = append(all, QueueState{
			Name: i.Queue, Pending: i.Pending, Active: i.Active, Scheduled: i.Scheduled, Retry: i.Retry, Archived: i.Archived,
			Oldest: i.Latency, Done: i.Processed - i.Failed, Failed: i.Failed,
		})
	}
	return all, nil
}

// Archived returns tasks of a queue that nothing tries again by itself, the newest
// first.
func (q Inspector) Archived(_ context.Context, queue string) ([]TaskState, error) {
	tasks, err := q.archived(queue)
	if err != nil {
		return nil, err
	}
	var all []TaskState
	for _, t := range tasks {
		all = append(all, TaskState{Handle: handle(t), Kind: t.Type, Retried: t.Retried, Error: unnamed(t.LastErr), FailedAt: t.LastFailedAt})
	}
	slices.SortStableFunc(all, func(a, b TaskState) int { return b.FailedAt.Compare(a.FailedAt) })
	return all, nil
}

func (q Inspector) archived(queue string) ([]*asynq.TaskInfo, error) {
	tasks, err := q.inspector.ListArchivedTasks(queue, asynq.PageSize(TasksShown))
	switch {
	case errors.Is(err, asynq.ErrQueueNotFound):
		return nil, errNoQueue
	case err != nil:
		return nil, unread(err)
	}
	return tasks, nil
}

// Run has an archived task run again.
func (q Inspector) Run(_ context.Context, queue, handle string) error {
	return q.act(queue, handle, q.inspector.RunTask)
}

// Delete forgets an archived task.
func (q Inspector) Delete(_ context.Context, queue, handle string) error {
	return q.act(queue, handle, q.inspector.DeleteTask)
}

func (q Inspector) act(queue, wanted string, do func(queue, id string) error) error {
	tasks, err := q.archived(queue)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if handle(t) != wanted {
			continue
		}
		err := do(queue, t.ID)
		if errors.Is(err, asynq.ErrTaskNotFound) || errors.Is(err, asynq.ErrQueueNotFound) {
			return errNoTask
		}
		if err != nil {
			return unread(err)
		}
		return nil
	}
	return errNoTask
}

// handle stands for a task.
func handle(t *asynq.TaskInfo) string {
	sum := sha256.Sum256([]byte(t.Queue + "\x00" + t.ID))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// What could say who somebody is: ids, and addresses.
var (
	ids       = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	addresses = regexp.MustCompile(`\S+@\S+`)
)

// errorShown is how much of an error is shown, in bytes.
const errorShown = 500

// unnamed is an error without what says whom it is about.
func unnamed(text string) string {
	text = strings.ToValidUTF8(addresses.ReplaceAllString(ids.ReplaceAllString(text, "…"), "…"), "�")
	if len(text) > errorShown {
		text = strings.ToValidUTF8(text[:errorShown], "") + "…"
	}
	return text
}
