package mcphost

import (
	"errors"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// The answers for what does not exist and for what this caller may not know of:
// the same fault, made at the same place.
var (
	errUnknownTool     = fault.New(fault.NotFound, "unknown tool")
	errUnknownPrompt   = fault.New(fault.NotFound, "unknown prompt")
	errUnknownResource = fault.New(fault.NotFound, "unknown resource")
	errUnknownTask     = fault.New(fault.NotFound, "unknown task")
)

// errCancelled is the end of what its client does not wait for any more.
var errCancelled = fault.New(fault.Conflict, "the request was cancelled")

// scopeError says which scopes with a ceiling would permit what the roles permit.
type scopeError struct{ scopes []string }

// needed are the scopes that would do: where none with a ceiling does, it is the
// organization's own.
func (e scopeError) needed(snap *snapshot.Snapshot) []string {
	if len(e.scopes) == 0 {
		return []string{snap.Organization.Connection.Scope}
	}
	return e.scopes
}

func (scopeError) Error() string {
	return "the token's scopes do not permit this; ask for the scope that the challenge names"
}

func (e scopeError) Unwrap() error { return fault.New(fault.Forbidden, e.Error()) }

// conditionError is the answer to a call of what the caller sees, where the
// conditions of their roles do not allow this call.
type conditionError struct{ name string }

func (e conditionError) Error() string {
	return "your roles do not allow " + e.name + " with these arguments"
}

func (e conditionError) Unwrap() error { return fault.New(fault.Forbidden, e.Error()) }

// wish is what a request wants to use.
type wish struct {
	at        int    // its position in the catalog
	name      string // as the client knows it
	made      bool   // it is a URI, and what stands there is the template that makes it
	arguments []byte // nil: it takes none
	unknown   error  // the answer to who may not know of it
}

// rule decides whether the caller may use it now.
func (w *wish) rule(by authz.Caller, now authz.Circumstances) authz.Ruling {
	if w.made {
		return by.MayRead(w.at, w.name, now)
	}
	return by.MayCall(w.at, w.arguments, now)
}

// allow returns why the caller may not use what they want.
func (h *Host) allow(by authz.Caller, req *request, w wish) error {
	if !req.has(w.at) {
		return w.unknown
	}
	return ruled(by, w, w.rule(by, authz.Circumstances{Now: h.now()}))
}

// allowFollowUp returns why the caller may not ask about a call that they made.
func (h *Host) allowFollowUp(by authz.Caller, req *request, w wish) error {
	if !req.has(w.at) {
		return w.unknown
	}
	return ruled(by, w, by.MayFollowUp(w.at, authz.Circumstances{Now: h.now()}))
}

// ruled is a ruling in words, nil where it allows.
func ruled(by authz.Caller, w wish, ruling authz.Ruling) error {
	switch ruling.Verdict {
	case authz.Allowed:
		return nil
	case authz.NeedsScope:
		return scopeError{by.ScopesFor(w.at)}
	case authz.NeedsStepUp:
		return stepUpError{w.name, ruling.StepUp}
	case authz.Refused, authz.Conditional:
		return conditionError{w.name}
	case authz.Hidden:
	}
	return w.unknown
}

// callOf is a call that is allowed, as the limits count it.
func callOf(by authz.Caller, req *request, entry *tools.Entry) limit.Call {
	return limit.Call{Who: who(by.Identity()), Name: entry.Name, Own: req.snap.Limits}
}

// ending says how a recorded request ended, in the words of the log.
func ending(a answer, err error) audit.Ending {
	switch {
	case err == nil && a.lacks:
		return audit.Ending{Outcome: audit.Refused, Reason: insufficientClaims}
	case err == nil && a.isError:
		return audit.Ending{Outcome: audit.ToolError, Reason: "tool_error"}
	case err == nil:
		return audit.Ending{Outcome: audit.OK}
	case errors.Is(err, errCancelled):
		return audit.Ending{Outcome: audit.Unknown, Reason: "cancelled"}
	case errors.Is(err, tools.ErrUnsettled):
		return audit.Ending{Outcome: audit.Unknown, Reason: "no_answer"}
	}
	if reason := refusedFor(err); reason != "" {
		return audit.Ending{Outcome: audit.Refused, Reason: reason}
	}
	if _, ok := errors.AsType[*wire.Error](err); ok {
		if a.ran {
			return audit.Ending{Outcome: audit.ToolError, Reason: "protocol_error"}
		}
		return audit.Ending{Outcome: audit.Refused, Reason: "invalid_request"}
	}
	switch kind := fault.KindOf(err); kind {
	case fault.Invalid:
		return audit.Ending{Outcome: audit.Refused, Reason: "invalid_arguments"}
	case fault.Internal, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Limited, fault.Upstream, fault.Unavailable:
		return audit.Ending{Outcome: audit.Failed, Reason: kind.String()}
	}
	return audit.Ending{Outcome: audit.Unknown}
}

// refusedFor is why the caller may not do what they ask for, or empty.
func refusedFor(err error) string {
	switch {
	case errors.Is(err, errUnknownTool):
		return "unknown_tool"
	case errors.Is(err, errUnknownPrompt):
		return "unknown_prompt"
	case errors.Is(err, errUnknownResource):
		return "unknown_resource"
	case errors.Is(err, errUnknownTask):
		return "unknown_task"
	}
	if _, ok := errors.AsType[*tools.SignInError](err); ok {
		return "sign_in_at_source"
	}
	if _, ok := errors.AsType[scopeError](err); ok {
		return "insufficient_scope"
	}
	if _, ok := errors.AsType[conditionError](err); ok {
		return "condition"
	}
	if _, ok := demandIn(err); ok {
		return insufficientClaims
	}
	return ""
}

// insufficientClaims is in the log where Entra, or what is behind us, wants more of a
// sign-in.
const insufficientClaims = "insufficient_claims"
