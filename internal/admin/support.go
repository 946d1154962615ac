package admin

import (
	"context"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// SupportStore is what the store keeps of support access.
type SupportStore interface {
	RequestSupport(ctx context.Context, by authz.Caller, id tenants.GUID, reason string) (tenants.SupportAccess, error)
	SupportAccesses(ctx context.Context, org tenants.ID) ([]tenants.SupportAccess, error)
	ApproveSupport(ctx context.Context, by authz.Caller, access tenants.GUID, lasts time.Duration) (tenants.SupportAccess, error)
	RevokeSupport(ctx context.Context, by authz.Caller, access tenants.GUID) (tenants.SupportAccess, error)
}

// SupportParts is what support access is kept with. Every field is required.
type SupportParts struct {
	SupportStore
	Record func(ctx context.Context, by authz.Caller, e audit.Event) error // returns when it is durable
}

type support struct{ SupportParts }

// NewSupport keeps and records what operators may see of an organization.
func NewSupport(p SupportParts) console.Support { return support{p} }

// RecordVisit returns when the organization's log durably has the visit.
func (s support) RecordVisit(ctx context.Context, by authz.Caller, operation string) error {
	return s.Record(ctx, by, audit.Event{Kind: audit.SupportVisit, Target: operation, Outcome: audit.OK})
}

// RecordRefusal returns when the organization's log durably has what an operator
// was refused.
func (s support) RecordRefusal(ctx context.Context, by authz.Caller, operation string) error {
	return s.Record(ctx, by, audit.Event{Kind: audit.SupportVisit, Target: operation, Outcome: audit.Refused, Reason: "reading_only"})
}

// NoRequests is support access where there is no operator API: nobody can ask,
// and what was approved before can still be looked at and ended.
type NoRequests struct{ console.Support }

// RequestSupport implements console.Support.
func (NoRequests) RequestSupport(context.Context, authz.Caller, tenants.GUID, string) (tenants.SupportAccess, error) {
	return tenants.SupportAccess{}, errNoOperators
}
