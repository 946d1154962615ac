package manage

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// RefusedError is a problem document (RFC 9457) of the management API.
type RefusedError struct {
	Host     string
	Status   int
	Title    string
	Detail   string
	Request  string           // id of the request in the deployment's log, if it gave one
	Problems []access.Problem // every field that is wrong, with its path in the document
}

// Error lists what the deployment says, the fields that are wrong one a line.
func (r *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d %s", r.Host, r.Status, r.Title)
	if r.Detail != "" && len(r.Problems) == 0 {
		b.WriteString(": " + r.Detail)
	}
	for _, p := range r.Problems {
		b.WriteString("\n" + p.String())
	}
	if r.Request != "" {
		b.WriteString("\nrequest " + r.Request)
	}
	return b.String()
}

// kinds gives a status of the API its kind; 412 is Conflict.
var kinds = map[int]fault.Kind{
	http.StatusUnauthorized: fault.Unauthenticated, http.StatusForbidden: fault.Forbidden, http.StatusNotFound: fault.NotFound,
	http.StatusConflict: fault.Conflict, http.StatusPreconditionFailed: fault.Conflict, http.StatusTooManyRequests: fault.Limited,
	http.StatusBadRequest: fault.Invalid, http.StatusUnprocessableEntity: fault.Invalid, http.StatusServiceUnavailable: fault.Unavailable,
}

// refusalOf returns what an answer refuses, as a fault with the RefusedError in its
// chain. An answer that is no problem document still says its status.
func refusalOf(host string, answer *egress.Response) error {
	var document struct {
		Title, Detail, Instance string
		Errors                  []struct{ Location, Message string }
	}
	r := &RefusedError{Host: host, Status: answer.Status, Title: http.StatusText(answer.Status)}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/problem+json") && json.Unmarshal(answer.Body, &document) == nil {
		r.Title, r.Detail, r.Request = document.Title, document.Detail, document.Instance
		for _, e := range document.Errors {
			r.Problems = append(r.Problems, access.Problem{Path: strings.TrimPrefix(strings.TrimPrefix(e.Location, "body"), "."), Message: e.Message})
		}
	}
	kind, ok := kinds[answer.Status]
	if !ok {
		kind = fault.Upstream
	}
	return fault.Wrap(kind, "the management API refused", r)
}
