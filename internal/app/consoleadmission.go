package app

import (
	"context"

	"gatehouse/internal/console"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

var (
	_ onboarding.Operator = admissions{}
	_ console.Admissions  = (*store.DB)(nil)
)

// admissions is what operators have decided, as a claim asks for it.
type admissions struct{ *store.DB }

// TakeInvitation implements onboarding.Operator.
func (a admissions) TakeInvitation(ctx context.Context, tid tenants.TID, code string) error {
	return a.DB.TakeInvitation(ctx, tid, console.InvitationHash(code))
}
