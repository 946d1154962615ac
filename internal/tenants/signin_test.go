package tenants_test

import (
	"testing"
	"time"

	"gatehouse/internal/tenants"
)

func TestTokensOfBeforeASwitchStayGood(t *testing.T) {
	t.Parallel()
	before := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	now := time.Date(2026, 11, 21, 9, 0, 0, 1234, time.FixedZone("", 3600))
	since := time.Date(2026, 11, 21, 8, 0, 0, 1000, time.UTC)
	brokered := tenants.SignIn{Mode: tenants.Brokered, UnknownClients: tenants.Refuse}
	accepting := tenants.SignIn{Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Refuse}
	admitting := tenants.SignIn{Mode: tenants.Brokered, UnknownClients: tenants.Admit}
	facade := tenants.SignIn{Mode: tenants.Facade, UnknownClients: tenants.Refuse}
	direct := tenants.SignIn{Mode: tenants.Direct, UnknownClients: tenants.Refuse}
	inert := tenants.SignIn{Mode: tenants.Direct, AcceptEntraTokens: true, UnknownClients: tenants.Refuse}
	for name, c := range map[string]struct {
		from, to tenants.SignIn
		since    time.Time
	}{
		"ours to Entra's":                      {brokered, direct, since},
		"Entra's to ours":                      {facade, brokered, since},
		"Entra's to both":                      {direct, accepting, since},
		"ours to both":                         {brokered, accepting, since},
		"both to ours":                         {accepting, brokered, since},
		"one document of Entra's to another":   {facade, direct, before},
		"what decides nothing in a direct one": {direct, inert, before},
		"clients that are not listed":          {brokered, admitting, before},
		"nothing":                              {brokered, brokered, before},
	} {
		o := tenants.Organization{Mode: c.from.Mode, AcceptEntraTokens: c.from.AcceptEntraTokens, UnknownClients: c.from.UnknownClients, ModeSince: before}
		if o.SetSignIn(c.to, now); o.SignIn() != c.to || o.ModeSince != c.since {
			t.Errorf("%s: %+v since %s, want since %s", name, o.SignIn(), o.ModeSince, c.since)
		}
		if o.CutsOff() {
			t.Errorf("%s: it cuts off what was not asked for", name)
		}
		if o.CutOff(); o.SignIn() != c.to || !o.ModeSince.IsZero() || !o.CutsOff() {
			t.Errorf("%s: cut off since %s", name, o.ModeSince)
		}
	}
}

func TestNothingSaidOfUnknownClientsRefusesThem(t *testing.T) {
	t.Parallel()
	o := tenants.Organization{Mode: tenants.Brokered}
	if s := o.SignIn(); s.UnknownClients != tenants.Refuse {
		t.Errorf("%+v", s)
	}
	if o.SetSignIn(o.SignIn(), time.Now()); o.UnknownClients != "" || !o.ModeSince.IsZero() {
		t.Errorf("what is so already became %+v", o)
	}
}
