package mcphost

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

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
	if wait := retryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(wait, 10))
	}
	h.writeRefusal(w, status, fault.Public(err))
}

// refuseToken answers a request whose token is missing or not good here: 401
// with a challenge, or 403 where another token of the same person would not help
// unless it has another scope.
func (h *Host) refuseToken(w http.ResponseWriter, req *request, err error) {
	scope := asked(req.snap, nil)
	refused, _ := errors.AsType[*entra.Refusal](err)
	switch kind := fault.KindOf(err); {
	case errors.Is(err, errNoToken):
		w.Header().Set("WWW-Authenticate", h.challenge(req, scope, "", ""))
	case refused != nil && refused.Class == entra.InsufficientScope:
		w.Header().Set("WWW-Authenticate", h.challenge(req, scope, "insufficient_scope", fault.Public(err)))
	case kind == fault.Unauthenticated:
		w.Header().Set("WWW-Authenticate", h.challenge(req, scope, "invalid_token", fault.Public(err)))
	}
	h.refuse(w, req.http, err)
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
