package admin

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

// AutomationParts is what tokens of automations are verified with. Every field is
// required.
type AutomationParts struct {
	Find   func(ctx context.Context, tid tenants.TID) (tenants.ID, error)
	Views  func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	Verify func(ctx context.Context, token string, accept *entra.Acceptance) (entra.Token, error)
}

type automation struct{ AutomationParts }

// NewAutomation verifies access tokens of the organizations' automation.
func NewAutomation(p AutomationParts) console.Tokens { return automation{p} }

// VerifyToken returns who a token speaks for. Only the token's tenant is believed
// before its signature, and only to choose whose rules it is verified by.
func (a automation) VerifyToken(ctx context.Context, token string) (authz.Identity, error) {
	tid, err := entra.ClaimedTenant(token)
	if err != nil {
		return authz.Identity{}, err
	}
	snap, err := a.view(ctx, tid)
	if err != nil {
		return authz.Identity{}, err
	}
	verified, err := a.Verify(ctx, token, snap.Accept.ForRole(console.ManageRole))
	if err != nil {
		return authz.Identity{}, explained(err)
	}
	if snap.Revocations.Covers(verified.Identity) {
		return authz.Identity{}, fault.New(fault.Unauthenticated, "the token was revoked by the organization; get a new one")
	}
	return verified.Identity, nil
}

func (a automation) view(ctx context.Context, tid tenants.TID) (*snapshot.Snapshot, error) {
	org, err := a.Find(ctx, tid)
	var snap *snapshot.Snapshot
	if err == nil {
		snap, err = a.Views(ctx, org)
	}
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil, fault.Newf(fault.Unauthenticated, "the directory %s has no organization here whose endpoints serve; tokens are accepted once it is connected, and until then its people sign in at /auth/sign-in", tid)
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
