package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Admissions keeps what operators decide about directories that are no
// organization yet.
type Admissions interface {
	// AddInvitation keeps an operator's invitation with the SHA-256 of its code. Its
	// id and its end are given; an id that is there already is a fault of kind
	// Conflict.
	AddInvitation(ctx context.Context, by tenants.Operator, i tenants.Invitation, code [32]byte) (tenants.Invitation, error)
	Invitations(ctx context.Context) ([]tenants.Invitation, error)
	// DeleteInvitation lets nobody take an invitation any more; one that is not
	// there is a fault of kind NotFound.
	DeleteInvitation(ctx context.Context, id tenants.GUID) error
	// ApproveSlug lets a directory take a slug that is no label of its domains.
	// One that is approved for another directory is a fault of kind Conflict.
	ApproveSlug(ctx context.Context, by tenants.Operator, tid tenants.TID, slug tenants.Slug) (tenants.SlugApproval, error)
	SlugApprovals(ctx context.Context) ([]tenants.SlugApproval, error)
	// DeleteSlugApproval takes an approval back; one that is not there is a fault of
	// kind NotFound.
	DeleteSlugApproval(ctx context.Context, slug tenants.Slug) error
}

// Invitation lets one directory in, whichever takes it first.
type Invitation struct {
	ID        tenants.GUID            `json:"id" format:"uuid"`
	State     tenants.InvitationState `json:"state" enum:"open,taken,expired" doc:"An expired one is listed for thirty days more."`
	InvitedBy NamedPerson             `json:"invitedBy" doc:"The operator who made it."`
	CreatedAt time.Time               `json:"createdAt"`
	ExpiresAt time.Time               `json:"expiresAt"`
	TakenBy   *tenants.TID            `json:"takenBy,omitempty" format:"uuid" doc:"Directory (tenant) ID."`
	TakenAt   *time.Time              `json:"takenAt,omitempty"`
}

// IssuedInvitation is an invitation with what it is taken with.
type IssuedInvitation struct {
	Invitation
	Code string `json:"code" doc:"Shown here and nowhere else: its hash is kept, and, for an Idempotency-Key, this answer for a day, encrypted."`
}

// InvitationSettings is what an operator decides about an invitation.
type InvitationSettings struct {
	Days int `json:"days" minimum:"1" maximum:"90" doc:"How long it can be taken."`
}

// ApprovedSlug is a slug that a directory may take besides those of its domains.
type ApprovedSlug struct {
	Slug       string      `json:"slug"`
	TID        tenants.TID `json:"tid" format:"uuid" doc:"Directory (tenant) ID."`
	ApprovedBy NamedPerson `json:"approvedBy" doc:"The operator who did."`
	ApprovedAt time.Time   `json:"approvedAt"`
}

// ApprovedSlugSettings is what an operator decides about a slug.
type ApprovedSlugSettings struct {
	Slug string      `json:"slug" minLength:"2" maxLength:"40"`
	TID  tenants.TID `json:"tid" format:"uuid" doc:"Directory (tenant) ID."`
}

// NamedPerson is somebody, by their object ID in their directory.
type NamedPerson struct {
	OID  tenants.GUID `json:"oid" format:"uuid" doc:"Object ID."`
	Name string       `json:"name" doc:"Display name when it happened."`
}

func invitationOf(i tenants.Invitation, now time.Time) Invitation {
	r := Invitation{
		ID: i.ID, State: i.State(now), InvitedBy: NamedPerson{i.By.OID, i.By.Name}, CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, TakenAt: instant(i.TakenAt),
	}
	if !i.TakenBy.IsZero() {
		r.TakenBy = &i.TakenBy
	}
	return r
}

func approvedSlugOf(a tenants.SlugApproval) ApprovedSlug {
	return ApprovedSlug{a.Slug.String(), a.TID, NamedPerson{a.By.OID, a.By.Name}, a.ApprovedAt}
}

type (
	invitationInput struct {
		Asked
		Once
		Body InvitationSettings
	}
	invitedInput struct {
		Asked
		Item
	}
	approvalInput struct {
		Asked
		Once
		Body ApprovedSlugSettings
	}
	approvedInput struct {
		Asked
		Slug string `path:"slug" maxLength:"40"`
	}
)

