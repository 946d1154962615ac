package upstream

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream/oauth"
)

// Authorizations gives the tokens that people have got for themselves at the
// authorization servers of sources.
type Authorizations interface {
	// SourceToken returns the token to show a source for the caller. Where they have
	// to sign in there first, the error is a *tools.SignInError.
	SourceToken(ctx context.Context, by authz.Caller, source tools.Source, u Unfit) (string, error)
}

// Unfit is a token that a source has not taken, and what it has said. The zero one
// says that nothing has been shown.
type Unfit struct {
	Token     string
	Challenge oauth.Challenge
}

// authorized returns the token that the person has got. Without a person, as when
// we ask what the server offers, there is none to show.
func (s *Server) authorized(ctx context.Context, a asker, o objection) (credential, error) {
	if id := a.by.Identity(); !id.Delegated || id.OID.IsZero() {
		if id.OID.IsZero() {
			return credential{}, nil
		}
		return credential{}, s.fail(fault.Unauthenticated, "answers people only; call it with a person's token", errCredential)
	}
	people := s.links.Load().people
	if people == nil {
		return credential{}, s.fail(fault.Unauthenticated, "wants each person to sign in, which nobody here can ask for", errCredential)
	}
	token, err := people.SourceToken(ctx, a.by, s.conn.Source, Unfit{strings.TrimPrefix(o.to.value, bearer), o.challenge})
	switch {
	case err != nil && fault.KindOf(err) == fault.Internal:
		return credential{}, errors.Join(errCredential, err)
	case err != nil:
		return credential{}, unauthorizedError{err}
	case token == a.assertion.Reveal():
		return credential{}, s.fail(fault.Internal, "would be shown the client's own token", errCredential)
	}
	c, err := s.headerCredential("Authorization", []byte(bearer+token))
	c.renewable = true
	return c, err
}

// unauthorizedError is why there is no token of a person. It is none of the server's
// failures.
type unauthorizedError struct{ error }

// Unwrap has both in the chain.
func (e unauthorizedError) Unwrap() []error { return []error{errCredential, e.error} }

// objects reports whether the server does not take the credential that it was
// shown, and would take another.
func (s *Server) objects(stream *egress.Stream, c credential) bool {
	switch {
	case !c.renewable:
		return false
	case stream.Status == http.StatusUnauthorized:
		return true
	}
	return stream.Status == http.StatusForbidden && s.conn.Source.Credential.Kind == tools.UserAuthorization &&
		oauth.ReadChallenge(stream.Header.Values("WWW-Authenticate")).WantsMore()
}

// objectionTo is what the server has said about a credential.
func (s *Server) objectionTo(c credential, stream *egress.Stream) objection {
	if s.conn.Source.Credential.Kind == tools.UserAuthorization {
		return objection{to: c, challenge: oauth.ReadChallenge(stream.Header.Values("WWW-Authenticate"))}
	}
	return objection{to: c, claims: demanded(stream.Header)}
}

// replacements is how often a credential that the server does not take is replaced
// in one request. A token of a person may be replaced twice: by one that another
// replica has got, or a renewed one, and then the person has to sign in.
func (s *Server) replacements() int {
	if s.conn.Source.Credential.Kind == tools.UserAuthorization {
		return 2
	}
	return 1
}
