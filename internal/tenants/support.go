package tenants

import "time"

// SupportLimit is the longest that an approved look inside lasts.
const SupportLimit = 8 * time.Hour

// Operator is a person who runs the platform, of whichever Entra tenant.
type Operator struct {
	TID  TID
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
	ApprovedBy  string    // empty until it is approved
	ApprovedAt  time.Time // zero until then
	EndsAt      time.Time // zero until then
	RevokedAt   time.Time // zero: it was not
}

// Open reports whether the operator may look inside now.
func (a SupportAccess) Open(now time.Time) bool {
	return !a.ApprovedAt.IsZero() && a.RevokedAt.IsZero() && now.Before(a.EndsAt)
}
