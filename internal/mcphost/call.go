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
	return h.recorded(ctx, by, req, (*Host).runTool)
}

// runTool finds the tool, checks headers and arguments, records the intent unless
// the tool only reads, and has it run.
func (h *Host) runTool(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	p := &req.message.Params
	arguments := p.Arguments
	if arguments == nil {
		arguments = noArguments
	}
	at := req.snap.Catalog.Tool(p.Name)
	if err := h.allow(by, req, wish{at: at, name: p.Name, arguments: arguments, unknown: errUnknownTool}); err != nil {
		return answer{}, err
	}
	tool := req.snap.Catalog.At(at)
	if req.era == wire.Modern {
		if err := wire.CheckParams(req.http.Header, tool.HeaderParams(), arguments); err != nil {
			return answer{}, err
		}
	}
	if err := h.Limits.AdmitTool(callOf(by, req, tool)); err != nil {
		return answer{}, err
	}
	if err := tool.CheckArguments(arguments); err != nil {
		return answer{}, err
	}
	if tool.Server != nil {
		return h.forward(ctx, by, req, errand{
			entry: tool, name: p.Name, arguments: arguments, target: tools.Target{Method: wire.MethodToolsCall, Name: tool.Own},
		})
	}
	if p.RequestState != "" {
		return answer{}, errState // none of the platform's own tools asks for anything
	}
	if err := intend(ctx, req, tool); err != nil {
		return answer{}, err
	}
	timed, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	result, err := h.invoke(timed, by, tool, tools.Call{
		Arguments: arguments, Record: req.entry.ID(), Assertion: authz.NewAssertion(req.token), Now: h.Now(), Peer: &req.client,
	})
	if err != nil && ctx.Err() != nil {
		err = errCancelled
	}
	return answer{members: result.Members, isError: result.IsError, ran: true}, err
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
		h.Logger.LogAttrs(ctx, slog.LevelError, "tool panicked", slog.String(telemetry.LogTool, name), slog.Any("panic", r))
		*err = fault.New(fault.Internal, "the tool failed; try again, and give the record's id to support if that does not help")
	}
}
