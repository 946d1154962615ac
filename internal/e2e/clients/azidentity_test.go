package clients_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

// azure is what tells azidentity that the emulator is its cloud.
func (c *cloud) azure() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     azcloud.Configuration{ActiveDirectoryAuthorityHost: c.entra},
		Transport: c.browserless,
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

func asks(scope string) policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{scope}}
}

// constant is an assertion callback.
func constant(token string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return token, nil }
}

// failed is the envelope of the refusal in an error of azidentity.
func failed(t *testing.T, err error) envelope {
	t.Helper()
	var no *azidentity.AuthenticationFailedError
	if !errors.As(err, &no) {
		t.Fatalf("error is %v, want an AuthenticationFailedError", err)
	}
	return refusal(t, no.RawResponse)
}

// tokenFile is a projected service account token.
func (c *cloud) tokenFile(t *testing.T, subject string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(c.issuer.mustAssert(t, subject)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAzidentityGetsTokensForAnAppItself(t *testing.T) {
	t.Parallel()
	c := shared(t)
	certificates, key := []*x509.Certificate{appCertificate().certificate}, appCertificate().key
	for name, how := range map[string]struct {
		made  func() (azcore.TokenCredential, error)
		app   string
		class int
	}{
		"secret": {func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(contoso, daemon, daemonSecret,
				&azidentity.ClientSecretCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true})
		}, daemon, 1},
		"certificate": {func() (azcore.TokenCredential, error) {
			return azidentity.NewClientCertificateCredential(contoso, daemon, certificates, key,
				&azidentity.ClientCertificateCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true})
		}, daemon, 2},
		"certificate with chain": {func() (azcore.TokenCredential, error) {
			return azidentity.NewClientCertificateCredential(contoso, daemon, certificates, key,
				&azidentity.ClientCertificateCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true, SendCertificateChain: true})
		}, daemon, 2},
		"assertion": {func() (azcore.TokenCredential, error) {
			return azidentity.NewClientAssertionCredential(contoso, daemon, constant(c.issuer.mustAssert(t, pipeline)),
				&azidentity.ClientAssertionCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true})
		}, daemon, 2},
		"workload identity": {func() (azcore.TokenCredential, error) {
			return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
				ClientOptions: c.azure(), DisableInstanceDiscovery: true, TenantID: contoso, ClientID: daemon, TokenFilePath: c.tokenFile(t, pipeline),
			})
		}, daemon, 2},
		"by the tenant's domain": {func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential("contoso.example", daemon, daemonSecret,
				&azidentity.ClientSecretCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true})
		}, daemon, 1},
		"after instance discovery": {func() (azcore.TokenCredential, error) {
			options := c.azure()
			options.Transport = c.detoured()
			return azidentity.NewClientSecretCredential(contoso, daemon, daemonSecret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options})
		}, daemon, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			by, err := how.made()
			if err != nil {
				t.Fatal(err)
			}
			token, err := by.GetToken(t.Context(), asks(apiName+"/.default"))
			if err != nil {
				t.Fatal(err)
			}
			carries(t, token.Token, "aud", api, "azp", how.app, "azpacr", how.class, "tid", contoso, "roles", []string{"Tools.Execute"})
			capable, err := by.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{apiName + "/.default"}, EnableCAE: true})
			if err != nil {
				t.Fatal(err)
			}
			carries(t, capable.Token, "aud", api, "azp", how.app)
		})
	}
}

func TestAzidentityActsOnBehalfOfAPerson(t *testing.T) {
	t.Parallel()
	c := shared(t)
	inbound := c.inbound(t, alice, apiScope)
	options := &azidentity.OnBehalfOfCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true}
	for name, how := range map[string]struct {
		made  func() (*azidentity.OnBehalfOfCredential, error)
		class string
	}{
		"secret": {func() (*azidentity.OnBehalfOfCredential, error) {
			return azidentity.NewOnBehalfOfCredentialWithSecret(contoso, api, inbound, apiSecret, options)
		}, "1"},
		"certificate": {func() (*azidentity.OnBehalfOfCredential, error) {
			return azidentity.NewOnBehalfOfCredentialWithCertificate(contoso, api, inbound, []*x509.Certificate{appCertificate().certificate}, appCertificate().key, options)
		}, "2"},
		"assertions": {func() (*azidentity.OnBehalfOfCredential, error) {
			return azidentity.NewOnBehalfOfCredentialWithClientAssertions(contoso, api, inbound, constant(c.issuer.mustAssert(t, pod)), options)
		}, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			by, err := how.made()
			if err != nil {
				t.Fatal(err)
			}
			for _, request := range []policy.TokenRequestOptions{
				asks("https://graph.microsoft.com/User.Read"), asks("https://graph.microsoft.com/.default"),
				{Scopes: []string{"https://graph.microsoft.com/User.Read"}, EnableCAE: true},
			} {
				token, err := by.GetToken(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				if who := c.me(t, token.Token); who != alice {
					t.Errorf("Graph says %s", who)
				}
				carries(t, token.Token, "appid", api, "appidacr", how.class)
			}
		})
	}
}

