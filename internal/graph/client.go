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

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Doer performs one HTTP request. It bounds the time it takes; a Client bounds
// the bytes it reads.
type Doer interface {
	Do(req *http.Request) (*http.Response, error)
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
}

// Client asks the Microsoft Graph of one cloud. It may be used concurrently.
type Client struct {
	base *url.URL
	http Doer
}

// maxBody bounds one answer: 11,000 group ids, the most Graph returns at once,
// are less than half a megabyte.
const maxBody = 2 << 20

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
	return &Client{base: u, http: doer}, nil
}

// question is one request: GET without a body, POST with one.
type question struct {
	path     string // below /v1.0; ignored if next is set
	query    url.Values
	next     *url.URL // a link of Graph's own, already checked
	body     any
	eventual bool // advanced query: Graph wants ConsistencyLevel and $count
}

// ask sends one question and decodes the answer into out. Every error is a
// fault; one that Graph answered with wraps an *Error.
func (c *Client) ask(ctx context.Context, as Asking, q question, out any) error {
	token, err := as.Token(ctx)
	if err != nil {
		return fmt.Errorf("get token for Microsoft Graph: %w", err)
	}
	req, err := c.request(ctx, as, q)
	if err != nil {
		return fault.Wrap(fault.Internal, "Microsoft Graph request cannot be built", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := c.http.Do(req)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "Microsoft Graph cannot be reached; try again shortly", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "Microsoft Graph broke off its answer; try again shortly", withoutURL(err))
	}
	if len(body) > maxBody {
		return fault.Newf(fault.Upstream, "Microsoft Graph answered with more than %d bytes", maxBody)
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(resp, body)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fault.Wrap(fault.Upstream, "Microsoft Graph answered with something other than the JSON expected", shape(err))
	}
	return nil
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
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, withoutURL(err)
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

// withoutURL drops the URL that net/http writes into its errors: a skip token
// of Graph's is nobody else's business.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
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
