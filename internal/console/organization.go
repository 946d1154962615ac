package console

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// OrganizationStore reads and edits organizations.
type OrganizationStore interface {
	// OrgBySlug and OrgByTID return an organization's id, or a fault of kind
	// NotFound.
	OrgBySlug(ctx context.Context, slug tenants.Slug) (tenants.ID, error)
	OrgByTID(ctx context.Context, tid tenants.TID) (tenants.ID, error)
	Organization(ctx context.Context, org tenants.ID) (tenants.Organization, error)
	// EditOrganization reads the caller's organization, edits, validates and
	// writes it in one transaction, with the record of what changed. An error of
	// edit comes back as it is, and nothing is written.
	EditOrganization(ctx context.Context, by authz.Caller, what string, edit func(*tenants.Organization) error) (tenants.Organization, error)
}

// Organization is an organization as its people see it.
type Organization struct {
	ID               tenants.ID         `json:"id" format:"uuid"`
	Slug             string             `json:"slug" doc:"Its name in URLs. Never changes."`
	Name             string             `json:"name"`
	TID              tenants.TID        `json:"tid" format:"uuid" doc:"Directory (tenant) ID."`
	State            tenants.State      `json:"state" enum:"pending,onboarding,active,suspended,deleted" doc:"pending: an operator of the platform has to admit it first. onboarding: it can be connected and does not serve yet. active: it serves. suspended: every caller of its endpoints is answered 403. deleted: it can be restored."`
	Origins          []string           `json:"origins" doc:"Browser origins that may call the endpoints, besides the deployment's own: https://app.example."`
	Membership       MembershipPolicy   `json:"membership" doc:"How old what Microsoft Graph said about a person's groups may be."`
	SignIn           OrganizationSignIn `json:"signIn" doc:"Where AI apps sign people in, and whose access tokens are accepted."`
	Log              OrganizationLog    `json:"log" doc:"How long the log is kept."`
	AccessPackageURL string             `json:"accessPackageUrl,omitempty" doc:"Where people of the organization are sent to ask for access in Microsoft Entra. Absent: they ask its admins only."`

	DeletedAt *time.Time `json:"deletedAt,omitempty" doc:"When it was deleted. For thirty days it can be restored; it answers nothing else but this, and to its people only."`

	SuspendedBy tenants.Suspender `json:"suspendedBy,omitempty" enum:"owner,operator" doc:"Only the same side can resume it."`
}

// ClaimedOrganization is what came of a claim.
type ClaimedOrganization struct {
	Organization
	Joined     bool         `json:"joined" doc:"A colleague had registered the directory before; its owners get a notice of who becomes an admin."`
	Role       tenants.Role `json:"role" enum:"owner,admin,auditor,viewer" doc:"Yours in it now. Who has one keeps it as it is; who joins without one becomes an admin."`
	RoleEndsAt *time.Time   `json:"roleEndsAt,omitempty" doc:"Absent: no end."`
}

// tagged is the resource: the one to go on with is the organization.
func (c ClaimedOrganization) tagged() any { return c.Organization }

// MembershipPolicy bounds how old an answer from Microsoft Graph may be.
type MembershipPolicy struct {
	SoftSeconds int `json:"softSeconds" minimum:"1" maximum:"604800" doc:"Older: answered, and refreshed behind the answer."`
	HardSeconds int `json:"hardSeconds" minimum:"1" maximum:"604800" doc:"Older: not known."`
}

// OrganizationSettings is what an admin may change.
type OrganizationSettings struct {
	Name       string           `json:"name" minLength:"1" maxLength:"120"`
	Origins    []string         `json:"origins" maxItems:"100" doc:"Browser origins that may call the endpoints, besides the deployment's own, as a browser writes them: https://app.example."`
	Membership MembershipPolicy `json:"membership"`

	AccessPackageURL *string `json:"accessPackageUrl,omitempty" maxLength:"500" doc:"Where people of the organization are sent to ask for access in Microsoft Entra: the My Access portal link of an access package, at https://myaccess.microsoft.com/ or https://myaccess.microsoft.us/. Empty: nowhere, they ask its admins only. Absent: as it is."`

	SignIn *SignInChange `json:"signIn,omitempty" doc:"Where AI apps sign people in, and whose access tokens are accepted. Absent: as it is."`
	Log    *LogSettings  `json:"log,omitempty" doc:"How long the log is kept. Absent: as it is."`
}

func organizationOf(o tenants.Organization) Organization {
	r := Organization{
		ID: o.ID, Slug: o.Slug.String(), Name: o.Name, TID: o.TID, State: o.State, Origins: list(o.Origins),
		Membership: MembershipPolicy{int(o.Membership.Soft.Seconds()), int(o.Membership.Hard.Seconds())}, DeletedAt: instant(o.DeletedAt),
		SuspendedBy: o.SuspendedBy, SignIn: signInOf(o), Log: logOf(o), AccessPackageURL: o.AccessPackageURL,
	}
	return r
}

func claimedOf(n Claimed) ClaimedOrganization {
	r := ClaimedOrganization{Organization: organizationOf(n.Organization), Role: tenants.Owner}
	if n.Joined != nil {
		r.Joined, r.Role, r.RoleEndsAt = true, n.Joined.Role, instant(n.Joined.EndsAt)
	}
	return r
}

type claimInput struct {
	Asked
	Once
	Body Claim
}

type settingsInput struct {
	InOrganization
	Match
	Body OrganizationSettings
}

type stateInput struct {
	InOrganization
	Match
}

