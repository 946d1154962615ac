package console_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func (m *memory) Queues(context.Context) ([]console.Queue, error) {
	return []console.Queue{{Name: "membership", Pending: 3, Archived: len(m.tasks), OldestSeconds: 4}, {Name: "sweep"}}, nil
}

func (m *memory) ArchivedTasks(_ context.Context, queue string) ([]console.ArchivedTask, error) {
	if queue != "membership" {
		return nil, fault.New(fault.NotFound, "there is no such queue")
	}
	return m.tasks, nil
}

func (m *memory) RunTask(_ context.Context, queue, task string) error {
	if err := m.DeleteTask(nil, queue, task); err != nil { //nolint:staticcheck // it looks at no context
		return err
	}
	m.tasksRun = append(m.tasksRun, task)
	return nil
}

func (m *memory) DeleteTask(_ context.Context, queue, task string) error {
	before := len(m.tasks)
	m.tasks = slices.DeleteFunc(m.tasks, func(t console.ArchivedTask) bool { return queue == "membership" && t.ID == task })
	if len(m.tasks) == before {
		return fault.New(fault.NotFound, "there is no such task any more")
	}
	return nil
}

func (m *memory) Status(context.Context) (console.PlatformStatus, error) {
	return console.PlatformStatus{Version: "0", StartedAt: m.at(), Ready: true, Organizations: []console.StateCount{{State: tenants.Active, Count: int64(len(m.orgs))}}}, nil
}

func TestOperatorsSeeQueuesAndHaveTasksTriedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.tasks = append(r.tasks, console.ArchivedTask{ID: "second", Kind: "chore", Error: "no answer"})
	olga := r.operator()
	b := r.as(t, olga)
	var queues console.Page[console.Queue]
	b.read("/api/operator/queues", &queues)
	if len(queues.Items) != 2 || queues.Items[0].Archived != 2 || queues.Items[0].OldestSeconds != 4 {
		t.Errorf("the queues are %+v", queues.Items)
	}
	first := r.tasks[0].ID
	want(t, b.send(http.MethodPost, "/api/operator/queues/membership/tasks/"+first+"/run", "", nil), http.StatusNoContent)
	want(t, b.send(http.MethodPost, "/api/operator/queues/membership/tasks/"+first+"/run", "", nil), http.StatusNotFound)
	want(t, b.send(http.MethodDelete, "/api/operator/queues/sweep/tasks/second", "", nil), http.StatusNotFound)
	want(t, b.send(http.MethodDelete, "/api/operator/queues/membership/tasks/second", "", nil), http.StatusNoContent)
	want(t, b.get("/api/operator/queues/nosuch/tasks"), http.StatusNotFound)
	if !slices.Equal(r.tasksRun, []string{first}) || len(r.tasks) != 0 {
		t.Errorf("run: %q, left: %+v", r.tasksRun, r.tasks)
	}
	for _, did := range []string{`"operation":"runTask","path":"/api/operator/queues/membership/tasks/` + first + `/run"`, `"operation":"deleteTask","path":"/api/operator/queues/membership/tasks/second"`} {
		if text := r.log.String(); strings.Count(text, did) != 1 || !strings.Contains(text, `"oid":"`+olga.OID.String()+`"`) {
			t.Errorf("the log lacks %s:\n%s", did, text)
		}
	}
}

// TestOnlyOperatorsSeeThePlatform asks as an owner, who may do everything in their own
// organization.
func TestOnlyOperatorsSeeThePlatform(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	of, task := "/api/operator/organizations/"+r.contoso.ID.String(), "/api/operator/queues/membership/tasks/"+r.tasks[0].ID
	for _, path := range []string{"/api/operator/queues", "/api/operator/queues/membership/tasks", "/api/operator/status", of + "/support-accesses"} {
		want(t, b.get(path), http.StatusForbidden)
	}
	want(t, b.send(http.MethodPost, task+"/run", "", nil), http.StatusForbidden)
	want(t, b.send(http.MethodDelete, task, "", nil), http.StatusForbidden)
	want(t, b.send(http.MethodPost, of+"/suspend", `{"reason":"because"}`, nil), http.StatusForbidden)
	if len(r.tasks) != 1 || len(r.operated) != 0 {
		t.Errorf("an owner has done %+v, and left %+v", r.operated, r.tasks)
	}
}

func TestSuspensionsHaveAReason(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, path := r.as(t, r.operator()), "/api/operator/organizations/"+r.contoso.ID.String()+"/suspend"
	want(t, b.send(http.MethodPost, path, `{"reason":""}`, nil), http.StatusUnprocessableEntity)
	want(t, b.send(http.MethodPost, path, `{"reason":"does not pay"}`, nil), http.StatusNoContent)
	want(t, b.send(http.MethodPost, path, "", nil), http.StatusNoContent) // scripts of before give none
	if len(r.operated) != 2 || r.operated[0].Reason != "does not pay" || r.operated[0].To != tenants.Suspended || r.operated[1].Reason != "" {
		t.Errorf("done: %+v", r.operated)
	}
}

// TestOperatorsSeeTheirOwnRequestsOnly has a colleague ask as well.
func TestOperatorsSeeTheirOwnRequestsOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	olga, oscar := r.operator(), r.operator()
	path := "/api/operator/organizations/" + r.contoso.ID.String() + "/support-accesses"
	want(t, r.as(t, oscar).send(http.MethodPost, path, `{"reason":"a look of my own"}`, nil), http.StatusCreated)
	b := r.as(t, olga)
	var page console.Page[console.SupportAccess]
	b.read(path, &page)
	if len(page.Items) != 0 {
		t.Errorf("she sees %+v", page.Items)
	}
	want(t, b.send(http.MethodPost, path, `{"reason":"mail does not arrive"}`, nil), http.StatusCreated)
	b.read(path, &page)
	if len(page.Items) != 1 || page.Items[0].Reason != "mail does not arrive" || page.Items[0].State != tenants.SupportPending {
		t.Errorf("she sees %+v", page.Items)
	}
}
