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
	// AddInvitation keeps an invitation, by the SHA-256 of its code, until it
	// expires.
	AddInvitation(ctx context.Context, code [32]byte, expires time.Time) error
	// ApproveSlug lets a directory take a slug that is no label of its domains.
	// One that is approved for another directory is a fault of kind Conflict.
	ApproveSlug(ctx context.Context, tid tenants.TID, slug tenants.Slug) error
}

// Invitation lets one directory in, whichever takes it first.
type Invitation struct {
	Code      string    `json:"code" doc:"Shown once: only its hash is kept."`
	ExpiresAt time.Time `json:"expiresAt"`
}

// InvitationSettings is what an operator decides about an invitation.
type InvitationSettings struct {
	Days int `json:"days" minimum:"1" maximum:"90" doc:"How long it can be taken."`
}

// ApprovedSlug is a slug that a directory may take besides those of its domains.
type ApprovedSlug struct {
	Slug string      `json:"slug" minLength:"2" maxLength:"40"`
	TID  tenants.TID `json:"tid" format:"uuid" doc:"Directory (tenant) ID."`
}

type (
	invitationInput struct {
		Asked
		Body InvitationSettings
	}
	approvalInput struct {
		Asked
		Body ApprovedSlug
	}
)

func (c *Console) admissionRoutes(api huma.API) {
	const tag = "operator"
	operating(c, api, route{
		ID: "createInvitation", Method: http.MethodPost, Path: "/invitations", Tag: tag, Status: 201, Summary: "Invite a directory",
		Description: "Where admission is by invitation, a claim needs the code. The first directory that claims with it keeps it.",
	}, c.createInvitation)
	operating(c, api, route{
		ID: "approveSlug", Method: http.MethodPost, Path: "/slugs", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Approve a slug",
		Description: "For a directory whose verified domains do not give it.",
	}, c.approveSlug)
}

func (c *Console) createInvitation(ctx context.Context, _ Actor, in *invitationInput) (*Created[Invitation], error) {
	i := Invitation{rand.Text(), c.Now().Add(time.Duration(in.Body.Days) * 24 * time.Hour)}
	return created(i, "", c.Admissions.AddInvitation(ctx, InvitationHash(i.Code), i.ExpiresAt))
}

func (c *Console) approveSlug(ctx context.Context, _ Actor, in *approvalInput) (*Created[ApprovedSlug], error) {
	slug, err := tenants.ParseSlug(in.Body.Slug)
	if err == nil && in.Body.TID.IsZero() {
		err = fault.New(fault.Invalid, "tid: the Directory (tenant) ID is missing")
	}
	if err != nil {
		return nil, err
	}
	return created(in.Body, "", c.Admissions.ApproveSlug(ctx, in.Body.TID, slug))
}

// InvitationHash is under what an invitation is kept.
func InvitationHash(code string) [32]byte { return sha256.Sum256([]byte(code)) }
