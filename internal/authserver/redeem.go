package authserver

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
)

// errCode is the one answer to whoever shows a code that is not one, is over, or
// not theirs: nobody learns which.
var errCode = refuse(invalidGrant, "the code is not one of this client's, was redeemed already, is older than a minute, or came with a code_verifier that does not match its code_challenge "+
	"or with another redirect_uri; begin again at the authorization endpoint")

// verifier is what PKCE allows (RFC 7636 §4.1).
var verifier = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// redeem exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.6). A code is taken
// before it is judged: whoever gets it wrong has no second try, and nobody will ever
// have a token of its grant, which ends.
func (s *Server) redeem(r *http.Request, snap *snapshot.Snapshot, by authenticated, f url.Values) (issue, error) {
	proof := f.Get("code_verifier")
	if !verifier.MatchString(proof) {
		return issue{}, refuse(invalidRequest, "code_verifier must have 43 to 128 characters, as RFC 7636 has them")
	}
	c, err := s.takeCode(r.Context(), snap, f.Get("code"))
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return issue{}, errCode
		}
		return issue{}, err
	}
	redirect, sent := f.Get("redirect_uri"), f.Has("redirect_uri")
	if c.Client != by.id || sent && redirect != c.Redirect || !answers(c.Challenge, proof) {
		return issue{}, s.mistaken(r.Context(), snap, c)
	}
	grant, connection, err := s.Store.Grant(r.Context(), snap.Organization.ID, c.Grant)
	if err != nil {
		return issue{}, ended(err)
	}
	what := issue{grant: grant, connection: connection, scopes: grant.Scopes, by: "authorization_code"}
	if err := by.suffices(connection); err != nil {
		return what, err
	}
	return what, s.permitted(snap, what, f)
}

// mistaken ends the grant of a code that was shown by another client, for another
// redirect URI, or without its verifier, and says that the code is none.
func (s *Server) mistaken(ctx context.Context, snap *snapshot.Snapshot, c code) error {
	by := authz.SystemCaller(snap.Organization.ID, "authorization code")
	if err := s.Store.EndGrant(ctx, by, c.Grant, "its authorization code was shown by another client, or with another verifier or redirect URI"); err != nil {
		return err
	}
	return errCode
}

// answers reports whether a verifier is that of an S256 challenge.
func answers(challenge, verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}
