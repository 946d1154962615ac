package mcphost

import (
	"errors"
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// conclude ends the stream of a request with its answer, or with what became of
// it. A status cannot be sent any more: what would have been one is said in the
// message.
func (h *Host) conclude(req *request, a answer, err error) {
	defer req.events.close()
	buffer := buffers.get()
	defer buffers.put(buffer)
	*buffer = h.appendConclusion((*buffer)[:0], req, a, err)
	_ = req.events.send(*buffer) // somebody who went away is told nothing
}

func (h *Host) appendConclusion(dst []byte, req *request, a answer, err error) []byte {
	if err == nil {
		return h.appendResult(dst, req, a)
	}
	if protocol, ok := errors.AsType[*wire.Error](err); ok {
		return wire.AppendError(dst, req.message.ID, protocol)
	}
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		h.logFault(req.http, err)
		return wire.AppendError(dst, req.message.ID, wire.Internal("internal error; reference "+reference(a)))
	}
	if req.message.Method == wire.MethodToolsCall {
		return h.appendResult(dst, req, toolError(a, fault.Public(err), retryAfter(err)))
	}
	return wire.AppendError(dst, req.message.ID, protocolError(err))
}

// retryAfter is how many seconds to wait before the request may succeed: never
// zero where waiting is the remedy, and zero everywhere else.
func retryAfter(err error) int64 {
	seconds := int64((fault.RetryAfter(err) + time.Second - 1) / time.Second)
	switch fault.KindOf(err) {
	case fault.Limited, fault.Unavailable:
		return max(seconds, 1)
	case fault.Internal, fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Upstream:
	}
	return seconds
}

// toolError is a tool result that the model can act on. How long to wait, if
// that helps, stands in the text and for programs in _meta.
func toolError(a answer, text string, wait int64) answer {
	a.isError, a.meta, a.kind, a.ttl = true, nil, "", ""
	if wait > 0 {
		text += " (retry in " + strconv.FormatInt(wait, 10) + " s)"
		a.meta = strconv.AppendInt([]byte(`,"gatehouse/retryAfterSeconds":`), wait, 10)
	}
	a.members = wire.AppendString([]byte(`"content":[{"type":"text","text":`), text)
	a.members = append(a.members, `}],"isError":true`...)
	return a
}
