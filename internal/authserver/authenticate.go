package authserver

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
)

// shown is what a request shows of the client that sends it.
type shown struct {
	id     string
	secret string
}

// shownBy reads which client asks, and what it authenticates with, in one way only
// (RFC 6749 §2.3): an Authorization header, whose parts are encoded as a form is, or
// the form.
func shownBy(r *http.Request, f url.Values) (shown, error) {
	by := shown{id: f.Get("client_id"), secret: f.Get("client_secret")}
	if f.Has("client_assertion") || f.Has("client_assertion_type") {
		return shown{}, refuse(invalidClient, "clients have no key here; authenticate with a secret, or register again with token_endpoint_auth_method none")
	}
	if usesBasic(r) {
		header, err := basic(r)
		switch {
		case err != nil:
			return shown{}, err
		case by.secret != "":
			return shown{}, refuse(invalidRequest, "the client authenticates in the Authorization header and in the form; use one of them")
		case by.id != "" && by.id != header.id:
			return shown{}, refuse(invalidClient, "the client id of the Authorization header is not that of the form")
		}
		by = header
	}
	if by.id == "" {
		return shown{}, refuse(invalidClient, "client_id is missing; send the id that the client was registered with, or the URL of its document")
	}
	return by, nil
}

// usesBasic reports whether a request has an Authorization header of a client.
// Others, such as tokens that a library sends everywhere, say nothing here.
func usesBasic(r *http.Request) bool {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Basic")
}

// basic reads the Authorization header of a client (RFC 6749 §2.3.1).
func basic(r *http.Request) (shown, error) {
	name, password, ok := r.BasicAuth()
	if !ok || len(r.Header.Values("Authorization")) > 1 {
		return shown{}, refuse(invalidClient, "the Authorization header cannot be read; send one, with the id and the secret in base64, or authenticate in the form")
	}
	id, err := url.QueryUnescape(name)
	secret, err2 := url.QueryUnescape(password)
	if err != nil || err2 != nil {
		return shown{}, refuse(invalidClient, "the parts of the Authorization header are not encoded as a form is (RFC 6749 §2.3.1)")
	}
	return shown{id, secret}, nil
}

// authenticate refuses a client that does not exist any more, in the way that makes
// clients register again, and one that is not proved to be the one it says. The
// document of a client is read when somebody agrees to it, not here.
func (s *Server) authenticate(r *http.Request, snap *snapshot.Snapshot, by shown) error {
	switch {
	case strings.HasPrefix(by.id, "https://"):
		return public(by)
	case connections.IsRegisteredID(by.id):
		if _, err := s.Store.Registered(r.Context(), snap.Organization.ID, by.id); err != nil {
			return unregistered(err)
		}
		return public(by)
	case connections.IsEnrolledID(by.id):
		_, err := s.enrolledClient(r, snap, by)
		return err
	}
	return errUnregistered // nor is the database asked about whatever bytes somebody sends
}

// authenticateToRevoke is authenticate for who gives something back: the
// registration need not be there any more.
func (s *Server) authenticateToRevoke(r *http.Request, snap *snapshot.Snapshot, by shown) error {
	if connections.IsEnrolledID(by.id) {
		return s.authenticate(r, snap, by)
	}
	return public(by)
}

// public refuses a client that has no secret and shows one: it takes itself for
// another.
func public(by shown) error {
	if by.secret != "" {
		return refuse(invalidClient, "this client has no secret here; register again with token_endpoint_auth_method none")
	}
	return nil
}

// enrolledClient returns a client that an admin has registered, once it is proved
// to be the one that asks.
func (s *Server) enrolledClient(r *http.Request, snap *snapshot.Snapshot, by shown) (connections.Enrolled, error) {
	c, err := s.Store.Enrolled(r.Context(), snap.Organization.ID, by.id)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return c, refuse(invalidClient, "no client is registered here with this id, or not any more; ask an administrator of the organization to register one")
	case err != nil:
		return c, err
	case !c.Kind.Authenticates():
		return c, public(by)
	}
	return c, proved(c, by, s.Now())
}

// proved refuses whoever does not show a secret of the client that is good.
func proved(c connections.Enrolled, by shown, now time.Time) error {
	if by.secret == "" {
		return refuse(invalidClient, "the client has to authenticate; send its client_secret, in the Authorization header or in the form")
	}
	secret, ok := c.SecretOf(by.secret)
	switch {
	case !ok:
		return refuse(invalidClient, "the client secret is wrong, or was removed; use one that the client has, or ask an administrator of the organization for another")
	case secret.Over(now):
		return refuse(invalidClient, "the client secret that ends in "+secret.Hint+" expired on "+secret.EndsAt.UTC().Format(time.DateOnly)+
			"; an administrator of the organization can make another")
	}
	return nil
}
