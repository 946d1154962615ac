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
	RequestSupport(ctx context.Context, by authz.Caller, reason string) (tenants.SupportAccess, error)
	SupportAccesses(ctx context.Context, org tenants.ID) ([]tenants.SupportAccess, error)
	ApproveSupport(ctx context.Context, by authz.Caller, access tenants.GUID, ends time.Time) (tenants.SupportAccess, error)
	RevokeSupport(ctx context.Context, by authz.Caller, access tenants.GUID) (tenants.SupportAccess, error)
}

// SupportParts is what support access is kept with. Every field is required.
type SupportParts struct {
	Store  SupportStore
	Record func(ctx context.Context, by authz.Caller, e audit.Event) error // returns when it is durable
}

type support struct{ SupportParts }

// NewSupport keeps and records what operators may see of an organization.
func NewSupport(p SupportParts) console.Support { return support{p} }

// RequestSupport asks an organization to let the caller look inside.
func (s support) RequestSupport(ctx context.Context, by authz.Caller, r console.SupportRequest) (console.SupportAccess, error) {
	a, err := s.Store.RequestSupport(ctx, by, r.Reason)
	return supportAccess(a), err
}

// SupportAccesses returns every request.
func (s support) SupportAccesses(ctx context.Context, org tenants.ID) ([]console.SupportAccess, error) {
	rows, err := s.Store.SupportAccesses(ctx, org)
	all := make([]console.SupportAccess, len(rows))
	for i, r := range rows {
		all[i] = supportAccess(r)
	}
	return all, err
}

// DecideSupport approves a request, or, with a zero time, ends it.
func (s support) DecideSupport(ctx context.Context, by authz.Caller, id tenants.GUID, until time.Time) (console.SupportAccess, error) {
	decide := func() (tenants.SupportAccess, error) { return s.Store.ApproveSupport(ctx, by, id, until) }
	if until.IsZero() {
		decide = func() (tenants.SupportAccess, error) { return s.Store.RevokeSupport(ctx, by, id) }
	}
	a, err := decide()
	return supportAccess(a), err
}

// RecordVisit returns when the organization's log durably has the visit.
func (s support) RecordVisit(ctx context.Context, by authz.Caller, operation string) error {
	return s.Record(ctx, by, audit.Event{Kind: audit.SupportVisit, Target: operation, Outcome: audit.OK})
}

// supportAccess shows the end of what is open only: one that was ended early is
// over, whatever was approved.
func supportAccess(a tenants.SupportAccess) console.SupportAccess {
	out := console.SupportAccess{ID: a.ID, Operator: a.Operator.OID, Name: a.Operator.Name, Reason: a.Reason, RequestedAt: a.RequestedAt}
	if end := a.EndsAt; !end.IsZero() {
		if !a.RevokedAt.IsZero() && a.RevokedAt.Before(end) {
			end = a.RevokedAt
		}
		out.EndsAt = &end
	}
	return out
}

// NoRequests is support access where there is no operator API: nobody can ask,
// and what was approved before can still be looked at and ended.
type NoRequests struct{ console.Support }

// RequestSupport implements console.Support.
func (NoRequests) RequestSupport(context.Context, authz.Caller, console.SupportRequest) (console.SupportAccess, error) {
	return console.SupportAccess{}, errNoOperators
}
