package emulator

import (
	"errors"
	"net/http"
	"strconv"
)

// graphError is an error of Microsoft Graph's.
type graphError struct {
	status  int
	code    string
	message string
}

func unauthenticated(message string) *graphError {
	return &graphError{http.StatusUnauthorized, "InvalidAuthenticationToken", message}
}

func badRequest(message string) *graphError {
	return &graphError{http.StatusBadRequest, "Request_BadRequest", message}
}

func unsupportedQuery(message string) graphError {
	return graphError{http.StatusBadRequest, "Request_UnsupportedQuery", message}
}

// denied is what a token without the permission gets.
var denied = graphError{http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."}

// graphReason is Graph's wording for a token that does not verify.
func graphReason(err error) string {
	if errors.Is(err, errMalformed) {
		return "IDX14100: JWT is not well formed."
	}
	return "Invalid signature."
}

// graphFault is the error an injected status is dressed in.
func graphFault(status int) graphError {
	switch status {
	case http.StatusTooManyRequests:
		return graphError{status, "TooManyRequests", "Too many requests. Please try again later."}
	case http.StatusServiceUnavailable:
		return graphError{status, "serviceNotAvailable", "The service is temporarily unavailable. Please try again later."}
	case http.StatusUnauthorized:
		return *unauthenticated("Access token validation failure.")
	case http.StatusForbidden:
		return denied
	case http.StatusNotFound:
		return graphError{status, "Request_ResourceNotFound", "Resource does not exist or one of its queried reference-property objects are not present."}
	}
	if status < http.StatusInternalServerError {
		return graphError{status, "Request_BadRequest", "The request was refused with status " + strconv.Itoa(status) + "."}
	}
	return graphError{status, "generalException", "An unexpected error occurred while processing the request."}
}

// writeGraphError answers with Graph's error envelope.
func (e *Emulator) writeGraphError(w http.ResponseWriter, r *http.Request, bad graphError) {
	e.graphHeaders(w, r)
	if bad.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="`+e.entra+`/common/oauth2/authorize", client_id="`+MicrosoftGraph+`"`)
	}
	if bad.status == http.StatusTooManyRequests {
		w.Header().Set("X-Ms-Throttle-Information", "ResourceUnitLimitExceeded")
	}
	type inner struct {
		Date            string `json:"date"`
		RequestID       string `json:"request-id"`
		ClientRequestID string `json:"client-request-id"`
	}
	type body struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Inner   inner  `json:"innerError"`
	}
	writeJSON(w, bad.status, map[string]body{"error": {bad.code, bad.message, inner{
		e.clock.Now().Format("2006-01-02T15:04:05"), w.Header().Get("Request-Id"), w.Header().Get("Client-Request-Id"),
	}}})
}

// noSegment answers for everything Graph has and the emulator has not.
func (e *Emulator) noSegment(w http.ResponseWriter, r *http.Request) {
	e.writeGraphError(w, r, graphError{http.StatusNotFound, "Request_ResourceNotFound", "The emulator does not serve " + clip(r.Method+" "+r.URL.Path) + "."})
}
