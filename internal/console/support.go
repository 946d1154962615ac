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
	// RequestSupport asks the caller's organization, and leaves a notice. An id that
	// is there already is a fault of kind Conflict.
	RequestSupport(ctx context.Context, by authz.Caller, id tenants.GUID, reason string) (tenants.SupportAccess, error)
	SupportAccesses(ctx context.Context, org tenants.ID) ([]tenants.SupportAccess, error)
	// ApproveSupport lets the operator look inside for a while. What does not wait
	// for it is a fault of kind Conflict.
	ApproveSupport(ctx context.Context, by authz.Caller, id tenants.GUID, lasts time.Duration) (tenants.SupportAccess, error)
	// RevokeSupport refuses what waits and ends what was approved, for good.
	RevokeSupport(ctx context.Context, by authz.Caller, id tenants.GUID) (tenants.SupportAccess, error)
	// RecordVisit writes into the organization's log that an operator looked at
	// something. What is not recorded is not shown.
	RecordVisit(ctx context.Context, by authz.Caller, operation string) error
	// RecordRefusal writes into the organization's log that an operator who may
	// look inside asked for more than that.
	RecordRefusal(ctx context.Context, by authz.Caller, operation string) error
}

// SupportRequest is an operator's wish to look inside.
type SupportRequest struct {
	Reason string `json:"reason" minLength:"10" maxLength:"500" doc:"Shown to the organization, and kept in its log."`
}

// SupportAccess is such a wish with what has become of it.
type SupportAccess struct {
	ID          tenants.GUID         `json:"id" format:"uuid"`
	State       tenants.SupportState `json:"state" enum:"pending,approved,refused,ended" doc:"The operator can look inside while it is approved. Refused and ended are for good."`
	Operator    NamedPerson          `json:"operator" doc:"Of the platform's directory."`
	Reason      string               `json:"reason"`
	RequestedAt time.Time            `json:"requestedAt"`
	ApprovedBy  *NamedPerson         `json:"approvedBy,omitempty"`
	EndsAt      *time.Time           `json:"endsAt,omitempty" doc:"Approved until, or ended before that; absent: it was never approved."`
}

// SupportApproval is an owner's approval.
type SupportApproval struct {
	Hours int `json:"hours" minimum:"1" maximum:"8" doc:"How long the operator can look inside."`
}

// supportAccessOf shows the end of what is open only: one that was ended early is
// over, whatever was approved.
func supportAccessOf(a tenants.SupportAccess, now time.Time) SupportAccess {
	out := SupportAccess{ID: a.ID, State: a.State(now), Operator: NamedPerson{a.Operator.OID, a.Operator.Name}, Reason: a.Reason, RequestedAt: a.RequestedAt}
	if a.ApprovedAt.IsZero() {
		return out
	}
	out.ApprovedBy, out.EndsAt = &NamedPerson{a.ApprovedBy.OID, a.ApprovedBy.Name}, instant(a.EndsAt)
	if !a.RevokedAt.IsZero() {
		out.EndsAt = instant(a.RevokedAt)
	}
	return out
}

type (
	supportRequestInput struct {
		Asked
		OperatedItem
		Once
		Body SupportRequest
	}
	ownSupportInput struct {
		Asked
		Paging
		OperatedItem
	}
	supportInput struct {
		InOrganization
		Item
	}
	supportApprovalInput struct {
		InOrganization
		Item
		Body SupportApproval
	}
)

func (c *Console) supportRoutes(api huma.API) {
	const tag = "support-access"
	operating(c, api, route{
		ID: "requestSupportAccess", Method: http.MethodPost, Path: "/organizations/{organizationId}/support-accesses", Tag: tag, Status: 201, Errors: []int{404, 409},
		Summary: "Ask an organization to let you look inside", Description: "Its owners and admins get a notice, and an owner decides. At most eight hours, reading only, and every request stands in the organization's log.",
	}, c.requestSupportAccess)
	operating(c, api, route{
		ID: "listOwnSupportAccesses", Method: http.MethodGet, Path: "/organizations/{organizationId}/support-accesses", Tag: tag, Summary: "List when you asked to look inside an organization",
		Description: "With what has become of it. What colleagues asked for is theirs.",
	}, c.listOwnSupportAccesses)
	inside(c, api, tenants.Viewer, route{ID: "listSupportAccesses", Method: http.MethodGet, Path: "/support-accesses", Tag: tag, Summary: "List operators who asked to look inside"}, c.listSupportAccesses)
	inside(c, api, tenants.Owner, route{
		ID: "approveSupportAccess", Method: http.MethodPost, Path: "/support-accesses/{id}/approve", Tag: tag, Errors: []int{409}, Summary: "Let an operator look inside",
		Description: "Only what is pending can be approved.",
	}, c.approveSupportAccess)
	inside(c, api, tenants.Owner, route{
		ID: "revokeSupportAccess", Method: http.MethodPost, Path: "/support-accesses/{id}/revoke", Tag: tag, Summary: "Refuse or end support access",
		Description: "What is pending is refused, what is approved ends, both for good. What is over stays as it is.",
	}, c.revokeSupportAccess)
}

