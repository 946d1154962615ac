package onboarding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Admission says who gets in once ownership is proven.
type Admission string

// The admissions. The zero value is none.
const (
	Open         Admission = "open"
	ByInvitation Admission = "invitation"
	ByApproval   Admission = "approval"
)

// NewOrganization is an organization with its first owner, and what let it in.
type NewOrganization struct {
	Organization tenants.Organization
	Owner        tenants.RoleGrant
	Grounds      tenants.Grounds
}

// Store keeps organizations. Each write is one transaction with its record in the
// organization's log. What is not there is NotFound; a taken slug, tenant or
// client id is Conflict.
type Store interface {
	OrgByTID(ctx context.Context, tid tenants.TID) (tenants.ID, error)
	Organization(ctx context.Context, org tenants.ID) (tenants.Organization, error)
	ClaimOrganization(ctx context.Context, by authz.Caller, n NewOrganization) error
	EditOrganization(ctx context.Context, by authz.Caller, what string, edit func(*tenants.Organization) error) (tenants.Organization, error)
	// TellRoleGrants edits who may do what, and leaves a notice of this kind to the
	// organization's owners and admins if that changes something.
	TellRoleGrants(ctx context.Context, by authz.Caller, told tenants.NoticeKind, what string, edit func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) error
	// JoinOrganization gives a role to somebody who never had one, and returns
	// what its grantee holds now: whoever holds grants, ended ones included, keeps
	// exactly those. A role that is given leaves the owners and admins a notice that somebody
	// has joined. From whom the role was taken away the fault is Forbidden.
	JoinOrganization(ctx context.Context, by authz.Caller, what string, g tenants.RoleGrant) ([]tenants.RoleGrant, error)
}

// Operator is what whoever runs the platform has decided.
type Operator interface {
	// ApprovedSlugs are slugs that a directory may have besides those of its
	// domains.
	ApprovedSlugs(ctx context.Context, tid tenants.TID) ([]tenants.SlugApproval, error)
	// TakeInvitation binds an invitation to a directory. The same directory may
	// take it again, so that a claim which failed afterwards can be repeated; one
	// that is unknown, over, or bound to another directory is NotFound.
	TakeInvitation(ctx context.Context, tid tenants.TID, code string) (tenants.Invitation, error)
}

// Registrar lets organizations in and changes their state. Every field is
// required. It may be used concurrently.
type Registrar struct {
	Store     Store
	Operator  Operator
	Admission Admission
	Cloud     tenants.Cloud                     // of directories that sign in to the console
	Actor     func(authz.Identity) authz.Caller // makes the caller that writes are recorded for
	Now       func() time.Time
}

// ClaimRequest is what an applicant types. The directory is not among it.
type ClaimRequest struct {
	Slug       tenants.Slug
	Name       string // empty: what the directory calls itself
	Invitation string
}

// Claimed is what came of a claim.
type Claimed struct {
	Organization tenants.Organization
	Joined       *tenants.RoleGrant // the applicant's role in it, where a colleague had claimed it; nil: they own it
}

// Claim makes the directory that the applicant signed in to an organization, with
// the applicant as its owner; one whose directory is an organization already is
// joined as an admin, of which its owners and admins get a notice. Whoever owns
// it already has claimed it once more, which changes nothing. What let a new one
// in, and which operator had decided so, is in the record of the claim. It is
// Forbidden without proof of ownership, for guests and personal accounts, for a
// slug that is not the directory's and without the invitation that admission asks
// for; a taken slug is Conflict. Joining takes a proof of this moment and the slug
// that the organization has, leaves a role that the applicant has as it is, and is
// Forbidden once that role has ended.
func (r *Registrar) Claim(ctx context.Context, a Applicant, req ClaimRequest) (Claimed, error) {
	joined, found, err := r.join(ctx, a, req.Slug)
	if found || err != nil {
		return joined, err
	}
	if err := proven(Prove(ctx, a, r.Cloud)); err != nil {
		return Claimed{}, err
	}
	n, err := r.organization(ctx, a, req)
	if err != nil {
		return Claimed{}, err
	}
	n.Owner = tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: a.Session.OID}, Name: a.Session.Name}
	err = r.Store.ClaimOrganization(ctx, r.actor(a, n.Organization.ID), n)
	if err != nil && fault.KindOf(err) == fault.Conflict {
		if joined, found, also := r.join(ctx, a, req.Slug); found || also != nil { // a colleague was faster
			return joined, also
		}
	}
	if err != nil {
		return Claimed{}, fmt.Errorf("claim organization: %w", err)
	}
	return Claimed{Organization: n.Organization}, nil
}

