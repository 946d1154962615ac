package entra_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// issuer notes what it signs.
type issuer struct{ subject, audience string }

func (i *issuer) Mint(o *tenants.Organization) (func(context.Context, string) (string, error), error) {
	return func(_ context.Context, audience string) (string, error) {
		i.subject, i.audience = o.Connection.FederatedSubject(o.ID), audience
		return "a.b.YQ", nil
	}, nil
}

// bundle is a certificate with its key, for an hour.
func bundle() []byte {
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	return append(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})...)
}

func TestOrganizationsProveWhatTheirConnectionSays(t *testing.T) {
	t.Parallel()
	signer := &issuer{}
	shared := must(entra.SecretCredential(entra.NewSecret("shared")))
	prove := entra.Proofs{SharedApp: shared, Issuer: signer, Authority: entra.AuthorityOf, Now: time.Now}.Of
	org := &tenants.Organization{ID: tenants.NewID(), Connection: tenants.Connection{ID: tenants.NewGUID(), Cloud: tenants.USGovCloud, Model: tenants.OwnApp}}
	sends := func(kind tenants.CredentialKind, plain []byte) url.Values {
		t.Helper()
		org.Connection.Credential.Kind = kind
		c, err := prove(org, plain)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"client_id": {"c"}}
		if err := c.Apply(t.Context(), "https://login.example/token", form); err != nil {
			t.Fatal(err)
		}
		return form
	}
	if got := sends(tenants.ClientSecret, []byte("mine")).Get("client_secret"); got != "mine" {
		t.Errorf("secret %q", got)
	}
	if got := sends(tenants.Certificate, bundle()).Get("client_assertion"); strings.Count(got, ".") != 2 {
		t.Errorf("certificate's assertion %q", got)
	}
	if got := sends(tenants.PlatformIssuer, nil).Get("client_assertion"); got != "a.b.YQ" || signer.audience != "api://AzureADTokenExchangeUSGov" ||
		signer.subject != org.Connection.FederatedSubject(org.ID) {
		t.Errorf("assertion %q of %+v", got, signer)
	}
	org.Connection.Model = tenants.SharedApp
	if got := sends(tenants.NoCredential, nil).Get("client_secret"); got != "shared" {
		t.Errorf("shared app's secret %q", got)
	}
}

func TestProofsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		model tenants.AppModel
		kind  tenants.CredentialKind
		plain []byte
		want  fault.Kind
	}{
		"shared app without a credential":  {tenants.SharedApp, tenants.NoCredential, nil, fault.Unavailable},
		"platform that is no issuer":       {tenants.OwnApp, tenants.PlatformIssuer, nil, fault.Unavailable},
		"own app by our managed identity":  {tenants.OwnApp, tenants.ManagedIdentity, nil, fault.Invalid},
		"own app by our workload identity": {tenants.OwnApp, tenants.WorkloadIdentity, nil, fault.Invalid},
		"own app by nothing":               {tenants.OwnApp, tenants.NoCredential, nil, fault.Invalid},
		"an empty secret":                  {tenants.OwnApp, tenants.ClientSecret, nil, fault.Invalid},
		"a broken certificate":             {tenants.OwnApp, tenants.Certificate, []byte("x"), fault.Invalid},
	} {
		org := &tenants.Organization{Connection: tenants.Connection{Model: row.model, Credential: tenants.Credential{Kind: row.kind}}}
		if c, err := (entra.Proofs{Authority: entra.AuthorityOf, Now: time.Now}).Of(org, row.plain); err == nil || fault.KindOf(err) != row.want || c != nil {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
}