func (c *Console) admissionRoutes(api huma.API) {
	const tag = "operator"
	missing := []int{http.StatusNotFound}
	operating(c, api, route{
		ID: "createInvitation", Method: http.MethodPost, Path: "/invitations", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Invite a directory",
		Description: "Where admission is by invitation, a claim needs the code. The first directory that claims with it keeps it, and the record of the claim names you.",
	}, c.createInvitation)
	operating(c, api, route{ID: "listInvitations", Method: http.MethodGet, Path: "/invitations", Tag: tag, Summary: "List invitations"}, c.listInvitations)
	operating(c, api, route{ID: "getInvitation", Method: http.MethodGet, Path: "/invitations/{id}", Tag: tag, Errors: missing, Summary: "Read an invitation"}, c.getInvitation)
	operating(c, api, route{
		ID: "deleteInvitation", Method: http.MethodDelete, Path: "/invitations/{id}", Tag: tag, Status: 204, Errors: missing, Summary: "Take back an invitation",
		Description: "Nobody can take it any more. An organization that it let in stays.",
	}, c.deleteInvitation)
	operating(c, api, route{
		ID: "approveSlug", Method: http.MethodPost, Path: "/slugs", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Approve a slug",
		Description: "For a directory whose verified domains do not give it. The record of the claim names you.",
	}, c.approveSlug)
	operating(c, api, route{ID: "listApprovedSlugs", Method: http.MethodGet, Path: "/slugs", Tag: tag, Summary: "List approved slugs"}, c.listApprovedSlugs)
	operating(c, api, route{ID: "getApprovedSlug", Method: http.MethodGet, Path: "/slugs/{slug}", Tag: tag, Errors: missing, Summary: "Read the approval of a slug"}, c.getApprovedSlug)
	operating(c, api, route{
		ID: "deleteApprovedSlug", Method: http.MethodDelete, Path: "/slugs/{slug}", Tag: tag, Status: 204, Errors: missing, Summary: "Take back the approval of a slug",
		Description: "An organization that has the slug keeps it.",
	}, c.deleteApprovedSlug)
}

// operator is the person as what they decide names them.
func (p Person) operator() tenants.Operator {
	return tenants.Operator{TID: p.TID, OID: p.OID, Name: p.Name}
}

func (c *Console) createInvitation(ctx context.Context, by Actor, in *invitationInput) (*Created[IssuedInvitation], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (IssuedInvitation, string, error) {
		code, now := rand.Text(), c.Now()
		wanted := tenants.Invitation{ID: id, ExpiresAt: now.Add(time.Duration(in.Body.Days) * 24 * time.Hour)}
		i, err := c.Admissions.AddInvitation(ctx, by.Person.operator(), wanted, InvitationHash(code))
		return IssuedInvitation{invitationOf(i, now), code}, "/api/operator/invitations/" + id.String(), err
	})
}

func (c *Console) invitations(ctx context.Context) ([]Invitation, error) {
	all, err := c.Admissions.Invitations(ctx)
	now := c.Now()
	return each(all, func(i tenants.Invitation) Invitation { return invitationOf(i, now) }), err
}

func (c *Console) listInvitations(ctx context.Context, by Actor, in *operatedList) (*Listed[Invitation], error) {
	all, err := c.invitations(ctx)
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Invitation]{"listInvitations", all, func(i Invitation) string { return i.ID.String() }})
}

func (c *Console) getInvitation(ctx context.Context, _ Actor, in *invitedInput) (*One[Invitation], error) {
	all, err := c.invitations(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if i.ID == in.ID {
			return show(i), nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no such invitation")
}

func (c *Console) deleteInvitation(ctx context.Context, _ Actor, in *invitedInput) (*None, error) {
	return &None{}, c.Admissions.DeleteInvitation(ctx, in.ID)
}

func (c *Console) approveSlug(ctx context.Context, by Actor, in *approvalInput) (*Created[ApprovedSlug], error) {
	slug, err := tenants.ParseSlug(in.Body.Slug)
	if err == nil && in.Body.TID.IsZero() {
		err = fault.New(fault.Invalid, "tid: the Directory (tenant) ID is missing")
	}
	if err != nil {
		return nil, err
	}
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (ApprovedSlug, string, error) {
		a, err := c.Admissions.ApproveSlug(ctx, by.Person.operator(), in.Body.TID, slug)
		return approvedSlugOf(a), "/api/operator/slugs/" + slug.String(), err
	})
}

func (c *Console) approvedSlugs(ctx context.Context) ([]ApprovedSlug, error) {
	all, err := c.Admissions.SlugApprovals(ctx)
	return each(all, approvedSlugOf), err
}

func (c *Console) listApprovedSlugs(ctx context.Context, by Actor, in *operatedList) (*Listed[ApprovedSlug], error) {
	all, err := c.approvedSlugs(ctx)
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[ApprovedSlug]{"listApprovedSlugs", all, func(a ApprovedSlug) string { return a.Slug }})
}

func (c *Console) getApprovedSlug(ctx context.Context, _ Actor, in *approvedInput) (*One[ApprovedSlug], error) {
	all, err := c.approvedSlugs(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.Slug == in.Slug {
			return show(a), nil
		}
	}
	return nil, errNotApproved
}

var errNotApproved = fault.New(fault.NotFound, "no such slug is approved")

func (c *Console) deleteApprovedSlug(ctx context.Context, _ Actor, in *approvedInput) (*None, error) {
	slug, err := tenants.ParseSlug(in.Slug)
	if err != nil {
		return nil, errNotApproved
	}
	return &None{}, c.Admissions.DeleteSlugApproval(ctx, slug)
}

// InvitationHash is under what an invitation is kept.
func InvitationHash(code string) [32]byte { return sha256.Sum256([]byte(code)) }
