package entra_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// somebody asks for a person of their own.
func somebody(x *entra.Exchange) { x.Identity.OID = tenants.NewGUID() }

// another asks with a token of their own, which is another request.
func another(x *entra.Exchange) {
	somebody(x)
	x.Assertion = assertionOf(tenants.NewGUID().String())
}

func unreachable(int, url.Values) (*egress.Response, error) {
	return nil, errors.New("connection refused")
}

// rests asks on behalf of new people every second, and returns the seconds at which
// the endpoint was asked.
func rests(t *testing.T, c *entra.TokenClient, e *endpoint, seconds int) []int {
	t.Helper()
	var at []int
	for s := range seconds {
		before := e.asked()
		wantError(t, c, exchangeOf(another), entra.Transient)
		if e.asked() != before {
			at = append(at, s)
		}
		e.advance(time.Second)
	}
	return at
}

// TestDownEndpointIsLeftAloneForLonger asks once a second for four minutes.
func TestDownEndpointIsLeftAloneForLonger(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]func(int, url.Values) (*egress.Response, error){"unreachable": unreachable, "answers badly": refusing(500, "")} {
		for chance, want := range map[float64][]int{
			0:      {0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 36, 66, 96, 126, 156, 186, 216},
			0.9999: {0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67, 127, 187},
		} {
			e := newEndpoint()
			e.answer = down
			c := entra.NewTokenClient(e, e.clock)
			c.ChanceForTest(chance)
			if got := rests(t, c, e, 240); !slices.Equal(got, want) {
				t.Errorf("%s, chance %v: asked at %v\nwant %v", name, chance, got, want)
			}
		}
	}
}

func TestRestEndsWithOneWhoFindsOut(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	give := e.answer
	e.answer = unreachable
	c := entra.NewTokenClient(e, e.clock)
	for range 5 {
		wantError(t, c, exchangeOf(another), entra.Transient)
	}
	got := wantError(t, c, exchangeOf(another), entra.Transient)
	if e.asked() != 5 || got.RetryAfter <= 0 || got.RetryAfter > time.Second || fault.KindOf(&got) != fault.Unavailable {
		t.Fatalf("%d requests, retry after %s", e.asked(), got.RetryAfter)
	}
	wantAccess(t, c, exchangeOf(func(x *entra.Exchange) { // another app has a line of its own
		org := contoso()
		org.Connection.ClientID = tenants.NewGUID()
		x.Organization = &org
		e.answer = give
	}))
	e.advance(time.Second)
	e.answer = func(n int, form url.Values) (*egress.Response, error) {
		before := e.asked()
		wantError(t, c, exchangeOf(another), entra.Transient) // while one finds out
		if e.asked() != before {
			t.Error("a second one asks, too")
		}
		return give(n, form)
	}
	wantAccess(t, c, exchangeOf(another))
	e.answer = give
	wantAccess(t, c, exchangeOf(another))
}

// TestOneRequestThatFailsStopsNobody: what it makes of Entra may be its own doing.
func TestOneRequestThatFailsStopsNobody(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	give := e.answer
	c := entra.NewTokenClient(e, e.clock)
	poison := exchangeOf()
	e.answer = refusing(500, "")
	for range 20 {
		wantError(t, c, poison, entra.Transient)
	}
	if e.asked() != 20 {
		t.Errorf("%d requests", e.asked())
	}
	e.answer = give
	wantAccess(t, c, exchangeOf(another))
}

func TestGoodAnswersKeepTheLineOpen(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	give := e.answer
	c := entra.NewTokenClient(e, e.clock)
	for _, well := range []func(int, url.Values) (*egress.Response, error){give, refusing(400, `{"error":"invalid_scope"}`)} {
		for range 4 {
			e.answer = unreachable
			for range 4 {
				wantError(t, c, exchangeOf(another), entra.Transient)
			}
			e.answer = well
			before := e.asked()
			if _, _ = c.OnBehalfOf(t.Context(), exchangeOf(another)); e.asked() != before+1 {
				t.Fatal("Entra is left alone although it answers now and then")
			}
		}
	}
}

// TestWhoGivesUpSaysNothingOfEntra: neither their leaving nor a proof that cannot
// be made counts, and a rest that they were to end goes on to the next.
func TestWhoGivesUpSaysNothingOfEntra(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	give := e.answer
	c := entra.NewTokenClient(e, e.clock)
	gone, leave := context.WithCancel(t.Context())
	leave()
	e.answer = func(int, url.Values) (*egress.Response, error) { return nil, context.Canceled }
	for range 10 {
		if _, err := c.ProveApp(gone, appOf(), everything); err == nil {
			t.Fatal("a token for nobody")
		}
	}
	if e.asked() != 10 {
		t.Fatalf("%d requests", e.asked())
	}
	e.answer = unreachable
	for range 5 {
		wantError(t, c, exchangeOf(another), entra.Transient)
	}
	e.advance(time.Second)
	unproved := appOf(func(a *entra.App) { a.Credential = failing{fault.New(fault.NotFound, "no key")} })
	if _, err := c.ProveApp(t.Context(), unproved, everything); fault.KindOf(err) != fault.NotFound {
		t.Fatal(err)
	}
	e.answer = func(int, url.Values) (*egress.Response, error) { return nil, context.Canceled }
	if _, err := c.ProveApp(gone, appOf(), everything); err == nil {
		t.Fatal("a token for nobody")
	}
	e.answer = give
	wantAccess(t, c, exchangeOf(another))
}

func TestLinesAreBounded(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	e.answer = refusing(429, `{}`, "Retry-After", "30")
	c := entra.NewTokenClient(e, e.clock)
	apps := entra.MaxLinesForTest + 100
	for range apps {
		_, err := c.ProveApp(t.Context(), appOf(func(a *entra.App) { a.ClientID = tenants.NewGUID() }), everything)
		if fault.KindOf(err) != fault.Limited {
			t.Fatal(err)
		}
	}
	if n := c.LinesForTest(); n != entra.MaxLinesForTest || e.asked() != apps {
		t.Errorf("%d lines, %d requests", n, e.asked())
	}
}
