package app

import (
	"context"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Platform is what the platform proves itself to Entra with. What is nil it
// cannot prove, and organizations that need it are refused with the reason.
type Platform struct {
	SharedApp entra.Credential // of the platform's own multi-tenant registration
	Issuer    Issuer           // signs assertions that own apps trust
}

// Issuer makes assertions that stand for an organization's own app at the token
// endpoint of its cloud, each for one use.
type Issuer interface {
	Mint(o *tenants.Organization) (func(ctx context.Context, audience string) (string, error), error)
}

// proofs makes organizations' credentials.
type proofs struct {
	platform  Platform
	authority func(tenants.Cloud) entra.Authority
	now       func() time.Time
}

// of satisfies snapshot.Credentials.
func (p proofs) of(org *tenants.Organization, plain []byte) (entra.Credential, error) {
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
		bundle, err := entra.ParseCertificate(plain)
		if err != nil {
			return nil, err
		}
		return entra.CertificateCredential(bundle, p.now, entra.WithoutChain), nil
	case tenants.ClientSecret:
		return entra.SecretCredential(entra.NewSecret(string(plain)))
	case tenants.NoCredential, tenants.ManagedIdentity, tenants.WorkloadIdentity:
	}
	return nil, fault.Newf(fault.Internal, "credential of kind %q passed the check and cannot be used", c.Credential.Kind)
}

func (p proofs) shared() (entra.Credential, error) {
	if p.platform.SharedApp == nil {
		return nil, fault.New(fault.Unavailable, "this platform has no credential for its shared app registration; its operator has to configure one")
	}
	return p.platform.SharedApp, nil
}

func (p proofs) issued(org *tenants.Organization) (entra.Credential, error) {
	if p.platform.Issuer == nil {
		return nil, fault.New(fault.Unavailable, "this platform does not sign assertions as an issuer; use a certificate or a client secret, or ask its operator")
	}
	mint, err := p.platform.Issuer.Mint(org)
	if err != nil {
		return nil, err
	}
	return entra.PlatformIssuerCredential(mint, p.authority(org.Connection.Cloud)), nil
}
