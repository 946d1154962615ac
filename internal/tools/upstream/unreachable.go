package upstream

import (
	"errors"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// unreachable gives a failure to reach the server a sentence that names it, and
// not why: what our network knows is for those who chose the URL.
func (s *Server) unreachable(err error) error {
	switch fault.KindOf(err) { //nolint:exhaustive // egress has no others for us
	case fault.Unavailable:
		return s.fail(fault.Unavailable, "did not answer in time; try again later", &distance{err}).RetryAfter(defaultRetryAfter)
	case fault.Upstream:
		return s.fail(fault.Upstream, "cannot be reached at the moment; its status tells an admin why", &distance{err})
	}
	return err
}

// distance is in the chain of faults about reaching a server.
type distance struct{ err error }

func (d *distance) Error() string { return d.err.Error() }
func (d *distance) Unwrap() error { return d.err }

// located tells an admin why the server cannot be reached; any other error it
// returns as it is.
func (s *Server) located(err error) error {
	d, ok := errors.AsType[*distance](err)
	if !ok {
		return err
	}
	why := obstacle(d.err)
	if why == "" {
		return err
	}
	return fault.Wrap(fault.KindOf(err), s.says(why), err).RetryAfter(fault.RetryAfter(err))
}

// obstacle is what a fault of egress means to whoever has set the URL.
func obstacle(err error) string {
	switch egress.TroubleOf(err) {
	case egress.Unresolved:
		return "cannot be reached: the name in its URL does not resolve; correct the URL"
	case egress.NotPermitted:
		return "cannot be reached: its URL leads to an address or port that is not allowed; it needs a public address and port 443"
	case egress.Unconnected:
		return "cannot be reached: the connection is refused or does not come about; check the URL and that the server runs"
	case egress.Untrusted:
		return "cannot be reached: TLS fails; the server needs a certificate for the name in its URL, of an authority that is known here"
	case egress.Redirected:
		return redirection(err)
	case egress.Broken:
	}
	if fault.KindOf(err) == fault.Unavailable {
		return ""
	}
	return "cannot be reached: the connection breaks off before there is an answer; check that its URL is that of an MCP endpoint, and the server's own log"
}

// redirection says where the server wants to send us.
func redirection(err error) string {
	redirect, ok := errors.AsType[*egress.RedirectError](err)
	if !ok || redirect.To == "" {
		return "answers with a redirect that leads nowhere; correct its URL"
	}
	return "answers with a redirect to " + redirect.To + "; followed are 307 and 308 within its own origin, three times: give it the URL where it ends"
}
