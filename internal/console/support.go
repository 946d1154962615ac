package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Support keeps which operators an organization lets look inside, and until
// when.
type Support interface {
	RequestSupport(ctx context.Context, by authz.Caller, r SupportRequest) (SupportAccess, error)
	SupportAccesses(ctx context.Context, org tenants.ID) ([]SupportAccess, error)
	// DecideSupport approves a request until a time, or with a zero time refuses
	// it or ends what was approved.
	DecideSupport(ctx context.Context, by authz.Caller, id tenants.GUID, until time.Time) (SupportAccess, error)
	// RecordVisit writes into the organization's log that an operator looked at
	// something. What is not recorded is not shown.
	RecordVisit(ctx context.Context, by authz.Caller, operation string) error
}

// supportLife is the longest an organization can let an operator look inside.
const supportLife = 8 * time.Hour

// SupportRequest is an operator's wish to look inside.
type SupportRequest struct {
	Reason string `json:"reason" minLength:"10" maxLength:"500" doc:"Shown to the organization, and kept in its log."`
}

// SupportAccess is such a wish with what has become of it.
type SupportAccess struct {
	ID          tenants.GUID `json:"id" format:"uuid"`
	Operator    tenants.GUID `json:"operator" format:"uuid" doc:"Object ID in the platform's directory."`
	Name        string       `json:"name" doc:"Display name of the operator."`
	Reason      string       `json:"reason"`
	RequestedAt time.Time    `json:"requestedAt"`
	EndsAt      *time.Time   `json:"endsAt,omitempty" doc:"Approved until; absent: not approved."`
}

// SupportDecision is an owner's approval.
type SupportDecision struct {
	Hours int `json:"hours" minimum:"0" maximum:"8" doc:"How long; 0 refuses, or ends what was approved."`
}

type (
	supportRequestInput struct {
		Asked
		OperatedItem
		Once
		Body SupportRequest
	}
	supportDecisionInput struct {
		InOrganization
		Item
		Body SupportDecision
	}
)

func (c *Console) supportRoutes(api huma.API) {
	const tag = "support-access"
	operating(c, api, route{
		ID: "requestSupportAccess", Method: http.MethodPost, Path: "/organizations/{organizationId}/support-access", Tag: tag, Status: 201, Errors: []int{404, 409},
		Summary: "Ask an organization to let you look inside", Description: "An owner decides. At most eight hours, reading only, and every request stands in the organization's log.",
	}, c.requestSupportAccess)
	inside(c, api, tenants.Viewer, route{ID: "listSupportAccess", Method: http.MethodGet, Path: "/support-access", Tag: tag, Summary: "List operators who asked to look inside"}, c.listSupportAccess)
	inside(c, api, tenants.Owner, route{ID: "decideSupportAccess", Method: http.MethodPut, Path: "/support-access/{id}", Tag: tag, Errors: []int{409}, Summary: "Approve, refuse or end support access"}, c.decideSupportAccess)
}

func (c *Console) requestSupportAccess(ctx context.Context, by Actor, in *supportRequestInput) (*Created[SupportAccess], error) {
	by.Organization.ID, by.Caller = in.Org, authz.Actor(by.Person.identity(in.Org))
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (SupportAccess, string, error) {
		o, err := c.Store.Organization(ctx, in.Org)
		if err != nil {
			return SupportAccess{}, "", err
		}
		if o.State == tenants.Deleted {
			return SupportAccess{}, "", fault.New(fault.Conflict, "the organization is deleted, and nobody can let you look inside; ask when it is restored")
		}
		s, err := c.Support.RequestSupport(ctx, by.Caller, in.Body)
		return s, "", err
	})
}

func (c *Console) listSupportAccess(ctx context.Context, by Actor, in *listInput) (*Listed[SupportAccess], error) {
	all, err := c.Support.SupportAccesses(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[SupportAccess]{"listSupportAccess", all, func(s SupportAccess) string { return s.ID.String() }})
}

func (c *Console) decideSupportAccess(ctx context.Context, by Actor, in *supportDecisionInput) (*One[SupportAccess], error) {
	var until time.Time
	if in.Body.Hours > 0 {
		until = c.Now().Add(min(time.Duration(in.Body.Hours)*time.Hour, supportLife))
	}
	s, err := c.Support.DecideSupport(ctx, by.Caller, in.ID, until)
	return show(s), err
}

// enterSupport lets an operator in whom the organization lets look inside: to
// read, until the end, with a record of every request. To everybody else of
// another directory the organization does not exist, and once it is deleted it
// does not to them either.
func (c *Console) enterSupport(ctx context.Context, v *visit, p Person, o tenants.Organization, needed tenants.Role) (Actor, error) {
	if p.TID != c.Platform || !p.Operator || o.State == tenants.Deleted {
		return Actor{}, errNoOrganization
	}
	all, err := c.Support.SupportAccesses(ctx, o.ID)
	if err != nil {
		return Actor{}, err
	}
	by := Actor{Caller: authz.Actor(p.identity(o.ID)), Role: tenants.Viewer, Organization: o, Person: &p}
	for _, s := range all {
		if s.Operator == p.OID && s.EndsAt != nil && c.Now().Before(*s.EndsAt) {
			return c.visited(ctx, by, v, needed)
		}
	}
	return Actor{}, errNoOrganization
}

func (c *Console) visited(ctx context.Context, by Actor, v *visit, needed tenants.Role) (Actor, error) {
	if needed != tenants.Viewer || v.Method() != http.MethodGet {
		return Actor{}, fault.New(fault.Forbidden, "support access is for reading")
	}
	return by, c.Support.RecordVisit(ctx, by.Caller, v.Operation().OperationID)
}
