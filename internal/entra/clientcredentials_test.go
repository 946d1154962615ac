package entra_test

import (
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const everything = "https://graph.microsoft.com/.default"

func appOf(changes ...func(*entra.App)) entra.App {
	a := entra.App{
		TID: contosoTID, ClientID: apiClient, Credential: must(entra.SecretCredential(entra.NewSecret(secret))), Authority: entra.AuthorityOf(tenants.PublicCloud),
	}
	for _, change := range changes {
		change(&a)
	}
	return a
}

func wantAppToken(t *testing.T, c *entra.TokenClient, app entra.App, want string) {
	t.Helper()
	got, err := c.ProveApp(t.Context(), app, everything)
	if err != nil || got.Reveal() != want {
		t.Errorf("got %s, %v, want %s", got.Reveal(), err, want)
	}
}

func TestAppAsksItsOwnTenantsEndpoint(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	got, err := entra.NewTokenClient(e, e.clock).ProveApp(t.Context(), appOf(), everything)
	if err != nil || got.Reveal() != "token-1" || !got.ExpiresAt.Equal(began.Add(time.Hour)) {
		t.Fatalf("%s until %s, %v", got.Reveal(), got.ExpiresAt, err)
	}
	want := url.Values{"grant_type": {"client_credentials"}, "client_id": {apiClient.String()}, "client_secret": {secret}, "scope": {everything}}
	if e.urls[0] != login+contosoTID.String()+"/oauth2/v2.0/token" || e.forms[0].Encode() != want.Encode() {
		t.Errorf("asked %s with %v", e.urls[0], e.forms[0])
	}
}

// TestProofIsNeverAnsweredFromMemory: a wrong credential must not pass because
// the right one was used a minute ago.
func TestProofIsNeverAnsweredFromMemory(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	wantAppToken(t, c, appOf(), "token-1")
	wantAppToken(t, c, appOf(), "token-2")
	e.answer = refusing(401, `{"error":"invalid_client","error_codes":[7000215]}`)
	if _, err := c.ProveApp(t.Context(), appOf(), everything); err == nil {
		t.Error("a wrong credential is proved")
	}
}

// TestSilenceIsKeptWhoeverAsks: Entra throttles an app in a tenant, not a person
// or a grant.
func TestSilenceIsKeptWhoeverAsks(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	give := e.answer
	e.answer = refusing(429, `{}`, "Retry-After", "30")
	if _, err := c.ProveApp(t.Context(), appOf(), everything); fault.RetryAfter(err) != 30*time.Second || fault.KindOf(err) != fault.Limited {
		t.Errorf("got %v", err)
	}
	e.answer = give
	wantError(t, c, exchangeOf(), entra.Throttled)
	if _, err := c.Redeem(t.Context(), appOf(), entra.NewRefreshToken("r"), userRead); fault.KindOf(err) != fault.Limited {
		t.Errorf("refresh: %v", err)
	}
	if e.asked() != 1 {
		t.Errorf("%d requests", e.asked())
	}
	wantAppToken(t, c, appOf(func(a *entra.App) { a.TID = fabrikamTID }), "token-2")
	e.advance(30 * time.Second)
	wantAppToken(t, c, appOf(), "token-3")
}

func TestAppsErrorsNameTheirTrouble(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status  int
		err     string
		code    int
		trouble entra.Trouble
	}{
		"wrong secret":         {401, "invalid_client", 7000215, entra.WrongSecret},
		"expired secret":       {401, "invalid_client", 7000222, entra.ExpiredSecret},
		"no credential":        {401, "invalid_client", 7000218, entra.MissingCredential},
		"unknown certificate":  {401, "invalid_client", 700027, entra.WrongCertificate},
		"expired certificate":  {401, "invalid_client", 7000272, entra.WrongCertificate},
		"a clock":              {401, "invalid_client", 700024, entra.AssertionTime},
		"federated issuer":     {401, "invalid_client", 700211, entra.FederationIssuer},
		"federated audience":   {401, "invalid_client", 700212, entra.FederationAudience},
		"federated subject":    {401, "invalid_client", 700213, entra.FederationSubject},
		"federated, any":       {400, "invalid_grant", 70021, entra.FederationMismatch},
		"unreadable issuer":    {401, "invalid_client", 501661, entra.FederationUnreadable},
		"unknown app":          {400, "unauthorized_client", 700016, entra.AppNotFound},
		"disabled app":         {400, "unauthorized_client", 7000112, entra.AppDisabled},
		"no service principal": {401, "invalid_client", 7000229, entra.NoServicePrincipal},
		"no resource":          {400, "invalid_resource", 500011, entra.ResourceNotFound},
		"no tenant":            {400, "invalid_request", 90002, entra.TenantNotFound},
		"not assigned":         {400, "invalid_grant", 501051, entra.NotAssigned},
		"something new":        {400, "invalid_client", 7999999, entra.UnknownTrouble},
	} {
		e := newEndpoint()
		e.answer = refusing(row.status, fmt.Sprintf(`{"error":%q,"error_codes":[%d]}`, row.err, row.code))
		_, err := entra.NewTokenClient(e, e.clock).ProveApp(t.Context(), appOf(), everything)
		got, is := errors.AsType[*entra.TokenError](err)
		if !is || got.Class != entra.Misconfigured || got.Trouble() != row.trouble {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAppsThatCannotAskAreInvalid(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	for name, change := range map[string]func(*entra.App){
		"no tenant": func(a *entra.App) { a.TID = tenants.TID{} }, "no client": func(a *entra.App) { a.ClientID = tenants.GUID{} },
		"no credential": func(a *entra.App) { a.Credential = nil }, "no cloud": func(a *entra.App) { a.Authority = entra.Authority{} },
	} {
		if _, err := c.ProveApp(t.Context(), appOf(change), everything); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Redeem(t.Context(), appOf(change), entra.NewRefreshToken("r"), userRead); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s, refresh: %v", name, err)
		}
	}
	for _, scope := range []string{"", userRead, "https://graph.microsoft.com/.default openid", userRead + " " + everything} {
		if _, err := c.ProveApp(t.Context(), appOf(), scope); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("scope %q: %v", scope, err)
		}
	}
	_, err := c.ProveApp(t.Context(), appOf(func(a *entra.App) { a.Credential = failing{fault.New(fault.NotFound, "no key")} }), everything)
	if err == nil || fault.KindOf(err) != fault.NotFound || e.asked() != 0 {
		t.Errorf("%v after %d requests", err, e.asked())
	}
}

// TestTokenOfTheAppIsHeld for each organization by itself, until it ages, is refused
// or is to be forgotten.
func TestTokenOfTheAppIsHeld(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	mine, other := tenants.NewID(), tenants.NewID()
	for n, step := range []struct {
		after   time.Duration
		org     tenants.ID
		change  func(*entra.App)
		scope   string
		refused string
		want    string
	}{
		{want: "token-1"},
		{want: "token-1"},
		{org: other, want: "token-2"},
		{change: func(a *entra.App) { a.ClientID = tenants.NewGUID() }, want: "token-3"},
		{change: func(a *entra.App) { a.TID = fabrikamTID }, want: "token-4"},
		{scope: "https://vault.azure.net/.default", want: "token-5"},
		{refused: "token-1", want: "token-1"}, // it is new
		{after: time.Minute, refused: "token-1", want: "token-6"},
		{refused: "token-1", want: "token-6"},
		{after: 55*time.Minute - time.Second, want: "token-6"},
		{after: time.Second, want: "token-7"},
	} {
		e.advance(step.after)
		org, scope, app := step.org, step.scope, appOf()
		if org.IsZero() {
			org = mine
		}
		if scope == "" {
			scope = everything
		}
		if step.change != nil {
			step.change(&app)
		}
		got, err := c.OfApp(t.Context(), org, app, scope, step.refused)
		if err != nil || got.Reveal() != step.want {
			t.Fatalf("%d: got %s, %v, want %s", n, got.Reveal(), err, step.want)
		}
	}
	wantAccess(t, c, exchangeOf(func(x *entra.Exchange) {
		x.Identity.Org = mine
		org := contoso()
		org.ID = mine
		x.Organization = &org
	}))
	c.PurgeApp(mine)
	if got, err := c.OfApp(t.Context(), mine, appOf(), everything, ""); err != nil || got.Reveal() != "token-9" || c.HeldForTest(mine) != 2 {
		t.Errorf("got %s, %v; %d are held, one of a person's among them", got.Reveal(), err, c.HeldForTest(mine))
	}
}

func TestRefusedAppIsNotProvedInALoop(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	e.answer = refusing(400, `{"error":"invalid_grant","error_codes":[70000]}`)
	for range 20 {
		_, err := c.OfApp(t.Context(), tenants.NewID(), appOf(), everything, "")
		if got, is := errors.AsType[*entra.TokenError](err); !is || got.Class != entra.Misconfigured || e.asked() != 1 {
			t.Fatalf("%v after %d requests", err, e.asked())
		}
	}
	for _, change := range []func(*entra.App){func(a *entra.App) { a.TID = tenants.TID{} }, func(a *entra.App) { a.Credential = nil }} {
		if _, err := c.OfApp(t.Context(), tenants.NewID(), appOf(change), everything, ""); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Error(err)
		}
	}
	if _, err := c.OfApp(t.Context(), tenants.NewID(), appOf(), userRead, ""); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	if _, err := c.OfApp(t.Context(), tenants.ID{}, appOf(), everything, ""); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
}
