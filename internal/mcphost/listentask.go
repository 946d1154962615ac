package mcphost

import (
	"maps"
	"slices"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// What one stream tells of tasks.
const (
	mostTasks     = 20
	mostOfAdvance = 4 << 20 // bytes that wait to be told: a task that has ended brings its result
)

// listenedTasks returns the tasks that a listen request names and that are the
// caller's, by the ids it names them by. Of others nobody hears.
func (h *Host) listenedTasks(by authz.Caller, req *request) (map[string]task, error) {
	ids := req.message.Params.Notifications.TaskIDs
	switch {
	case len(ids) == 0:
		return nil, nil
	case len(ids) > mostTasks:
		return nil, wire.InvalidParams("params.notifications.taskIds names more than 20 tasks; listen to fewer")
	case wire.Value(clientOf(req).Capabilities.Extensions, extensionTasks) == nil:
		return nil, wire.MissingCapability([]byte(`{"extensions":{"` + extensionTasks + `":{}}}`))
	}
	all := map[string]task{}
	for _, id := range ids {
		if t, err := h.openTask(by, req, id); err == nil && h.follows(by, req, t) {
			all[id] = t
		}
	}
	return all, nil
}

// appendTaskIDs appends the member that says which tasks are told of.
func (s *stream) appendTaskIDs(dst []byte) []byte {
	list := []byte{'['}
	for i, id := range slices.Sorted(maps.Keys(s.tasks)) {
		if i > 0 {
			list = append(list, ',')
		}
		list = wire.AppendString(list, id)
	}
	return wire.AppendMember(dst, wire.Member{Name: "taskIds", Value: append(list, ']')})
}

// advances are where tasks are by now, until that is told.
type advances struct {
	all  map[sourceTask]*tools.TaskStatus
	size int
	full bool // there was more than is kept
}

// sourceTask names a task by its server's own id.
type sourceTask struct {
	source tenants.GUID
	id     string
}

func (a *advances) isEmpty() bool { return len(a.all) == 0 && !a.full }

// take keeps where a task is, in place of where it was.
func (a *advances) take(key sourceTask, status *tools.TaskStatus) {
	if before := a.all[key]; before != nil {
		a.size -= len(before.Members) + len(before.Meta)
	}
	if a.size += len(status.Members) + len(status.Meta); a.size > mostOfAdvance {
		a.full = true
		return
	}
	if a.all == nil {
		a.all = map[sourceTask]*tools.TaskStatus{}
	}
	a.all[key] = status
}

// pushTask notes where a task is. It never waits.
func (s *stream) pushTask(source tenants.GUID, status *tools.TaskStatus) {
	s.mu.Lock()
	if !s.advance.full {
		s.advance.take(sourceTask{source, status.ID}, status)
	}
	s.mu.Unlock()
	s.wake()
}

// takeAdvance returns what there is to be told of tasks.
func (s *stream) takeAdvance() advances {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.advance
	s.advance = advances{}
	return a
}

// tellTasks tells where tasks are that are the caller's now. One that has ended is
// told of no more. A client that is told less than there was has to know: its
// stream ends.
func (s *stream) tellTasks() error {
	a := s.takeAdvance()
	if a.full {
		return errStreamEnds
	}
	ended := false
	for id, t := range s.tasks {
		status := a.all[sourceTask{t.source, t.id}]
		if status == nil || !s.host.follows(s.by, s.req, t) {
			continue
		}
		if status.Members == nil {
			return errStreamEnds
		}
		source, _, _ := s.req.snap.Source(t.source)
		members, err := introducedIn(source, status.Members)
		if err != nil {
			continue // who asks for the task is told why
		}
		told := tools.TaskStatus{Members: members, Meta: status.Meta}
		if err := s.events.send(s.taskNotification(id, &told)); err != nil {
			return err
		}
		if hasEnded(status) {
			delete(s.tasks, id)
			ended = true
		}
	}
	if ended {
		s.host.streaming.watches.want(s)
	}
	return nil
}

// hasEnded reports whether a task stays where it is.
func hasEnded(status *tools.TaskStatus) bool {
	object := append(append([]byte{'{'}, status.Members...), '}')
	word, _ := wire.Text(wire.Value(membersOf(object), "status"))
	switch word {
	case "completed", "failed", "cancelled":
		return true
	}
	return false
}

// taskNotification says where a task is, under the id that the client knows.
func (s *stream) taskNotification(id string, status *tools.TaskStatus) []byte {
	b := append([]byte(`{"jsonrpc":"2.0","method":"`+wire.MethodTaskChanged+`","params":{"_meta":{"`+subscriptionID+`":`), s.id...)
	if len(status.Meta) > 0 {
		b = append(append(b, ','), status.Meta...)
	}
	b = wire.AppendString(append(b, `},"taskId":`...), id)
	return append(append(append(b, ','), status.Members...), "}}"...)
}
