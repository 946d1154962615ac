package app

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// keptTokens is where connections lie, and what is kept beside them.
type keptTokens interface {
	Connection(ctx context.Context, org tenants.ID, id tenants.GUID) (connections.Connection, error)
	Connections(ctx context.Context, org tenants.ID, f connections.Filter) ([]connections.Connection, error)
	KeepEntra(ctx context.Context, by authz.Caller, id tenants.GUID, a connections.Answer) error

	KeptTokens(ctx context.Context, org tenants.ID, person tenants.GUID) ([]membership.KeptToken, error)
	KeepToken(ctx context.Context, by authz.Caller, t membership.KeptToken) error
	RenewToken(ctx context.Context, by authz.Caller, t membership.KeptToken) error
	DropToken(ctx context.Context, by authz.Caller, t membership.KeptToken) error
}

// keptFor is what to go on with for somebody who came with a token of ours: the
// refresh token of Entra that their connection keeps. A token of ours never goes
// to Entra, and proves nothing there. It is nil for who came with Entra's own.
func (a *asking) keptFor(id authz.Identity) *entra.Kept {
	if id.Connection.IsZero() {
		return nil
	}
	var shown time.Time // EntraAt of the token taken
	return &entra.Kept{
		For: id.Connection,
		Take: func(ctx context.Context) (token entra.RefreshToken, err error) {
			token, shown, err = a.takeKept(ctx, id)
			return token, err
		},
		Put: func(ctx context.Context, next entra.RefreshToken) {
			if err := a.putKept(ctx, id, next, shown); err != nil {
				a.logger.LogAttrs(ctx, slog.LevelWarn, "refresh token of Entra is not kept", slog.String(telemetry.LogOrg, id.Org.String()), telemetry.Err(err))
			}
		},
	}
}

// errNotKept is the answer to whoever Entra has not let in for too long.
var errNotKept = fault.New(fault.Unauthenticated, "Microsoft Entra ID does not let Gatehouse act for you any more; disconnect in your AI app and connect again")

func (a *asking) takeKept(ctx context.Context, id authz.Identity) (entra.RefreshToken, time.Time, error) {
	snap, err := a.views(ctx, id.Org)
	if err != nil {
		return entra.RefreshToken{}, time.Time{}, err
	}
	c, err := a.kept.Connection(ctx, id.Org, id.Connection)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return entra.RefreshToken{}, time.Time{}, errNotKept
	case err != nil:
		return entra.RefreshToken{}, time.Time{}, err
	case c.Person.OID != id.OID || c.Entra == nil:
		return entra.RefreshToken{}, time.Time{}, errNotKept
	}
	plain, err := snap.Key.Decrypt(connections.EntraLabel(c.ID), c.Entra)
	return entra.NewRefreshToken(string(plain)), c.EntraAt, err
}

func (a *asking) putKept(ctx context.Context, id authz.Identity, next entra.RefreshToken, shown time.Time) error {
	answer := connections.Answer{Shown: shown}
	if !next.IsZero() {
		snap, err := a.views(ctx, id.Org)
		if err != nil {
			return err
		}
		if answer.Entra, err = snap.Key.Encrypt(connections.EntraLabel(id.Connection), []byte(next.Reveal())); err != nil {
			return err
		}
	}
	return a.kept.KeepEntra(ctx, authz.SystemCaller(id.Org, "token refresh"), id.Connection, answer)
}
