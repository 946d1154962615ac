package upstream

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// refusal is an HTTP status of a server that lives and does not take this
// request: it may have changed its era, or lost a session.
type refusal struct {
	status int
	err    error // fault
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

var (
	// errBusy is in the chain of the fault about a server that wants us to wait.
	errBusy = errors.New("the server answered with 429 Too Many Requests")
	// errCredential is in the chain of faults about our own credential.
	errCredential = errors.New("there is no credential that the server accepts")
)

// mostOfRefusal is how much of a refusal is read.
const mostOfRefusal = 64 << 10

// refused says what a status other than success means. The server's own error,
// where it sends one, goes before its status.
func (c *conversation) refused(stream *egress.Stream) error {
	if stream.Status == http.StatusUnauthorized {
		return c.s.unauthenticated(c.asker, stream.Header)
	}
	if stream.Status == http.StatusNotFound && c.session != nil && c.session.id != "" {
		return c.s.refusal(stream.Status) // the session is gone, whatever the text says
	}
	if own := c.own(stream); own != nil {
		return own
	}
	return c.s.statusFault(stream)
}

// own returns the error that the server sent with a status, or nil.
func (c *conversation) own(stream *egress.Stream) error {
	if mediaOf(stream.Header) != mediaJSON {
		return nil
	}
	body, err := c.read(stream, mostOfRefusal)
	if err != nil {
		return nil //nolint:nilerr // the status tells enough
	}
	m, err := c.s.decode(body)
	if err != nil || m.Kind != wire.Response || m.Failure == nil || c.mine(m) != nil || m.ID == nil {
		return nil //nolint:nilerr // as above
	}
	failure, err := c.failure(m.Failure)
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	return failure
}

// failure reads an error object of the server.
func (s *Server) failure(object []byte) (*wire.Error, error) {
	failure, err := wire.DecodeFailure(object, s.hub.limits)
	if err != nil {
		return nil, s.wrong("sent an error that cannot be used: "+err.Error(), nil)
	}
	return failure, nil
}

// statusFault is the fault of a status without an error of the server's own.
func (s *Server) statusFault(stream *egress.Stream) error {
	switch status := stream.Status; {
	case status == http.StatusTooManyRequests:
		return s.fail(fault.Unavailable, "takes no more requests for the moment; try again later", errBusy).RetryAfter(retryAfter(stream.Header))
	case status == http.StatusServiceUnavailable:
		return s.fail(fault.Unavailable, fmt.Sprintf("is out of order (HTTP %d); try again later", status), errDown).RetryAfter(retryAfter(stream.Header))
	case status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		return s.fail(fault.Unavailable, fmt.Sprintf("is out of order (HTTP %d); try again later", status), nil).RetryAfter(retryAfter(stream.Header))
	case status >= 500:
		return s.wrong(fmt.Sprintf("failed (HTTP %d)", status), nil)
	case status >= 400:
		return s.refusal(status)
	}
	return s.wrong(fmt.Sprintf("answered with HTTP %d, which means nothing here", stream.Status), nil)
}

func (s *Server) refusal(status int) error {
	return &refusal{status, s.fail(fault.Upstream, fmt.Sprintf("does not take the request (HTTP %d); check its URL and its credential", status), nil)}
}

// unauthenticated is the fault of a server that does not accept what it was
// shown, by what can be done about it.
func (s *Server) unauthenticated(a asker, h http.Header) error {
	switch kind := s.conn.Source.Credential.Kind; {
	case kind.Personal() && !a.by.Identity().Delegated:
		return s.fail(fault.Unauthenticated, "answers people only; it is asked on behalf of whoever uses the organization's endpoint next", errCredential)
	case kind == tools.OnBehalfOfUser:
		if claims := demanded(h); claims != "" {
			return tools.NewChallengeError(claims, s.says("wants to see more of your sign-in, such as a second factor; "+tools.SignInAgain), errCredential)
		}
		return s.fail(fault.Unauthenticated, "does not accept the token that Microsoft Entra ID gives for you; an admin can check that the scopes of its credential are of its own app registration", errCredential)
	case kind == tools.UserAuthorization:
		return s.fail(fault.Unauthenticated, "does not accept the token that its own authorization server has given for you; tell whoever runs it", errCredential)
	case kind == tools.ClientCredentials:
		return s.fail(fault.Unauthenticated, "does not accept the token that its token endpoint gives; an admin can check the token URL and the scopes of its credential", errCredential)
	case kind == tools.NoCredential || kind == "":
		return s.fail(fault.Unauthenticated, "wants a credential and has none; an admin can set one", errCredential)
	}
	return s.fail(fault.Unauthenticated, "does not accept the credential that it was shown; an admin can set another", errCredential)
}

const (
	defaultRetryAfter = 5 * time.Second
	longestRetryAfter = 10 * time.Minute
)

// retryAfter reads the header of that name, in seconds.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds <= 0 {
		return defaultRetryAfter
	}
	return min(time.Duration(min(seconds, 86_400))*time.Second, longestRetryAfter)
}
