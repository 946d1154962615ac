package entra_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// giving answers with an access token and a refresh token.
func giving(n int, _ url.Values) (*egress.Response, error) {
	return ok(fmt.Sprintf(`{"token_type":"Bearer","expires_in":3600,"access_token":"token-%d","refresh_token":"refresh-%d"}`, n, n)), nil
}

func TestRefreshTokenComesToWhoeverAsksForOne(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	e.answer = giving
	c := entra.NewTokenClient(e, e.clock)
	var came []string
	offline := func(x *entra.Exchange) {
		x.Offline = func(_ context.Context, token entra.RefreshToken) { came = append(came, token.Reveal()) }
	}
	wantAccess(t, c, exchangeOf(offline))
	if got := e.forms[0].Get("scope"); got != userRead+" offline_access" || !slices.Equal(came, []string{"refresh-1"}) {
		t.Errorf("asked for %q, %q came", got, came)
	}
	wantAccess(t, c, exchangeOf(offline))
	if e.asked() != 1 || len(came) != 1 {
		t.Errorf("a token that is held brings another: %q after %d requests", came, e.asked())
	}
	wantAccess(t, c, exchangeOf(func(x *entra.Exchange) { x.Scopes = []string{groupsRead} }))
	if got := e.forms[1].Get("scope"); got != groupsRead {
		t.Errorf("who does not ask for one asks for %q", got)
	}
	e.answer = refusing(http.StatusBadRequest, `{"error":"invalid_grant","error_codes":[50173]}`)
	wantError(t, c, exchangeOf(offline, func(x *entra.Exchange) { x.Identity.OID = tenants.NewGUID() }), entra.Reauth)
	if len(came) != 1 {
		t.Errorf("a refusal brings %q", came)
	}
}

// TestAnewAsksWhateverIsHeld, and leaves what others hold as it is.
func TestAnewAsksWhateverIsHeld(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	e.answer = giving
	c := entra.NewTokenClient(e, e.clock)
	s := &shelf{token: entra.NewRefreshToken("refresh-0")}
	kept := s.kept(tenants.NewGUID())
	anew := func(x *entra.Exchange) { x.Anew = true }
	held := wantAccess(t, c, exchangeOf(kept))
	for i, want := range []string{"token-2", "token-3"} {
		if got := wantAccess(t, c, exchangeOf(kept, anew)); got != want || e.asked() != i+2 {
			t.Errorf("got %s after %d requests", got, e.asked())
		}
	}
	if got := wantAccess(t, c, exchangeOf(kept)); got != held {
		t.Errorf("others have %s instead of %s", got, held)
	}
	if strings.Join(s.put, " ") != "refresh-1 refresh-2 refresh-3" {
		t.Errorf("kept %q", s.put)
	}
}

func TestReasonSaysWhyAndWhatToLookUp(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]entra.TokenError{
		"the account is disabled (AADSTS50057)": {Class: entra.Reauth, Code: 50057},
		"AADSTS99":                              {Class: entra.Reauth, Code: 99},
		"reauth":                                {Class: entra.Reauth},
	} {
		if got := e.Reason(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
