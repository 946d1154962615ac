package authserver

import (
	"context"
	"net/url"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// SignInParts is what signing people in takes. Every field is required.
type SignInParts struct {
	Base      *url.URL // public origin, without a path
	Authority func(tenants.Cloud) entra.Authority
	Tokens    *entra.TokenClient
	Keys      *entra.KeySets
	Now       func() time.Time
}

// entraSignIns satisfies SignIns: each organization's people sign in at its own
// tenant, to its own app registration.
type entraSignIns struct{ SignInParts }

var _ SignIns = entraSignIns{}

// NewSignIns returns SignIns, or Invalid if a part is missing.
func NewSignIns(p SignInParts) (SignIns, error) {
	if p.Base == nil || p.Authority == nil || p.Tokens == nil || p.Keys == nil || p.Now == nil {
		return nil, fault.New(fault.Invalid, "sign-in of organizations: every part is required")
	}
	return entraSignIns{p}, nil
}

// Begin asks, besides who the person is, for what reading their groups takes, and
// for what to go on with.
func (e entraSignIns) Begin(snap *snapshot.Snapshot, r entra.SignIn) (string, error) {
	app, err := e.app(snap)
	if err != nil {
		return "", err
	}
	in := e.Authority(snap.Organization.Connection.Cloud)
	if snap.Organization.Connection.Model == tenants.SharedApp {
		r.Handshake.State = addressed(snap.Organization.Slug, r.Handshake.State)
	}
	for _, name := range membership.Scopes {
		r.Scopes = append(r.Scopes, in.DelegatedGraphScope(name))
	}
	return app.AuthorizeURL(r)
}

// Finish redeems the code of a callback.
func (e entraSignIns) Finish(ctx context.Context, snap *snapshot.Snapshot, h entra.Handshake, code string) (entra.Person, entra.Tokens, error) {
	app, err := e.app(snap)
	if err != nil {
		return entra.Person{}, entra.Tokens{}, err
	}
	return app.Redeem(ctx, h, code)
}

// Confirm redeems a refresh token, and believes no ID token of somebody else.
func (e entraSignIns) Confirm(ctx context.Context, snap *snapshot.Snapshot, person tenants.GUID, token entra.RefreshToken) (entra.Person, entra.Tokens, error) {
	app, err := e.app(snap)
	if err != nil {
		return entra.Person{}, entra.Tokens{}, err
	}
	return app.Confirm(ctx, entra.Person{TID: snap.Organization.TID, OID: person}, token)
}

// app is the organization's app registration as a web application that people sign
// in to. It keeps nothing, so that each view may have another.
func (e entraSignIns) app(snap *snapshot.Snapshot) (*entra.WebApp, error) {
	o := &snap.Organization
	return entra.NewWebApp(entra.WebAppOptions{
		ClientID: o.Connection.ClientID, Credential: snap.Credential(), Authority: e.Authority(o.Connection.Cloud),
		RedirectURL: RegistrationOf(e.Base, o).Callback, Tokens: e.Tokens, Keys: e.Keys, Now: e.Now,
	})
}
