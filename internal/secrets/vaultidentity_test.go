package secrets_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// answers is a Doer that answers by URL without query and keeps what was asked.
type answers struct {
	documents map[string]any
	asked     []*http.Request
	forms     []url.Values
}

func (a *answers) Do(_ context.Context, req *http.Request) (*egress.Response, error) {
	a.asked = append(a.asked, req)
	var form url.Values
	if req.Body != nil {
		raw, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if form, err = url.ParseQuery(string(raw)); err != nil {
			return nil, err
		}
	}
	a.forms = append(a.forms, form)
	document, ok := a.documents[req.URL.Scheme+"://"+req.URL.Host+req.URL.Path]
	if !ok {
		return nil, fault.New(fault.Upstream, req.URL.Host+" could not be reached")
	}
	body, err := json.Marshal(document)
	return &egress.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, err
}

var vaultScope = policy.TokenRequestOptions{Scopes: []string{"https://vault.azure.net/.default"}, TenantID: homeTenant}

func TestManagedIdentityIsAskedForTheVaultsToken(t *testing.T) {
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET", "IMDS_ENDPOINT", "IDENTITY_SERVER_THUMBPRINT"} {
		t.Setenv(name, "") // restores it afterwards
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	host := &answers{documents: map[string]any{"http://169.254.169.254/metadata/identity/oauth2/token": map[string]string{
		"access_token": vaultToken, "expires_in": "3600", "resource": "https://vault.azure.net", "token_type": "Bearer",
	}}}
	credential, err := secrets.NewVaultCredential(secrets.VaultIdentity{Kind: tenants.ManagedIdentity, ClientID: homeTenant, Cloud: tenants.PublicCloud, Doer: host})
	if err != nil {
		t.Fatal(err)
	}
	token, err := credential.GetToken(t.Context(), vaultScope)
	if err != nil || token.Token != vaultToken {
		t.Fatalf("token = %q, error = %v", token.Token, err)
	}
	asked := host.asked[len(host.asked)-1]
	if q := asked.URL.Query(); q.Get("client_id") != homeTenant || q.Get("resource") != "https://vault.azure.net" || asked.Header.Get("Metadata") != "true" {
		t.Errorf("asked for %s", asked.URL)
	}
}

func TestWorkloadIdentityProvesWithThePodsToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("the pod's token"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AZURE_TENANT_ID", homeTenant)
	t.Setenv("AZURE_CLIENT_ID", "11111111-0000-4000-8000-000000000000")
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", file)
	for cloud, login := range map[tenants.Cloud]string{
		tenants.PublicCloud: "https://login.microsoftonline.com/", tenants.USGovCloud: "https://login.microsoftonline.us/", tenants.ChinaCloud: "https://login.chinacloudapi.cn/",
	} {
		authority := login + homeTenant
		entra := &answers{documents: map[string]any{
			authority + "/v2.0/.well-known/openid-configuration": map[string]any{
				"issuer": authority + "/v2.0", "authorization_endpoint": authority + "/oauth2/v2.0/authorize", "token_endpoint": authority + "/oauth2/v2.0/token",
			},
			authority + "/oauth2/v2.0/token": map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": vaultToken},
		}}
		credential, err := secrets.NewVaultCredential(secrets.VaultIdentity{Kind: tenants.WorkloadIdentity, Cloud: cloud, Doer: entra})
		if err != nil {
			t.Fatal(err)
		}
		token, err := credential.GetToken(t.Context(), vaultScope)
		if err != nil || token.Token != vaultToken {
			t.Fatalf("%s: token = %q, error = %v", cloud, token.Token, err)
		}
		if form := entra.forms[len(entra.forms)-1]; form.Get("client_assertion") != "the pod's token" || form.Get("client_secret") != "" || !strings.Contains(form.Get("scope"), "https://vault.azure.net/.default") {
			t.Errorf("%s: asked with %v", cloud, form)
		}
	}
}

func TestOnlyAMachinesIdentityComesToAVault(t *testing.T) {
	t.Parallel()
	for _, i := range []secrets.VaultIdentity{
		{},
		{Kind: tenants.ManagedIdentity},
		{Kind: tenants.ClientSecret, Doer: &answers{}},
		{Kind: tenants.PlatformIssuer, Doer: &answers{}},
		{Kind: "guess", Doer: &answers{}},
		{Kind: tenants.WorkloadIdentity, Cloud: "mars", Doer: &answers{}},
	} {
		if _, err := secrets.NewVaultCredential(i); err == nil {
			t.Errorf("%+v is accepted", i)
		}
	}
}
