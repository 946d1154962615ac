package mcphost

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/wire"
)

// recordHeader carries the id of the audit record of whatever was recorded, also
// where a reply has no _meta.
const recordHeader = "Gatehouse-Record"

// decode reads the body, decodes it once, and holds the headers against it.
func (h *Host) decode(r *http.Request, req *request, buffer *[]byte) error {
	if err := wire.CheckContentType(r.Header); err != nil {
		return err
	}
	var err *wire.Error
	if *buffer, err = wire.ReadBody(r.Body, h.limits, *buffer); err != nil {
		return err
	}
	if req.message, err = wire.Decode(*buffer, h.limits); err != nil {
		return err
	}
	if req.era, err = wire.Classify(r.Header, req.message); err != nil {
		return err
	}
	if err := wire.CheckAccept(r.Header, req.era); err != nil {
		return err
	}
	if req.era == wire.Modern {
		if err := wire.CheckHeaders(r.Header, req.message); err != nil {
			return err
		}
	}
	return nil
}

// reply writes the answer to a message, or what became of it.
func (h *Host) reply(w http.ResponseWriter, req *request, a answer, err error) {
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
	if req.era == wire.Modern {
		dst = append(dst, `"resultType":"complete",`...)
	}
	if len(a.members) > 0 {
		dst = append(append(dst, a.members...), ',')
	}
	if req.era == wire.Modern && a.ttl != "" {
		dst = append(append(dst, `"ttlMs":`...), a.ttl...)
		dst = append(dst, `,"cacheScope":"private",`...)
	}
	dst = append(append(dst, `"_meta":{"io.modelcontextprotocol/serverInfo":`...), h.serverInfo...)
	if a.record != "" {
		dst = append(append(append(dst, `,"gatehouse/record":"`...), a.record...), '"')
	}
	return append(append(dst, a.meta...), "}}}"...)
}

// replyError is the one place where a fault of a message becomes a reply: a
// protocol error, a challenge, or a tool result that the model can act on.
func (h *Host) replyError(w http.ResponseWriter, req *request, a answer, err error) {
	if scope, ok := errors.AsType[scopeError](err); ok {
		scopes := qualified(req.snap, scope.scopes)
		if len(scopes) == 0 {
			scopes = []string{req.snap.Organization.Connection.QualifiedScope()}
		}
		w.Header().Set("WWW-Authenticate", h.challenge(req.snap, scopes, "insufficient_scope", scope.Error()))
		h.writeError(w, req, &wire.Error{Code: wire.CodeInvalidRequest, Message: scope.Error(), Status: http.StatusForbidden})
		return
	}
	if protocol, ok := errors.AsType[*wire.Error](err); ok {
		h.writeError(w, req, protocol)
		return
	}
	switch {
	case errors.Is(err, errUnknownTool):
		h.writeError(w, req, wire.InvalidParams(fmt.Sprintf("unknown tool: %.128s", req.message.Params.Name)))
	case errors.Is(err, errUnknownResource):
		h.writeError(w, req, wire.ResourceNotFound(req.era, req.message.Params.URI))
	default:
		h.replyFault(w, req, a, err)
	}
}

// replyFault answers a fault by its kind. What the model or the person can act
// on is a tool result; what only time or we can mend is not.
func (h *Host) replyFault(w http.ResponseWriter, req *request, a answer, err error) {
	switch kind := fault.KindOf(err); kind {
	case fault.Limited, fault.Unavailable:
		h.refuse(w, req.http, err)
	case fault.Internal:
		h.logFault(req.http, err)
		h.writeError(w, req, wire.Internal("internal error; reference "+reference(a)))
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Upstream:
		if req.message.Method != "tools/call" {
			h.writeError(w, req, wire.InvalidParams(fault.Public(err)))
			return
		}
		a.members = append([]byte(`"content":[{"type":"text","text":`), wire.AppendString(nil, fault.Public(err))...)
		a.members = append(a.members, `}],"isError":true`...)
		h.reply(w, req, a, nil)
	}
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

// refusal is the body of a request turned away before or beside the protocol: a
// JSON-RPC error without an id (streamable HTTP, "Security") that also names the
// error as OAuth clients expect it.
type refusal struct {
	JSONRPC     string  `json:"jsonrpc"`
	ID          *string `json:"id"`
	Error       detail  `json:"error"`
	Description string  `json:"error_description"`
}

type detail struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// refuse answers a fault that has nothing to do with a token.
func (h *Host) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(fault.KindOf(err))
	if status == http.StatusInternalServerError {
		h.logFault(r, err)
	}
	if wait := fault.RetryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	} else if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	h.writeRefusal(w, status, fault.Public(err))
}

// refuseToken answers a request whose token is missing or not good here: 401
// with a challenge, or 403 where another token of the same person would not help
// unless it has another scope.
func (h *Host) refuseToken(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot, err error) {
	scope := []string{snap.Organization.Connection.QualifiedScope()}
	refused, _ := errors.AsType[*entra.Refusal](err)
	switch kind := fault.KindOf(err); {
	case errors.Is(err, errNoToken):
		w.Header().Set("WWW-Authenticate", h.challenge(snap, scope, "", ""))
	case refused != nil && refused.Class == entra.InsufficientScope:
		w.Header().Set("WWW-Authenticate", h.challenge(snap, scope, "insufficient_scope", fault.Public(err)))
	case kind == fault.Unauthenticated:
		w.Header().Set("WWW-Authenticate", h.challenge(snap, scope, "invalid_token", fault.Public(err)))
	}
	h.refuse(w, r, err)
}

func statusOf(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Limited:
		return http.StatusTooManyRequests
	case fault.Upstream:
		return http.StatusBadGateway
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
	}
	return http.StatusInternalServerError
}

func (h *Host) writeRefusal(w http.ResponseWriter, status int, text string) {
	body, err := json.Marshal(refusal{JSONRPC: "2.0", Error: detail{Code: wire.CodeInvalidRequest, Message: text}, Description: text})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header["Content-Type"] = jsonType
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	header["Cache-Control"] = noStore
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// Header values that never change, shared by all replies.
var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
)

// logFault logs what the caller is not told.
func (h *Host) logFault(r *http.Request, err error) {
	h.Logger.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("path", r.URL.Path), slog.String("error", err.Error()))
}

// outcome says how an operation ended, for telemetry.
func outcome(a answer, err error) telemetry.Outcome {
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
