package upstream

import (
	"context"
	"time"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// extensionTasks is what a client has to declare that asks about tasks.
const extensionTasks = "io.modelcontextprotocol/tasks"

// statusEvery paces what a server is asked about tasks when it begins to be
// listened to: however many there are, it is not flooded.
const statusEvery = 50 * time.Millisecond

// can is what we declare when we listen.
func (v *vigil) can() tools.Capabilities {
	if len(v.w.Tasks) == 0 {
		return tools.Capabilities{}
	}
	return tools.Capabilities{Extensions: []wire.Member{{Name: extensionTasks, Value: []byte("{}")}}}
}

// askStatuses asks, besides listening, where each task is now: what has become of
// one before the server listened to us is not told otherwise.
func (v *vigil) askStatuses(ctx context.Context) {
	if len(v.w.Tasks) == 0 {
		return
	}
	v.told = map[string]bool{}
	statuses := make(chan tools.TaskStatus)
	v.statuses = statuses
	go func() {
		for _, id := range v.w.Tasks {
			if status, ok := v.status(ctx, id); ok {
				select {
				case statuses <- status:
				case <-ctx.Done():
				}
			}
			if pause(ctx, statusEvery) != nil {
				return
			}
		}
	}()
}

// status asks the server where a task is.
func (v *vigil) status(ctx context.Context, id string) (tools.TaskStatus, bool) {
	ctx, clock := startClock(ctx, v.s.patience())
	defer clock.end()
	c := &conversation{s: v.s, asker: v.asker, era: wire.Modern, id: v.s.newID(), listener: quiet{v.s}}
	header := v.s.headers(wire.Modern, nil)
	header[headerMethod], header[headerName] = []string{wire.MethodTasksGet}, []string{wire.EncodeHeader(id)}
	params := append(wire.AppendString([]byte(`"taskId":`), id), ',')
	m, err := c.ask(ctx, header, v.s.modernBody(c.id, wire.MethodTasksGet, params, v.can()))
	result, err := v.s.finished(c, m, err)
	if err != nil {
		return tools.TaskStatus{}, false
	}
	members, err := wire.Members(result, v.s.hub.limits)
	if err != nil {
		return tools.TaskStatus{}, false
	}
	status, ok := statusOf(members)
	if len(status.Members)+len(status.Meta) > maxEvent {
		status.Members, status.Meta = nil, nil
	}
	return status, ok && status.ID == id
}

// statusOf reads what a server says of a task. What names none is none.
func statusOf(members []wire.Member) (tools.TaskStatus, bool) {
	p := parts{task: true}
	for _, m := range members {
		if !p.take(m) {
			p.kept = append(p.kept, m)
		}
	}
	if p.result.TaskID == "" {
		return tools.TaskStatus{}, false
	}
	return tools.TaskStatus{ID: p.result.TaskID, Members: join(nil, p.kept, p.taken), Meta: p.result.Meta}, true
}
