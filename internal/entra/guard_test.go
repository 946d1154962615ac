package entra_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func assertionOf(text string) authz.Assertion { return authz.NewAssertion(text) }

// TestRefusedRequestIsNotRepeatedAtOnce asks for the same every 100 ms for five
// minutes: Entra would block the app (AADSTS50196).
func TestRefusedRequestIsNotRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	for class, answer := range map[entra.ErrorClass]func(int, url.Values) (*egress.Response, error){
		entra.Interaction:   refusing(400, `{"error":"interaction_required","error_codes":[50076],"claims":"{\"access_token\":{}}"}`),
		entra.Consent:       refusing(400, `{"error":"invalid_grant","suberror":"consent_required","error_codes":[65001]}`),
		entra.Reauth:        refusing(400, `{"error":"invalid_grant","error_codes":[50173]}`),
		entra.Blocked:       refusing(400, `{"error":"invalid_grant","suberror":"message_only","error_codes":[53003]}`),
		entra.Misconfigured: refusing(401, `{"error":"invalid_client","error_codes":[7000215]}`),
	} {
		e := newEndpoint()
		e.answer = answer
		c := entra.NewTokenClient(e, e.clock)
		var at []int
		for tenth := range 3000 {
			before := e.asked()
			if got := wantError(t, c, exchangeOf(), class); got.Code == 0 || (class == entra.Interaction) != (got.Claims != "") {
				t.Fatalf("at %d: %+v", tenth, got)
			}
			if e.asked() != before {
				at = append(at, tenth)
			}
			e.advance(100 * time.Millisecond)
		}
		if !slices.Equal(at, []int{0, 10, 30, 70, 150, 310, 630, 1230, 1830, 2430}) {
			t.Errorf("%s: asked at tenths of a second %v", class, at)
		}
	}
}

func TestOtherRequestsAreNotHeldBack(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	give := e.answer
	c := entra.NewTokenClient(e, e.clock)
	refuse := func() {
		e.answer = refusing(400, `{"error":"interaction_required"}`)
		wantError(t, c, exchangeOf(), entra.Interaction)
		e.answer = give
		wantError(t, c, exchangeOf(), entra.Interaction) // the same one is
	}
	for name, change := range map[string]func(*entra.Exchange){
		"another sign-in": func(x *entra.Exchange) { x.Assertion = assertionOf("other") },
		"another scope":   func(x *entra.Exchange) { x.Scopes = []string{groupsRead} },
		"a challenge": func(x *entra.Exchange) {
			somebody(x) // whose token is held elsewhere
			x.Challenge = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
		},
		"another app": func(x *entra.Exchange) {
			org := contoso()
			org.Connection.ClientID = tenants.NewGUID()
			x.Organization = &org
		},
	} {
		refuse()
		if wantAccess(t, c, exchangeOf(change)) == "" {
			t.Errorf("%s: held back", name)
		}
	}
	e.advance(10 * time.Second)
	wantAccess(t, c, exchangeOf()) // and what Entra then grants counts at once
	if _, err := c.OnBehalfOf(t.Context(), exchangeOf(func(x *entra.Exchange) { x.Scopes = []string{userRead} })); err != nil {
		t.Error(err)
	}
}

// TestKeptTokenIsNotTriedInALoop: what is kept stays the same where the remedy is
// not another token.
func TestKeptTokenIsNotTriedInALoop(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	s := &shelf{token: entra.NewRefreshToken("refresh-1")}
	kept := s.kept(tenants.NewGUID())
	e.answer = refusing(400, `{"error":"invalid_grant","suberror":"consent_required"}`)
	for range 50 {
		wantError(t, c, exchangeOf(kept), entra.Consent)
	}
	if e.asked() != 1 || len(s.put) != 0 {
		t.Errorf("%d requests, put %q", e.asked(), s.put)
	}
	s.token = entra.NewRefreshToken("refresh-2") // of a new sign-in
	wantError(t, c, exchangeOf(kept), entra.Consent)
	if e.asked() != 2 {
		t.Errorf("%d requests", e.asked())
	}
}

// TestLoopIsLeftAloneForFiveMinutes, and neither what is kept nor anybody else
// suffers from it.
func TestLoopIsLeftAloneForFiveMinutes(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	give := e.answer
	c := entra.NewTokenClient(e, e.clock)
	s := &shelf{token: entra.NewRefreshToken("refresh-1")}
	kept := s.kept(tenants.NewGUID())
	first := wantAccess(t, c, exchangeOf())
	e.answer = refusing(400, `{"error":"invalid_grant","error_codes":[50196]}`)
	got := wantError(t, c, exchangeOf(kept), entra.Throttled)
	if got.RetryAfter != 5*time.Minute || fault.KindOf(&got) != fault.Limited || len(s.put) != 0 || wantAccess(t, c, exchangeOf()) != first {
		t.Errorf("retry after %s, put %q", got.RetryAfter, s.put)
	}
	e.answer = give
	wantAccess(t, c, exchangeOf(another))
	before := e.asked()
	e.advance(5*time.Minute - time.Second)
	if got := wantError(t, c, exchangeOf(kept), entra.Throttled); got.RetryAfter != time.Second || e.asked() != before {
		t.Errorf("retry after %s", got.RetryAfter)
	}
	e.advance(time.Second)
	wantAccess(t, c, exchangeOf(kept))
}

// TestProofsMayBeRepeated: whoever examines a credential has just corrected it. A
// loop stops them as well.
func TestProofsMayBeRepeated(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	give := e.answer
	c := entra.NewTokenClient(e, e.clock)
	e.answer = refusing(401, `{"error":"invalid_client","error_codes":[700213]}`)
	if _, err := c.ProveApp(t.Context(), appOf(), everything); fault.KindOf(err) != fault.Upstream {
		t.Fatal(err)
	}
	if _, err := c.OfApp(t.Context(), tenants.NewID(), appOf(), everything, ""); fault.KindOf(err) != fault.Upstream { // by a program, which is held back
		t.Fatal(err)
	}
	e.answer = give
	wantAppToken(t, c, appOf(), "token-3")
	e.answer = refusing(400, `{"error":"invalid_grant","error_codes":[50196]}`)
	for range 5 {
		if _, err := c.ProveApp(t.Context(), appOf(), everything); fault.KindOf(err) != fault.Limited || e.asked() != 4 {
			t.Fatalf("%v after %d requests", err, e.asked())
		}
	}
}

func TestRefusalsHeldAreBounded(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	e.answer = refusing(400, `{"error":"interaction_required"}`)
	c := entra.NewTokenClient(e, e.clock)
	other := contoso()
	other.ID, other.TID = tenants.NewID(), fabrikamTID
	small := exchangeOf(func(x *entra.Exchange) { x.Organization, x.Identity.Org, x.Identity.TID = &other, other.ID, other.TID })
	wantError(t, c, small, entra.Interaction)
	for range entra.RefusalsForTest + 500 {
		wantError(t, c, exchangeOf(another), entra.Interaction)
	}
	before := e.asked()
	wantError(t, c, small, entra.Interaction)
	if n := c.RefusalsHeldForTest(); n != entra.RefusalsForTest+1 || e.asked() != before {
		t.Errorf("%d refusals held; a crowd pushed another tenant's out: %t", n, e.asked() != before)
	}
	e.advance(time.Hour)
	for range 2000 {
		wantError(t, c, exchangeOf(another), entra.Interaction)
	}
	if n := c.RefusalsHeldForTest(); n > entra.RefusalsForTest*3/4 {
		t.Errorf("%d refusals are held, nearly all over", n)
	}
}
