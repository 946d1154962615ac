package entra_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// shelf keeps one refresh token.
type shelf struct {
	token entra.RefreshToken
	taken int
	put   []string
}

func (s *shelf) kept(id tenants.GUID) func(*entra.Exchange) {
	return func(x *entra.Exchange) {
		x.Assertion = authz.Assertion{}
		x.Kept = &entra.Kept{
			For:  id,
			Take: func(context.Context) (entra.RefreshToken, error) { s.taken++; return s.token, nil },
			Put:  func(_ context.Context, next entra.RefreshToken) { s.put, s.token = append(s.put, next.Reveal()), next },
		}
	}
}

func TestKeptTokenStandsInForTheAssertion(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	e.answer = func(n int, _ url.Values) (*egress.Response, error) {
		return ok(fmt.Sprintf(`{"token_type":"Bearer","expires_in":3600,"access_token":"token-%d","refresh_token":"refresh-%d"}`, n, n+1)), nil
	}
	c := entra.NewTokenClient(e, e.clock)
	s := &shelf{token: entra.NewRefreshToken("refresh-1")}
	kept := s.kept(tenants.NewGUID())
	first := wantAccess(t, c, exchangeOf(kept))
	want := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {"refresh-1"}, "client_id": {apiClient.String()}, "client_secret": {secret},
		"scope": {userRead + " offline_access"}, "claims": {`{"access_token":{"xms_cc":{"values":["cp1"]}}}`},
	}
	if e.forms[0].Encode() != want.Encode() {
		t.Errorf("sent %v\nwant %v", e.forms[0], want)
	}
	if again := wantAccess(t, c, exchangeOf(kept)); again != first || s.taken != 1 {
		t.Errorf("%s, then %s; taken %d times", first, again, s.taken)
	}
	if other := wantAccess(t, c, exchangeOf(s.kept(tenants.NewGUID()))); other == first {
		t.Error("a token got for one connection serves another")
	}
	if got := e.forms[1].Get("refresh_token"); got != "refresh-2" || strings.Join(s.put, " ") != "refresh-2 refresh-3" {
		t.Errorf("sent %s, kept %q", got, s.put)
	}
}

func TestKeptTokenThatEntraRefusesIsGone(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	s := &shelf{token: entra.NewRefreshToken("refresh-1")}
	kept := s.kept(tenants.NewGUID())
	e.answer = refusing(http.StatusInternalServerError, `{}`)
	wantError(t, c, exchangeOf(kept), entra.Transient)
	if len(s.put) != 0 {
		t.Fatalf("a failure of Entra's took it away: %q", s.put)
	}
	e.answer = refusing(http.StatusBadRequest, `{"error":"invalid_grant","error_codes":[700082]}`)
	wantError(t, c, exchangeOf(kept), entra.Reauth)
	if len(s.put) != 1 || !s.token.IsZero() {
		t.Errorf("kept %q", s.put)
	}
	asked := e.asked()
	if _, err := c.OnBehalfOf(t.Context(), exchangeOf(kept)); fault.KindOf(err) != fault.Unauthenticated || e.asked() != asked {
		t.Errorf("%v after %d requests", err, e.asked()-asked)
	}
}
