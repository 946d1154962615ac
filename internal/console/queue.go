package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Queues is what the workers have before them. Nothing of it says whom a task is about.
type Queues interface {
	Queues(ctx context.Context) ([]Queue, error)
	// ArchivedTasks are those that nothing tries again by itself. A queue that does not
	// exist is a fault of kind NotFound.
	ArchivedTasks(ctx context.Context, queue string) ([]ArchivedTask, error)
	// RunTask has one tried again; DeleteTask forgets it. One that is not there is a
	// fault of kind NotFound.
	RunTask(ctx context.Context, queue, task string) error
	DeleteTask(ctx context.Context, queue, task string) error
}

// Queue is how one queue does.
type Queue struct {
	Name          string `json:"name"`
	Pending       int    `json:"pending" doc:"They wait for a worker."`
	Active        int    `json:"active" doc:"Workers have them."`
	Scheduled     int    `json:"scheduled" doc:"Their time has not come."`
	Retry         int    `json:"retry" doc:"They have failed, and are tried again by themselves."`
	Archived      int    `json:"archived" doc:"They have failed, and nothing tries them again."`
	OldestSeconds int64  `json:"oldestSeconds" doc:"How long the oldest that waits has waited; 0: none waits."`
	DoneToday     int    `json:"doneToday" doc:"By UTC."`
	FailedToday   int    `json:"failedToday" doc:"By UTC."`
}

// ArchivedTask is a task that nothing tries again by itself.
type ArchivedTask struct {
	ID       string     `json:"id" doc:"Stands for the task, and says nothing of whom it is about."`
	Kind     string     `json:"kind"`
	Retried  int        `json:"retried"`
	Error    string     `json:"error" doc:"Of the last attempt, without ids and addresses."`
	FailedAt *time.Time `json:"failedAt,omitempty"`
}

type (
	queueInput struct {
		Asked
		Paging
		Queue string `path:"queue" maxLength:"100"`
	}
	taskInput struct {
		Asked
		Queue string `path:"queue" maxLength:"100"`
		Task  string `path:"task" maxLength:"40"`
	}
)

func (c *Console) queueRoutes(api huma.API) {
	const tag = "operator"
	missing := []int{http.StatusNotFound}
	operating(c, api, route{ID: "listQueues", Method: http.MethodGet, Path: "/queues", Tag: tag, Summary: "List what the workers have before them"}, c.listQueues)
	operating(c, api, route{ID: "listArchivedTasks", Method: http.MethodGet, Path: "/queues/{queue}/tasks", Tag: tag, Errors: missing, Summary: "List tasks that nothing tries again", Description: "A hundred at most. What a task is told is not shown."}, c.listArchivedTasks)
	operating(c, api, route{ID: "runTask", Method: http.MethodPost, Path: "/queues/{queue}/tasks/{task}/run", Tag: tag, Status: 204, Errors: missing, Summary: "Have an archived task tried again"}, c.runTask)
	operating(c, api, route{ID: "deleteTask", Method: http.MethodDelete, Path: "/queues/{queue}/tasks/{task}", Tag: tag, Status: 204, Errors: missing, Summary: "Forget an archived task", Description: "What it was for comes again with the next look of a worker, if it is still due."}, c.deleteTask)
}

func (c *Console) listQueues(ctx context.Context, by Actor, in *operatedList) (*Listed[Queue], error) {
	all, err := c.Queues.Queues(ctx)
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Queue]{"listQueues", all, func(q Queue) string { return q.Name }})
}

func (c *Console) listArchivedTasks(ctx context.Context, by Actor, in *queueInput) (*Listed[ArchivedTask], error) {
	all, err := c.Queues.ArchivedTasks(ctx, in.Queue)
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[ArchivedTask]{"listArchivedTasks", all, func(t ArchivedTask) string { return t.ID }})
}

func (c *Console) runTask(ctx context.Context, _ Actor, in *taskInput) (*None, error) {
	return &None{}, c.Queues.RunTask(ctx, in.Queue, in.Task)
}

func (c *Console) deleteTask(ctx context.Context, _ Actor, in *taskInput) (*None, error) {
	return &None{}, c.Queues.DeleteTask(ctx, in.Queue, in.Task)
}
