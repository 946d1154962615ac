package msgraph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/reply"
)

// batchLimit is how many requests a batch takes (learn.microsoft.com,
// graph/json-batching).
const batchLimit = 20

// batchPath is where batches are sent to.
const batchPath = "/v1.0/$batch"

// step is one request of a batch.
type step struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// outcome is the answer to one request of a batch.
type outcome struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`
}

// batch answers up to twenty requests in one. Each goes through each, the whole
// service, for itself: with its own faults, limits and journal entry, and with
// the token of the batch. They run one after the other in an order that
// dependsOn allows, so that the same batch always comes to the same.
func (s *Service) batch(each http.Handler) func(*visit) {
	return func(v *visit) {
		var body struct {
			Requests []step `json:"requests"`
		}
		if err := reply.Decode(http.MaxBytesReader(v.w, v.r.Body, reply.MaxBody), &body); err != nil {
			v.refuse(badBatch("Invalid batch payload format."))
			return
		}
		ordered, bad := arrange(body.Requests)
		if bad != nil {
			v.refuse(bad)
			return
		}
		status := map[string]int{}
		outcomes := make([]outcome, 0, len(ordered))
		for _, one := range ordered {
			result := v.step(each, one, status)
			status[key(one.ID)] = result.Status
			outcomes = append(outcomes, result)
		}
		v.s.headers(v.w, v.r)
		v.w.Header().Set("OData-Version", "4.0")
		reply.JSON(v.w, http.StatusOK, map[string]any{"responses": outcomes})
	}
}

// badBatch refuses a whole batch. That Graph answers 400 is documented; the code
// and the sentences are from memory.
func badBatch(message string) *problem {
	return &problem{http.StatusBadRequest, "BadRequest", message}
}

// key is an id as Graph compares it: case makes no difference.
func key(id string) string { return strings.ToLower(id) }

// arrange checks a batch and puts its requests in an order in which each comes
// after what it depends on, otherwise as sent.
func arrange(steps []step) ([]step, *problem) {
	if len(steps) == 0 {
		return nil, badBatch("Invalid batch payload format.")
	}
	if len(steps) > batchLimit {
		return nil, badBatch("The number of batch request steps exceeds the maximum value of " + strconv.Itoa(batchLimit) + ".")
	}
	known := map[string]bool{}
	for _, one := range steps {
		if bad := one.check(known); bad != nil {
			return nil, bad
		}
		known[key(one.ID)] = true
	}
	for _, one := range steps {
		for _, id := range one.DependsOn {
			if !known[key(id)] || key(id) == key(one.ID) {
				return nil, badBatch("The dependsOn property of request '" + reply.Clip(one.ID) + "' names '" + reply.Clip(id) + "', which is not another request of the batch.")
			}
		}
	}
	return sorted(steps)
}

// check refuses a request that no batch can hold.
func (one step) check(known map[string]bool) *problem {
	var message string
	switch {
	case one.ID == "":
		message = "Request Id cannot be null or empty."
	case known[key(one.ID)]:
		message = "Request Id has to be unique in a batch."
	case one.URL == "":
		message = "Request URL cannot be null or empty."
	case !slices.Contains([]string{"GET", "POST", "PATCH", "PUT", "DELETE"}, strings.ToUpper(one.Method)):
		message = "Request method '" + reply.Clip(one.Method) + "' is not supported."
	case one.nested():
		message = "A batch cannot contain another batch."
	case len(one.content()) > 0 && one.header("Content-Type") == "":
		message = "Content-Type header is required for requests with a body."
	default:
		return nil
	}
	return badBatch(message)
}

// nested reports whether a request is a batch again, however it is spelled.
func (one step) nested() bool {
	u, err := one.address()
	return err == nil && path.Clean(strings.ToLower(u.Path)) == batchPath
}

// address is where a request goes: its URL is relative to the version.
func (one step) address() (*url.URL, error) {
	u, err := url.Parse("/v1.0/" + strings.TrimPrefix(one.URL, "/"))
	if err != nil {
		return nil, fmt.Errorf("read url: %w", err)
	}
	return u, nil
}

// outside is the segment by which an address leads out of the version it is
// relative to, or to another host: one of dots, or what stands beside nothing.
func outside(u *url.URL) (segment string, found bool) {
	segments := strings.Split(strings.TrimPrefix(u.Path, "/v1.0/"), "/")
	for i, segment := range segments {
		switch {
		case segment == "." || segment == "..":
			return segment, true
		case segment != "" || i == len(segments)-1:
		case i == 0:
			return segments[1], true
		default:
			return segments[i-1], true
		}
	}
	return "", false
}

func (one step) header(name string) string {
	for sent, value := range one.Headers {
		if strings.EqualFold(sent, name) {
			return value
		}
	}
	return ""
}

// sorted orders by dependency and refuses circles.
func sorted(steps []step) ([]step, *problem) {
	placed := map[string]bool{}
	var out []step
	for len(out) < len(steps) {
		before := len(out)
		for _, one := range steps {
			ready := !slices.ContainsFunc(one.DependsOn, func(id string) bool { return !placed[key(id)] })
			if ready && !placed[key(one.ID)] {
				placed[key(one.ID)] = true
				out = append(out, one)
			}
		}
		if len(out) == before {
			return nil, badBatch("The requests of the batch depend on each other in a circle.")
		}
	}
	return out, nil
}
