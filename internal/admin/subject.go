package admin

import (
	"context"

	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// examined is an organization for the doctor, without a credential and without
// anybody who asks Graph.
func (ob *Onboarding) examined(o tenants.Organization) onboarding.Subject {
	return onboarding.Subject{
		Organization: o, Authority: ob.Authority(o.Connection.Cloud), Endpoint: ob.endpoint(o), FederationIssuer: ob.Issuer,
		Clients: onboarding.DefaultClients(), Callback: ob.callback(o).URI,
	}
}

// callback is where sign-ins through the platform return to.
func (ob *Onboarding) callback(o tenants.Organization) setup.Redirect {
	if o.Connection.Model == tenants.SharedApp {
		return setup.SharedRedirect(ob.base())
	}
	return setup.BrokeredRedirect(ob.base(), o.Slug.String())
}

// subject is an organization for the doctor with its credential, if it has one.
func (ob *Onboarding) subject(ctx context.Context, o tenants.Organization) (onboarding.Subject, error) {
	s := ob.examined(o)
	if !o.Connection.CanAsk() {
		return s, nil
	}
	plain, err := ob.secret(ctx, o)
	if err != nil {
		return s, err
	}
	s.Prover = ob.prover(o, plain)
	if o.Connection.Credential.Kind == tenants.Certificate {
		s.Certificate = certificateOf(o.Connection.Credential.Thumbprint, plain)
	}
	return s, nil
}

// appProver satisfies onboarding.Prover: it asks Entra in the tenant that was
// proved at sign-in.
type appProver struct {
	tokens *entra.TokenClient
	app    entra.App
	err    error // why there is no credential
}

// Token gets one, always from Entra.
func (p appProver) Token(ctx context.Context, scope string) (string, error) {
	if p.err != nil {
		return "", p.err
	}
	t, err := p.tokens.ProveApp(ctx, p.app, scope)
	return t.Reveal(), err
}

func (ob *Onboarding) prover(o tenants.Organization, plain []byte) onboarding.Prover {
	credential, err := ob.Credential(&o, plain)
	return appProver{ob.Tokens, entra.App{
		TID: o.TID, ClientID: o.Connection.ClientID, Credential: credential, Authority: ob.Authority(o.Connection.Cloud),
	}, err}
}

// asPerson asks Microsoft Graph as a person, with one token for all questions
// that is not asked for before the first.
func (ob *Onboarding) asPerson(p console.Person, permissions ...string) graph.Asking {
	var token string
	return graph.Asking{Priority: graph.High, Token: func(ctx context.Context) (string, error) {
		if token != "" {
			return token, nil
		}
		var err error
		token, err = ob.People.GraphToken(ctx, p, permissions...)
		return token, err
	}}
}
