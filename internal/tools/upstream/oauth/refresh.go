package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"gatehouse/internal/fault"
)

// Refresh returns the successor of a token, with the refresh token to use from now
// on; the old one may be worthless afterwards, so one caller at a time refreshes,
// and stores what came before it is used. It fails with Unauthenticated if the
// person has to sign in again, with Upstream or Unavailable if trying later may help.
func (c *Client) Refresh(ctx context.Context, s Server, r Registration, t Token) (Token, error) {
	if err := errors.Join(r.at(s, c.o.Now()), t.of(s, r)); err != nil {
		return Token{}, foreign(err)
	}
	if t.Refresh == "" {
		return Token{}, fault.Newf(fault.Unauthenticated, "the sign-in at %s has ended; sign in again", hostOf(s.Issuer))
	}
	next, err := c.grant(ctx, s, r, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.Refresh.Reveal()}})
	if err != nil {
		return Token{}, err
	}
	if next.Refresh == "" {
		next.Refresh = t.Refresh
	}
	if next.Scopes == nil {
		next.Scopes = t.Scopes
	}
	return next, nil
}

// Revoke tells the authorization server that a token is no longer needed (RFC 7009).
// A server without such an endpoint is not asked, which is no error.
func (c *Client) Revoke(ctx context.Context, s Server, r Registration, t Token) error {
	if err := errors.Join(r.at(s, c.o.Now()), t.of(s, r)); err != nil {
		return foreign(err)
	}
	if s.Revocation == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return errors.Join(c.revoke(ctx, s, r, "refresh_token", t.Refresh), c.revoke(ctx, s, r, "access_token", t.Access))
}

func (c *Client) revoke(ctx context.Context, s Server, r Registration, kind string, token Secret) error {
	if token == "" {
		return nil
	}
	resp, err := c.post(ctx, s.Revocation, r, url.Values{"token": {token.Reveal()}, "token_type_hint": {kind}})
	if err != nil {
		return err
	}
	if code := errorCode(resp.Body); resp.Status != http.StatusOK && code != "unsupported_token_type" {
		return fault.Newf(fault.Upstream, "%s does not revoke a token (HTTP %d, %s); it may stay good until it expires", hostOf(s.Revocation), resp.Status, code)
	}
	return nil
}

// foreign is the fault of what is not to be shown to a server.
func foreign(err error) error {
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(fault.Internal, "internal error", err)
}
