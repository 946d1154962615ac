package mcphost

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// callLimit bounds one invocation of a tool.
const callLimit = time.Minute

// errUnknownTool is the answer for a tool that does not exist and for one that
// this caller may not know of: the same fault, made at the same place.
var errUnknownTool = fault.New(fault.NotFound, "unknown tool")

// scopeError says which scopes would permit a tool that the roles permit.
type scopeError struct{ scopes []string }

func (scopeError) Error() string {
	return "the token's scopes do not permit this tool; ask for the scope that the challenge names"
}

func (e scopeError) Unwrap() error { return fault.New(fault.Forbidden, e.Error()) }

// conditionError is the answer to a call of a tool that the caller sees, where
// the conditions of their roles do not allow this call.
type conditionError struct{ tool string }

func (e conditionError) Error() string {
	return "your roles do not allow " + e.tool + " with these arguments"
}

func (e conditionError) Unwrap() error { return fault.New(fault.Forbidden, e.Error()) }

// call is the second room: it runs one tool for one caller and leaves a record
// of it either way. What cannot be recorded is not done.
func (h *Host) call(ctx context.Context, by authz.Caller, req *request) (tools.Result, string, error) {
	p := &req.message.Params
	entry, err := h.Audit.Begin(ctx, by, audit.Attempt{
		Kind: audit.ToolCall, Endpoint: req.http.URL.Path, Method: req.message.Method, Session: req.session.name(),
		Source: sourceOf(req.http), Tool: p.Name, Arguments: p.Arguments, TraceID: traceID(ctx), Policy: req.snap.Version,
	})
	if err != nil {
		return tools.Result{}, "", err
	}
	result, err := h.run(ctx, by, req, entry)
	if unrecorded := entry.End(ctx, ending(result, err)); unrecorded != nil {
		err = unrecorded
	}
	return result, entry.ID(), err
}

// run finds the tool, checks the arguments, records the intent unless the tool
// only reads, and invokes it.
func (h *Host) run(ctx context.Context, by authz.Caller, req *request, entry *audit.Entry) (tools.Result, error) {
	arguments := req.message.Params.Arguments
	if arguments == nil {
		arguments = []byte("{}")
	}
	tool, err := h.find(by, req, arguments)
	if err != nil {
		return tools.Result{}, err
	}
	if err := tool.CheckArguments(arguments); err != nil {
		return tools.Result{}, err
	}
	if err := entry.Intend(ctx, audit.Effect(tool.Effect)); err != nil {
		return tools.Result{}, err
	}
	req.entry = entry
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	return h.invoke(ctx, by, tool, tools.Call{
		Arguments: arguments, Record: entry.ID(), Assertion: authz.NewAssertion(req.token), Now: h.Now(), Peer: &req.client,
	})
}

// find returns the tool a call names if the caller may make this call.
func (h *Host) find(by authz.Caller, req *request, arguments []byte) (*tools.Entry, error) {
	at := req.snap.Catalog.Tool(req.message.Params.Name)
	ruling := by.MayCall(at, arguments, authz.Circumstances{Now: h.Now()})
	switch ruling.Verdict {
	case authz.Allowed:
		return req.snap.Catalog.At(at), nil
	case authz.NeedsScope:
		return nil, scopeError{by.ScopesFor(at)}
	case authz.NeedsStepUp:
		return nil, stepUpError{req.message.Params.Name, ruling.StepUp}
	case authz.Refused, authz.Conditional:
		return nil, conditionError{req.message.Params.Name}
	case authz.Hidden:
	}
	return nil, errUnknownTool
}

// invoke turns a panic of a tool into a fault: it must not take the record of
// its call with it.
func (h *Host) invoke(ctx context.Context, by authz.Caller, tool *tools.Entry, call tools.Call) (result tools.Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			h.Logger.LogAttrs(ctx, slog.LevelError, "tool panicked", slog.String("tool", tool.Name), slog.Any("panic", r))
			err = fault.New(fault.Internal, "the tool failed; try again, and give the record's id to support if that does not help")
		}
	}()
	return tool.Invoker.Invoke(ctx, by, call)
}

// ending says how a call ended, in the words of the log.
func ending(result tools.Result, err error) audit.Ending {
	switch {
	case err == nil && result.IsError:
		return audit.Ending{Outcome: audit.ToolError, Reason: "tool_error"}
	case err == nil:
		return audit.Ending{Outcome: audit.OK}
	case errors.Is(err, errUnknownTool):
		return audit.Ending{Outcome: audit.Refused, Reason: "unknown_tool"}
	}
	if _, ok := errors.AsType[scopeError](err); ok {
		return audit.Ending{Outcome: audit.Refused, Reason: "insufficient_scope"}
	}
	if _, ok := errors.AsType[conditionError](err); ok {
		return audit.Ending{Outcome: audit.Refused, Reason: "condition"}
	}
	if _, ok := errors.AsType[stepUpError](err); ok {
		return audit.Ending{Outcome: audit.Refused, Reason: "insufficient_claims"}
	}
	switch kind := fault.KindOf(err); kind {
	case fault.Invalid:
		return audit.Ending{Outcome: audit.Refused, Reason: "invalid_arguments"}
	case fault.Internal, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Limited, fault.Upstream, fault.Unavailable:
		return audit.Ending{Outcome: audit.Failed, Reason: kind.String()}
	}
	return audit.Ending{Outcome: audit.Unknown}
}
