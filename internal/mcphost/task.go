package mcphost

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// taskLife is how long a task can be asked about.
const taskLife = 24 * time.Hour

// task is what the id of a task says, which is a token that opens for the person,
// client and endpoint that it was made for.
type task struct {
	source tenants.GUID
	tool   string // its permission name
	id     string // the server's own
}

// errNoTasks is the answer to a client that has no way to ask what became of a
// task.
var errNoTasks = fault.New(fault.Conflict, "the tool runs as a task, which this client's protocol version does not have; use a client that speaks "+wire.FirstModern)

// sealTask returns the members of a result that is, or is about, a task.
func (h *Host) sealTask(by authz.Caller, req *request, e errand, r tools.Result) ([]byte, error) {
	id := req.message.Params.TaskID
	if r.Type == typeTask {
		if req.era != wire.Modern {
			return nil, errNoTasks
		}
		if wire.Value(clientOf(req).Capabilities.Extensions, extensionTasks) == nil {
			return nil, wire.MissingCapability([]byte(`{"extensions":{"` + extensionTasks + `":{}}}`))
		}
		var err error
		if id, err = h.sealTaskID(by, req, e, r.TaskID); err != nil {
			return nil, err
		}
	}
	source, _, _ := req.snap.Source(e.entry.Source)
	members, err := introducedIn(source, r.Members)
	if err != nil {
		return nil, wrong(source.Name, "asks for input that nobody is asked for: "+err.Error(), nil)
	}
	return wire.AppendMember(owned(members), wire.Member{Name: "taskId", Value: wire.AppendString(nil, id)}), nil
}

func (h *Host) sealTaskID(by authz.Caller, req *request, e errand, own string) (string, error) {
	source, box, now := e.entry.Source.Bytes(), req.snap.Key.Tasks(), h.now()
	payload := append(source[:], byte(len(e.entry.Name))) //nolint:gosec // a tool's name has at most 128 characters
	payload = append(append(payload, e.entry.Name...), own...)
	if len(payload) > box.MaxPayload() {
		return "", wrong(req.sourceName(e), fmt.Sprintf("gives a task an id of %d characters, which is too long", len(own)), nil)
	}
	return box.Encrypt(req.binding(by, "task"), payload, now, now.Add(taskLife))
}

// openTask returns the task of an id that a client brings, or a fault that is the
// same for every id that is not theirs.
func (h *Host) openTask(by authz.Caller, req *request, id string) (task, error) {
	payload, err := req.snap.Key.Tasks().Open(req.binding(by, "task"), id, h.now())
	if err != nil || len(payload) < 17 || len(payload) < 17+int(payload[16]) {
		return task{}, errUnknownTask
	}
	source, err := tenants.GUIDFromBytes(payload[:16])
	if err != nil {
		return task{}, errUnknownTask
	}
	name := payload[17 : 17+int(payload[16])]
	return task{source: source, tool: string(name), id: string(payload[17+len(name):])}, nil
}

// askTask answers tasks/get, tasks/update and tasks/cancel.
func (h *Host) askTask(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	if !h.offered(by, req).tasks {
		return answer{}, wire.MethodNotFound(req.era, req.message.Method)
	}
	id := req.message.Params.TaskID
	if id == "" {
		return answer{}, wire.MalformedParams("params.taskId is missing; name the task")
	}
	req.task, _ = h.openTask(by, req, id) // what it says is looked up when the attempt is recorded
	return h.recorded(ctx, by, req, (*Host).runTask)
}

// runTask has the server of a task's tool answer, as long as the caller may use the
// tool: with a weaker token, or when their time is over, its result is not theirs.
func (h *Host) runTask(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	if !req.hasTask(by, req.task) {
		return answer{}, errUnknownTask
	}
	at := req.snap.Catalog.Position(req.task.tool)
	tool := req.snap.Catalog.At(at)
	if err := h.allowFollowUp(by, req, wish{at: at, name: tool.Shown, unknown: errUnknownTask}); err != nil {
		return answer{}, err
	}
	return h.forward(ctx, by, req, errand{
		entry: tool, name: req.message.Params.TaskID, target: tools.Target{Method: req.message.Method, Name: req.task.id},
	})
}

// follows reports whether the caller may know of a task now: of one that they may
// not ask about, they are not told either.
func (h *Host) follows(by authz.Caller, req *request, t task) bool {
	if !req.hasTask(by, t) {
		return false
	}
	at := req.snap.Catalog.Position(t.tool)
	return by.MayFollowUp(at, authz.Circumstances{Now: h.now()}).Verdict == authz.Allowed
}

// hasTask reports whether a task is of a tool that the caller still has here.
func (r *request) hasTask(by authz.Caller, t task) bool {
	at := r.snap.Catalog.Position(t.tool)
	if t.id == "" || !r.listed(by, at) {
		return false
	}
	tool := r.snap.Catalog.At(at)
	return tool.Server != nil && tool.Source == t.source
}
