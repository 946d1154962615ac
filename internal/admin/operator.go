package admin

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// OperatorList lists every organization, a page after the other; a page that is
// not full is the last.
type OperatorList interface {
	List(ctx context.Context, after tenants.ListingCursor, limit int) ([]tenants.Listing, error)
}

// OperatorStore changes an organization as a caller of it, whose log has it.
type OperatorStore interface {
	OperateOrganization(ctx context.Context, by authz.Caller, what, reason string, edit func(*tenants.Organization) error) (tenants.Organization, error)
}

// OperatorParts is what operators work with. Every field is required.
type OperatorParts struct {
	Register OperatorList // by a role that can read names and states of organizations and nothing else
	Store    OperatorStore
}

type operators struct{ OperatorParts }

// NewOperators lists organizations and changes their states.
func NewOperators(p OperatorParts) console.Operators { return operators{p} }

// pageOfOperators is how many organizations are read at once.
const pageOfOperators = 500

// Organizations lists all of them.
func (o operators) Organizations(ctx context.Context) ([]console.OperatedOrganization, error) {
	var all []console.OperatedOrganization
	for after := (tenants.ListingCursor{}); ; {
		page, err := o.Register.List(ctx, after, pageOfOperators)
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
func (o operators) SetState(ctx context.Context, by authz.Caller, act console.OperatorAct) error {
	_, err := o.Store.OperateOrganization(ctx, by, act.What, act.Reason, func(now *tenants.Organization) error { return operate(now, act.To) })
	return err
}

// operate brings an organization to a state for an operator.
func operate(o *tenants.Organization, to tenants.State) error {
	switch to {
	case tenants.Onboarding:
		return o.Admit()
	case tenants.Suspended:
		return o.Suspend(tenants.ByOperator)
	case tenants.Active:
		return o.Resume(tenants.ByOperator)
	case tenants.Pending, tenants.Deleted:
	}
	return fault.Newf(fault.Internal, "operators make no organization %s", to)
}

var errNoOperators = fault.New(fault.NotFound, "this deployment has no operator API; whoever runs it can set GATEHOUSE_OPERATOR_DATABASE_URL to the URL of the role gatehouse_operator")

// NoOperators is the operator API of a deployment that has none: whatever is
// asked of it is NotFound.
type NoOperators struct{}

// Organizations implements console.Operators.
func (NoOperators) Organizations(context.Context) ([]console.OperatedOrganization, error) {
	return nil, errNoOperators
}

// SetState implements console.Operators.
func (NoOperators) SetState(context.Context, authz.Caller, console.OperatorAct) error {
	return errNoOperators
}
