package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// NoticeStore keeps what owners and admins are told.
type NoticeStore interface {
	// Notices returns what nobody has dismissed, the newest first.
	Notices(ctx context.Context, org tenants.ID) ([]tenants.Notice, error)
	// DismissNotice removes a notice, which the organization's log records. For
	// whoever did what it tells of it is a fault of kind Forbidden, and NotFound
	// where there is no such notice.
	DismissNotice(ctx context.Context, by authz.Caller, id tenants.GUID) error
}

// Notice is something that owners and admins are told until one of them dismisses
// it.
type Notice struct {
	ID     tenants.GUID       `json:"id" format:"uuid"`
	Kind   tenants.NoticeKind `json:"kind" enum:"ownership_recovered,admin_joined,support_requested,bodies_opened" doc:"A Global Administrator has become an owner; an administrator of the directory has become an admin; an operator of the platform asks to look inside; an owner lets somebody read recorded bodies."`
	At     time.Time          `json:"at"`
	By     NamedPerson        `json:"by"`
	Reason string             `json:"reason,omitempty" doc:"What whoever did it has given."`
}

// NotifiedOrganization is an organization with what its owners and admins are
// told.
type NotifiedOrganization struct {
	Organization
	Notices []Notice `json:"notices,omitempty" doc:"For owners and admins, the newest first. No part of what the ETag stands for."`
}

func noticeOf(n tenants.Notice) Notice {
	return Notice{n.ID, n.Kind, n.At, NamedPerson{n.By.OID, n.By.Name}, n.Reason}
}

type noticeInput struct {
	InOrganization
	Item
}

func (c *Console) noticeRoutes(api huma.API) {
	insideAsPerson(c, api, tenants.Admin, route{
		ID: "dismissNotice", Method: http.MethodPost, Path: "/notices/{id}/dismiss", Tag: "organizations", Status: 204, Summary: "Dismiss a notice, for everybody",
		Description: "Stands in the log. Whoever did what the notice tells of cannot dismiss it.",
	}, c.dismissNotice)
}

func (c *Console) getOrganization(ctx context.Context, by Actor, _ *InOrganization) (*One[NotifiedOrganization], error) {
	o := organizationOf(by.Organization)
	if !by.Role.Includes(tenants.Admin) {
		return &One[NotifiedOrganization]{ETag: tag(o), Body: NotifiedOrganization{o, nil}}, nil
	}
	all, err := c.Store.Notices(ctx, by.Org())
	return &One[NotifiedOrganization]{ETag: tag(o), Body: NotifiedOrganization{o, each(all, noticeOf)}}, err
}

func (c *Console) dismissNotice(ctx context.Context, by Actor, in *noticeInput) (*None, error) {
	return &None{}, c.Store.DismissNotice(ctx, by.Caller, in.ID)
}
