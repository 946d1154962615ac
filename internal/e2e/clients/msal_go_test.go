package clients_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/journal"
)

const (
	verifier  = "a-verifier-is-at-least-forty-three-characters-long-so-this-is"
	graphRead = "https://graph.microsoft.com/User.Read"
)

// confidential is a client of MSAL with a credential, in Contoso.
func (c *cloud) confidential(t *testing.T, id string, proof confidential.Credential, options ...confidential.Option) confidential.Client {
	t.Helper()
	options = append([]confidential.Option{confidential.WithHTTPClient(c.browserless), confidential.WithInstanceDiscovery(false)}, options...)
	made, err := confidential.New(c.entra+"/"+contoso, id, proof, options...)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func secret(t *testing.T, text string) confidential.Credential {
	t.Helper()
	made, err := confidential.NewCredFromSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func certificate(t *testing.T, from credential) confidential.Credential {
	t.Helper()
	made, err := confidential.NewCredFromCert([]*x509.Certificate{from.certificate}, from.key)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func callback(token string) confidential.Credential {
	return confidential.NewCredFromAssertionCallback(func(context.Context, confidential.AssertionRequestOptions) (string, error) {
		return token, nil
	})
}

// challenged adds PKCE to an authorization URL, which MSAL Go leaves to its caller.
func challenged(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(verifier))
	q := u.Query()
	q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
	q.Set("code_challenge_method", "S256")
	u.RawQuery = q.Encode()
	return u.String()
}

// signIn runs the web app's authorization code flow with PKCE for a person.
func (c *cloud) signIn(t *testing.T, through confidential.Client, person, scope string, options ...confidential.AuthCodeURLOption) confidential.AuthResult {
	t.Helper()
	address, err := through.AuthCodeURL(t.Context(), web, webRedirect, []string{scope}, options...)
	if err != nil {
		t.Fatal(err)
	}
	code, err := c.browser(person).Authorize(t.Context(), challenged(t, address))
	if err != nil {
		t.Fatal(err)
	}
	result, err := through.AcquireTokenByAuthCode(t.Context(), code, webRedirect, []string{scope}, confidential.WithChallenge(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// inbound is an access token for a middle tier, as one of its callers sends it.
func (c *cloud) inbound(t *testing.T, person, scope string, options ...confidential.AuthCodeURLOption) string {
	t.Helper()
	return c.signIn(t, c.confidential(t, web, secret(t, webSecret)), person, scope, options...).AccessToken
}

// called is the envelope of the refusal in an error of MSAL Go.
func called(t *testing.T, err error) envelope {
	t.Helper()
	var call msalerrors.CallErr
	if !errors.As(err, &call) {
		t.Fatalf("error is %v, want a CallErr", err)
	}
	return refusal(t, call.Resp)
}

func TestMSALGoSignsInWithCodeAndPKCE(t *testing.T) {
	t.Parallel()
	c := shared(t)
	client := c.confidential(t, web, secret(t, webSecret))
	result := c.signIn(t, client, alice, apiScope)
	carries(t, result.AccessToken, "ver", "2.0", "aud", api, "oid", alice, "tid", contoso, "azp", web, "azpacr", 1, "scp", "access", "iss", c.entra+"/"+contoso+"/v2.0")
	if result.IDToken.Oid != alice || result.IDToken.Audience != web || result.Account.HomeAccountID != alice+"."+contoso ||
		result.Account.PreferredUsername != "alice@contoso.example" {
		t.Errorf("account is %+v, id token %+v", result.Account, result.IDToken)
	}
}

func TestMSALGoSendsTheVerifier(t *testing.T) {
	t.Parallel()
	c := shared(t)
	client := c.confidential(t, web, secret(t, webSecret))
	address, err := client.AuthCodeURL(t.Context(), web, webRedirect, []string{apiScope})
	if err != nil {
		t.Fatal(err)
	}
	code, err := c.browser(alice).Authorize(t.Context(), challenged(t, address))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.AcquireTokenByAuthCode(t.Context(), code, webRedirect, []string{apiScope}, confidential.WithChallenge(strings.ToUpper(verifier)))
	called(t, err).is(t, http.StatusBadRequest, "invalid_grant", 501481)
	if _, err = client.AcquireTokenByAuthCode(t.Context(), code, webRedirect, []string{apiScope}, confidential.WithChallenge(verifier)); err != nil {
		t.Error(err)
	}
	_, err = client.AcquireTokenByAuthCode(t.Context(), code, webRedirect, []string{apiScope}, confidential.WithChallenge(verifier))
	called(t, err).is(t, http.StatusBadRequest, "invalid_grant", 54005)
}

func TestMSALGoActsOnBehalfOfAPerson(t *testing.T) {
	t.Parallel()
	c := shared(t)
	inbound := c.inbound(t, alice, apiScope)
	for name, how := range map[string]struct {
		proof   confidential.Credential
		options []confidential.Option
		class   string // appidacr
	}{
		"secret":                 {secret(t, apiSecret), nil, "1"},
		"certificate":            {certificate(t, appCertificate()), nil, "2"},
		"certificate with chain": {certificate(t, appCertificate()), []confidential.Option{confidential.WithX5C()}, "2"},
		"assertion of a cluster": {callback(c.issuer.mustAssert(t, pod)), nil, "2"},
		"capable of challenges":  {secret(t, apiSecret), []confidential.Option{confidential.WithClientCapabilities([]string{"cp1"})}, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := c.confidential(t, api, how.proof, how.options...)
			result, err := client.AcquireTokenOnBehalfOf(t.Context(), inbound, []string{graphRead})
			if err != nil {
				t.Fatal(err)
			}
			if who := c.me(t, result.AccessToken); who != alice {
				t.Errorf("Graph says %s", who)
			}
			carries(t, result.AccessToken, "appid", api, "appidacr", how.class, "oid", alice)
			again, err := client.AcquireTokenOnBehalfOf(t.Context(), inbound, []string{graphRead})
			if err != nil || again.AccessToken != result.AccessToken || again.Metadata.TokenSource != confidential.TokenSourceCache {
				t.Errorf("the second time MSAL asks again: %v", err)
			}
		})
	}
}

func TestMSALGoIsRefusedOnBehalfOf(t *testing.T) {
	t.Parallel()
	c := shared(t)
	inbound, forLone := c.inbound(t, alice, apiScope), c.inbound(t, alice, loneURI+"/access")
	forged := func(changes map[string]any) confidential.Credential {
		token, err := c.issuer.assertion(pod, changes)
		if err != nil {
			t.Fatal(err)
		}
		return callback(token)
	}
	for name, how := range map[string]struct {
		client    string
		proof     confidential.Credential
		assertion string
		scope     string
		status    int
		kind      string
		code      int
		suberror  string
	}{
		"wrong secret":          {api, secret(t, "wrong"), inbound, graphRead, 401, "invalid_client", 7000215, ""},
		"foreign certificate":   {api, certificate(t, newCredential("Somebody else")), inbound, graphRead, 401, "invalid_client", 700027, ""},
		"wrong subject":         {api, forged(map[string]any{"sub": pod + "-2"}), inbound, graphRead, 401, "invalid_client", 700213, ""},
		"wrong audience":        {api, forged(map[string]any{"aud": exchange + "/"}), inbound, graphRead, 401, "invalid_client", 700212, ""},
		"wrong issuer":          {api, forged(map[string]any{"iss": c.issuer.url() + "/"}), inbound, graphRead, 401, "invalid_client", 700211, ""},
		"expired assertion":     {api, forged(map[string]any{"nbf": 1, "iat": 1, "exp": 2}), inbound, graphRead, 401, "invalid_client", 700024, ""},
		"no consent":            {lone, secret(t, apiSecret), forLone, graphRead, 400, "invalid_grant", 65001, "consent_required"},
		"another API's token":   {api, secret(t, apiSecret), forLone, graphRead, 400, "invalid_grant", 500131, ""},
		"broken token":          {api, secret(t, apiSecret), inbound[:len(inbound)-8] + "AAAAAAAA", graphRead, 400, "invalid_grant", 50013, ""},
		"unknown resource":      {api, secret(t, apiSecret), inbound, "api://unknown/read", 400, "invalid_resource", 500011, ""},
		"unknown scope":         {api, secret(t, apiSecret), inbound, "https://graph.microsoft.com/User.Imagine", 400, "invalid_scope", 650053, ""},
		"second factor missing": {api, secret(t, apiSecret), inbound, vaultURI + "/read", 400, "interaction_required", 50076, "basic_action"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.confidential(t, how.client, how.proof).AcquireTokenOnBehalfOf(t.Context(), how.assertion, []string{how.scope})
			got := called(t, err)
			got.is(t, how.status, how.kind, how.code)
			if got.Suberror != how.suberror {
				t.Errorf("suberror = %q, want %q", got.Suberror, how.suberror)
			}
		})
	}
}

func TestMSALGoAnswersAClaimsChallenge(t *testing.T) {
	t.Parallel()
	c := shared(t)
	middle := c.confidential(t, api, secret(t, apiSecret), confidential.WithClientCapabilities([]string{"cp1"}))
	_, err := middle.AcquireTokenOnBehalfOf(t.Context(), c.inbound(t, alice, apiScope), []string{vaultURI + "/read"})
	challenge := called(t, err)
	challenge.is(t, http.StatusBadRequest, "interaction_required", 50076)
	if !strings.Contains(challenge.Claims, `"polids"`) || !strings.Contains(challenge.Claims, mfaPolicy) {
		t.Fatalf("claims are %q, want the policy's id in polids", challenge.Claims)
	}
	stronger := c.inbound(t, alice, apiScope, confidential.WithClaims(challenge.Claims))
	result, err := middle.AcquireTokenOnBehalfOf(t.Context(), stronger, []string{vaultURI + "/read"})
	if err != nil {
		t.Fatal(err)
	}
	carries(t, result.AccessToken, "aud", vault, "oid", alice, "scp", "read")
	_, err = middle.AcquireTokenOnBehalfOf(t.Context(), c.inbound(t, bob, apiScope), []string{vaultURI + "/read"})
	called(t, err).is(t, http.StatusBadRequest, "interaction_required", 50076) // Alice's second factor is hers alone
}

func TestMSALGoGetsTokensForAnAppItself(t *testing.T) {
	t.Parallel()
	c := shared(t)
	for name, how := range map[string]struct {
		proof confidential.Credential
		class int
	}{
		"secret":      {secret(t, daemonSecret), 1},
		"certificate": {certificate(t, appCertificate()), 2},
		"assertion":   {callback(c.issuer.mustAssert(t, pipeline)), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := c.confidential(t, daemon, how.proof)
			result, err := client.AcquireTokenByCredential(t.Context(), []string{apiName + "/.default"})
			if err != nil {
				t.Fatal(err)
			}
			carries(t, result.AccessToken, "aud", api, "azp", daemon, "azpacr", how.class, "roles", []string{"Tools.Execute"}, "scp", nil)
			cached, err := client.AcquireTokenByCredential(t.Context(), []string{apiName + "/.default"})
			if err != nil || cached.Metadata.TokenSource != confidential.TokenSourceCache {
				t.Errorf("the second time MSAL asks again: %v", err)
			}
		})
	}
}

func TestMSALGoIsRefusedAsAnApp(t *testing.T) {
	t.Parallel()
	c := shared(t)
	for name, how := range map[string]struct {
		client, secret, tenant, scope string
		status                        int
		kind                          string
		code                          int
	}{
		"wrong secret":    {daemon, "wrong", contoso, apiName + "/.default", 401, "invalid_client", 7000215},
		"expired secret":  {lapsed, lapsedSecret, contoso, apiName + "/.default", 401, "invalid_client", 7000222},
		"unknown app":     {nowhere, "any", contoso, apiName + "/.default", 400, "unauthorized_client", 700016},
		"no app id":       {"daemon", "any", contoso, apiName + "/.default", 400, "unauthorized_client", 700038},
		"not .default":    {daemon, daemonSecret, contoso, apiScope, 400, "invalid_scope", 70011},
		"other tenant":    {daemon, daemonSecret, fabrikam, apiName + "/.default", 400, "unauthorized_client", 700016},
		"missing service": {daemon, daemonSecret, contoso, "api://unknown/.default", 400, "invalid_resource", 500011},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.confidential(t, how.client, secret(t, how.secret)).
				AcquireTokenByCredential(t.Context(), []string{how.scope}, confidential.WithTenantID(how.tenant))
			called(t, err).is(t, how.status, how.kind, how.code)
		})
	}
}

