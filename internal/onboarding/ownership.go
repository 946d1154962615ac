package onboarding

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Ownership is whether somebody administers the directory they signed in to, and
// what is missing if not.
type Ownership struct {
	Proven      bool
	By          entra.DirectoryRole   // the role that proves it
	Held        []string              // names of active roles that do not suffice
	Eligible    []entra.DirectoryRole // roles that would, once activated
	Explanation string
	Remedy      string
	Link        string // where Remedy is done
}

// Fault is nil if ownership is proven, and otherwise Forbidden with what helps.
func (o Ownership) Fault() error {
	if o.Proven {
		return nil
	}
	return fault.New(fault.Forbidden, o.Explanation+" "+o.Remedy)
}

// Prove finds out whether an applicant administers their directory. Active roles
// come from the ID token, or from Microsoft Graph where the token tells none;
// roles that could be activated are looked for only to say so. Guests and
// personal accounts are refused with a fault. A Graph that does not answer is one
// too; one that may not tell leaves ownership unproven, with the reason.
func Prove(ctx context.Context, a Applicant, cloud tenants.Cloud) (Ownership, error) {
	if a.Session.RolesTold {
		return a.ownership(ctx, a.Session.Roles, cloud)
	}
	return a.proveByGraph(ctx, cloud)
}

// freshSignIn is how long what an ID token says of roles counts as being so now.
const freshSignIn = 5 * time.Minute

// ProveNow does what Prove does, with roles of this moment: an ID token may be
// hours old, so that one of more than five minutes counts for nothing.
func ProveNow(ctx context.Context, a Applicant, cloud tenants.Cloud, now time.Time) (Ownership, error) {
	if a.Session.RolesTold && now.Sub(a.Session.SignedIn) < freshSignIn {
		return a.ownership(ctx, a.Session.Roles, cloud)
	}
	return a.proveByGraph(ctx, cloud)
}

func (a Applicant) proveByGraph(ctx context.Context, cloud tenants.Cloud) (Ownership, error) {
	if err := a.Session.Acceptable(); err != nil {
		return Ownership{}, err
	}
	told, why, err := a.rolesFromGraph(ctx)
	if err != nil {
		return Ownership{}, err
	}
	if why != "" {
		return Ownership{
			Explanation: why, Remedy: "Sign in again and let Gatehouse read your directory roles (RoleManagement.Read.Directory).",
			Link: "/auth/sign-in?scopes=roles",
		}, nil
	}
	return a.ownership(ctx, told, cloud)
}

// ownership judges the roles that an applicant holds.
func (a Applicant) ownership(ctx context.Context, roles []tenants.GUID, cloud tenants.Cloud) (Ownership, error) {
	if err := a.Session.Acceptable(); err != nil {
		return Ownership{}, err
	}
	if enough := entra.Administers(roles); len(enough) > 0 {
		return Ownership{Proven: true, By: enough[0], Explanation: "You are " + enough[0].Name + " of this directory."}, nil
	}
	return a.unproven(ctx, roles, cloud), nil
}

// rolesFromGraph returns active roles, or why they cannot be told.
func (a Applicant) rolesFromGraph(ctx context.Context) ([]tenants.GUID, string, error) {
	const hidden = "Your sign-in does not tell which directory roles you hold now, and Gatehouse may not ask Microsoft Graph for them."
	if a.Graph == nil {
		return nil, hidden, nil
	}
	held, err := a.Graph.MyDirectoryRoles(ctx, a.holder())
	switch {
	case err == nil:
	case fault.KindOf(err) == fault.Forbidden:
		return nil, hidden, nil
	default:
		return nil, "", fmt.Errorf("read directory roles: %w", err)
	}
	roles := make([]tenants.GUID, 0, len(held))
	for _, r := range held {
		roles = append(roles, r.Template)
	}
	return roles, "", nil
}

// unproven names what somebody has, and what they could have.
func (a Applicant) unproven(ctx context.Context, roles []tenants.GUID, cloud tenants.Cloud) Ownership {
	o := Ownership{Held: insufficient(roles)}
	told := true
	if a.Graph != nil {
		eligible, err := a.Graph.EligibleRoles(ctx, a.eligible(), a.Session.OID)
		o.Eligible, told = entra.Administers(eligible), err == nil // what may not be read only costs the hint
	}
	if len(o.Eligible) > 0 {
		o.Explanation = fmt.Sprintf("You are eligible for %s, but it is not active.", strings.Join(names(o.Eligible), " and "))
		o.Remedy = "Activate it in Privileged Identity Management (My roles > Microsoft Entra roles > Eligible assignments > Activate), then sign in again."
		o.Link = cloud.AdminCenter() + "/#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/aadmigratedroles"
		return o
	}
	o.Explanation = "You hold no directory role that administers apps."
	if len(o.Held) > 0 {
		o.Explanation = fmt.Sprintf("Your active directory roles (%s) do not suffice.", strings.Join(o.Held, ", "))
	}
	o.Remedy = fmt.Sprintf("It takes one of: %s. Send the link to a colleague who holds one.", strings.Join(names(entra.Administrators()), ", "))
	if !told {
		o.Remedy += " If you could activate one, sign in again at /auth/sign-in?scopes=roles to be told which."
	}
	return o
}

// Referral is what somebody without the role can send to a colleague with it.
type Referral struct{ Link, Text string }

// Refer writes to a colleague. The link names the directory to sign in to and
// gives no right to anything.
func Refer(base string, s Session, organization string) Referral {
	link := strings.TrimSuffix(base, "/") + "/auth/sign-in?tenant=" + s.TID.String() + "&return=/o"
	return Referral{Link: link, Text: fmt.Sprintf(
		"%s would like to connect %s to Gatehouse, which lets AI clients use tools under the rules of our Entra groups. It takes an administrator (%s). "+
			"Signing in here proves it; before anything is granted, the page lists what is asked for and why: %s",
		s.Name, organization, strings.Join(names(entra.Administrators()), ", "), link)}
}