func (r *Registrar) actor(a Applicant, org tenants.ID) authz.Caller {
	return r.Actor(authz.Identity{Org: org, TID: a.Session.TID, OID: a.Session.OID, Kind: authz.User, Delegated: true, Name: a.Session.Name})
}

// organization is a new one, after everything that could speak against it.
func (r *Registrar) organization(ctx context.Context, a Applicant, req ClaimRequest) (NewOrganization, error) {
	none := NewOrganization{}
	if a.Graph == nil {
		return none, fault.New(fault.Forbidden, "Gatehouse has to read the verified domains of your directory; sign in again and allow User.Read")
	}
	directory, err := a.Graph.Organization(ctx, a.As)
	if err != nil {
		return none, fmt.Errorf("read verified domains: %w", err)
	}
	if directory.ID != a.Session.TID {
		return none, fault.New(fault.Forbidden, "Microsoft Graph answered for another directory than the one you signed in to; sign in again")
	}
	if directory.TenantType != "" && directory.TenantType != "AAD" {
		return none, fault.Newf(fault.Forbidden, "the directory is of type %s, for customers; connect the directory of your employees", directory.TenantType)
	}
	approved, err := r.Operator.ApprovedSlugs(ctx, a.Session.TID)
	if err != nil {
		return none, fmt.Errorf("read approved slugs: %w", err)
	}
	grounds := tenants.Grounds{Admission: string(r.Admission)}
	if grounds.Slug, err = CheckSlug(req.Slug, directory.Domains, approved); err != nil {
		return none, err
	}
	var state tenants.State
	if state, grounds.Invitation, err = r.admission(ctx, a.Session.TID, req.Invitation); err != nil {
		return none, err
	}
	name := strings.TrimSpace(req.Name)
	if name == "" {
		name = directory.DisplayName
	}
	o := tenants.Organization{
		ID: tenants.NewID(), Slug: req.Slug, Name: name, TID: a.Session.TID, State: state, Mode: tenants.Brokered, UnknownClients: tenants.Refuse,
		Connection: tenants.Connection{ID: tenants.NewGUID(), Cloud: r.Cloud},
		Membership: tenants.MembershipPolicy{Soft: 5 * time.Minute, Hard: time.Hour},
	}
	return NewOrganization{Organization: o, Grounds: grounds}, o.Validate()
}

// admission is the state a new organization begins in, with the invitation that
// it took. The invitation is the last thing that is looked at: a claim that is
// refused does not use it up.
func (r *Registrar) admission(ctx context.Context, tid tenants.TID, invitation string) (tenants.State, tenants.Invitation, error) {
	none := tenants.Invitation{}
	switch r.Admission {
	case Open:
		return tenants.Onboarding, none, nil
	case ByApproval:
		return tenants.Pending, none, nil
	case ByInvitation:
		taken, err := r.Operator.TakeInvitation(ctx, tid, invitation)
		if err != nil && fault.KindOf(err) == fault.NotFound {
			return "", none, fault.New(fault.Forbidden, "an invitation is needed, and this one is unknown, used or over; ask whoever runs Gatehouse for another")
		}
		return tenants.Onboarding, taken, err
	default:
		return "", none, fault.Newf(fault.Internal, "admission %q is not known", r.Admission)
	}
}

