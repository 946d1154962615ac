package entra

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Issuer makes assertions that stand for an organization's own app at the token
// endpoint of its cloud, each for one use.
type Issuer interface {
	Mint(o *tenants.Organization) (func(ctx context.Context, audience string) (string, error), error)
}

// Proofs makes organizations' credentials. SharedApp and Issuer are what the
// platform itself proves to Entra with: what is nil it cannot prove, and
// organizations that need it are refused with the reason.
type Proofs struct {
	SharedApp Credential // of the platform's own multi-tenant registration
	Issuer    Issuer     // signs assertions that own apps trust
	Authority func(tenants.Cloud) Authority
	Now       func() time.Time
}

// Of returns what proves that we are the app an organization connects: of its
// model and kind, with plain as what is secret about it. A kind that its model
// does not have, or a secret that is none, is a fault of kind Invalid; one that
// the platform has no means for is Unavailable.
func (p Proofs) Of(org *tenants.Organization, plain []byte) (Credential, error) {
	c := org.Connection
	if c.Model == tenants.SharedApp {
		return p.shared()
	}
	if err := tenants.CheckCredential(c.Model, c.Credential.Kind); err != nil {
		return nil, err
	}
	switch c.Credential.Kind {
	case tenants.PlatformIssuer:
		return p.issued(org)
	case tenants.Certificate:
		bundle, err := ParseCertificate(plain)
		if err != nil {
			return nil, err
		}
		return CertificateCredential(bundle, p.Now, WithoutChain), nil
	case tenants.ClientSecret:
		return SecretCredential(NewSecret(string(plain)))
	case tenants.NoCredential, tenants.ManagedIdentity, tenants.WorkloadIdentity:
	}
	return nil, fault.Newf(fault.Internal, "credential of kind %q passed the check and cannot be used", c.Credential.Kind)
}

func (p Proofs) shared() (Credential, error) {
	if p.SharedApp == nil {
		return nil, fault.New(fault.Unavailable, "this platform has no credential for its shared app registration; its operator has to configure one")
	}
	return p.SharedApp, nil
}

func (p Proofs) issued(org *tenants.Organization) (Credential, error) {
	if p.Issuer == nil {
		return nil, fault.New(fault.Unavailable, "this platform does not sign assertions as an issuer; use a certificate or a client secret, or ask its operator")
	}
	mint, err := p.Issuer.Mint(org)
	if err != nil {
		return nil, err
	}
	return PlatformIssuerCredential(mint, p.Authority(org.Connection.Cloud)), nil
}
