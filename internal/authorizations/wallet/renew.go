package wallet

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// errOver says that there is nothing to go on with: the person has to sign in.
var errOver = errors.New("the authorization is over")

// A claim outlasts what is done with it: the question to the authorization server,
// and keeping the answer.
const (
	askPatience  = 35 * time.Second
	keepPatience = 10 * time.Second
	claimLife    = askPatience + keepPatience + 5*time.Second
	lookAgain    = 200 * time.Millisecond
	lookPatience = 2 * time.Second // at what another replica does, while there is a good token
)

// errBusy says that another replica renews, or has tried to.
var errBusy = fault.New(fault.Unavailable, "its authorization server does not answer in time; try again")

// renew gets the successor of a token, on one replica at a time: the authorization
// server may take a refresh token once, and end everything where it comes twice.
func (w *Wallet) renew(ctx context.Context, q wish, a authorizations.Authorization, k kept) (kept, error) {
	at, began := q.cacheKey(), w.Now()
	for {
		now := w.Now()
		err := w.Store.ClaimRenewal(ctx, system(at.org), authorizations.Claim{ID: a.ID, Generation: a.Generation, Now: now, Until: now.Add(claimLife)})
		switch fault.KindOf(err) { //nolint:exhaustive // the rest are failures
		case fault.NotFound:
			return kept{}, errOver
		case fault.Conflict:
		default:
			if err != nil {
				return kept{}, err
			}
			return w.refresh(ctx, q, a, k)
		}
		if now.Sub(began) >= lookPatience && q.unfit.Token == "" && now.Before(k.ends(now)) {
			return kept{}, errBusy
		}
		if err := pause(ctx, lookAgain); err != nil {
			return kept{}, err
		}
		next, err := w.Store.SourceAuthorization(ctx, at.org, at.Key)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			return kept{}, errOver
		case err != nil:
			return kept{}, err
		case next.ID != a.ID || next.Generation != a.Generation:
			return open(q.snap, next)
		}
	}
}

// pause waits, or says that nobody does any more.
func pause(ctx context.Context, d time.Duration) error {
	tick := time.NewTimer(d)
	defer tick.Stop()
	select {
	case <-tick.C:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "its authorization server does not answer in time; try again", context.Cause(ctx)).RetryAfter(time.Second)
	}
}

// refresh asks the authorization server, and keeps what it says before that is
// used. What it refuses to renew is removed. Once it is asked, nobody gives up
// waiting: the refresh token may be good for nothing afterwards.
func (w *Wallet) refresh(ctx context.Context, q wish, a authorizations.Authorization, k kept) (kept, error) {
	if k.token.Refresh == "" {
		return kept{}, w.giveUp(ctx, a, q)
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), askPatience)
	defer cancel()
	token, err := w.OAuth.Refresh(asking, k.server, k.registration, k.token)
	switch {
	case err != nil && fault.KindOf(err) == fault.Unauthenticated:
		ctx := context.WithoutCancel(ctx)
		if unknown := w.unknown(ctx, q.snap, q.source, k.registration, err); unknown != nil {
			return kept{}, unknown
		}
		return kept{}, w.giveUp(ctx, a, q)
	case err != nil:
		return kept{}, err
	}
	k.token, k.got, a.Scopes = token, w.Now(), token.Scopes
	return k, w.keep(context.WithoutCancel(ctx), q, a, k)
}

// keep puts what was renewed in place of what was there. Where that was revoked
// meanwhile, it is over: the authorization server is told of the new token, as it
// was of the old one.
func (w *Wallet) keep(ctx context.Context, q wish, a authorizations.Authorization, k kept) (err error) {
	ctx, cancel := context.WithTimeout(ctx, keepPatience)
	defer cancel()
	if a.Kept, err = k.seal(q.snap, a); err != nil {
		return err
	}
	err = w.Store.RenewSourceAuthorization(ctx, system(q.snap.Organization.ID), a)
	switch {
	case err == nil:
		return nil
	case fault.KindOf(err) == fault.NotFound:
		w.tell(ctx, q.snap.Organization.ID, a)
		return errOver
	}
	w.Logger.LogAttrs(ctx, slog.LevelWarn, "renewed token of a person at a source is not kept",
		slog.String(telemetry.LogOrg, q.snap.Organization.ID.String()), slog.String(telemetry.LogSource, q.source.ID.String()), telemetry.Err(err))
	return err
}

// giveUp removes an authorization that cannot be renewed.
func (w *Wallet) giveUp(ctx context.Context, a authorizations.Authorization, q wish) error {
	_, err := w.Store.RevokeSourceAuthorization(ctx, system(q.snap.Organization.ID), authorizations.Revoking{ID: a.ID, Why: "its authorization server does not renew it"})
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	return errOver
}
