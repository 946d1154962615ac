package upstream

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream/oauth"
)

// credential is the header by which we show a server who asks.
type credential struct {
	header    string // in Go's canonical form; empty: none
	value     string
	renewable bool // there may be a new one if the server does not take this
}

// objection is why the server did not take the credential it was shown before.
type objection struct {
	to     credential
	claims string // that it wants to see in the token of a person, as JSON of our own

	challenge oauth.Challenge // of a server at which people sign in themselves
}

// credential returns what to show the server for somebody. The token that a
// client sent to us is never it.
func (s *Server) credential(ctx context.Context, a asker, o objection) (credential, error) {
	switch c := s.conn.Source.Credential; c.Kind {
	case tools.NoCredential, "":
		return credential{}, nil
	case tools.HeaderCredential:
		value, err := s.secret()
		if err != nil {
			return credential{}, err
		}
		return s.headerCredential(c.Header, value)
	case tools.OnBehalfOfUser:
		return s.onBehalfOf(ctx, a, o)
	case tools.UserAuthorization:
		return s.authorized(ctx, a, o)
	case tools.ClientCredentials:
		s.grants.drop(o.to.value, s.hub.o.Now())
		token, err := s.grants.token(ctx, s)
		return credential{header: "Authorization", value: bearer + token, renewable: true}, err
	}
	return credential{}, s.fail(fault.Upstream, "has a credential of a kind that is unknown here; an admin can set another", errCredential)
}

func (s *Server) headerCredential(header string, value []byte) (credential, error) {
	if tools.CheckCredentialHeader(header) != nil {
		return credential{}, s.fail(fault.Upstream, "has a credential in a header that cannot be one; an admin can set another", errCredential)
	}
	text := string(value)
	if tools.CheckCredentialValue(text) != nil {
		return credential{}, s.fail(fault.Upstream, "has a credential that no header can carry; an admin can set another", errCredential)
	}
	return credential{header: http.CanonicalHeaderKey(header), value: text}, nil
}

// secret decrypts the secret part of the credential.
func (s *Server) secret() ([]byte, error) {
	box := s.links.Load().box
	if len(s.conn.Secret) == 0 || box == nil {
		return nil, s.fail(fault.Unauthenticated, "has no secret for its credential; an admin can set one", errCredential)
	}
	secret, err := box.Decrypt(secrets.SourceLabel(s.conn.Source.Credential.ID), s.conn.Secret)
	if err != nil {
		return nil, s.fail(fault.Unauthenticated, "has a secret that cannot be decrypted; an admin can set it anew", errors.Join(errCredential, err))
	}
	return secret, nil
}

// onBehalfOf gets a token for the person and the server's own audience. Without a
// person, as when we ask what the server offers, there is none to show.
func (s *Server) onBehalfOf(ctx context.Context, a asker, o objection) (credential, error) {
	if !a.by.Identity().Delegated {
		if a.by.Identity().OID.IsZero() {
			return credential{}, nil
		}
		return credential{}, s.fail(fault.Unauthenticated, "answers people only; call it with a person's token", errCredential)
	}
	tokens := s.links.Load().tokens
	if tokens == nil {
		return credential{}, s.fail(fault.Unauthenticated, "wants a token of the person, which nobody here can ask for", errCredential)
	}
	token, err := tokens.OnBehalfOf(ctx, a.by, Wanted{
		Assertion: a.assertion, Scopes: s.conn.Source.Credential.Scopes, Claims: o.claims, Refused: strings.TrimPrefix(o.to.value, bearer),
	})
	switch {
	case err != nil:
		return credential{}, s.noToken(err)
	case token == a.assertion.Reveal():
		return credential{}, s.fail(fault.Internal, "would be shown the client's own token", errCredential)
	}
	c, err := s.headerCredential("Authorization", []byte(bearer+token))
	c.renewable = true
	return c, err
}

const bearer = "Bearer "

// noToken names the server in a fault of the token's issuer, which knows what
// would help, and marks it as none of the server's.
func (s *Server) noToken(err error) error {
	if kind := fault.KindOf(err); kind != fault.Internal {
		return s.fail(kind, "cannot be asked on your behalf: "+fault.Public(err), errors.Join(errCredential, err)).RetryAfter(fault.RetryAfter(err))
	}
	return errors.Join(errCredential, err)
}
