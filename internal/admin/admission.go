package admin

import (
	"context"

	"gatehouse/internal/console"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// AdmissionStore keeps what operators have decided about directories. An
// invitation is known by the SHA-256 of its code.
type AdmissionStore interface {
	ApprovedSlugs(ctx context.Context, tid tenants.TID) ([]tenants.SlugApproval, error)
	TakeInvitation(ctx context.Context, tid tenants.TID, code [32]byte) (tenants.Invitation, error)
}

// NewAdmissions returns what operators have decided, as a claim asks for it.
func NewAdmissions(s AdmissionStore) onboarding.Operator { return admissions{s} }

type admissions struct{ AdmissionStore }

// TakeInvitation implements onboarding.Operator.
func (a admissions) TakeInvitation(ctx context.Context, tid tenants.TID, code string) (tenants.Invitation, error) {
	return a.AdmissionStore.TakeInvitation(ctx, tid, console.InvitationHash(code))
}
