package admin

import (
	"cmp"
	"context"
	"encoding/pem"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// values are what a set-up of the organization is made of.
func (ob *Onboarding) values(ctx context.Context, o tenants.Organization, w console.WantedRegistration) (setup.Values, error) {
	n := o.Connection
	v := setup.Values{
		Organization: o.Name, Slug: o.Slug, Endpoint: ob.endpoint(o), Base: ob.base(), Cloud: n.Cloud, Background: n.Background,
		Model: cmp.Or(w.Model, n.Model, tenants.OwnApp), Scope: cmp.Or(n.Scope, defaultScope), AppRoles: setup.DefaultAppRoles(),
		Preauthorized: setup.DefaultClients(), Redirects: append(setup.ClientRedirects(), ob.callback(o)),
	}
	if v.Model == tenants.SharedApp {
		shared, err := ob.shared(tenants.Connection{Scope: defaultScope, Versions: tenants.V2Only})
		v.ClientID = shared.ClientID
		return v, err
	}
	if n.Model == tenants.OwnApp && !w.New {
		v.ClientID = n.ClientID
	}
	v.Credential = cmp.Or(w.Credential, n.Credential.Kind, tenants.PlatformIssuer)
	switch v.Credential {
	case tenants.PlatformIssuer:
		v.Federation = setup.Federation{Issuer: ob.Issuer, Subject: n.FederatedSubject(o.ID), Audience: n.Cloud.TokenExchangeAudience()}
	case tenants.Certificate:
		var err error
		v.Certificate, err = ob.certificate(ctx, o, w.Certificate)
		return v, err
	case tenants.ClientSecret, tenants.ManagedIdentity, tenants.WorkloadIdentity, tenants.NoCredential:
	}
	return v, nil
}

// certificate is the one that was given, or else the connection's, in PEM.
func (ob *Onboarding) certificate(ctx context.Context, o tenants.Organization, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	if o.Connection.Credential.Kind != tenants.Certificate {
		return "", fault.New(fault.Invalid, "certificate: the connection has none; give the certificate, without its private key, in PEM")
	}
	plain, err := ob.secret(ctx, o)
	if err != nil {
		return "", err
	}
	der := certificateOf(o.Connection.Credential.Thumbprint, plain)
	if der == nil {
		return "", fault.New(fault.Internal, "the certificate of the connection is not in its bundle")
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}

// Setup shows how to make the app registration, whichever way one likes.
func (ob *Onboarding) Setup(ctx context.Context, org tenants.ID, w console.WantedRegistration) (console.Setup, error) {
	o, err := ob.Store.Organization(ctx, org)
	if err != nil {
		return console.Setup{}, err
	}
	v, err := ob.values(ctx, o, w)
	if err != nil {
		return console.Setup{}, err
	}
	plan, err := setup.New(v)
	if err != nil {
		return console.Setup{}, err
	}
	return console.Setup{
		Steps: plan.Portal(v.ClientID), Fallbacks: setup.Fallbacks(),
		Snippets: []console.SetupSnippet{
			{Tool: "az", Text: plan.AzureCLI()},
			{Tool: "powershell", Text: plan.PowerShell()},
			{Tool: "bicep", Text: plan.Bicep()},
			{Tool: "terraform", Text: plan.Terraform()},
		},
	}, nil
}
