package replicas_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/tools"
)

// withTasks is an organization whose source has a tool that runs as a task.
func withTasks(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.offer(tools.KindTool, `{"name":"long","inputSchema":{"type":"object"}}`)
	w.permit("long")
	return w
}

const tasks = `,"extensions":{"io.modelcontextprotocol/tasks":{}}`

// begin begins a task and returns the id that the client knows it by.
func (c *client) begin(r *replica) string {
	c.w.t.Helper()
	c.can = tasks
	m := read(c.w.t, c.modern(c.w.t.Context(), r, "tools/call", "long", `"name":"long","arguments":{},`)).next()
	var result struct{ TaskID string }
	if err := json.Unmarshal(m.Result, &result); err != nil || result.TaskID == "" {
		c.w.t.Fatalf("%s", m.raw)
	}
	return result.TaskID
}

// told is what a stream says of a task.
func (e *events) toldOf(id, status string) {
	e.t.Helper()
	m := e.next()
	want := `{"jsonrpc":"2.0","method":"notifications/tasks","params":{"_meta":{"` + subscriptionID + `":"r1","vendor/x":1},"taskId":"` + id + `","status":"` + status + `","n":9007199254740993}}`
	if m.raw != want {
		e.t.Errorf("told %s, want %s", m.raw, want)
	}
}

func at(id, status string) tools.Event {
	return tools.Event{Task: &tools.TaskStatus{ID: id, Members: []byte(`"status":"` + status + `","n":9007199254740993`), Meta: []byte(`"vendor/x":1`)}}
}

// TestClientHearsOfItsOwnTasks on whichever replica, under the ids it knows, until
// they have ended.
func TestClientHearsOfItsOwnTasks(t *testing.T) {
	t.Parallel()
	w := withTasks(t)
	here, there := w.start(), w.start()
	c, other := w.client(alice), w.client(bob)
	mine, long, others := c.begin(here), c.begin(here), other.begin(here)
	own := []string{mine, long}
	slices.Sort(own)
	stream := c.listen(t.Context(), there, `{"taskIds":["`+mine+`","`+long+`","`+others+`","made-up"]}`, `{"taskIds":["`+own[0]+`","`+own[1]+`"]}`)
	watch := <-w.fake.watched
	if len(watch.Tasks) != 2 || watch.Lists || watch.URIs != nil || slices.Contains(watch.Tasks, mine) {
		t.Fatalf("watches %+v", watch)
	}
	first, second := w.fake.taskOf(t, 0), w.fake.taskOf(t, 1)
	watch.Told(at(w.fake.taskOf(t, 2), "working")) // Bob's
	watch.Told(at(first, "input_required"))
	stream.toldOf(mine, "input_required")
	watch.Told(at(first, "completed"))
	stream.toldOf(mine, "completed")
	if again := <-w.fake.watched; len(again.Tasks) != 1 || again.Tasks[0] != second {
		t.Errorf("watches %v, want only what has not ended", again.Tasks)
	}
	watch.Told(at(first, "working")) // late: not told of
	watch.Told(at(second, "working"))
	stream.toldOf(long, "working")
}

func TestTaskOfAToolThatWasTakenAwayIsNotToldOf(t *testing.T) {
	t.Parallel()
	w := withTasks(t)
	r := w.start()
	c := w.client(alice)
	id := c.begin(r)
	wishes := `{"toolsListChanged":true,"taskIds":["` + id + `"]}`
	stream := c.listen(t.Context(), r, wishes, wishes)
	watch := w.fake.watchOf(func(watch tools.Watch) bool { return watch.Tasks != nil })
	w.permit("ask")
	stream.tells("notifications/tools/list_changed", "")
	eventually(t, "only lists are watched", func() bool { return w.fake.watching() == 1 })
	watch.Told(at(w.fake.taskOf(t, 0), "completed"))
	w.permit("ask", "want")
	stream.tells("notifications/tools/list_changed", "")
	c.listen(t.Context(), r, `{"taskIds":["`+id+`"]}`, `{}`)
}

// TestStreamThatCannotTellEverythingOfATaskEnds: the client asks instead.
func TestStreamThatCannotTellEverythingOfATaskEnds(t *testing.T) {
	t.Parallel()
	w := withTasks(t)
	r := w.start()
	c := w.client(alice)
	id := c.begin(r)
	stream := c.listen(t.Context(), r, `{"taskIds":["`+id+`"]}`, `{"taskIds":["`+id+`"]}`)
	(<-w.fake.watched).Told(tools.Event{Task: &tools.TaskStatus{ID: w.fake.taskOf(t, 0)}})
	stream.ends()
	stream = c.listen(t.Context(), r, `{"taskIds":["`+id+`"]}`, `{"taskIds":["`+id+`"]}`)
	large := at(w.fake.taskOf(t, 0), "working")
	large.Task.Members = append(large.Task.Members, `,"statusMessage":"`+strings.Repeat("x", 4<<20)+`"`...)
	(<-w.fake.watched).Told(large)
	stream.ends()
}

func TestListeningToTasksIsRefused(t *testing.T) {
	t.Parallel()
	w := withTasks(t)
	r := w.start()
	c := w.client(alice)
	for name, row := range map[string]struct {
		can, ids, want string
		status         int
	}{
		"without the extension": {``, `"x"`, `"code":-32021,"message":"`, http.StatusBadRequest},
		"to more than 20":       {tasks, strings.Repeat(`"x",`, 20) + `"x"`, "more than 20 tasks", http.StatusOK},
	} {
		c.can = row.can
		resp := c.modern(t.Context(), r, "subscriptions/listen", "", `"notifications":{"taskIds":[`+row.ids+`]},`)
		if body := string(must(io.ReadAll(resp.Body))); resp.StatusCode != row.status || !strings.Contains(body, row.want) {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
}
