package authserver

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// refusal is an error of OAuth, as clients know them (RFC 6749 §4.1.2.1 and §5.2,
// RFC 7591 §3.2.2, RFC 8707 §2).
type refusal struct {
	Code        string // such as invalid_grant
	Description string // a sentence that says what helps
}

func (r *refusal) Error() string { return r.Code + ": " + r.Description }

// The codes that clients act on.
const (
	invalidRequest = "invalid_request"
	invalidClient  = "invalid_client"
	invalidGrant   = "invalid_grant"
	invalidTarget  = "invalid_target"
	invalidScope   = "invalid_scope"

	unauthorizedClient = "unauthorized_client"
)

func refuse(code, description string) *refusal { return &refusal{code, description} }

// errBody is how a refusal looks (RFC 6749 §5.2).
type errBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// fail answers a request that is no page with what went wrong. What is no refusal
// is a failure of ours or of somebody we depend on, and the client may try again.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, body := failure(err)
	if refused, ok := errors.AsType[*refusal](err); ok {
		status, body = http.StatusBadRequest, errBody{refused.Code, refused.Description}
		if refused.Code == invalidClient { // with a challenge, as RFC 6749 §5.2 wants it
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Basic realm="Gatehouse"`)
		}
	}
	if status >= http.StatusInternalServerError {
		s.Logger.ErrorContext(r.Context(), "authorization server failed", telemetry.Err(err))
	}
	if wait := fault.RetryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	respond(w, status, body)
}

// failure is the status and the code of what is no refusal.
func failure(err error) (int, errBody) {
	switch fault.KindOf(err) {
	case fault.NotFound:
		return http.StatusNotFound, errBody{invalidRequest, fault.Public(err)}
	case fault.Forbidden:
		return http.StatusForbidden, errBody{"access_denied", fault.Public(err)}
	case fault.Limited:
		return http.StatusTooManyRequests, errBody{"temporarily_unavailable", fault.Public(err)}
	case fault.Unavailable, fault.Upstream:
		return http.StatusServiceUnavailable, errBody{"temporarily_unavailable", fault.Public(err)}
	case fault.Invalid, fault.Conflict, fault.Unauthenticated:
		return http.StatusBadRequest, errBody{invalidRequest, fault.Public(err)}
	case fault.Internal:
	}
	return http.StatusInternalServerError, errBody{"server_error", fault.Public(err)}
}

// respond writes a document that nobody may keep (RFC 6749 §5.1).
func respond(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// seconds are whole ones.
func seconds(d time.Duration) int { return int(d / time.Second) }
