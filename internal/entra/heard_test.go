package entra_test

import (
	"errors"
	"net/url"
	"testing"

	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestEachRequestIsHeardOfOnce(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	e.answer = func(int, url.Values) (*egress.Response, error) {
		a := ok(`{"token_type":"Bearer","expires_in":3600,"access_token":"x"}`)
		a.Header.Set("X-Ms-Request-Id", "t-9")
		return a, nil
	}
	c := entra.NewTokenClient(e, e.clock)
	var heard []entra.Heard
	hears := func(x *entra.Exchange) {
		x.Heard = func(h entra.Heard) error { heard = append(heard, h); return nil }
	}
	for range 3 {
		wantAccess(t, c, exchangeOf(hears))
	}
	if len(heard) != 1 || heard[0].Refusal != nil || heard[0].Trace != "t-9" {
		t.Fatalf("%+v", heard)
	}
	if id, err := tenants.ParseGUID(heard[0].Correlation); err != nil || id.IsZero() || e.correlations[0] != heard[0].Correlation {
		t.Errorf("Entra was told %q, and %q is heard of", e.correlations[0], heard[0].Correlation)
	}
	e.answer = refusing(400, `{"error":"invalid_grant","suberror":"consent_required","error_codes":[65001],"trace_id":"t-1","correlation_id":"c-1"}`)
	other := func(x *entra.Exchange) { x.Scopes = []string{groupsRead} }
	for range 3 { // the refusal is remembered
		wantError(t, c, exchangeOf(hears, other), entra.Consent)
	}
	if len(heard) != 2 || heard[1].Refusal == nil || heard[1].Refusal.Code != 65001 || heard[1].Trace != "t-1" || heard[1].Correlation != "c-1" {
		t.Errorf("%+v", heard)
	}
}

func TestSilenceIsHeardOf(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	e.answer = func(int, url.Values) (*egress.Response, error) { return nil, errors.New("connection refused") }
	var heard []entra.Heard
	wantError(t, entra.NewTokenClient(e, e.clock), exchangeOf(func(x *entra.Exchange) {
		x.Heard = func(h entra.Heard) error { heard = append(heard, h); return nil }
	}), entra.Transient)
	if len(heard) != 1 || heard[0].Refusal == nil || heard[0].Trace != "" || heard[0].Correlation != e.correlations[0] {
		t.Errorf("%+v", heard)
	}
}

func TestNobodyGetsATokenThatIsNotHeardOf(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	full := fault.New(fault.Unavailable, "the log is full")
	got, err := c.OnBehalfOf(t.Context(), exchangeOf(func(x *entra.Exchange) { x.Heard = func(entra.Heard) error { return full } }))
	if !errors.Is(err, full) || got.Reveal() != "" {
		t.Errorf("%q %v", got.Reveal(), err)
	}
	if wantAccess(t, c, exchangeOf()); e.asked() != 2 {
		t.Error("the token is held")
	}
}
