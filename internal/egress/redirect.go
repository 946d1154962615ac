package egress

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
)

// mostRedirects is how often one request may be sent on.
const mostRedirects = 3

// RedirectError is in the chain of every fault about a redirect that is not followed.
type RedirectError struct {
	To string // the origin that it leads to; empty: none can be told
}

// Error names the origin and nothing else: a path or query may hold a secret.
func (r *RedirectError) Error() string {
	if r.To == "" {
		return "redirect to nowhere"
	}
	return "redirect to " + r.To
}

// leadsTo returns where a reply redirects to.
func leadsTo(resp *http.Response) *RedirectError {
	to, err := resp.Location()
	if err != nil || to.Host == "" {
		return &RedirectError{}
	}
	return &RedirectError{To: excerpt(to.Scheme + "://" + to.Host)}
}

// excerpt is what is told of an origin that somebody else names.
func excerpt(origin string) string {
	const most = 200
	quoted := strings.Trim(strconv.QuoteToASCII(origin), `"`)
	return quoted[:min(len(quoted), most)]
}

// follow sends a request to where it is redirected to, in the end.
func (c *Client) follow(ctx context.Context, req *http.Request) (*http.Response, error) {
	req = req.WithContext(ctx)
	for hops := 0; ; hops++ {
		if err := c.checkURL(req.URL); err != nil {
			return nil, fault.Wrap(fault.Upstream, unreachable(req.URL), err)
		}
		resp, err := c.streams.RoundTrip(req)
		if err != nil {
			return nil, failure(ctx, req.URL, fmt.Errorf("send request: %w", err))
		}
		redirect := redirected(resp)
		if redirect == nil {
			return resp, nil
		}
		_ = resp.Body.Close()
		if !keepsRequest(resp.StatusCode) {
			return nil, redirect
		}
		if hops == mostRedirects {
			return nil, fault.Wrap(fault.Upstream, fmt.Sprintf("%s redirects further than %d times", req.URL.Host, mostRedirects), leadsTo(resp))
		}
		if req, err = onward(req, resp); err != nil {
			return nil, fault.Wrap(fault.Upstream, resp.Request.URL.Host+" answered with a redirect that cannot be followed", err)
		}
	}
}

// keepsRequest reports whether a redirect asks for the same request elsewhere;
// others turn a POST into a GET (RFC 9110 §15.4).
func keepsRequest(status int) bool {
	return status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
}

// onward returns the request that a redirect asks for. Another origin gets
// nothing: whoever chose the destination did not choose that one.
func onward(req *http.Request, resp *http.Response) (*http.Request, error) {
	to, err := resp.Location()
	if err != nil || !sameOrigin(req.URL, to) {
		return nil, leadsTo(resp)
	}
	next := req.Clone(req.Context())
	next.URL, next.Host = to, ""
	if req.Body != nil && req.Body != http.NoBody {
		if req.GetBody == nil {
			return nil, errors.New("the body of the request cannot be sent twice")
		}
		if next.Body, err = req.GetBody(); err != nil {
			return nil, fmt.Errorf("read the body again: %w", err)
		}
	}
	return next, nil
}

// sameOrigin compares scheme, host and port (RFC 6454 §5).
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}
