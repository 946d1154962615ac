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
	w.cache.forget(cacheKey{by.Org(), authorizations.Key{Person: a.Person.OID, Credential: a.Credential}})
	w.tell(context.WithoutCancel(ctx), by.Org(), a)
	return nil
}

// tell has the authorization server hear that an authorization has been revoked, as
// far as it listens.
func (w *Wallet) tell(ctx context.Context, org tenants.ID, a authorizations.Authorization) {
	ctx, cancel := context.WithTimeout(ctx, revokePatience)
	defer cancel()
	snap, err := w.Views(ctx, org)
	if err == nil {
		var k kept
		if k, err = open(snap, a); err == nil {
			err = w.OAuth.Revoke(ctx, k.server, k.registration, k.token)
		}
	}
	if err != nil {
		w.Logger.LogAttrs(ctx, slog.LevelWarn, "authorization server of a source is not told that a token was revoked",
			slog.String(telemetry.LogOrg, org.String()), slog.String(telemetry.LogSource, a.Source.String()), telemetry.Err(err))
	}
}

// SourceAuthorizations lists what people have let Gatehouse do, the last made
// first.
func (w *Wallet) SourceAuthorizations(ctx context.Context, org tenants.ID, f authorizations.Filter) ([]authorizations.Authorization, error) {
	return w.Store.SourceAuthorizations(ctx, org, f)
}
