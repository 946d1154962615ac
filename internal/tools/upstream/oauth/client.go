package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// Doer sends one request and reads the whole answer, bounded in time and size. It
// looks at what is dialed and follows no redirect; *egress.Client does.
type Doer interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
}

// Options is what a Client needs. All fields but Loopback are required.
type Options struct {
	Doer     Doer
	Agent    string // User-Agent
	Now      func() time.Time
	Loopback egress.Loopback // AllowLoopback: http URLs of this machine may be used, as the Doer permits
}

// Client speaks to authorization servers. It may be used concurrently.
type Client struct{ o Options }

// New returns a Client, or an error that names the option that is missing.
func New(o Options) (*Client, error) {
	switch {
	case o.Doer == nil:
		return nil, errors.New("oauth: Doer is nil")
	case o.Agent == "":
		return nil, errors.New("oauth: Agent is empty")
	case o.Now == nil:
		return nil, errors.New("oauth: Now is nil")
	}
	return &Client{o}, nil
}

const mediaJSON = "application/json"

func (c *Client) do(ctx context.Context, req *http.Request) (*egress.Response, error) {
	req.Header.Set("Accept", mediaJSON)
	req.Header.Set("User-Agent", c.o.Agent)
	return c.o.Doer.Do(ctx, req)
}

// post sends a form with our registration, as the token endpoint and those like it
// want to see it (RFC 6749 §2.3.1).
func (c *Client) post(ctx context.Context, endpoint string, r Registration, form url.Values) (*egress.Response, error) {
	switch r.Method {
	case methodPost:
		form.Set("client_secret", r.Secret.Reveal())
		form.Set("client_id", r.ClientID)
	case methodNone:
		form.Set("client_id", r.ClientID)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "internal error", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if r.Method == methodBasic {
		req.SetBasicAuth(url.QueryEscape(r.ClientID), url.QueryEscape(r.Secret.Reveal()))
	}
	return c.do(ctx, req)
}
