package oauth

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

const (
	longestToken = 16 << 10
	longestLife  = 10 * 365 * 24 * time.Hour
)

// grant asks the token endpoint for a token of the server's resource.
func (c *Client) grant(ctx context.Context, s Server, r Registration, form url.Values) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	form.Set("resource", s.Resource)
	asked := c.o.Now()
	resp, err := c.post(ctx, s.Token, r, form)
	if err != nil {
		return Token{}, err
	}
	host := hostOf(s.Token)
	if resp.Status != http.StatusOK {
		return Token{}, tokenRefused(host, resp)
	}
	members, err := wire.Members(resp.Body, wire.Limits{MaxBytes: mostBytes, MaxDepth: mostDepth})
	if err != nil {
		return Token{}, unusable(host, "its answer holds no token that can be read") // what is wrong where may be a part of the token
	}
	reading := &reader{members: members}
	t := reading.token(asked)
	if reading.why != "" {
		return Token{}, unusable(host, "its answer holds no token that can be used: "+reading.why)
	}
	t.Issuer, t.ClientID, t.Resource = s.Issuer, r.ClientID, s.Resource
	return t, nil
}

// token reads a successful answer (RFC 6749 §5.1).
func (r *reader) token(asked time.Time) Token {
	t := Token{Access: Secret(r.text("access_token")), Refresh: Secret(r.text("refresh_token"))}
	if !isToken(t.Access) || t.Refresh != "" && !isToken(t.Refresh) {
		r.fail("access_token or refresh_token is missing, too long or not visible")
	}
	if kind := r.text("token_type"); kind != "" && !strings.EqualFold(kind, "Bearer") {
		r.fail("token_type is not Bearer")
	}
	if life := r.life(); life > 0 {
		t.Expires = asked.Add(life)
	}
	if scope := r.text("scope"); scope != "" {
		t.Scopes = strings.Fields(scope)
		if why := scopesObjection(t.Scopes); why != "" {
			r.fail("scope " + why)
		}
	}
	return t
}

func isToken(s Secret) bool {
	return s != "" && len(s) <= longestToken && isVisible(s.Reveal())
}

// life reads expires_in, which some send as a text; zero: not said.
func (r *reader) life() time.Duration {
	value := strings.Trim(string(wire.Value(r.members, "expires_in")), `"`)
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, longestLife.Seconds()) * float64(time.Second))
}

// tokenRefused says what became of a request to the token endpoint (RFC 6749 §5.2).
func tokenRefused(host string, resp *egress.Response) error {
	code := errorCode(resp.Body)
	switch {
	case isPassing(resp.Status):
		return fault.Newf(fault.Unavailable, "%s gives no token for the moment (HTTP %d); try again later", host, resp.Status)
	case code == "invalid_grant":
		return fault.Newf(fault.Unauthenticated, "%s does not take this sign-in any more; sign in again", host)
	case code == "invalid_client", code == "unauthorized_client":
		return fault.Wrap(fault.Unauthenticated, host+" does not know us any more ("+code+"); sign in again", ErrUnknownClient)
	}
	return fault.Newf(fault.Upstream, "%s gives no token (HTTP %d, %s); tell whoever runs it", host, resp.Status, code)
}

// errorCode returns the error code in an answer, as it may be shown.
func errorCode(body []byte) string {
	members, err := wire.Members(body, wire.Limits{MaxBytes: mostBytes, MaxDepth: mostDepth})
	if err != nil {
		return shown("")
	}
	code, _ := wire.Text(wire.Value(members, "error"))
	return shown(code)
}

// shown returns an error code of OAuth for people, if it looks like one.
func shown(code string) string {
	if code == "" || len(code) > longestCode || strings.ContainsFunc(code, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		return "no reason given"
	}
	return code
}
