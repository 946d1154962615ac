package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"gatehouse/internal/fault"
	"gatehouse/internal/jobs"
)

// archived puts a task among those that nothing tries again, as somebody's refresh would
// be.
func archived(t *testing.T, r *rig, name string) {
	t.Helper()
	client := asynq.NewClientFromRedisClient(r.redis)
	if _, err := client.EnqueueContext(t.Context(), asynq.NewTask("membership:refresh", []byte(`{"person":"secret"}`), asynq.Queue("looked-at"), asynq.TaskID(name))); err != nil {
		t.Fatal(err)
	}
	if err := asynq.NewInspectorFromRedisClient(r.redis).ArchiveTask("looked-at", name); err != nil {
		t.Fatal(err)
	}
}

// TestArchivedTasksAreSeenWithoutPeople runs one again and deletes another: none is
// named after whom it is about.
func TestArchivedTasksAreSeenWithoutPeople(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const person = "9ab03e19-ed42-4168-b6b7-7001fb3e933a"
	archived(t, r, "one:"+person)
	archived(t, r, "two:"+person)
	look := jobs.NewInspector(r.redis)
	tasks, err := look.Archived(t.Context(), "looked-at")
	if err != nil || len(tasks) != 2 || tasks[0].Kind != "membership:refresh" || tasks[0].Handle == tasks[1].Handle {
		t.Fatalf("%+v, %v", tasks, err)
	}
	for _, task := range tasks {
		if strings.Contains(task.Handle+task.Error, person) || len(task.Handle) != 22 {
			t.Errorf("%+v names somebody", task)
		}
	}
	if err := look.Run(t.Context(), "looked-at", tasks[0].Handle); err != nil {
		t.Error(err)
	}
	if err := look.Delete(t.Context(), "looked-at", tasks[1].Handle); err != nil {
		t.Error(err)
	}
	for _, gone := range tasks {
		if err := look.Delete(t.Context(), "looked-at", gone.Handle); fault.KindOf(err) != fault.NotFound {
			t.Errorf("what is not archived any more: %v", err)
		}
	}
	if _, err := look.Archived(t.Context(), "nosuch"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a queue that does not exist: %v", err)
	}
	time.Sleep(1100 * time.Millisecond) // what waits is measured by whole seconds
	queues, err := look.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queues {
		if q.Name == "looked-at" {
			if q.Pending != 1 || q.Archived != 0 || q.Oldest <= 0 {
				t.Errorf("%+v", q)
			}
			return
		}
	}
	t.Errorf("the queue is not among %+v", queues)
}

func TestErrorsLoseWhomTheyAreAbout(t *testing.T) {
	t.Parallel()
	got := jobs.UnnamedForTest("ask Graph about 9AB03E19-ed42-4168-b6b7-7001fb3e933a (alice@contoso.example): " + strings.Repeat("ä", 600))
	if strings.Contains(got, "contoso") || strings.Contains(got, "4168") || !strings.HasPrefix(got, "ask Graph about … ") || len(got) > 510 {
		t.Errorf("%q", got)
	}
}