func TestMSALGoDoesNotFindAnUnknownTenant(t *testing.T) {
	t.Parallel()
	c := shared(t)
	client, err := confidential.New(c.entra+"/"+nowhere, daemon, secret(t, daemonSecret), confidential.WithHTTPClient(c.browserless), confidential.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.AcquireTokenByCredential(t.Context(), []string{apiName + "/.default"})
	called(t, err).is(t, http.StatusBadRequest, "invalid_tenant", 90002)
}

func TestMSALGoRefreshesSilently(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	client := c.confidential(t, web, secret(t, webSecret))
	first := c.signIn(t, client, alice, apiScope)
	cached, err := client.AcquireTokenSilent(t.Context(), []string{apiScope}, confidential.WithSilentAccount(first.Account))
	if err != nil || cached.AccessToken != first.AccessToken {
		t.Errorf("the token is not from the cache: %v", err)
	}
	// Another API's token is not in the cache; the refresh token is good for any.
	other, err := client.AcquireTokenSilent(t.Context(), []string{graphRead}, confidential.WithSilentAccount(first.Account))
	if err != nil {
		t.Fatal(err)
	}
	if who := c.me(t, other.AccessToken); who != alice {
		t.Errorf("Graph says %s", who)
	}
	if !slices.ContainsFunc(c.Journal(), func(e journal.Entry) bool { return e.GrantType == "refresh_token" && e.Status == http.StatusOK }) {
		t.Error("the journal shows no refresh")
	}
	if err := c.SetUser(contoso, alice, emulator.UserChange{Revoke: true}); err != nil {
		t.Fatal(err)
	}
	_, err = client.AcquireTokenSilent(t.Context(), []string{loneURI + "/access"}, confidential.WithSilentAccount(first.Account))
	called(t, err).is(t, http.StatusBadRequest, "invalid_grant", 50173)
}

func TestMSALGoSignsInWithABrowser(t *testing.T) {
	t.Parallel()
	c := shared(t)
	client := c.public(t)
	result, err := client.AcquireTokenInteractive(t.Context(), []string{apiScope}, public.WithRedirectURI("http://localhost"), c.opens(t, alice))
	if err != nil {
		t.Fatal(err)
	}
	carries(t, result.AccessToken, "aud", api, "oid", alice, "azp", desktop, "azpacr", 0)
	accounts, err := client.Accounts(t.Context())
	if err != nil || len(accounts) != 1 || accounts[0].PreferredUsername != "alice@contoso.example" {
		t.Errorf("accounts are %+v %v", accounts, err)
	}
}

func TestMSALGoAsksForConsent(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	client := c.confidential(t, web, secret(t, webSecret))
	mail := []string{"https://graph.microsoft.com/Mail.Read"}
	address, err := client.AuthCodeURL(t.Context(), web, webRedirect, mail)
	if err != nil {
		t.Fatal(err)
	}
	unwilling := c.browser(alice)
	unwilling.Wish = "cancel"
	_, answer, err := unwilling.SignIn(t.Context(), address)
	if err != nil || answer.Get("error") != "access_denied" || !strings.Contains(answer.Get("error_description"), "AADSTS65004") {
		t.Errorf("who cancels comes back with %v %v", answer, err)
	}
	result := c.signIn(t, client, alice, mail[0])
	if granted, _ := claims(t, result.AccessToken)["scp"].(string); !slices.Contains(strings.Fields(granted), "Mail.Read") {
		t.Errorf("scp is %q", granted)
	}
	_, answer, err = unwilling.SignIn(t.Context(), address) // who has agreed is not asked again
	if err != nil || answer.Get("code") == "" {
		t.Errorf("the second time ends with %v %v", answer, err)
	}
}

// opens signs a person in where MSAL would open a browser, and takes the answer
// to MSAL's own little server.
func (c *cloud) opens(t *testing.T, person string) public.AcquireInteractiveOption {
	t.Helper()
	return public.WithOpenURL(func(address string) error {
		back, _, err := c.browser(person).SignIn(t.Context(), address)
		if err != nil {
			return err
		}
		response, err := c.browserless.Do(back)
		if err != nil {
			return err
		}
		return response.Body.Close()
	})
}

// public is a client of MSAL without a credential, in Contoso.
func (c *cloud) public(t *testing.T) public.Client {
	t.Helper()
	made, err := public.New(desktop, public.WithAuthority(c.entra+"/"+contoso), public.WithHTTPClient(c.browserless), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestMSALGoSignsInWithADeviceCode(t *testing.T) {
	t.Parallel()
	c := shared(t)
	device, err := c.public(t).AcquireTokenByDeviceCode(t.Context(), []string{apiScope})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.enterCode(t.Context(), alice, device.Result.VerificationURL, device.Result.UserCode); err != nil {
		t.Fatal(err)
	}
	result, err := device.AuthenticationResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	carries(t, result.AccessToken, "aud", api, "oid", alice, "azp", desktop, "scp", "access")
}

// enterCode does at the verification page what the person with the device does.
func (c *cloud) enterCode(ctx context.Context, person, address, code string) error {
	b := c.browser(person)
	b.Code = code
	away, last, err := b.Walk(ctx, address)
	if err == nil && away != nil {
		return errors.New("the device page leads away to " + away.URL.String())
	}
	if err == nil && last.Text == "" {
		return errors.New("the device page ends with nothing")
	}
	return err
}

// MSAL asks for the account's realm before it sends the password.
func TestMSALGoSignsInWithAPassword(t *testing.T) {
	t.Parallel()
	app := shared(t).public(t)
	//nolint:staticcheck // deprecated, and used all the same
	result, err := app.AcquireTokenByUsernamePassword(t.Context(), []string{apiScope}, "alice@contoso.example", "pw-alice")
	if err != nil {
		t.Fatal(err)
	}
	carries(t, result.AccessToken, "aud", api, "oid", alice, "azp", desktop, "scp", "access")
	//nolint:staticcheck // as above
	_, err = app.AcquireTokenByUsernamePassword(t.Context(), []string{apiScope}, "alice@contoso.example", "wrong")
	called(t, err).is(t, 400, "invalid_grant", 50126)
}

func TestMSALGoDiscoversTheInstance(t *testing.T) {
	t.Parallel()
	c := shared(t)
	client := c.confidential(t, daemon, secret(t, daemonSecret), confidential.WithInstanceDiscovery(true), confidential.WithHTTPClient(c.detoured()))
	if _, err := client.AcquireTokenByCredential(t.Context(), []string{apiName + "/.default"}); err != nil {
		t.Error(err)
	}
	foreign, err := confidential.New("https://127.0.0.1:1/"+contoso, daemon, secret(t, daemonSecret), confidential.WithHTTPClient(c.detoured()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = foreign.AcquireTokenByCredential(t.Context(), []string{apiName + "/.default"})
	called(t, err).is(t, http.StatusBadRequest, "invalid_instance", 50049)
}

func TestMSALGoMeetsAnOutage(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	client := c.confidential(t, daemon, secret(t, daemonSecret))
	if err := c.SetFault(emulator.Fault{Endpoint: emulator.EndpointToken, Status: http.StatusTooManyRequests, RetryAfter: 7 * time.Second, Times: 1}); err != nil {
		t.Fatal(err)
	}
	_, err := client.AcquireTokenByCredential(t.Context(), []string{apiName + "/.default"})
	var call msalerrors.CallErr
	if !errors.As(err, &call) || call.Resp.StatusCode != http.StatusTooManyRequests || call.Resp.Header.Get("Retry-After") != "7" {
		t.Errorf("error is %v, want 429 with Retry-After 7", err)
	}
	if _, err = client.AcquireTokenByCredential(t.Context(), []string{apiName + "/.default"}); err != nil {
		t.Errorf("the fault was for one request: %v", err)
	}
}
