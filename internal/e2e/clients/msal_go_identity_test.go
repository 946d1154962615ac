package clients_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"
)

// appService makes this process look like an App Service whose identity
// endpoint is the cloud's.
func (c *cloud) appService(t *testing.T) {
	t.Helper()
	t.Setenv("IDENTITY_ENDPOINT", c.entra+"/_identity/msi/token")
	t.Setenv("IDENTITY_HEADER", controlToken)
}

// anew makes MSAL ask again: it keeps tokens of managed identities for the whole
// process, and passes them over when there are claims to satisfy.
var anew = managedidentity.WithClaims(`{"access_token":{"nbf":{"essential":true,"value":"1"}}}`)

// The identities a machine can ask for.
var identities = map[string]struct {
	id        managedidentity.ID
	principal string
	client    string
}{
	"system":      {managedidentity.SystemAssigned(), machinePrincipal, machine},
	"client id":   {managedidentity.UserAssignedClientID(workload), workloadPrincipal, workload},
	"object id":   {managedidentity.UserAssignedObjectID(workloadPrincipal), workloadPrincipal, workload},
	"resource id": {managedidentity.UserAssignedResourceID(workloadResource), workloadPrincipal, workload},
}

func TestMSALGoUsesAManagedIdentityOfAppService(t *testing.T) {
	c := shared(t)
	c.appService(t)
	for name, who := range identities {
		t.Run(name, func(t *testing.T) {
			client, err := managedidentity.New(who.id, managedidentity.WithHTTPClient(c.browserless))
			if err != nil {
				t.Fatal(err)
			}
			result, err := client.AcquireToken(t.Context(), apiName, anew)
			if err != nil {
				t.Fatal(err)
			}
			if result.Metadata.TokenSource != managedidentity.TokenSourceIdentityProvider {
				t.Error("the token is of another test")
			}
			carries(t, result.AccessToken, "aud", api, "oid", who.principal, "sub", who.principal, "azp", who.client, "azpacr", 2, "roles", []string{"Tools.Execute"}, "tid", contoso)
		})
	}
}

func TestMSALGoUsesAManagedIdentityOfAMachine(t *testing.T) {
	c := shared(t)
	for name, who := range identities {
		t.Run(name, func(t *testing.T) {
			client, err := managedidentity.New(who.id, managedidentity.WithHTTPClient(c.detoured()))
			if err != nil {
				t.Fatal(err)
			}
			result, err := client.AcquireToken(t.Context(), "https://graph.microsoft.com/", anew)
			if err != nil {
				t.Fatal(err)
			}
			if result.Metadata.TokenSource != managedidentity.TokenSourceIdentityProvider {
				t.Error("the token is of another test")
			}
			carries(t, result.AccessToken, "oid", who.principal, "appid", who.client, "tid", contoso)
		})
	}
}

func TestMSALGoIsRefusedAManagedIdentity(t *testing.T) {
	c := shared(t)
	c.appService(t)
	ask := func(id managedidentity.ID, resource string) error {
		client, err := managedidentity.New(id, managedidentity.WithHTTPClient(c.browserless), managedidentity.WithRetryPolicyDisabled())
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.AcquireToken(t.Context(), resource)
		return err
	}
	var call msalerrors.CallErr
	if err := ask(managedidentity.UserAssignedClientID(nowhere), apiName); !errors.As(err, &call) || call.Resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an identity the machine does not have: %v", err)
	}
	if err := ask(managedidentity.SystemAssigned(), "api://unknown"); !errors.As(err, &call) || call.Resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a resource nobody has: %v", err)
	}
	t.Setenv("IDENTITY_HEADER", "guessed")
	if err := ask(managedidentity.SystemAssigned(), loneURI); !errors.As(err, &call) || call.Resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong identity header: %v", err)
	}
}

func TestMSALGoProvesAnAppWithAManagedIdentity(t *testing.T) {
	c := shared(t)
	inbound := c.inbound(t, alice, apiScope)
	c.appService(t)
	proof := func(id managedidentity.ID) confidential.Credential {
		return confidential.NewCredFromAssertionCallback(func(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) {
			client, err := managedidentity.New(id, managedidentity.WithHTTPClient(c.browserless))
			if err != nil {
				return "", err
			}
			result, err := client.AcquireToken(ctx, exchange)
			return result.AccessToken, err
		})
	}
	result, err := c.confidential(t, api, proof(managedidentity.UserAssignedClientID(workload))).AcquireTokenOnBehalfOf(t.Context(), inbound, []string{graphRead})
	if err != nil {
		t.Fatal(err)
	}
	if who := c.me(t, result.AccessToken); who != alice {
		t.Errorf("Graph says %s", who)
	}
	_, err = c.confidential(t, api, proof(managedidentity.SystemAssigned())).AcquireTokenOnBehalfOf(t.Context(), inbound, []string{graphRead})
	called(t, err).is(t, http.StatusUnauthorized, "invalid_client", 700213)
}
