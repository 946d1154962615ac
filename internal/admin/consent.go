package admin

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// ConsentPage is Microsoft's page for the shared app. Of an own app, whose
// registration knows no address of ours to come back to, it is the page of the
// Entra admin center with the same button.
func (ob *Onboarding) ConsentPage(ctx context.Context, by authz.Caller, state, redirect string) (console.ConsentPage, error) {
	o, err := ob.Store.Organization(ctx, by.Org())
	if err != nil {
		return console.ConsentPage{}, err
	}
	n := o.Connection
	if n.ClientID.IsZero() {
		return console.ConsentPage{}, fault.New(fault.Conflict, "there is no app registration to consent to; connect one first")
	}
	if n.Model == tenants.OwnApp {
		return console.ConsentPage{URL: permissionsPage(n)}, nil
	}
	return console.ConsentPage{URL: onboarding.ConsentURL(ob.Authority(n.Cloud), o.TID, n.ClientID, redirect, state), Back: true}, nil
}

// Consented looks whether there is consent now. That the page came back is a
// reason to look and nothing else; what is found is shown as a step.
func (ob *Onboarding) Consented(ctx context.Context, by console.Actor, a console.ConsentAnswer) error {
	o, err := ob.Store.Organization(ctx, by.Org())
	if err != nil {
		return err
	}
	if err := (onboarding.ConsentAnswer{Tenant: a.TID, Error: a.Error}).Refusal(o.TID); err != nil {
		return err
	}
	if by.Person != nil {
		as := ob.asPerson(*by.Person, readApplications, readPolicy)
		if _, err := as.Token(ctx); err == nil {
			_ = ob.verify(ctx, o, &as) // remembered, and shown as a step
			return ctx.Err()
		}
	}
	_ = ob.verify(ctx, o, nil) // likewise
	return ctx.Err()
}

// permissionsPage is where an administrator agrees for everybody to what an own
// app asks for.
func permissionsPage(n tenants.Connection) string {
	return n.Cloud.AdminCenter() + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/" + n.ClientID.String()
}