func TestAzidentityIsRefused(t *testing.T) {
	t.Parallel()
	c := shared(t)
	forLone := c.inbound(t, alice, loneURI+"/access")
	obo := &azidentity.OnBehalfOfCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true}
	own := &azidentity.ClientSecretCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true}
	for name, how := range map[string]struct {
		made   func() (azcore.TokenCredential, error)
		scope  string
		status int
		kind   string
		code   int
	}{
		"wrong secret": {func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(contoso, daemon, "wrong", own)
		}, apiName + "/.default", 401, "invalid_client", 7000215},
		"expired secret": {func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(contoso, lapsed, lapsedSecret, own)
		}, apiName + "/.default", 401, "invalid_client", 7000222},
		"unknown tenant": {func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(nowhere, daemon, daemonSecret, own)
		}, apiName + "/.default", 400, "invalid_tenant", 90002},
		"no consent": {func() (azcore.TokenCredential, error) {
			return azidentity.NewOnBehalfOfCredentialWithSecret(contoso, lone, forLone, apiSecret, obo)
		}, "https://graph.microsoft.com/User.Read", 400, "invalid_grant", 65001},
		"another pod": {func() (azcore.TokenCredential, error) {
			return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
				ClientOptions: c.azure(), DisableInstanceDiscovery: true, TenantID: contoso, ClientID: daemon, TokenFilePath: c.tokenFile(t, pipeline+"-fork"),
			})
		}, apiName + "/.default", 401, "invalid_client", 700213},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			by, err := how.made()
			if err != nil {
				t.Fatal(err)
			}
			_, err = by.GetToken(t.Context(), asks(how.scope))
			failed(t, err).is(t, how.status, how.kind, how.code)
		})
	}
}

func TestAzidentityAnswersAClaimsChallenge(t *testing.T) {
	t.Parallel()
	c := shared(t)
	options := &azidentity.OnBehalfOfCredentialOptions{ClientOptions: c.azure(), DisableInstanceDiscovery: true}
	by, err := azidentity.NewOnBehalfOfCredentialWithSecret(contoso, api, c.inbound(t, alice, apiScope), apiSecret, options)
	if err != nil {
		t.Fatal(err)
	}
	_, err = by.GetToken(t.Context(), asks(vaultURI+"/read"))
	challenge := failed(t, err)
	challenge.is(t, http.StatusBadRequest, "interaction_required", 50076)
	stronger := c.inbound(t, alice, apiScope, confidential.WithClaims(challenge.Claims))
	if by, err = azidentity.NewOnBehalfOfCredentialWithSecret(contoso, api, stronger, apiSecret, options); err != nil {
		t.Fatal(err)
	}
	token, err := by.GetToken(t.Context(), asks(vaultURI+"/read"))
	if err != nil {
		t.Fatal(err)
	}
	carries(t, token.Token, "aud", vault, "oid", alice)
}

func TestAzidentitySignsInWithADeviceCode(t *testing.T) {
	t.Parallel()
	c := shared(t)
	by, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: c.azure(), DisableInstanceDiscovery: true, TenantID: contoso, ClientID: desktop,
		UserPrompt: func(ctx context.Context, message azidentity.DeviceCodeMessage) error {
			return c.enterCode(ctx, alice, message.VerificationURL, message.UserCode)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := by.GetToken(t.Context(), asks(apiScope))
	if err != nil {
		t.Fatal(err)
	}
	carries(t, token.Token, "aud", api, "oid", alice, "azp", desktop)
	again, err := by.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{apiScope}, Claims: `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`})
	if err != nil || again.Token == token.Token {
		t.Errorf("the refresh token brings nothing new: %v", err)
	}
}

// MSAL, below azidentity, keeps tokens for the whole process: the APIs here are
// named as no other test names them.
func TestAzidentityUsesAManagedIdentity(t *testing.T) {
	c := shared(t)
	for source, in := range map[string]struct {
		resource  string
		transport policy.Transporter
		setenv    func(*testing.T)
		audience  string
	}{
		"App Service": {api, c.browserless, c.appService, api},
		"machine":     {vaultURI, c.detoured(), func(*testing.T) {}, vault},
	} {
		t.Run(source, func(t *testing.T) {
			in.setenv(t)
			for name, who := range map[string]struct {
				id        azidentity.ManagedIDKind
				principal string
			}{
				"system":      {nil, machinePrincipal},
				"client id":   {azidentity.ClientID(workload), workloadPrincipal},
				"object id":   {azidentity.ObjectID(workloadPrincipal), workloadPrincipal},
				"resource id": {azidentity.ResourceID(workloadResource), workloadPrincipal},
			} {
				options := c.azure()
				options.Transport = in.transport
				by, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ClientOptions: options, ID: who.id})
				if err != nil {
					t.Fatal(err)
				}
				token, err := by.GetToken(t.Context(), asks(in.resource))
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				carries(t, token.Token, "aud", in.audience, "oid", who.principal, "tid", contoso)
			}
		})
	}
}

func TestAzidentityIsRefusedAManagedIdentity(t *testing.T) {
	c := shared(t)
	c.appService(t)
	by, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ClientOptions: c.azure(), ID: azidentity.ClientID(nowhere)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = by.GetToken(t.Context(), asks(loneURI))
	var no *azidentity.AuthenticationFailedError
	if !errors.As(err, &no) || no.RawResponse == nil || no.RawResponse.StatusCode != http.StatusBadRequest {
		t.Errorf("error is %v, want 400", err)
	}
}

// A container in the cluster knows the cloud, the app and its token by the
// environment alone.
func TestAzidentityReadsTheEnvironmentOfAPod(t *testing.T) {
	c := shared(t)
	t.Setenv("AZURE_TENANT_ID", contoso)
	t.Setenv("AZURE_CLIENT_ID", daemon)
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", c.tokenFile(t, pipeline))
	t.Setenv("AZURE_AUTHORITY_HOST", c.entra)
	by, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: azcore.ClientOptions{Transport: c.browserless, Retry: policy.RetryOptions{MaxRetries: -1}}, DisableInstanceDiscovery: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := by.GetToken(t.Context(), asks(apiName+"/.default"))
	if err != nil {
		t.Fatal(err)
	}
	carries(t, token.Token, "aud", api, "azp", daemon)
}
