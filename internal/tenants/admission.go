package tenants

import "time"

// Invitation lets one Entra tenant in, whichever takes it first. Its code is not
// part of it: only the code's hash is kept.
type Invitation struct {
	ID        GUID
	By        Operator
	CreatedAt time.Time
	ExpiresAt time.Time
	TakenBy   TID       // zero: nobody has
	TakenAt   time.Time // zero: nobody has
}

// InvitationState says what an invitation is good for.
type InvitationState string

// The states.
const (
	InvitationOpen    InvitationState = "open"
	InvitationTaken   InvitationState = "taken" // its tenant may take it again until it expires
	InvitationExpired InvitationState = "expired"
)

// State returns the state of an invitation now.
func (i Invitation) State(now time.Time) InvitationState {
	switch {
	case !i.TakenBy.IsZero():
		return InvitationTaken
	case !now.Before(i.ExpiresAt):
		return InvitationExpired
	default:
		return InvitationOpen
	}
}

// SlugApproval lets an Entra tenant take a slug that is no label of its domains.
type SlugApproval struct {
	Slug       Slug
	TID        TID
	By         Operator
	ApprovedAt time.Time
}

// Grounds is what operators of the platform had decided that let an organization
// in. Parts that were not needed are zero.
type Grounds struct {
	Admission  string // how organizations are admitted: open, invitation or approval
	Invitation Invitation
	Slug       SlugApproval
}