func (c *Console) organizationRoutes(api huma.API) {
	const tag = "organizations"
	signedIn(c, api, route{
		ID: "createOrganization", Method: http.MethodPost, Path: "/api/organizations", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Register the directory you have signed in to",
		Description: "Which directory is registered says your session, never the body. You need a directory role there that could consent for everybody. " +
			"A directory that is registered already is joined: you become an admin of its organization, if you hold the directory role at this moment. " +
			"A role that you have there stays as it is, and one that has ended or was taken from you is an owner's to grant again: the answer is 403. Send the slug that it has: another is refused, and the answer names it. The state pending means that an operator of the platform has to admit the organization first.",
	}, c.createOrganization)
	signedIn(c, api, route{
		ID: "recoverOwnership", Method: http.MethodPost, Path: "/api/ownership", Tag: tag, Errors: []int{404, 409}, Summary: "Take the ownership of your directory's organization",
		Description: "For a Global Administrator of the directory, when the owners are gone. Its owners and admins get a notice of it, which you cannot dismiss, and it stands in the log.",
	}, c.recoverOwnership)
	inside(c, api, tenants.Viewer, route{ID: "getOrganization", Method: http.MethodGet, Tag: tag, Summary: "Read the organization", When: evenDeleted}, c.getOrganization)
	inside(c, api, tenants.Admin, route{
		ID: "updateOrganization", Method: http.MethodPut, Tag: tag, Errors: matchErrors, Summary: "Change its name, origins, membership policy, where access is asked for, how people sign in and how long the log is kept",
		Description: "signIn is one choice of two. " + byGatehouseTitle + " (brokered): " + fmt.Sprintf(seesGatehouse, registrationOf(tenants.Connection{})) + " " + byEntraTitle + " (facade and direct): " + seesClients +
			" Access tokens that were issued before a switch are good until they expire, unless cutOff says otherwise.",
	}, c.updateOrganization)
	for _, m := range []struct {
		id, method, path, summary, what string
		edit                            func(*tenants.Organization) error
		when                            existence
	}{
		{"suspendOrganization", http.MethodPost, "/suspend", "Answer every caller of its endpoints with 403", "organization suspended", suspend, untilDeleted},
		{"resumeOrganization", http.MethodPost, "/resume", "End a suspension", "organization resumed", resume, untilDeleted},
		{"deleteOrganization", http.MethodDelete, "", "Delete it; for thirty days it can be restored", "organization deleted", c.remove, untilDeleted},
		{"restoreOrganization", http.MethodPost, "/restore", "Take back a deletion; an organization that served is suspended then, any other is what it was", "organization restored", c.restore, evenDeleted},
	} {
		inside(c, api, tenants.Owner, route{ID: m.id, Method: m.method, Path: m.path, Tag: tag, Summary: m.summary, Errors: matchErrors, When: m.when}, c.setState(m.what, m.edit))
	}
}

// matchErrors are what an operation with If-Match answers besides.
var matchErrors = []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired}

func (c *Console) createOrganization(ctx context.Context, by Actor, in *claimInput) (*Created[ClaimedOrganization], error) {
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (ClaimedOrganization, string, error) {
		n, err := c.Onboarding.Claim(ctx, *by.Person, in.Body)
		return claimedOf(n), "/api/organizations/" + n.Organization.Slug.String(), err
	})
}

func (c *Console) recoverOwnership(ctx context.Context, by Actor, _ *Asked) (*One[Organization], error) {
	o, err := c.Onboarding.Recover(ctx, *by.Person)
	return show(organizationOf(o)), err
}

func (c *Console) updateOrganization(ctx context.Context, by Actor, in *settingsInput) (*One[Organization], error) {
	if err := in.Body.SignIn.check(); err != nil {
		return nil, err
	}
	o, err := c.editOrganization(ctx, by, in.Match, "organization settings changed", func(o *tenants.Organization) error {
		o.Name, o.Origins = in.Body.Name, in.Body.Origins
		o.Membership.Soft = time.Duration(in.Body.Membership.SoftSeconds) * time.Second
		o.Membership.Hard = time.Duration(in.Body.Membership.HardSeconds) * time.Second
		if link := in.Body.AccessPackageURL; link != nil {
			o.AccessPackageURL = *link
		}
		if in.Body.Log != nil {
			o.KeepLog(in.Body.Log.RetentionMonths, c.Now())
			if days := in.Body.Log.BodyDays; days != nil {
				o.KeepBodies(*days, c.Now())
			}
		}
		if in.Body.SignIn != nil {
			in.Body.SignIn.change(o, c.Now())
		}
		return nil
	})
	return show(organizationOf(o)), err
}

func (c *Console) setState(what string, edit func(*tenants.Organization) error) func(context.Context, Actor, *stateInput) (*One[Organization], error) {
	return func(ctx context.Context, by Actor, in *stateInput) (*One[Organization], error) {
		o, err := c.editOrganization(ctx, by, in.Match, what, edit)
		return show(organizationOf(o)), err
	}
}

func suspend(o *tenants.Organization) error { return o.Suspend(tenants.ByOwner) }

func resume(o *tenants.Organization) error { return o.Resume(tenants.ByOwner) }

func (c *Console) remove(o *tenants.Organization) error { return o.Delete(c.Now()) }

func (c *Console) restore(o *tenants.Organization) error { return o.Restore(c.Now()) }

// editOrganization edits the organization if it still is what the client read.
func (c *Console) editOrganization(ctx context.Context, by Actor, m Match, what string, edit func(*tenants.Organization) error) (tenants.Organization, error) {
	if err := m.given(); err != nil {
		return tenants.Organization{}, err
	}
	return c.Store.EditOrganization(ctx, by.Caller, what, func(o *tenants.Organization) error {
		if err := m.check(organizationOf(*o)); err != nil {
			return err
		}
		return edit(o)
	})
}

// list is a slice that is encoded as [] when there is nothing in it.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// instant is a time as JSON has it: absent when there is none.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
