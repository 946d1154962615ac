package oauth

import (
	"context"
	"crypto/subtle"
	"net/url"

	"gatehouse/internal/fault"
)

const longestAnswer = 4_096

// Finish redeems the answer that the person came back with, the query of the
// redirect URI. The state and the issuer in it (RFC 9207) are checked before
// anything it says is believed, an error included.
//
// An answer to something else is Invalid; a person who declined, Forbidden; a code
// that is no longer good, Unauthenticated; what the authorization server refuses or
// does wrong, Upstream.
func (c *Client) Finish(ctx context.Context, i SignIn, answer url.Values) (Token, error) {
	if err := i.Registration.at(i.Server, c.o.Now()); err != nil {
		return Token{}, err
	}
	code, err := i.code(answer)
	if err != nil {
		return Token{}, err
	}
	t, err := c.grant(ctx, i.Server, i.Registration, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {i.Registration.Redirect}, "code_verifier": {i.Verifier.Reveal()},
	})
	if err != nil {
		return Token{}, err
	}
	if t.Scopes == nil {
		t.Scopes = i.Scopes
	}
	return t, nil
}

// code returns the code of an answer to this sign-in.
func (i SignIn) code(answer url.Values) (string, error) {
	host := hostOf(i.Server.Issuer)
	for _, name := range []string{"state", "iss", "code", "error"} {
		if values := answer[name]; len(values) > 1 || len(values) == 1 && len(values[0]) > longestAnswer {
			return "", fault.Newf(fault.Invalid, "the answer of %s has %s twice or too long; sign in again", host, name)
		}
	}
	if i.State == "" || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(i.State)) != 1 {
		return "", fault.New(fault.Invalid, "this is no answer to a sign-in that is under way; sign in again")
	}
	if answer.Has("iss") && answer.Get("iss") != i.Server.Issuer || !answer.Has("iss") && i.Server.NamesIssuer {
		return "", fault.Newf(fault.Invalid, "the answer is not of %s, where this sign-in began; do not go on, and tell an admin", host)
	}
	if answer.Has("error") {
		return "", declined(host, answer.Get("error"))
	}
	code := answer.Get("code")
	if code == "" || !isPrintable(code) {
		return "", unusable(host, "its answer has no code")
	}
	return code, nil
}

// declined is the fault of an authorization server that issues no code (RFC 6749
// §4.1.2.1).
func declined(host, code string) error {
	switch code {
	case "access_denied":
		return fault.Newf(fault.Forbidden, "%s was told not to go on, or does not permit it; sign in again to change that", host)
	case "unauthorized_client", "invalid_client":
		return fault.Wrap(fault.Upstream, host+" does not know us any more ("+shown(code)+"); try again", ErrUnknownClient)
	case "server_error", "temporarily_unavailable":
		return fault.Newf(fault.Unavailable, "%s cannot sign anybody in for the moment (%s); try again later", host, code)
	case "invalid_scope", "invalid_target":
		return fault.Newf(fault.Upstream, "%s does not give what the source wants (%s); tell whoever runs the source", host, code)
	}
	return fault.Newf(fault.Upstream, "%s does not sign anybody in for us (%s); tell whoever runs it", host, shown(code))
}
