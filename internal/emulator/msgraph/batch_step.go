package msgraph

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"gatehouse/internal/emulator/reply"
)

// step runs one request of a batch, unless one it depends on has failed. status
// holds how the ones before it ended.
func (v *visit) step(each http.Handler, one step, status map[string]int) outcome {
	for _, id := range one.DependsOn {
		if status[key(id)] >= http.StatusBadRequest {
			return v.dependent(one)
		}
	}
	r, err := v.request(one)
	if err != nil {
		return v.unreadable(one)
	}
	if segment, found := outside(r.URL); found {
		return v.refused(one, noSuchSegment(segment))
	}
	answer := &capture{header: http.Header{}}
	each.ServeHTTP(answer, r)
	return answer.outcome(one.ID)
}

// request is a step as if it had been sent by itself with the batch's token.
func (v *visit) request(one step) (*http.Request, error) {
	u, err := one.address()
	if err != nil {
		return nil, err
	}
	r := v.r.Clone(v.r.Context())
	r.Method, r.URL, r.RequestURI, r.Header = strings.ToUpper(one.Method), u, u.RequestURI(), http.Header{}
	for name, value := range one.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", v.r.Header.Get("Authorization"))
	if r.Header.Get("Client-Request-Id") == "" && v.r.Header.Get("Client-Request-Id") != "" {
		r.Header.Set("Client-Request-Id", v.r.Header.Get("Client-Request-Id"))
	}
	body := one.content()
	r.Body, r.ContentLength = readable{bytes.NewReader(body)}, int64(len(body))
	return r, nil
}

// content is what a step sends: its JSON as it stands, or what a base64 string
// holds when it is of another type.
func (one step) content() []byte {
	if string(one.Body) == "null" {
		return nil
	}
	var text string
	if strings.Contains(one.header("Content-Type"), "json") || json.Unmarshal(one.Body, &text) != nil {
		return one.Body
	}
	for _, encoding := range []*base64.Encoding{base64.URLEncoding, base64.RawURLEncoding, base64.StdEncoding} {
		if raw, err := encoding.DecodeString(text); err == nil {
			return raw
		}
	}
	return []byte(text)
}

// readable is a body that needs no closing.
type readable struct{ *bytes.Reader }

// Close implements io.Closer.
func (readable) Close() error { return nil }

// dependent is the answer to a step whose precondition failed. The status is
// documented, the sentence is from memory.
func (v *visit) dependent(one step) outcome {
	return v.refused(one, &problem{http.StatusFailedDependency, "FailedDependency", "The request depends on another request of the batch that has failed."})
}

// noSuchSegment is OData's word about an address that leads nowhere, as Graph
// answers it in many public issues. That it says so of whole URLs is from memory.
func noSuchSegment(segment string) *problem {
	return malformed("Resource not found for the segment '" + reply.Clip(segment) + "'.")
}

func (v *visit) unreadable(one step) outcome {
	return v.refused(one, badRequest("The request URL is not a URL."))
}

func (v *visit) refused(one step, bad *problem) outcome {
	answer := &capture{header: http.Header{}}
	v.s.writeError(answer, v.r, bad)
	return answer.outcome(one.ID)
}

// capture is a ResponseWriter that keeps what is written to it.
type capture struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (c *capture) Header() http.Header { return c.header }

// WriteHeader implements http.ResponseWriter.
func (c *capture) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

// Write implements http.ResponseWriter.
func (c *capture) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.body.Write(b)
}

// outcome is what was written as a part of a batch's answer. What is not JSON
// goes as base64, as Graph sends pictures.
func (c *capture) outcome(id string) outcome {
	out := outcome{ID: id, Status: max(c.status, http.StatusOK), Headers: map[string]string{}}
	for name, values := range c.header {
		if name != "Date" && name != "Pragma" {
			out.Headers[name] = strings.Join(values, ", ")
		}
	}
	if c.body.Len() == 0 {
		return out
	}
	if json.Valid(c.body.Bytes()) {
		out.Body = json.RawMessage(bytes.TrimSpace(c.body.Bytes()))
		return out
	}
	out.Body = base64.StdEncoding.EncodeToString(c.body.Bytes())
	return out
}
