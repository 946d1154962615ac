package wallet

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// revokePatience is how long the authorization server of a source may take to hear
// that its tokens are not needed any more.
const revokePatience = 10 * time.Second

// Revoke removes an authorization, on every replica, and then tells the
// authorization server that issued it, where that can be told. That it does not
// listen keeps nobody from revoking.
func (w *Wallet) Revoke(ctx context.Context, by authz.Caller, r authorizations.Revoking) error {
	a, err := w.Store.RevokeSourceAuthorization(ctx, by, r)
	if err != nil {
		return err
	}
	w.purse.forget(pocket{by.Org(), authorizations.Key{Person: a.Person.OID, Credential: a.Credential}})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokePatience)
	defer cancel()
	if err := w.tell(ctx, by, a); err != nil {
		w.Logger.LogAttrs(ctx, slog.LevelWarn, "authorization server of a source is not told that a token was revoked",
			slog.String(telemetry.LogOrg, by.Org().String()), slog.String(telemetry.LogSource, a.Source.String()), telemetry.Err(err))
	}
	return nil
}

func (w *Wallet) tell(ctx context.Context, by authz.Caller, a authorizations.Authorization) error {
	snap, err := w.Views(ctx, by.Org())
	if err != nil {
		return err
	}
	k, err := open(snap, a)
	if err != nil {
		return err
	}
	return w.OAuth.Revoke(ctx, k.server, k.registration, k.token)
}

// SourceAuthorizations lists what people have let Gatehouse do, the last made
// first.
func (w *Wallet) SourceAuthorizations(ctx context.Context, org tenants.ID, f authorizations.Filter) ([]authorizations.Authorization, error) {
	return w.Store.SourceAuthorizations(ctx, org, f)
}
