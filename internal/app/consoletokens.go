package app

import (
	"context"
	"errors"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// tokens satisfies console.Tokens: access tokens of the organizations'
// automation.
type tokens struct {
	find   func(ctx context.Context, tid tenants.TID) (tenants.ID, error)
	views  func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	verify func(ctx context.Context, token string, accept *entra.Acceptance) (entra.Token, error)
}

// VerifyToken returns who a token speaks for. Only the token's tenant is believed
// before its signature, and only to choose whose rules it is verified by.
func (t tokens) VerifyToken(ctx context.Context, token string) (authz.Identity, error) {
	tid, err := entra.ClaimedTenant(token)
	if err != nil {
		return authz.Identity{}, err
	}
	snap, err := t.view(ctx, tid)
	if err != nil {
		return authz.Identity{}, err
	}
	verified, err := t.verify(ctx, token, snap.Accept.ForRole(console.ManageRole))
	if err != nil {
		return authz.Identity{}, explained(err)
	}
	if snap.Revocations.Covers(verified.Identity) {
		return authz.Identity{}, fault.New(fault.Unauthenticated, "the token was revoked by the organization; get a new one")
	}
	return verified.Identity, nil
}

func (t tokens) view(ctx context.Context, tid tenants.TID) (*snapshot.Snapshot, error) {
	org, err := t.find(ctx, tid)
	var snap *snapshot.Snapshot
	if err == nil {
		snap, err = t.views(ctx, org)
	}
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil, fault.Newf(fault.Unauthenticated, "Entra tenant %s has no organization here whose endpoints serve; tokens are accepted once it is connected, and until then its people sign in at /auth/sign-in", tid)
	}
	return snap, err
}

// explained makes Forbidden of a token that is good and lacks the app role: it
// proves who asks, and another one like it would not help.
func explained(err error) error {
	if refused, ok := errors.AsType[*entra.Refusal](err); ok && refused.Reason == entra.MissingRole {
		return fault.Wrap(fault.Forbidden, refused.Description, err)
	}
	return err
}
