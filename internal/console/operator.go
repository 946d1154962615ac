package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Operators is what operators of the platform see and do. It returns no row of
// an organization: ids, states and counters only.
type Operators interface {
	Organizations(ctx context.Context) ([]OperatedOrganization, error)
	// SetState admits, suspends or resumes an organization, which its own log
	// records. One that does not exist is a fault of kind NotFound, one that
	// cannot change so is one of kind Conflict.
	SetState(ctx context.Context, by authz.Caller, act OperatorAct) error
}

// OperatorAct is what an operator does with an organization.
type OperatorAct struct {
	What   string // as the log names it
	Reason string // as the operator gave it; empty: none
	To     tenants.State
}

// OperatorReason says why an operator does something.
type OperatorReason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Stands in the organization's log, for its people to read."`
}

// OperatedOrganization is an organization as operators see it.
type OperatedOrganization struct {
	ID    tenants.ID    `json:"id" format:"uuid"`
	Slug  string        `json:"slug"`
	State tenants.State `json:"state" enum:"pending,onboarding,active,suspended,deleted" doc:"pending: it waits for its admission."`
}

// OperatedItem names an organization to an operator.
type OperatedItem struct {
	Org tenants.ID `path:"organizationId" format:"uuid"`
}

type (
	operatedList struct {
		Asked
		Paging
	}
	operatedInput struct {
		Asked
		OperatedItem
		Body *OperatorReason
	}
)

func (c *Console) operatorRoutes(api huma.API) {
	const tag = "operator"
	operating(c, api, route{ID: "operatorListOrganizations", Method: http.MethodGet, Path: "/organizations", Tag: tag, Summary: "List organizations"}, c.listOrganizations)
	for _, m := range []struct {
		id, path, summary, what string
		to                      tenants.State
	}{
		{"operatorAdmitOrganization", "/admit", "Admit an organization that waits", "organization admitted by an operator", tenants.Onboarding},
		{"operatorSuspendOrganization", "/suspend", "Keep an organization from serving, in whatever state it is: one that is being onboarded waits for admission again", "organization suspended by an operator", tenants.Suspended},
		{"operatorResumeOrganization", "/resume", "End a suspension", "organization resumed by an operator", tenants.Active},
	} {
		operating(c, api, route{
			ID: m.id, Method: http.MethodPost, Path: "/organizations/{organizationId}" + m.path, Tag: tag, Status: 204, Summary: m.summary, Errors: []int{404, 409},
			Description: "Stands in the organization's own log.",
		}, c.operate(m.what, m.to))
	}
}

func (c *Console) listOrganizations(ctx context.Context, by Actor, in *operatedList) (*Listed[OperatedOrganization], error) {
	all, err := c.Operators.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[OperatedOrganization]{"operatorListOrganizations", all, func(o OperatedOrganization) string { return o.Slug }})
}

func (c *Console) operate(what string, to tenants.State) func(context.Context, Actor, *operatedInput) (*None, error) {
	return func(ctx context.Context, by Actor, in *operatedInput) (*None, error) {
		act := OperatorAct{What: what, To: to}
		if in.Body != nil {
			act.Reason = in.Body.Reason
			if err := tenants.CheckRequestText("reason", act.Reason); err != nil {
				return nil, err
			}
		}
		return &None{}, c.Operators.SetState(ctx, authz.Actor(by.Person.Identity(in.Org)), act)
	}
}
