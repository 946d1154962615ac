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

// TestWhoHearsOfADisownedPersonSeesToWhatIsKept: only Entra's word about the person is
// theirs, and nobody else hears of it; without them it is a refusal like any.
func TestWhoHearsOfADisownedPersonSeesToWhatIsKept(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		code  int
		hears bool
		heard int
		put   int
	}{
		"disabled":                   {50057, true, 1, 0},
		"disabled, and nobody hears": {50057, false, 0, 1},
		"expired":                    {70008, true, 0, 1},
		"a second factor is missing": {50076, true, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, inbound := range []bool{false, true} {
				e := newEndpoint()
				e.answer = func(int, url.Values) (*egress.Response, error) {
					body := fmt.Sprintf(`{"error":"invalid_grant","error_codes":[%d]}`, row.code)
					if row.code == 50076 {
						body = `{"error":"interaction_required","error_codes":[50076]}`
					}
					return &egress.Response{Status: http.StatusBadRequest, Body: []byte(body)}, nil
				}
				s := &shelf{token: entra.NewRefreshToken("refresh-1")}
				var heard []int
				_, err := entra.NewTokenClient(e, e.clock).OnBehalfOf(t.Context(), exchangeOf(s.kept(tenants.NewGUID()), func(x *entra.Exchange) {
					if inbound {
						x.Kept, x.Assertion = nil, authz.NewAssertion(assertion)
					}
					if row.hears {
						x.Disowned = func(_ context.Context, refusal *entra.TokenError) { heard = append(heard, refusal.Code) }
					}
				}))
				put := row.put
				if inbound {
					put = 0
				}
				if err == nil || len(heard) != row.heard || len(s.put) != put {
					t.Errorf("inbound %t: %v; heard %v, put %q", inbound, err, heard, s.put)
				}
			}
		})
	}
}
