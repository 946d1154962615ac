package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// HoldStore keeps what keeps records.
type HoldStore interface {
	Holds(ctx context.Context, org tenants.ID) ([]tenants.Hold, error)
	// SetHold is Invalid for a hold that breaks a rule, and Conflict where it cannot be.
	SetHold(ctx context.Context, by authz.Caller, h tenants.Hold) error
	// LiftHold ends a hold, at once or later, and records why. One that is not there is
	// NotFound, one that was withdrawn already Conflict.
	LiftHold(ctx context.Context, by authz.Caller, id tenants.GUID, why string) error
	// RestoreHold takes that back until the hold has ended. One that is not there is
	// NotFound, one that was not withdrawn Conflict.
	RestoreHold(ctx context.Context, by authz.Caller, id tenants.GUID) error
}

// Hold is a legal hold.
type Hold struct {
	ID tenants.GUID `json:"id" format:"uuid"`
	HoldSettings
	SetAt   time.Time     `json:"setAt"`
	SetBy   tenants.GUID  `json:"setBy" format:"uuid" doc:"Object ID of the owner who did."`
	EndsAt  *time.Time    `json:"endsAt,omitempty" doc:"Of one that was withdrawn: until when it still holds. Until then any owner can restore it."`
	EndedBy *tenants.GUID `json:"endedBy,omitempty" format:"uuid" doc:"Object ID of the owner who withdrew it."`
}

// HoldSettings is what an owner says of a hold.
type HoldSettings struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" example:"Contoso ./. Fabrikam" doc:"What it is for, in one line. The log has it."`
	From   string `json:"from,omitempty" pattern:"^[0-9]{4}-[0-9]{2}$" example:"2026-01" doc:"The first month it is about, in UTC. Absent: from the beginning."`
	Until  string `json:"until,omitempty" pattern:"^[0-9]{4}-[0-9]{2}$" example:"2026-03" doc:"The last month it is about. Absent: without end."`
}

// LiftedHold says why a hold is over.
type LiftedHold struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why it is over. The log has it."`
}

type (
	newHold struct {
		InOrganization
		Once
		Body HoldSettings
	}
	liftedHold struct {
		InOrganization
		Item
		Body LiftedHold
	}
	restoredHold struct {
		InOrganization
		Item
	}
)

var errNoHold = fault.New(fault.NotFound, "there is no such hold; it may have been withdrawn")

func holdOf(h tenants.Hold) Hold {
	shown := Hold{ID: h.ID, HoldSettings: HoldSettings{h.Reason, h.From.String(), h.Until.String()}, SetAt: h.SetAt.UTC(), SetBy: h.SetBy, EndsAt: instant(h.EndsAt)}
	if !h.EndsAt.IsZero() {
		shown.EndedBy = &h.EndedBy
	}
	return shown
}

// hold is what an owner says, of which months need not be any.
func (s HoldSettings) hold(id tenants.GUID) (tenants.Hold, error) {
	h := tenants.Hold{ID: id, Reason: s.Reason}
	for _, m := range []struct {
		name, text string
		month      *tenants.Month
	}{{"from", s.From, &h.From}, {"until", s.Until, &h.Until}} {
		if m.text == "" {
			continue
		}
		var err error
		if *m.month, err = tenants.ParseMonth(m.text); err != nil {
			return h, access.Refuse([]access.Problem{{Path: m.name, Message: fault.Public(err)}})
		}
	}
	return h, nil
}

func (c *Console) holdRoutes(api huma.API) {
	const tag = "holds"
	inside(c, api, tenants.Viewer, route{
		ID: "listHolds", Method: http.MethodGet, Path: "/holds", Tag: tag, Summary: "List legal holds", When: evenDeleted,
	}, c.listHolds)
	inside(c, api, tenants.Owner, route{
		ID: "createHold", Method: http.MethodPost, Path: "/holds", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Keep records whatever the retention says", When: evenDeleted,
		Description: "Records go in order, so a hold keeps those of its months and all that are newer. While there is any hold, nobody is erased from the log, and the organization is not deleted; one that is deleted is not erased.",
	}, c.createHold)
	inside(c, api, tenants.Owner, route{
		ID: "withdrawHold", Method: http.MethodPost, Path: "/holds/{id}/withdraw", Tag: tag, Status: 204, Errors: []int{404, 409}, Summary: "End a legal hold", When: evenDeleted,
		Description: "It holds for seven more days, and until then any owner can restore it; at once it ends only for whoever set it less than an hour before. The contacts are told.",
	}, c.withdrawHold)
	inside(c, api, tenants.Owner, route{
		ID: "restoreHold", Method: http.MethodPost, Path: "/holds/{id}/restore", Tag: tag, Status: 204, Errors: []int{404, 409}, Summary: "Keep a legal hold that was withdrawn", When: evenDeleted,
	}, c.restoreHold)
}

func (c *Console) listHolds(ctx context.Context, by Actor, in *listInput) (*Listed[Hold], error) {
	all, err := c.Store.Holds(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Hold]{"listHolds", each(all, holdOf), func(h Hold) string { return h.SetAt.Format(time.RFC3339Nano) + h.ID.String() }})
}

func (c *Console) createHold(ctx context.Context, by Actor, in *newHold) (*Made[Hold], error) {
	return made(once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (Hold, string, error) {
		h, err := in.Body.hold(id)
		if err == nil {
			err = c.Store.SetHold(ctx, by.Caller, h)
		}
		h.SetAt, h.SetBy = c.Now(), by.Caller.Identity().OID
		return holdOf(h), "", err
	}))
}

func (c *Console) withdrawHold(ctx context.Context, by Actor, in *liftedHold) (*None, error) {
	return &None{}, noneIfMissing(c.Store.LiftHold(ctx, by.Caller, in.ID, in.Body.Reason), errNoHold)
}

func (c *Console) restoreHold(ctx context.Context, by Actor, in *restoredHold) (*None, error) {
	return &None{}, noneIfMissing(c.Store.RestoreHold(ctx, by.Caller, in.ID), errNoHold)
}
