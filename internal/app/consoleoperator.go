package app

import (
	"context"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// operators satisfies console.Operators. It lists under a database role that can
// read names and states of organizations and nothing else, and changes states as
// a caller of the organization, whose log has it.
type operators struct {
	list *store.Operators // nil: this deployment has no such role
	edit func(ctx context.Context, by authz.Caller, what string, edit func(*tenants.Organization) error) (tenants.Organization, error)
}

func newOperators(list *store.Operators, db *store.DB) operators {
	return operators{list, db.EditOrganization}
}

var errNoOperators = fault.New(fault.NotFound, "this deployment has no operator API; whoever runs it can set GATEHOUSE_OPERATOR_DATABASE_URL to the URL of the role gatehouse_operator")

// pageOfOperators is how many organizations are read at once.
const pageOfOperators = 500

// Organizations lists all of them.
func (o operators) Organizations(ctx context.Context) ([]console.OperatedOrganization, error) {
	if o.list == nil {
		return nil, errNoOperators
	}
	var all []console.OperatedOrganization
	for after := (tenants.ListingCursor{}); ; {
		page, err := o.list.List(ctx, after, pageOfOperators)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			all = append(all, console.OperatedOrganization{ID: l.ID, Slug: l.Slug.String(), State: l.State})
			after = tenants.ListingCursor{CreatedAt: l.CreatedAt, ID: l.ID}
		}
		if len(page) < pageOfOperators {
			return all, nil
		}
	}
}

// SetState admits, suspends or resumes an organization.
func (o operators) SetState(ctx context.Context, by authz.Caller, what string, to tenants.State) error {
	if o.list == nil {
		return errNoOperators
	}
	_, err := o.edit(ctx, by, what, func(now *tenants.Organization) error { return operate(now, to) })
	return err
}

// operate brings an organization to a state for an operator.
func operate(o *tenants.Organization, to tenants.State) error {
	switch {
	case to == tenants.Suspended:
		return o.Suspend(tenants.ByOperator)
	case to == tenants.Active:
		return o.Resume(tenants.ByOperator)
	case to == tenants.Onboarding && o.State == tenants.Pending:
		o.State = to
		return nil
	}
	return fault.Newf(fault.Conflict, "state: an organization that is %s cannot become %s", o.State, to)
}

// supportStore is what the store keeps of support access.
type supportStore interface {
	RequestSupport(ctx context.Context, by authz.Caller, reason string) (tenants.SupportAccess, error)
	SupportAccesses(ctx context.Context, org tenants.ID) ([]tenants.SupportAccess, error)
	ApproveSupport(ctx context.Context, by authz.Caller, access tenants.GUID, ends time.Time) (tenants.SupportAccess, error)
	RevokeSupport(ctx context.Context, by authz.Caller, access tenants.GUID) (tenants.SupportAccess, error)
}

// support satisfies console.Support. Without an operator API nobody can ask.
type support struct {
	off    bool
	store  supportStore
	record func(ctx context.Context, by authz.Caller, e audit.Event) error
}

// RequestSupport asks an organization to let the caller look inside.
func (s support) RequestSupport(ctx context.Context, by authz.Caller, r console.SupportRequest) (console.SupportAccess, error) {
	if s.off {
		return console.SupportAccess{}, errNoOperators
	}
	a, err := s.store.RequestSupport(ctx, by, r.Reason)
	return supportAccess(a), err
}

// SupportAccesses returns every request.
func (s support) SupportAccesses(ctx context.Context, org tenants.ID) ([]console.SupportAccess, error) {
	rows, err := s.store.SupportAccesses(ctx, org)
	all := make([]console.SupportAccess, len(rows))
	for i, r := range rows {
		all[i] = supportAccess(r)
	}
	return all, err
}

// DecideSupport approves a request, or, with a zero time, ends it.
func (s support) DecideSupport(ctx context.Context, by authz.Caller, id tenants.GUID, until time.Time) (console.SupportAccess, error) {
	decide := func() (tenants.SupportAccess, error) { return s.store.ApproveSupport(ctx, by, id, until) }
	if until.IsZero() {
		decide = func() (tenants.SupportAccess, error) { return s.store.RevokeSupport(ctx, by, id) }
	}
	a, err := decide()
	return supportAccess(a), err
}

// RecordVisit returns when the organization's log durably has the visit.
func (s support) RecordVisit(ctx context.Context, by authz.Caller, operation string) error {
	return s.record(ctx, by, audit.Event{Kind: audit.SupportVisit, Target: operation, Outcome: audit.OK})
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
