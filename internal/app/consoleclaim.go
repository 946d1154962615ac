package app

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/config"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// onboardingStore satisfies onboarding.Store.
type onboardingStore struct {
	*store.DB
	box *secrets.Box
}

// ClaimOrganization adds an organization with its owner and a key of its own.
func (s onboardingStore) ClaimOrganization(ctx context.Context, by authz.Caller, n onboarding.NewOrganization) error {
	wrapped, err := s.box.NewOrganizationKey(ctx, n.Organization.ID)
	if err != nil {
		return err
	}
	return s.DB.ClaimOrganization(ctx, by, store.NewOrganization{Organization: n.Organization, WrappedKey: wrapped, Owner: n.Owner})
}

func admissionOf(a config.Admission) (onboarding.Admission, error) {
	switch a {
	case config.AdmitOpen:
		return onboarding.Open, nil
	case config.AdmitInvitation:
		return onboarding.ByInvitation, nil
	case config.AdmitApproval:
		return onboarding.ByApproval, nil
	default:
		return "", fault.Newf(fault.Invalid, "GATEHOUSE_ADMISSION is %q; use open, invitation or approval", a)
	}
}

// sessionOf is a person as onboarding knows them.
func sessionOf(p console.Person) onboarding.Session {
	return onboarding.Session{TID: p.TID, OID: p.OID, Name: p.Name, Username: p.Username, Guest: p.Guest, Roles: p.WIDs, RolesTold: p.RolesTold}
}

// asPerson asks Microsoft Graph as a person, with one token for all questions
// that is not asked for before the first.
func (c *consoleOnboarding) asPerson(p console.Person, scopes ...string) graph.Asking {
	var token string
	return graph.Asking{Priority: graph.High, Token: func(ctx context.Context) (string, error) {
		if token != "" {
			return token, nil
		}
		var err error
		token, err = c.people.graphToken(ctx, p, scopes...)
		return token, err
	}}
}

// Permissions of Microsoft Graph that claiming and recovering need.
const (
	readsDirectory   = "User.Read"                              // the directory's name and domains
	readsRoles       = "RoleManagement.Read.Directory"          // the person's active directory roles
	readsEligibility = "RoleEligibilitySchedule.Read.Directory" // those they could activate
)

func (c *consoleOnboarding) applicant(p console.Person, scopes ...string) onboarding.Applicant {
	return onboarding.Applicant{
		Session: sessionOf(p), Graph: c.graph[c.registrar.Cloud], As: c.asPerson(p, scopes...), AsEligible: c.asPerson(p, readsEligibility),
	}
}

// Claim makes the person's directory an organization, or the person an admin of
// the one it is. Roles are asked of Graph only if the sign-in did not tell them:
// nobody is sent to consent to what is not needed.
func (c *consoleOnboarding) Claim(ctx context.Context, p console.Person, n console.Claim) (console.Claimed, error) {
	slug, err := tenants.ParseSlug(n.Slug)
	if err != nil {
		return console.Claimed{}, err
	}
	scopes := []string{readsDirectory}
	if !p.RolesTold {
		scopes = append(scopes, readsRoles)
	}
	got, err := c.registrar.Claim(ctx, c.applicant(p, scopes...), onboarding.ClaimRequest{Slug: slug, Name: n.Name, Invitation: n.Invitation})
	return console.Claimed{Organization: got.Organization, Joined: got.Joined}, err
}

// Recover makes a current Global Administrator an owner.
func (c *consoleOnboarding) Recover(ctx context.Context, p console.Person) (tenants.Organization, error) {
	org, err := c.store.OrgByTID(ctx, p.TID)
	if err != nil {
		return tenants.Organization{}, err
	}
	if err := c.registrar.Recover(ctx, c.applicant(p, readsDirectory, readsRoles), org); err != nil {
		return tenants.Organization{}, err
	}
	return c.store.Organization(ctx, org)
}
