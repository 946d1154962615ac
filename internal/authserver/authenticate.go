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

// credentials is what a request shows of the client that sends it.
type credentials struct {
	id        string
	secret    string
	assertion *assertion
}

// readCredentials reads which client asks, and what it authenticates with, in one way only
// (RFC 6749 §2.3): an Authorization header, whose parts are encoded as a form is, or
// the form, with a secret or an assertion.
func readCredentials(r *http.Request, f url.Values) (credentials, error) {
	by := credentials{id: f.Get("client_id"), secret: f.Get("client_secret")}
	if f.Has("client_assertion") || f.Has("client_assertion_type") {
		if f.Get("client_assertion_type") != jwtBearer {
			return credentials{}, refuse(invalidClient, "client_assertion_type must be "+jwtBearer)
		}
		a, err := readAssertion(f.Get("client_assertion"))
		if err != nil {
			return credentials{}, err
		}
		if by.assertion = &a; by.id == "" {
			by.id = a.subject
		}
	}
	if usesBasic(r) {
		header, err := basic(r)
		switch {
		case err != nil:
			return credentials{}, err
		case by.secret != "" || by.assertion != nil:
			return credentials{}, errTwoWays
		case by.id != "" && by.id != header.id:
			return credentials{}, refuse(invalidClient, "the client id of the Authorization header is not that of the form")
		}
		by = header
	}
	switch {
	case by.secret != "" && by.assertion != nil:
		return credentials{}, errTwoWays
	case by.id == "":
		return credentials{}, refuse(invalidClient, "client_id is missing; send the id that the client was registered with, or the URL of its document")
	}
	return by, nil
}

var errTwoWays = refuse(invalidRequest, "the client authenticates in more than one way; use one of them")

// usesBasic reports whether a request has an Authorization header of a client.
// Others, such as tokens that a library sends everywhere, say nothing here.
func usesBasic(r *http.Request) bool {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Basic")
}

// basic reads the Authorization header of a client (RFC 6749 §2.3.1).
func basic(r *http.Request) (credentials, error) {
	name, password, ok := r.BasicAuth()
	if !ok || len(r.Header.Values("Authorization")) > 1 {
		return credentials{}, refuse(invalidClient, "the Authorization header cannot be read; send one, with the id and the secret in base64, or authenticate in the form")
	}
	id, err := url.QueryUnescape(name)
	secret, err2 := url.QueryUnescape(password)
	if err != nil || err2 != nil {
		return credentials{}, refuse(invalidClient, "the parts of the Authorization header are not encoded as a form is (RFC 6749 §2.3.1)")
	}
	return credentials{id: id, secret: secret}, nil
}

// authenticated is a client that has shown what it has to.
type authenticated struct {
	id            string
	preregistered connections.Preregistered // zero unless an admin has registered it
	proved        bool                      // with a key of its document
}

// suffices refuses a client that people agreed to as one that authenticates, and that
// has not.
func (a authenticated) suffices(c connections.Connection) error {
	if c.Proves && !a.proved {
		return refuse(invalidClient, "the client has to authenticate with private_key_jwt, as its document declares")
	}
	return nil
}

// authenticate refuses a client that does not exist any more, in the way that makes
// clients register again, and one that is not proved to be the one it says. The
// document of a client is read when somebody agrees to it, and here where it shows
// a proof.
func (s *Server) authenticate(r *http.Request, snap *snapshot.Snapshot, by credentials) (authenticated, error) {
	switch {
	case strings.HasPrefix(by.id, "https://"):
		return s.documentedClient(r, snap, by)
	case connections.IsRegisteredID(by.id):
		if _, err := s.Store.Registered(r.Context(), snap.Organization.ID, by.id); err != nil {
			return authenticated{}, unregistered(err)
		}
		return authenticated{id: by.id}, public(by)
	case connections.IsPreregisteredID(by.id):
		c, err := s.preregisteredClient(r, snap, by)
		return authenticated{id: by.id, preregistered: c}, err
	}
	return authenticated{}, errUnregistered // nor is the database asked about whatever bytes somebody sends
}

// authenticateToRevoke is authenticate for who gives something back: a client that
// has registered itself need not be there any more.
func (s *Server) authenticateToRevoke(r *http.Request, snap *snapshot.Snapshot, by credentials) (authenticated, error) {
	if connections.IsPreregisteredID(by.id) || strings.HasPrefix(by.id, "https://") {
		return s.authenticate(r, snap, by)
	}
	return authenticated{id: by.id}, public(by)
}

// public refuses a client that has no credentials and shows some: it takes itself for
// another.
func public(by credentials) error {
	switch {
	case by.secret != "":
		return refuse(invalidClient, "this client has no secret here; register again with token_endpoint_auth_method none")
	case by.assertion != nil:
		return refuse(invalidClient, "this client has no key here; register again with token_endpoint_auth_method none, or publish a document that declares private_key_jwt")
	}
	return nil
}

// documentedClient is a client with a document. Whether it has to prove itself is what
// people agreed to (authenticated.suffices).
func (s *Server) documentedClient(r *http.Request, snap *snapshot.Snapshot, by credentials) (authenticated, error) {
	if by.assertion == nil {
		return authenticated{id: by.id}, public(by)
	}
	if err := connections.CheckDocumentURL(by.id); err != nil {
		return authenticated{}, refuse(invalidClient, fault.Public(err))
	}
	l := laneOf(snap, softwareOf(snap, by.id))
	if err := s.admitStranger(r, l); err != nil {
		return authenticated{}, err
	}
	d, err := s.documents.get(r.Context(), l, by.id)
	switch {
	case err != nil && fault.KindOf(err) == fault.Invalid:
		return authenticated{}, refuse(invalidClient, fault.Public(err))
	case err != nil:
		return authenticated{}, err
	case !d.proves:
		return authenticated{}, public(by)
	}
	return authenticated{id: by.id, proved: true}, s.checkKey(r, snap, by, keySource{l, d.set, d.keysURL})
}

// admitStranger bounds what anybody can have done here with a document of their own:
// it is fetched, and that a proof was used is remembered, whoever it is for.
func (s *Server) admitStranger(r *http.Request, l lane) error {
	if l.listed {
		return nil
	}
	return s.Limits.AdmitKept(l.org, addressOf(r))
}

// preregisteredClient returns a client that an admin has registered, once it is proved
// to be the one that asks.
func (s *Server) preregisteredClient(r *http.Request, snap *snapshot.Snapshot, by credentials) (connections.Preregistered, error) {
	c, err := s.Store.Preregistered(r.Context(), snap.Organization.ID, by.id)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return c, refuse(invalidClient, "no client is registered here with this id, or not any more; ask an administrator of the organization to register one")
	case err != nil:
		return c, err
	case !c.Kind.Authenticates():
		return c, public(by)
	case by.assertion == nil:
		return c, provedBySecret(c, by, s.Now())
	case c.Keys == "" && c.KeysURL == "":
		return c, refuse(invalidClient, "this client has no key here; authenticate with its secret, or ask an administrator of the organization to enter its key set")
	}
	from := keySource{lane: laneOf(snap, c.ID), url: c.KeysURL}
	if c.Keys != "" {
		if from.set, err = connections.ReadKeys([]byte(c.Keys)); err != nil {
			return c, err
		}
	}
	return c, s.checkKey(r, snap, by, from)
}

// provedBySecret refuses whoever does not show a secret of the client that is good.
func provedBySecret(c connections.Preregistered, by credentials, now time.Time) error {
	if by.secret == "" {
		return refuse(invalidClient, "the client has to authenticate; send its client_secret, in the Authorization header or in the form, or a client_assertion")
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
