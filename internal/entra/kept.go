package entra

import (
	"context"
	"errors"
	"net/url"

	"gatehouse/internal/tenants"
)

// Kept is a refresh token of Entra that is kept for somebody who signed in.
type Kept struct {
	For tenants.GUID // what it is kept for: tokens got with it are held under this
	// Take returns it.
	Take func(ctx context.Context) (RefreshToken, error)
	// Put replaces it by the one that Entra gave with an answer; zero: Entra does not
	// honor it any more. Where that cannot be done, nothing is lost: Entra honors the
	// last one too.
	Put func(ctx context.Context, next RefreshToken)
}

func (k *Kept) form(ctx context.Context, scopes, claims string) (url.Values, error) {
	token, err := k.Take(ctx)
	if err != nil {
		return nil, err
	}
	if token.IsZero() {
		return nil, errNothingToGoOn
	}
	return url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {token.Reveal()},
		"scope":         {scopes + " offline_access"}, // for the next one
		"claims":        {claims},
	}, nil
}

// keep puts the next token where the last one was, if Entra has given one or has
// refused the person. The first goes to whoever asked for one.
func (x Exchange) keep(ctx context.Context, next RefreshToken, refusal error) {
	refused, ok := errors.AsType[*TokenError](refusal)
	if ok && refused.Disowns() && x.Disowned != nil {
		x.Disowned(ctx, refused)
		return
	}
	if x.Kept == nil {
		if x.Offline != nil && refusal == nil && !next.IsZero() {
			x.Offline(ctx, next)
		}
		return
	}
	if ok && refused.Class == Reauth || refusal == nil && !next.IsZero() {
		x.Kept.Put(ctx, next)
	}
}
