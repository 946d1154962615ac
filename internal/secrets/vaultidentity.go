package secrets

import (
	"errors"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"gatehouse/internal/egress"
	"gatehouse/internal/tenants"
)

// VaultIdentity is as whom this process comes to a vault. There is no secret: a
// key-encryption key behind a secret in the same configuration would be a local
// one with extra steps.
type VaultIdentity struct {
	// Kind is ManagedIdentity or WorkloadIdentity.
	Kind tenants.CredentialKind
	// ClientID names a user-assigned managed identity, or replaces the client
	// id that the pod's environment gives. Empty: the system-assigned one, or
	// the pod's.
	ClientID string
	Cloud    tenants.Cloud
	// Doer reaches where the identity's tokens come from: the machine's own
	// endpoint for a managed identity, Entra ID for a workload identity.
	Doer Doer
}

// NewVaultCredential returns the identity's credential. That of a pod reads
// AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE, which the
// cluster sets (Microsoft, "Use Microsoft Entra Workload ID with AKS"). Nobody is
// asked for anything yet.
func NewVaultCredential(i VaultIdentity) (azcore.TokenCredential, error) {
	if i.Doer == nil {
		return nil, errors.New("create vault credential: there is no Doer")
	}
	options := azcore.ClientOptions{Transport: egress.Transport{Doer: i.Doer}, Retry: policy.RetryOptions{MaxRetries: -1}}
	var credential azcore.TokenCredential
	var err error
	switch i.Kind {
	case tenants.ManagedIdentity:
		managed := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: options}
		if i.ClientID != "" {
			managed.ID = azidentity.ClientID(i.ClientID)
		}
		credential, err = azidentity.NewManagedIdentityCredential(managed)
	case tenants.WorkloadIdentity:
		if options.Cloud, err = cloudOf(i.Cloud); err == nil {
			credential, err = azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
				ClientOptions: options, ClientID: i.ClientID,
				DisableInstanceDiscovery: true, // the authority is compiled in
			})
		}
	case tenants.NoCredential, tenants.PlatformIssuer, tenants.Certificate, tenants.ClientSecret:
		err = fmt.Errorf("%q is no identity of a machine; use %s or %s", i.Kind, tenants.ManagedIdentity, tenants.WorkloadIdentity)
	default:
		err = fmt.Errorf("%q is not known; use %s or %s", i.Kind, tenants.ManagedIdentity, tenants.WorkloadIdentity)
	}
	if err != nil {
		return nil, fmt.Errorf("create vault credential: %w", err)
	}
	return credential, nil
}

func cloudOf(c tenants.Cloud) (cloud.Configuration, error) {
	switch c {
	case tenants.PublicCloud:
		return cloud.AzurePublic, nil
	case tenants.USGovCloud:
		return cloud.AzureGovernment, nil
	case tenants.ChinaCloud:
		return cloud.AzureChina, nil
	default:
		return cloud.Configuration{}, fmt.Errorf("cloud %q is not known; use public, usgov or china", c)
	}
}
