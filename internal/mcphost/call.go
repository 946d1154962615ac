package mcphost

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// callLimit bounds one invocation of a tool of the platform's own. A server
// behind us has its own.
const callLimit = time.Minute

// callTool answers tools/call.
func (h *Host) callTool(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	if req.message.Params.Name == "" {
		return answer{}, wire.MalformedParams("params.name is missing; name the tool")
	}
	return h.recorded(ctx, by, req, runToolFreshly)
}

var runToolFreshly = freshly((*Host).runTool)

// runTool finds the tool, checks what it is called with, and has it run.
func (h *Host) runTool(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	p := &req.message.Params
	arguments := p.Arguments
	if arguments == nil {
		arguments = noArguments
	}
	tool, err := h.admitTool(by, req, arguments)
	if err != nil {
		return answer{}, err
	}
	if tool.Server != nil {
		return h.forward(ctx, by, req, errand{
			entry: tool, name: p.Name, arguments: arguments, target: tools.Target{Method: wire.MethodToolsCall, Name: tool.Own},
		})
	}
	return h.runOwn(ctx, by, req, errand{entry: tool, name: p.Name, arguments: arguments, target: tools.Target{Method: wire.MethodToolsCall}})
}

// admitTool returns the tool that is called, if the caller may use it, there is
// room for a call of it, and headers and arguments are as it wants them.
func (h *Host) admitTool(by authz.Caller, req *request, arguments []byte) (*tools.Entry, error) {
	name := req.message.Params.Name
	at := req.snap.Catalog.Tool(name)
	if err := h.allow(by, req, wish{at: at, name: name, arguments: arguments, unknown: errUnknownTool}); err != nil {
		return nil, err
	}
	tool := req.snap.Catalog.At(at)
	if req.era == wire.Modern {
		if err := wire.CheckParams(req.http.Header, tool.HeaderParams(), arguments); err != nil {
			return nil, err
		}
	}
	if err := h.limits.AdmitTool(callOf(by, req, tool)); err != nil {
		return nil, err
	}
	return tool, tool.CheckArguments(arguments)
}

// runOwn records the intent unless the tool, which is the platform's own, only
// reads, and runs it.
func (h *Host) runOwn(ctx context.Context, by authz.Caller, req *request, e errand) (answer, error) {
	if err := h.reopenOwn(by, req, e); err != nil {
		return answer{}, err
	}
	if err := h.intend(ctx, by, req, e.entry); err != nil {
		return answer{}, err
	}
	timed, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	result, err := h.invoke(timed, by, e.entry, tools.Call{
		Arguments: e.arguments, Record: req.entry.ID(), Assertion: authz.NewAssertion(req.token), Now: h.now(), Peer: &req.client,
	})
	if err != nil && ctx.Err() != nil {
		err = errCancelled
	}
	if err != nil {
		result, err = h.leadToStepUp(by, req, e.target.Method, "", err)
	}
	if err == nil && result.Asked != nil {
		return h.seal(by, req, e, result)
	}
	return answer{members: result.Members, isError: result.IsError, ran: true}, err
}

// reopenOwn lets a request pass that brings no state, or that of a question of ours:
// none of the platform's own tools asks for anything itself.
func (h *Host) reopenOwn(by authz.Caller, req *request, e errand) error {
	if req.message.Params.RequestState == "" {
		return nil
	}
	state, err := h.openState(by, req, e)
	switch {
	case err != nil:
		return err
	case state != stepUpState:
		return errState
	case declined(req.message.Params.InputResponses, stepUpKey):
		return errNotProven
	}
	return nil
}

var noArguments = []byte("{}")

// invoke turns a panic of a tool into a fault: it must not take the record of
// its call with it.
func (h *Host) invoke(ctx context.Context, by authz.Caller, tool *tools.Entry, call tools.Call) (result tools.Result, err error) {
	defer h.recoverFrom(ctx, tool.Name, &err)
	return tool.Invoker.Invoke(ctx, by, call)
}

// recoverFrom is deferred around what is not the host's own.
func (h *Host) recoverFrom(ctx context.Context, name string, err *error) {
	if r := recover(); r != nil {
		h.logger.LogAttrs(ctx, slog.LevelError, "tool panicked", slog.String(telemetry.LogTool, name), slog.Any("panic", r))
		*err = fault.New(fault.Internal, "the tool failed; try again, and give the record's id to support if that does not help")
	}
}
