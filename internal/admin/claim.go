package admin

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// ClaimStore keeps organizations. Each write is one transaction with its record
// in the organization's log.
type ClaimStore interface {
	OrgByTID(ctx context.Context, tid tenants.TID) (tenants.ID, error)
	Organization(ctx context.Context, org tenants.ID) (tenants.Organization, error)
	ClaimOrganization(ctx context.Context, by authz.Caller, n tenants.NewOrganization) error
	EditOrganization(ctx context.Context, by authz.Caller, what string, edit func(*tenants.Organization) error) (tenants.Organization, error)
	TellRoleGrants(ctx context.Context, by authz.Caller, told tenants.NoticeKind, what string, edit func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) error
	JoinOrganization(ctx context.Context, by authz.Caller, what string, g tenants.RoleGrant) ([]tenants.RoleGrant, error)
}

// claims satisfies onboarding.Store.
type claims struct {
	ClaimStore
	keys *secrets.Box
}

// ClaimOrganization adds an organization with its owner and a key of its own.
func (s claims) ClaimOrganization(ctx context.Context, by authz.Caller, n onboarding.NewOrganization) error {
	wrapped, err := s.keys.NewOrganizationKey(ctx, n.Organization.ID)
	if err != nil {
		return err
	}
	return s.ClaimStore.ClaimOrganization(ctx, by, tenants.NewOrganization{Organization: n.Organization, WrappedKey: wrapped, Owner: n.Owner, Grounds: n.Grounds})
}

// sessionOf is a person as onboarding knows them.
func sessionOf(p console.Person) onboarding.Session {
	return onboarding.Session{TID: p.TID, OID: p.OID, Name: p.Name, Username: p.Username, Guest: p.Guest, Roles: p.WIDs, RolesTold: p.RolesTold, SignedIn: p.SignedInAt}
}

// applicant is a person with three ways to ask Graph, none of which is asked for
// before its first question: nobody is sent to consent to what is not needed.
func (ob *Onboarding) applicant(p console.Person) onboarding.Applicant {
	return onboarding.Applicant{
		Session: sessionOf(p), Graph: ob.Graph[ob.Cloud], As: ob.asPerson(p, readSelf), AsHolder: ob.asPerson(p, readSelf, readRoles), AsEligible: ob.asPerson(p, readEligibility),
	}
}

// Claim makes the person's directory an organization, or the person an admin of
// the one it is.
func (ob *Onboarding) Claim(ctx context.Context, p console.Person, n console.Claim) (console.Claimed, error) {
	slug, err := tenants.ParseSlug(n.Slug)
	if err != nil {
		return console.Claimed{}, err
	}
	got, err := ob.registrar.Claim(ctx, ob.applicant(p), onboarding.ClaimRequest{Slug: slug, Name: n.Name, Invitation: n.Invitation})
	return console.Claimed{Organization: got.Organization, Joined: got.Joined}, err
}

// Recover makes a current Global Administrator an owner.
func (ob *Onboarding) Recover(ctx context.Context, p console.Person) (tenants.Organization, error) {
	org, err := ob.Store.OrgByTID(ctx, p.TID)
	if err != nil {
		return tenants.Organization{}, err
	}
	if err := ob.registrar.Recover(ctx, ob.applicant(p), org); err != nil {
		return tenants.Organization{}, err
	}
	return ob.Store.Organization(ctx, org)
}