func (c *Console) requestSupportAccess(ctx context.Context, by Actor, in *supportRequestInput) (*Made[SupportAccess], error) {
	if err := tenants.CheckRequestText("reason", in.Body.Reason); err != nil {
		return nil, err
	}
	by.Organization.ID, by.Caller = in.Org, authz.Actor(by.Person.Identity(in.Org))
	return made(once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (SupportAccess, string, error) {
		o, err := c.Store.Organization(ctx, in.Org)
		if err != nil {
			return SupportAccess{}, "", err
		}
		if o.State == tenants.Deleted {
			return SupportAccess{}, "", fault.New(fault.Conflict, "the organization is deleted, and nobody can let you look inside; ask when it is restored")
		}
		s, err := c.Support.RequestSupport(ctx, by.Caller, id, in.Body.Reason)
		return supportAccessOf(s, c.Now()), "", err
	}))
}

func (c *Console) listOwnSupportAccesses(ctx context.Context, by Actor, in *ownSupportInput) (*Listed[SupportAccess], error) {
	all, err := c.Support.SupportAccesses(ctx, in.Org)
	if err != nil {
		return nil, err
	}
	now, own := c.Now(), []SupportAccess{}
	for _, s := range all {
		if s.Operator.TID == by.Person.TID && s.Operator.OID == by.Person.OID {
			own = append(own, supportAccessOf(s, now))
		}
	}
	return cut(ctx, c, by, in.Paging, listing[SupportAccess]{"listOwnSupportAccesses", own, func(s SupportAccess) string { return s.ID.String() }})
}

func (c *Console) listSupportAccesses(ctx context.Context, by Actor, in *listInput) (*Listed[SupportAccess], error) {
	all, err := c.Support.SupportAccesses(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	now := c.Now()
	shown := each(all, func(s tenants.SupportAccess) SupportAccess { return supportAccessOf(s, now) })
	return cut(ctx, c, by, in.Paging, listing[SupportAccess]{"listSupportAccesses", shown, func(s SupportAccess) string { return s.ID.String() }})
}

func (c *Console) approveSupportAccess(ctx context.Context, by Actor, in *supportApprovalInput) (*Result[SupportAccess], error) {
	s, err := c.Support.ApproveSupport(ctx, by.Caller, in.ID, time.Duration(in.Body.Hours)*time.Hour)
	return result(supportAccessOf(s, c.Now())), err
}

func (c *Console) revokeSupportAccess(ctx context.Context, by Actor, in *supportInput) (*Result[SupportAccess], error) {
	s, err := c.Support.RevokeSupport(ctx, by.Caller, in.ID)
	return result(supportAccessOf(s, c.Now())), err
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
	by := Actor{Caller: authz.Actor(p.Identity(o.ID)), Role: tenants.Viewer, Organization: o, Person: &p}
	for _, s := range all {
		if s.Operator.TID == p.TID && s.Operator.OID == p.OID && s.Open(c.Now()) {
			return c.visited(ctx, by, v, needed)
		}
	}
	return Actor{}, errNoOrganization
}

func (c *Console) visited(ctx context.Context, by Actor, v *visit, needed tenants.Role) (Actor, error) {
	if needed != tenants.Viewer || v.Method() != http.MethodGet {
		if err := c.Support.RecordRefusal(ctx, by.Caller, v.Operation().OperationID); err != nil {
			return Actor{}, err
		}
		return Actor{}, fault.New(fault.Forbidden, "support access is for reading")
	}
	return by, c.Support.RecordVisit(ctx, by.Caller, v.Operation().OperationID)
}
