package msgraph

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// problem is an error of Microsoft Graph's.
type problem struct {
	status  int
	code    string
	message string
}

func unauthenticated(message string) *problem {
	return &problem{http.StatusUnauthorized, "InvalidAuthenticationToken", message}
}

func badRequest(message string) *problem {
	return &problem{http.StatusBadRequest, "Request_BadRequest", message}
}

// malformed is the directory's refusal of a query that cannot be read.
func malformed(message string) *problem {
	return &problem{http.StatusBadRequest, "BadRequest", message}
}

// unsupported is its refusal of one that can be read and not answered.
func unsupported(message string) *problem {
	return &problem{http.StatusBadRequest, "Request_UnsupportedQuery", message}
}

// denied is what a token without the permission gets.
var denied = &problem{http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."}

// missing is what Graph says of an id or a name that leads nowhere, deleted
// people included.
func missing(name string) *problem {
	return &problem{
		http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '" + reply.Clip(name) + "' does not exist or one of its queried reference-property objects are not present.",
	}
}

// reason is Graph's wording for a token that does not verify.
func reason(err error) string {
	if errors.Is(err, keyring.ErrMalformed) {
		return "IDX14100: JWT is not well formed."
	}
	return "Invalid signature."
}

// injected is the error an injected status is dressed in.
func injected(status int) *problem {
	switch status {
	case http.StatusTooManyRequests:
		return &problem{status, "TooManyRequests", "Too many requests. Please try again later."}
	case http.StatusServiceUnavailable:
		return &problem{status, "serviceNotAvailable", "The service is temporarily unavailable. Please try again later."}
	case http.StatusUnauthorized:
		return unauthenticated("Access token validation failure.")
	case http.StatusForbidden:
		return denied
	case http.StatusNotFound:
		return &problem{status, "Request_ResourceNotFound", "Resource does not exist or one of its queried reference-property objects are not present."}
	}
	if status < http.StatusInternalServerError {
		return &problem{status, "Request_BadRequest", "The request was refused with status " + strconv.Itoa(status) + "."}
	}
	return &problem{status, "generalException", "An unexpected error occurred while processing the request."}
}

// signIn tells where tokens come from.
func (s *Service) signIn() string {
	return `Bearer realm="", authorization_uri="` + s.login + `/common/oauth2/authorize", client_id="` + seed.MicrosoftGraph + `"`
}

// writeError answers with Graph's error envelope.
func (s *Service) writeError(w http.ResponseWriter, r *http.Request, bad *problem) {
	s.headers(w, r)
	if bad.status == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", s.signIn())
	}
	if bad.status == http.StatusTooManyRequests && w.Header().Get("X-Ms-Throttle-Information") == "" {
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
	reply.JSON(w, bad.status, map[string]body{"error": {bad.code, bad.message, inner{
		s.now().Format("2006-01-02T15:04:05"), w.Header().Get("Request-Id"), w.Header().Get("Client-Request-Id"),
	}}})
}

// elsewhere answers for every request nothing else answers for: with 405 where
// other methods are known, otherwise as noSegment does. Status and sentence are
// in microsoftgraph/microsoft-graph-docs-contrib issue 3076, code and sentence in
// microsoftgraph/microsoft-graph-docs issue 119; Allow is what RFC 9110 §15.5.6
// asks for.
func (s *Service) elsewhere(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		allowed := methodsAt(mux, r)
		if allowed == nil {
			s.noSegment(w, r)
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.writeError(w, r, &problem{http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."})
	}
}

// methodsAt are the methods the address of a request is known with.
func methodsAt(mux *http.ServeMux, r *http.Request) []string {
	var out []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, method+" ") {
			out = append(out, method)
		}
	}
	return out
}

// noSegment answers for everything Graph has and the emulator has not.
func (s *Service) noSegment(w http.ResponseWriter, r *http.Request) {
	s.writeError(w, r, &problem{http.StatusNotFound, "Request_ResourceNotFound", "The emulator does not serve " + reply.Clip(r.Method+" "+r.URL.Path) + version(r.URL.Path) + "."})
}

// version says more where somebody asks for another version of Graph.
func version(path string) string {
	if strings.HasPrefix(path, "/v1.0/") {
		return ""
	}
	return "; it serves /v1.0 of Microsoft Graph only"
}
