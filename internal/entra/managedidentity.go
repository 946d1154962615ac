package entra

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// managedCredential is a managed identity of the machine or service we run on.
type managedCredential struct {
	identity *azidentity.ManagedIdentityCredential
	scope    string
}

// ManagedIdentityCredential proves with tokens of a managed identity, for a
// federated credential of the shared app that trusts it (Microsoft, "Configure
// an application to trust a managed identity"). The identity must be a
// user-assigned one, given by its client id. Which form the platform's host
// offers (IMDS, App Service and others) is found out from its environment; the
// Doer must be one that reaches it. Tokens are kept until they age.
func ManagedIdentityCredential(clientID tenants.GUID, in Authority, machine Doer) (Credential, error) {
	if clientID.IsZero() {
		return nil, fault.New(fault.Invalid, "managed identity: the client id of the user-assigned identity is missing")
	}
	identity, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
		ID: azidentity.ClientID(clientID.String()),
		ClientOptions: azcore.ClientOptions{
			Transport: egress.Transport{Doer: machine},
			Telemetry: policy.TelemetryOptions{Disabled: true},
			Retry:     policy.RetryOptions{MaxRetries: 2, RetryDelay: 500 * time.Millisecond, MaxRetryDelay: 2 * time.Second, TryTimeout: 4 * time.Second},
		},
	})
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "managed identity: this host offers it in a form that is not supported", err)
	}
	return &managedCredential{identity, in.TokenExchangeAudience() + "/.default"}, nil
}

// Apply implements Credential.
func (c *managedCredential) Apply(ctx context.Context, _ string, form url.Values) error {
	token, err := c.identity.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.scope}})
	if err != nil {
		return managedFault(ctx, err)
	}
	applyAssertion(form, token.Token)
	return nil
}

// managedFault tells an identity that this host does not have from one that is
// not to be had now. Errors of azidentity hold the host's answer, never a token.
func managedFault(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	failed, answered := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if answered && failed.RawResponse != nil && failed.RawResponse.StatusCode < http.StatusInternalServerError {
		return fault.Wrap(fault.Upstream, "the platform's host does not know its managed identity; its operator has to assign the identity or correct its client id", err)
	}
	return fault.Wrap(fault.Unavailable, "the platform's managed identity cannot be had now; try again shortly", err)
}

// String implements fmt.Stringer.
func (*managedCredential) String() string { return dots }
