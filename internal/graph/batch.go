package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// maxBatch is how many requests a batch takes (Microsoft Graph, "Combine multiple
// HTTP requests using JSON batching").
const maxBatch = 20

// step is one request of a batch.
type step struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"` // below the version
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

// result is the answer to one.
type result struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

func (r result) header() http.Header {
	h := http.Header{}
	for name, value := range r.Headers {
		h.Set(name, value)
	}
	return h
}

// outcome is what came of one question of a batch.
type outcome struct {
	body json.RawMessage
	err  error
}

// rounds is how often a question of a batch is asked at most, longestPause how long
// is waited for the next time, and pause how long where Graph does not say.
const (
	rounds       = 3
	pause        = time.Second
	longestPause = 15 * time.Second
)

// batch asks up to maxBatch questions at once and returns what came of each. What
// is throttled, waits for another of the batch (424) or meets Graph unavailable is
// asked again when Graph says so, within the same budget; the error is about the
// batch as a whole.
func (c *Client) batch(ctx context.Context, as Asking, questions []question) ([]outcome, error) {
	all := make([]outcome, len(questions))
	open := make([]int, len(questions))
	for i := range questions {
		open[i] = i
	}
	for round := 1; ; round++ {
		again, after, err := c.askBatch(ctx, as, questions, open, all)
		if err != nil {
			if round == 1 {
				return nil, err
			}
			return all, nil // each has the error of the round before
		}
		if len(again) == 0 || round == rounds {
			return all, nil
		}
		if after <= 0 {
			after = time.Duration((0.5 + rand.Float64()/2) * float64(pause<<round)) //nolint:gosec // chance, no secret
		}
		if !c.waits(ctx, after) {
			return all, nil
		}
		open = again
	}
}

// waits waits, unless that is longer than anybody has time for.
func (c *Client) waits(ctx context.Context, d time.Duration) bool {
	if until, ok := ctx.Deadline(); d > longestPause || ok && time.Until(until) < d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// askBatch asks those questions that are open. It returns those to be asked again
// and the longest that Graph wants one of them to wait.
func (c *Client) askBatch(ctx context.Context, as Asking, questions []question, open []int, all []outcome) (again []int, after time.Duration, err error) {
	units, steps := int64(0), make([]step, 0, len(open))
	for _, i := range open {
		units += questions[i].cost()
		steps = append(steps, c.step(as, i, questions[i]))
	}
	paid, err := c.budget.open(as, units)
	if err != nil {
		return nil, 0, err
	}
	resp, err := c.send(ctx, as, question{path: "$batch", body: map[string]any{"requests": steps}})
	if err != nil {
		paid.cancel()
		return nil, 0, err
	}
	if resp.Status != http.StatusOK {
		paid.hear(resp.Status, resp.Header, units)
		return nil, 0, refusal(resp)
	}
	var answer struct {
		Responses []result `json:"responses"`
	}
	if err := json.Unmarshal(resp.Body, &answer); err != nil {
		return nil, 0, fault.Wrap(fault.Upstream, "Microsoft Graph answered a batch with something other than the JSON expected", shape(err))
	}
	got := map[string]result{}
	for _, r := range answer.Responses {
		got[r.ID] = r
	}
	for _, i := range open {
		r, ok := got[strconv.Itoa(i)]
		if !ok {
			all[i] = outcome{err: fault.New(fault.Upstream, "Microsoft Graph left a question of a batch unanswered")}
			continue
		}
		header := r.header()
		paid.hear(r.Status, header, questions[i].cost())
		all[i] = r.outcome(header)
		if r.passing() {
			again, after = append(again, i), max(after, retryAfter(header))
		}
	}
	return again, after, nil
}

// passing reports a refusal that may be none in a moment.
func (r result) passing() bool {
	switch r.Status {
	case http.StatusTooManyRequests, http.StatusFailedDependency, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func (r result) outcome(header http.Header) outcome {
	if r.Status == http.StatusOK {
		return outcome{body: r.Body}
	}
	return outcome{err: refusal(&egress.Response{Status: r.Status, Header: header, Body: r.Body})}
}

// step is a question as part of a batch. Priorities are those of each.
func (c *Client) step(as Asking, n int, q question) step {
	s := step{ID: strconv.Itoa(n), Method: http.MethodGet, URL: "/" + q.path, Headers: map[string]string{}}
	if len(q.query) > 0 {
		s.URL += "?" + q.query.Encode()
	}
	if q.body != nil {
		s.Method, s.Body = http.MethodPost, q.body
		s.Headers["Content-Type"] = "application/json"
	}
	if as.Priority != "" {
		s.Headers["x-ms-throttle-priority"] = string(as.Priority)
	}
	return s
}

// decode reads an outcome into out.
func (o outcome) decode(out any) error {
	if o.err != nil {
		return o.err
	}
	if err := json.Unmarshal(o.body, out); err != nil {
		return fault.Wrap(fault.Upstream, "Microsoft Graph answered with something other than the JSON expected", fmt.Errorf("in a batch: %w", shape(err)))
	}
	return nil
}
