package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
)

// Problem is how every refusal looks (RFC 9457).
type Problem struct { //nolint:errname // the contract calls it Problem, as RFC 9457 does
	Type     string          `json:"type" format:"uri-reference" enum:"urn:gatehouse:problem:malformed,urn:gatehouse:problem:unauthenticated,urn:gatehouse:problem:forbidden,urn:gatehouse:problem:not_found,urn:gatehouse:problem:method_not_allowed,urn:gatehouse:problem:conflict,urn:gatehouse:problem:changed,urn:gatehouse:problem:too_large,urn:gatehouse:problem:media_type,urn:gatehouse:problem:invalid,urn:gatehouse:problem:match_required,urn:gatehouse:problem:limited,urn:gatehouse:problem:upstream,urn:gatehouse:problem:unavailable,urn:gatehouse:problem:internal" doc:"The kind of failure."`
	Title    string          `json:"title" doc:"The kind in words."`
	Status   int             `json:"status" doc:"The HTTP status."`
	Detail   string          `json:"detail" doc:"What happened this time, and what helps. Never holds a secret that was sent."`
	Instance string          `json:"instance" format:"uri-reference" doc:"The id of this request, as the platform's log has it."`
	Errors   []ProblemDetail `json:"errors,omitempty" doc:"Every field that is wrong."`

	retryAfter int // seconds; zero says nothing
}

// ProblemDetail is one field that is wrong.
type ProblemDetail struct {
	Location string `json:"location,omitempty" doc:"The field, for instance body.permissions[0].effect."`
	Message  string `json:"message" doc:"What is wrong about it."`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of RFC 9457 §3.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders returns when trying again may help (RFC 9110 §10.2.3) and how one
// says who one is (RFC 6750 §3).
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter != 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h["WWW-Authenticate"] = []string{"Bearer"}
	}
	return h
}

// The refusals of HTTP itself, which are no kind of fault.
var (
	errMethod    = &Problem{Status: http.StatusMethodNotAllowed, Detail: "the resource does not know this method"}
	errMediaType = &Problem{Status: http.StatusUnsupportedMediaType, Detail: "send application/json and say so in Content-Type"}
	errTooLarge  = &Problem{Status: http.StatusRequestEntityTooLarge, Detail: "a request body may have 1 MB at most"}
)

// The refusals of If-Match (RFC 6585 §3, RFC 9110 §13.1.1). Whoever passes them on
// need know no more of them than a kind.
var (
	errNoMatch  = conditional(http.StatusPreconditionRequired, "send If-Match with the ETag of what you read, which its answer has as a header; * is not accepted")
	errUnquoted = conditional(http.StatusPreconditionRequired, `If-Match: an ETag stands in quotes, such as "xyz"; send it as you got it, with them`)
	errMismatch = conditional(http.StatusPreconditionFailed, "it has changed since you read it; read it again and repeat the change on top")
)

func conditional(status int, text string) error {
	return fault.Wrap(fault.Conflict, text, &Problem{Status: status, Detail: text})
}

// kinds maps the kinds of fault to HTTP.
var kinds = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Invalid: http.StatusUnprocessableEntity, fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden: http.StatusForbidden, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Limited: http.StatusTooManyRequests, fault.Upstream: http.StatusBadGateway, fault.Unavailable: http.StatusServiceUnavailable,
}

// titles names the kinds by status: the end of a problem's type, and its title.
var titles = map[int][2]string{
	http.StatusBadRequest:            {"malformed", "The request cannot be read"},
	http.StatusUnauthorized:          {"unauthenticated", "Sign in"},
	http.StatusForbidden:             {"forbidden", "Not allowed"},
	http.StatusNotFound:              {"not_found", "Not found"},
	http.StatusMethodNotAllowed:      {"method_not_allowed", "Method not allowed"},
	http.StatusConflict:              {"conflict", "Conflict"},
	http.StatusPreconditionFailed:    {"changed", "Changed meanwhile"},
	http.StatusRequestEntityTooLarge: {"too_large", "Too large"},
	http.StatusUnsupportedMediaType:  {"media_type", "Media type not supported"},
	http.StatusUnprocessableEntity:   {"invalid", "Not valid"},
	http.StatusPreconditionRequired:  {"match_required", "If-Match is required"},
	http.StatusTooManyRequests:       {"limited", "Too many requests"},
	http.StatusBadGateway:            {"upstream", "Another system failed"},
	http.StatusServiceUnavailable:    {"unavailable", "Not available now"},
}

// newProblem maps an error once. The text of an error without a kind stays
// inside.
func newProblem(err error, id string) *Problem {
	p := &Problem{}
	if known, ok := errors.AsType[*Problem](err); ok {
		*p = *known
	} else {
		p.Status, p.Detail = kinds[fault.KindOf(err)], fault.Public(err)
		p.retryAfter = int(fault.RetryAfter(err).Seconds())
		p.Errors = fields(err)
	}
	p.name(id)
	return p
}

// fields lists the fields that an error says are wrong.
func fields(err error) []ProblemDetail {
	problems := access.ProblemsOf(err)
	if problems == nil {
		return parts(err)
	}
	return each(problems, func(p access.Problem) ProblemDetail {
		return ProblemDetail{strings.TrimSuffix("body."+p.Path, "."), p.Message}
	})
}

// parts lists the complaints of a joined error, each of which is a fault of its
// own.
func parts(err error) (list []ProblemDetail) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, e := range joined.Unwrap() {
		if deeper := parts(e); deeper != nil {
			list = append(list, deeper...)
			continue
		}
		list = append(list, ProblemDetail{Message: fault.Public(e)})
	}
	return list
}

func (p *Problem) name(id string) {
	title, ok := titles[p.Status]
	if !ok {
		title = [2]string{"internal", "Internal error"}
	}
	p.Type, p.Title, p.Instance = "urn:gatehouse:problem:"+title[0], title[1], "urn:uuid:"+id
}

// problemOf is what huma makes refusals of its own with: of a request that does
// not fit the contract, before any handler has seen it.
func problemOf(ctx huma.Context, status int, text string, details ...error) huma.StatusError {
	p := &Problem{Status: status, Detail: text}
	if status >= http.StatusInternalServerError {
		p.Detail, details = "internal error", nil
	}
	for _, d := range details {
		detail := ProblemDetail{Message: "not valid"}
		if from, ok := d.(huma.ErrorDetailer); ok {
			detail = worded(*from.ErrorDetail())
		}
		if detail.Location == "body" && status == http.StatusBadRequest {
			detail.Message = wordedBody(detail.Message)
		}
		p.Errors = append(p.Errors, detail)
	}
	if text == "validation failed" { // huma's own
		p.Detail = "the request does not fit the contract; errors says which fields, and why"
	}
	id := ""
	if v, ok := ctx.(*visit); ok {
		id = v.id
		p.suggest(v)
		p.scrub(unmentionable(v.sent()))
	}
	p.name(id)
	return p
}

// suggest adds to the first members that the contract does not have what they were
// probably meant to be.
func (p *Problem) suggest(v *visit) {
	left := mostSuggestions
	for i := range p.Errors {
		if e := &p.Errors[i]; e.Message == unexpected && left > 0 {
			left--
			e.Message += v.suggestion(e.Location)
		}
	}
}

// refuse answers a request that no operation has seen.
func (c *Console) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := newProblem(err, r.Header.Get(requestID))
	w.Header().Set("Content-Type", p.ContentType(""))
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}
