package entra_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func certificateOf(bundle string) entra.Credential {
	return entra.CertificateCredential(must(entra.ParseCertificate([]byte(bundle))), time.Now, entra.WithoutChain)
}

// TestEveryCredentialGetsAToken proves the app to the emulator, which checks
// signatures, and shows the token to its Graph, which checks permissions.
func TestEveryCredentialGetsAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(w.projected()), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, app := range map[string]entra.App{
		"secret":            w.app(withSecret, must(entra.SecretCredential(entra.NewSecret(secret)))),
		"platform issuer":   w.app(withIssuer, entra.PlatformIssuerCredential(w.mint(contosoSubject), w.in)),
		"managed identity":  w.app(sharedApp, must(entra.ManagedIdentityCredential(w.identity, w.in, host{w.out, w.entra}))),
		"workload identity": w.app(sharedApp, must(entra.WorkloadIdentityCredential(file))),
		"certificate":       w.app(withCert, certificateOf(w.bundle)),
	} {
		token, err := w.tokens.ProveApp(t.Context(), app, w.in.DelegatedGraphScope(".default"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if status := w.people(t, token); status != 200 {
			t.Errorf("%s: Graph answers %d", name, status)
		}
		if left := time.Until(token.ExpiresAt); left < 50*time.Minute || left > 90*time.Minute {
			t.Errorf("%s: expires in %s", name, left)
		}
	}
}

// TestAppServiceOffersTheIdentityToo sets the environment of App Service, so it
// runs alone.
func TestAppServiceOffersTheIdentityToo(t *testing.T) {
	w := newWorld(t)
	t.Setenv("IDENTITY_ENDPOINT", w.entra+"/_identity/"+contosoTID.String()+"/msi/token")
	t.Setenv("IDENTITY_HEADER", "control")
	c := must(entra.ManagedIdentityCredential(w.identity, w.in, w.out))
	token, err := w.tokens.ProveApp(t.Context(), w.app(sharedApp, c), w.in.DelegatedGraphScope(".default"))
	if err != nil || w.people(t, token) != 200 {
		t.Fatal(err)
	}
	for name, change := range map[string]func(){
		"another header": func() { t.Setenv("IDENTITY_HEADER", "guessed") },
	} {
		change()
		other := must(entra.ManagedIdentityCredential(tenants.NewGUID(), w.in, w.out))
		if _, err := w.tokens.ProveApp(t.Context(), w.app(sharedApp, other), w.in.DelegatedGraphScope(".default")); err == nil || fault.KindOf(err) != fault.Upstream {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIdentityThatTheHostDoesNotHave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := must(entra.ManagedIdentityCredential(tenants.NewGUID(), w.in, host{w.out, w.entra}))
	_, err := w.tokens.ProveApp(t.Context(), w.app(sharedApp, c), w.in.DelegatedGraphScope(".default"))
	if err == nil || fault.KindOf(err) != fault.Upstream {
		t.Errorf("got %v", err)
	}
	nowhere := must(entra.ManagedIdentityCredential(tenants.NewGUID(), w.in, w.out)) // nobody answers at the service's address
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := nowhere.Apply(ctx, tokenURL, map[string][]string{}); err == nil || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without a host: %v", err)
	}
	if _, err := entra.ManagedIdentityCredential(tenants.GUID{}, w.in, w.out); err == nil || fault.KindOf(err) != fault.Invalid {
		t.Errorf("without an id: %v", err)
	}
}

func TestEntraSaysWhatIsWrongWithAProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, unknown := certifiedFor(t, "other", time.Now().Add(time.Hour))
	other := must(entra.SecretCredential(entra.NewSecret("another-secret")))
	mine := must(entra.SecretCredential(entra.NewSecret(secret)))
	as := func(audience string) entra.Mint {
		sign := w.mint(contosoSubject)
		return func(ctx context.Context, _ string) (string, error) { return sign(ctx, audience) }
	}
	elsewhere := *w
	elsewhere.issuer = w.graph
	fabrikam := w.app(withSecret, mine)
	fabrikam.TID = fabrikamTID
	nowhere := w.app(withSecret, mine)
	nowhere.TID = must(tenants.ParseTID("77777777-7777-4777-8777-777777777777"))
	for name, row := range map[string]struct {
		app  entra.App
		want entra.Trouble
	}{
		"another secret":             {w.app(withSecret, other), entra.WrongSecret},
		"a secret that has expired":  {w.app(withOldSecret, mine), entra.ExpiredSecret},
		"another certificate":        {w.app(withCert, certificateOf(unknown)), entra.WrongCertificate},
		"an app that does not exist": {w.app(tenants.NewGUID(), mine), entra.AppNotFound},
		"an app of another tenant":   {fabrikam, entra.AppNotFound},
		"a tenant that is not there": {nowhere, entra.TenantNotFound},
		"the subject of another":     {w.app(withIssuer, entra.PlatformIssuerCredential(w.mint("org:another:connection"), w.in)), entra.FederationSubject},
		"another audience":           {w.app(withIssuer, entra.PlatformIssuerCredential(as("https://gatehouse.example"), w.in)), entra.FederationAudience},
		"another issuer":             {w.app(withIssuer, entra.PlatformIssuerCredential(elsewhere.mint(contosoSubject), w.in)), entra.FederationIssuer},
		"an issuer nobody can read":  {w.app(deafIssuer, entra.PlatformIssuerCredential(elsewhere.mint(contosoSubject), w.in)), entra.FederationUnreadable},
		"a managed identity of an own app": {
			w.app(withIssuer, must(entra.ManagedIdentityCredential(w.identity, w.in, host{w.out, w.entra}))), entra.FederationIssuer,
		},
	} {
		_, err := w.tokens.ProveApp(t.Context(), row.app, w.in.DelegatedGraphScope(".default"))
		refused, is := errors.AsType[*entra.TokenError](err)
		if !is || refused.Trouble() != row.want || refused.Class != entra.Misconfigured {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
}

// console signs in to the emulated tenants.
func (w *world) console() *entra.WebApp {
	return must(entra.NewWebApp(entra.WebAppOptions{
		ClientID: consoleApp, Credential: must(entra.SecretCredential(entra.NewSecret(consoleSecret))), Authority: w.in, RedirectURL: callback,
		Tokens: w.tokens, Keys: entra.NewKeySets(w.out, time.Now), Now: time.Now,
	}))
}

// signIn walks a person through Entra's pages.
func signIn(t *testing.T, c *entra.WebApp, ask entra.SignIn, who tenants.GUID) (entra.Person, entra.Tokens, *browser) {
	t.Helper()
	b := newBrowser(t)
	back := b.walk(must(c.AuthorizeURL(ask)), "account="+who.String(), "mfa=approve", "consent=accept")
	if back.Get("state") != ask.Handshake.State || back.Get("code") == "" {
		t.Fatalf("the callback says %v", back)
	}
	person, tokens, err := c.Redeem(t.Context(), ask.Handshake, back.Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	return person, tokens, b
}

func TestPeopleSignInAtHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.console()
	who, tokens, b := signIn(t, c, entra.SignIn{Handshake: entra.NewHandshake(tenants.TID{})}, carol)
	if who.TID != contosoTID || who.OID != carol || who.Name != "Carol Clark" || who.Username != "carol@contoso.example" || who.Guest {
		t.Errorf("signed in %+v", who)
	}
	if got := entra.Administers(who.WIDs); len(got) != 1 || got[0] != entra.GlobalAdministrator {
		t.Errorf("roles %v", who.WIDs)
	}
	if !slices.Equal(who.AppRoles, []string{"Platform.Operator"}) || !slices.Contains(who.Groups.IDs, staff) || time.Since(who.AuthTime) > time.Minute || who.Session == "" {
		t.Errorf("signed in %+v", who)
	}
	if !slices.Contains(b.seen, "Pick an account") || len(b.seen) != 2 {
		t.Errorf("pages %v, want the accounts and the consent", b.seen)
	}
	if w.people(t, tokens.Access) != 403 || tokens.Refresh.IsZero() {
		t.Error("User.Read reads everybody, or there is no refresh token")
	}
	elsewhere, _, _ := signIn(t, c, entra.SignIn{Handshake: entra.NewHandshake(tenants.TID{})}, faye)
	if elsewhere.TID != fabrikamTID || elsewhere.OID != faye || len(entra.Administers(elsewhere.WIDs)) != 0 || len(elsewhere.AppRoles) != 0 {
		t.Errorf("signed in %+v", elsewhere)
	}
}

func TestGuestsSignInWhereTheyAreGuests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, _, _ := signIn(t, w.console(), entra.SignIn{Handshake: entra.NewHandshake(contosoTID)}, erin)
	if who.TID != contosoTID || who.OID != erin || !who.Guest {
		t.Errorf("signed in %+v", who)
	}
}

func TestCodesAreForOneHandshake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.console()
	ask := entra.SignIn{Handshake: entra.NewHandshake(contosoTID)}
	code := func() string {
		return newBrowser(t).walk(must(c.AuthorizeURL(ask)), "account="+alice.String(), "consent=accept").Get("code")
	}
	stolen := entra.NewHandshake(contosoTID)
	if _, _, err := c.Redeem(t.Context(), stolen, code()); !refusedFor(err, entra.Reauth) {
		t.Errorf("without the verifier: %v", err)
	}
	mixed := ask.Handshake
	mixed.Nonce = stolen.Nonce
	_, _, err := c.Redeem(t.Context(), mixed, code())
	if refused, is := errors.AsType[*entra.Refusal](err); !is || refused.Reason != entra.WrongNonce {
		t.Errorf("with another nonce: %v", err)
	}
	once := code()
	if _, _, err := c.Redeem(t.Context(), ask.Handshake, once); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Redeem(t.Context(), ask.Handshake, once); !refusedFor(err, entra.Reauth) {
		t.Errorf("the second time: %v", err)
	}
}

func refusedFor(err error, class entra.ErrorClass) bool {
	refused, is := errors.AsType[*entra.TokenError](err)
	return is && refused.Class == class
}

func TestFurtherScopesNeedConsentFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.console()
	more := []string{w.in.DelegatedGraphScope("User.ReadBasic.All")}
	who, tokens, _ := signIn(t, c, entra.SignIn{Handshake: entra.NewHandshake(contosoTID)}, alice)
	if _, err := c.Refresh(t.Context(), who.TID, tokens.Refresh, more); !refusedFor(err, entra.Consent) || fault.KindOf(err) != fault.Forbidden {
		t.Errorf("before the consent: %v", err)
	}
	_, granted, b := signIn(t, c, entra.SignIn{Handshake: entra.NewHandshake(contosoTID), Scopes: more, LoginHint: who.Username}, alice)
	if len(b.seen) != 2 || w.people(t, granted.Access) != 200 {
		t.Errorf("pages %v", b.seen)
	}
	got, err := c.Refresh(t.Context(), who.TID, tokens.Refresh, more)
	if err != nil || w.people(t, got.Access) != 200 || got.Refresh.IsZero() {
		t.Errorf("after the consent: %v", err)
	}
	if _, err := c.Refresh(t.Context(), who.TID, entra.NewRefreshToken("guessed"), nil); !refusedFor(err, entra.Reauth) {
		t.Errorf("with a guessed token: %v", err)
	}
}

func TestStepUpSaysItsContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.console()
	plain, _, _ := signIn(t, c, entra.SignIn{Handshake: entra.NewHandshake(contosoTID)}, alice)
	strong, _, b := signIn(t, c, entra.SignIn{
		Handshake: entra.NewHandshake(contosoTID), Claims: `{"id_token":{"acrs":{"essential":true,"value":"c1"}}}`,
	}, alice)
	if len(plain.AuthContexts) != 0 || !slices.Equal(strong.AuthContexts, []string{"c1"}) {
		t.Errorf("contexts %v, then %v; pages %v", plain.AuthContexts, strong.AuthContexts, b.seen)
	}
}

// TestAdminConsentIsProvedByAToken: the callback only says so.
func TestAdminConsentIsProvedByAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.app(consoleApp, must(entra.SecretCredential(entra.NewSecret(consoleSecret))))
	ask := entra.AdminConsent{
		TID: contosoTID, ClientID: consoleApp, Scopes: []string{w.in.DelegatedGraphScope("User.ReadBasic.All")}, RedirectURL: callback,
		State: entra.NewHandshake(contosoTID).State,
	}
	back := newBrowser(t).walk(must(w.in.AdminConsentURL(ask)), "account="+carol.String(), "consent=cancel")
	if back.Get("error") != "consent_required" || back.Get("state") != ask.State {
		t.Errorf("declined: %v", back)
	}
	back = newBrowser(t).walk(must(w.in.AdminConsentURL(ask)), "account="+carol.String(), "consent=accept")
	if back.Has("error") || back.Get("tenant") != contosoTID.String() || back.Get("state") != ask.State {
		t.Errorf("accepted: %v", back)
	}
	if _, err := w.tokens.ProveApp(t.Context(), app, w.in.DelegatedGraphScope(".default")); err != nil {
		t.Errorf("after the consent: %v", err)
	}
	c := w.console()
	_, tokens, _ := signIn(t, c, entra.SignIn{Handshake: entra.NewHandshake(contosoTID)}, alice)
	if got, err := c.Refresh(t.Context(), contosoTID, tokens.Refresh, ask.Scopes); err != nil || w.people(t, got.Access) != 200 {
		t.Errorf("what the admin agreed to: %v", err)
	}
}