// join makes the applicant an admin of the organization their directory already
// is, if it is one.
func (r *Registrar) join(ctx context.Context, a Applicant, slug tenants.Slug) (Claimed, bool, error) {
	if err := a.Session.Acceptable(); err != nil {
		return Claimed{}, false, err
	}
	there, found, err := r.present(ctx, a.Session.TID)
	if !found || err != nil {
		return Claimed{}, found, err
	}
	ownership, err := ProveNow(ctx, a, r.Cloud, r.Now())
	if err = proven(ownership, err); err != nil {
		return Claimed{}, true, err
	}
	if there.State == tenants.Deleted {
		return Claimed{}, true, fault.New(fault.Conflict, "your directory's organization was deleted; an owner can restore it within thirty days")
	}
	if there.Slug != slug {
		return Claimed{}, true, fault.Newf(fault.Conflict, "your directory is registered already, as %s; send the slug %[1]s to become an admin of that organization", there.Slug)
	}
	me := tenants.Grantee{Kind: tenants.PersonGrantee, ID: a.Session.OID}
	held, err := r.Store.JoinOrganization(ctx, r.actor(a, there.ID), fmt.Sprintf("joined as admin by proof of ownership (%s)", ownership.By.Name),
		tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Admin, Grantee: me, Name: a.Session.Name})
	if err != nil {
		return Claimed{}, true, err
	}
	kept, err := r.lasting(held)
	if err == nil && kept.Role == tenants.Owner && kept.EndsAt.IsZero() {
		return Claimed{there, nil}, true, nil
	}
	return Claimed{there, kept}, true, err
}

// present returns the organization of a directory, if there is one.
func (r *Registrar) present(ctx context.Context, tid tenants.TID) (tenants.Organization, bool, error) {
	org, err := r.Store.OrgByTID(ctx, tid)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return tenants.Organization{}, false, nil
	}
	if err != nil {
		return tenants.Organization{}, false, fmt.Errorf("find organization: %w", err)
	}
	there, err := r.Store.Organization(ctx, org)
	if err != nil {
		return tenants.Organization{}, true, fmt.Errorf("read organization: %w", err)
	}
	if there.TID != tid {
		return tenants.Organization{}, true, fault.New(fault.Internal, "organization found by its tenant has another one")
	}
	return there, true, nil
}

// lasting returns the highest of a person's grants that is not over.
func (r *Registrar) lasting(held []tenants.RoleGrant) (*tenants.RoleGrant, error) {
	var best *tenants.RoleGrant
	for _, g := range held {
		if !g.Ended(r.Now()) && (best == nil || g.Role.Includes(best.Role)) {
			best = &g
		}
	}
	if best == nil {
		return nil, fault.New(fault.Forbidden, "your role in the organization has ended, as an owner has decided; ask them to grant it again")
	}
	return best, nil
}

// proven is the fault of an ownership that is not proven, or could not be.
func proven(o Ownership, err error) error {
	if err != nil {
		return err
	}
	return o.Fault()
}

// granted adds a role to those that a person has, unless one of them includes it.
func (r *Registrar) granted(grants []tenants.RoleGrant, a Applicant, role tenants.Role) []tenants.RoleGrant {
	me := tenants.Grantee{Kind: tenants.PersonGrantee, ID: a.Session.OID}
	if slices.ContainsFunc(grants, func(g tenants.RoleGrant) bool { return g.Grantee == me && g.EndsAt.IsZero() && g.Role.Includes(role) }) {
		return grants
	}
	kept := slices.DeleteFunc(slices.Clone(grants), func(g tenants.RoleGrant) bool { return g.Grantee == me && role.Includes(g.Role) })
	return append(kept, tenants.RoleGrant{ID: tenants.NewGUID(), Role: role, Grantee: me, Name: a.Session.Name})
}
