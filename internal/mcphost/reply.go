package mcphost

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/wire"
)

// recordHeader carries the id of the audit record of whatever was recorded, also
// where a reply has no _meta.
const recordHeader = "Gatehouse-Record"

// reply writes the answer to a message, or what became of it.
func (h *Host) reply(w http.ResponseWriter, req *request, a answer, err error) {
	if req.finish() {
		h.conclude(req, a, err)
		return
	}
	header := w.Header()
	if a.record != "" {
		header.Set(recordHeader, a.record)
	}
	if err != nil {
		h.replyError(w, req, a, err)
		return
	}
	if a.session != "" {
		header.Set(sessionHeader, a.session)
	}
	buffer := buffers.get()
	defer buffers.put(buffer)
	*buffer = h.appendResult((*buffer)[:0], req, a)
	writeJSON(w, http.StatusOK, *buffer)
}

// appendResult appends the JSON-RPC reply of a result.
func (h *Host) appendResult(dst []byte, req *request, a answer) []byte {
	dst = append(append(dst, `{"jsonrpc":"2.0","id":`...), req.message.ID...)
	dst = append(dst, `,"result":{`...)
	switch {
	case req.era != wire.Modern:
	case a.kind == "":
		dst = append(dst, `"resultType":"complete",`...)
	default:
		dst = append(wire.AppendString(append(dst, `"resultType":`...), a.kind), ',')
	}
	if len(a.members) > 0 {
		dst = append(append(dst, a.members...), ',')
	}
	if req.era == wire.Modern && a.ttl != "" {
		dst = append(append(dst, `"ttlMs":`...), a.ttl...)
		dst = append(dst, `,"cacheScope":"private",`...)
	}
	return append(h.appendMeta(dst, req, a), "}}"...)
}

// appendMeta appends the result's _meta. In the initialize revisions the server
// has named itself at the start, and a result without members is exactly {}.
func (h *Host) appendMeta(dst []byte, req *request, a answer) []byte {
	if req.era == wire.Legacy && a.record == "" && a.meta == nil {
		return bytes.TrimSuffix(dst, []byte(","))
	}
	dst = append(append(dst, `"_meta":{"io.modelcontextprotocol/serverInfo":`...), h.serverInfo...)
	if a.record != "" {
		dst = append(append(append(dst, `,"gatehouse/record":"`...), a.record...), '"')
	}
	return append(append(dst, a.meta...), '}')
}

// replyError is the one place where a fault of a message becomes a reply: a
// protocol error, a challenge, or a tool result that the model can act on.
func (h *Host) replyError(w http.ResponseWriter, req *request, a answer, err error) {
	if scope, ok := errors.AsType[scopeError](err); ok {
		w.Header().Set("WWW-Authenticate", h.challenge(req, asked(req.snap, req.besides(scope.needed(req.snap))), "insufficient_scope", scope.Error()))
		h.writeError(w, req, &wire.Error{Code: wire.CodeInvalidRequest, Message: scope.Error(), Status: http.StatusForbidden})
		return
	}
	if condition, ok := errors.AsType[conditionError](err); ok {
		h.replyRefused(w, req, a, condition.Error())
		return
	}
	if protocol, ok := errors.AsType[*wire.Error](err); ok {
		h.writeError(w, req, protocol)
		return
	}
	if led, ok := errors.AsType[*toldError](err); ok {
		h.replyRefused(w, req, a, fault.Public(led))
		return
	}
	if d, ok := demandIn(err); ok {
		h.replyDemand(w, req, a, d)
		return
	}
	switch {
	case errors.Is(err, errUnknownTool):
		h.writeError(w, req, wire.InvalidParams(fmt.Sprintf("unknown tool: %.128s", req.message.Params.Name)))
	case errors.Is(err, errUnknownPrompt):
		h.writeError(w, req, wire.InvalidParams(fmt.Sprintf("unknown prompt: %.128s", req.message.Params.Name)))
	case errors.Is(err, errUnknownTask):
		h.writeError(w, req, wire.InvalidParams("there is no such task; it may have expired"))
	case errors.Is(err, errUnknownResource):
		h.writeError(w, req, wire.ResourceNotFound(req.era, req.message.Params.URI))
	default:
		h.replyFault(w, req, a, err)
	}
}

// protocolError is a fault as the answer to a method whose results say nothing of
// failures: what the client can mend is about its params, the rest is not.
func protocolError(err error) *wire.Error {
	e := wire.InvalidParams(fault.Public(err))
	switch fault.KindOf(err) {
	case fault.Internal, fault.Upstream, fault.Unavailable, fault.Limited, fault.Unauthenticated:
		e.Code = wire.CodeInternal
	case fault.Invalid, fault.Forbidden, fault.NotFound, fault.Conflict:
	}
	if wait := retryAfter(err); wait > 0 {
		e.Data = append(strconv.AppendInt([]byte(`{"retryAfterSeconds":`), wait, 10), '}')
	}
	return e
}

// replyFault answers a fault by its kind. What the model or the person can act
// on is a tool result; what only time or we can mend is not.
func (h *Host) replyFault(w http.ResponseWriter, req *request, a answer, err error) {
	switch kind := fault.KindOf(err); kind {
	case fault.Limited, fault.Unavailable:
		w.Header().Set("Retry-After", strconv.FormatInt(retryAfter(err), 10))
		protocol := protocolError(err)
		protocol.Status = statusOf(kind)
		h.writeError(w, req, protocol)
	case fault.Internal:
		h.logFault(req.http, err)
		h.writeError(w, req, wire.Internal("internal error; reference "+reference(a)))
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Upstream:
		if req.message.Method != wire.MethodToolsCall {
			h.writeError(w, req, protocolError(err))
			return
		}
		h.replyToolError(w, req, a, fault.Public(err))
	}
}

// replyToolError answers with a tool result that the model can act on.
func (h *Host) replyToolError(w http.ResponseWriter, req *request, a answer, text string) {
	h.reply(w, req, toolError(a, text, 0), nil)
}

// replyRefused tells that a call the caller may know of is not allowed to them. Only
// the result of a tool can say so itself.
func (h *Host) replyRefused(w http.ResponseWriter, req *request, a answer, why string) {
	why += "; reference " + reference(a)
	if req.message.Method != wire.MethodToolsCall {
		h.writeError(w, req, protocolError(fault.New(fault.Forbidden, why)))
		return
	}
	h.replyToolError(w, req, a, why)
}

func reference(a answer) string {
	if a.record != "" {
		return a.record
	}
	return "none"
}

// writeError answers with a protocol error.
func (h *Host) writeError(w http.ResponseWriter, req *request, e *wire.Error) {
	writeJSON(w, e.Status, wire.AppendError(nil, req.message.ID, e))
}

// logFault logs what the caller is not told. A caller who went away is no fault.
func (h *Host) logFault(r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	h.logger.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("path", r.URL.Path), telemetry.Err(err))
}

// outcomeOf says how an operation ended, for telemetry.
func outcomeOf(a answer, err error) telemetry.Outcome {
	if err == nil {
		if a.isError {
			return telemetry.ToolFailed()
		}
		return telemetry.Succeeded()
	}
	if protocol, ok := errors.AsType[*wire.Error](err); ok {
		return telemetry.Refused(protocol.Code)
	}
	switch fault.KindOf(err) {
	case fault.Internal, fault.Upstream, fault.Unavailable:
		return telemetry.Failed(wire.CodeInternal)
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Limited:
	}
	return telemetry.Refused(wire.CodeInvalidParams)
}
