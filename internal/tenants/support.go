package tenants

import (
	"time"

	"gatehouse/internal/fault"
)

// SupportLimit is the longest that an approved look inside lasts.
const SupportLimit = 8 * time.Hour

// Operator is a person who runs the platform, of whichever Entra tenant.
type Operator struct {
	TID  TID
	OID  GUID
	Name string // for display only
}

// Person is somebody of a directory that the context names.
type Person struct {
	OID  GUID
	Name string // for display only
}

// SupportAccess is an operator's look inside an organization: asked for with a
// reason, approved by the organization for a while, over when it ends or is
// revoked.
type SupportAccess struct {
	ID          GUID
	Operator    Operator
	Reason      string
	RequestedAt time.Time
	ApprovedBy  Person    // of the organization's directory; zero until it is approved
	ApprovedAt  time.Time // zero until then
	EndsAt      time.Time // zero until then
	RevokedAt   time.Time // zero: it was not
}

// SupportState says what has become of a request to look inside.
type SupportState string

// The states.
const (
	SupportPending  SupportState = "pending"
	SupportApproved SupportState = "approved" // the operator may look inside
	SupportRefused  SupportState = "refused"
	SupportEnded    SupportState = "ended"
)

// State returns the state of a look inside now.
func (a SupportAccess) State(now time.Time) SupportState {
	switch {
	case a.ApprovedAt.IsZero() && a.RevokedAt.IsZero():
		return SupportPending
	case a.ApprovedAt.IsZero():
		return SupportRefused
	case a.RevokedAt.IsZero() && now.Before(a.EndsAt):
		return SupportApproved
	default:
		return SupportEnded
	}
}

// Open reports whether the operator may look inside now.
func (a SupportAccess) Open(now time.Time) bool { return a.State(now) == SupportApproved }

// Approval is how a request to look inside is approved.
type Approval struct {
	By    Person
	At    time.Time
	Lasts time.Duration
}

// Approve opens a look inside that waits. One that was approved, refused or has
// ended is a Conflict.
func (a *SupportAccess) Approve(p Approval) error {
	switch state := a.State(p.At); {
	case state != SupportPending:
		return fault.Newf(fault.Conflict, "support access: this one is %s and cannot be approved; let the operator ask again", state)
	case p.Lasts <= 0 || p.Lasts > SupportLimit:
		return fault.Newf(fault.Invalid, "hours: support access lasts at most %d hours, and more than none", int(SupportLimit.Hours()))
	}
	a.ApprovedBy, a.ApprovedAt, a.EndsAt = p.By, p.At, p.At.Add(p.Lasts)
	return nil
}

// Revoke ends a look inside, or refuses one that waits, for good. What is over
// stays as it is.
func (a *SupportAccess) Revoke(now time.Time) {
	if s := a.State(now); s == SupportPending || s == SupportApproved {
		a.RevokedAt = now
	}
}
