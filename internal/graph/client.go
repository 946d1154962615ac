package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Doer makes one exchange and bounds its time and its size. *egress.Client is
// one. An answer may be some 500 KB long: 11,000 group ids.
type Doer interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
}

// TokenSource returns an access token for Microsoft Graph that speaks for the
// signed-in person.
type TokenSource func(ctx context.Context) (string, error)

// Priority tells Graph which requests to throttle first (Microsoft Graph,
// "Throttling": x-ms-throttle-priority).
type Priority string

// The priorities. High is for requests that somebody waits for.
const (
	High Priority = "high"
	Low  Priority = "low"
)

// Asking is on whose behalf a question is asked, and how.
type Asking struct {
	Token    TokenSource
	Priority Priority
	// RequestID joins Graph's log with ours: a GUID, or empty. Anything else is
	// not sent.
	RequestID string
	// Account is whose budget the question is part of. A question of Low priority is
	// not asked when it would cost more than half of it; zero: nothing is counted.
	Account Account
}

// Client asks the Microsoft Graph of one cloud. It may be used concurrently.
type Client struct {
	base   *url.URL
	http   Doer
	budget *budget
}

// New returns a client for a Graph root such as https://graph.microsoft.com,
// without a path. A root that is not an absolute http or https URL is Invalid.
func New(base string, doer Doer) (*Client, error) {
	u, err := url.Parse(strings.TrimSuffix(base, "/"))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return nil, fault.Newf(fault.Invalid, "Microsoft Graph base %q must be scheme and host only, such as https://graph.microsoft.com", base)
	}
	if doer == nil {
		return nil, fault.New(fault.Invalid, "Microsoft Graph client needs an HTTP client")
	}
	return &Client{base: u, http: doer, budget: newBudget()}, nil
}

// question is one request: GET without a body, POST with one, unless it names a
// method.
type question struct {
	method   string
	path     string // below /v1.0; ignored if next is set
	query    url.Values
	next     *url.URL // a link of Graph's own, already checked
	body     any
	eventual bool  // advanced query: Graph wants ConsistencyLevel and $count
	units    int64 // that it will probably cost; 0: usualUnits
}

// usualUnits is what most questions cost at most.
const usualUnits = 2

func (q question) cost() int64 {
	if q.units == 0 {
		return usualUnits
	}
	return q.units
}

// ask sends one question and decodes the answer into out. What Graph refuses is
// a fault that wraps an *Error; failures of the token source and of the Doer
// keep their kinds. What the budget has no room for is Limited, with ErrBudget.
func (c *Client) ask(ctx context.Context, as Asking, q question, out any) error {
	paid, err := c.budget.open(as, q.cost())
	if err != nil {
		return err
	}
	resp, err := c.send(ctx, as, q)
	if err != nil {
		paid.cancel()
		return err
	}
	paid.hear(resp.Status, resp.Header, q.cost())
	if resp.Status/100 != 2 || resp.Status != http.StatusOK && q.method == "" {
		return refusal(resp)
	}
	if out == nil || resp.Status == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal(resp.Body, out); err != nil {
		return fault.Wrap(fault.Upstream, "Microsoft Graph answered with something other than the JSON expected", shape(err))
	}
	return nil
}

func (c *Client) send(ctx context.Context, as Asking, q question) (*egress.Response, error) {
	token, err := as.Token(ctx)
	if err != nil {
		return nil, fmt.Errorf("get token for Microsoft Graph: %w", err)
	}
	req, err := c.request(ctx, as, q)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "Microsoft Graph request cannot be built", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := c.http.Do(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("ask Microsoft Graph: %w", err)
	}
	return resp, nil
}

func (c *Client) request(ctx context.Context, as Asking, q question) (*http.Request, error) {
	target := q.next
	if target == nil {
		target = c.base.JoinPath("v1.0", q.path)
		target.RawQuery = q.query.Encode()
	}
	method, body := http.MethodGet, io.Reader(nil)
	if q.body != nil {
		encoded, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		method, body = http.MethodPost, bytes.NewReader(encoded)
	}
	if q.method != "" {
		method = q.method
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.eventual {
		req.Header.Set("ConsistencyLevel", "eventual")
	}
	if as.Priority != "" {
		req.Header.Set("x-ms-throttle-priority", string(as.Priority))
	}
	if id, err := tenants.ParseGUID(as.RequestID); err == nil {
		req.Header.Set("client-request-id", id.String())
	}
	return req, nil
}

// shape keeps what kind of decoding failure it was and drops what was decoded.
func shape(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("decode answer: a %s where %s was expected", strings.Fields(t.Value + " ?")[0], t.Type)
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("decode answer: malformed at byte %d", s.Offset)
	}
	return errors.New("decode answer")
}
