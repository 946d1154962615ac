package onboarding

import (
	"context"
	"fmt"
	"slices"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// Recover makes a current Global Administrator of an organization's directory an
// owner of it. The role is asked of Microsoft Graph at this moment: an ID token
// may be hours old, and a role that could be activated is none. It is in the
// organization's log, and its owners and admins get a notice of it, which the new
// owner cannot dismiss. Of another directory the organization is NotFound.
func (r *Registrar) Recover(ctx context.Context, a Applicant, org tenants.ID) error {
	if err := a.Session.Acceptable(); err != nil {
		return err
	}
	there, err := r.Store.Organization(ctx, org)
	if err != nil {
		return fmt.Errorf("read organization: %w", err)
	}
	if there.TID != a.Session.TID || there.State == tenants.Deleted && !there.Restorable(r.Now()) {
		return fault.New(fault.NotFound, "no organization of your directory has this name")
	}
	if a.Graph == nil {
		return fault.New(fault.Forbidden, "Gatehouse has to ask Microsoft Graph for your role now; sign in again and allow RoleManagement.Read.Directory")
	}
	held, err := a.Graph.MyDirectoryRoles(ctx, a.holder())
	if err != nil {
		return fmt.Errorf("read directory roles: %w", err)
	}
	if !slices.ContainsFunc(held, func(h graph.DirectoryRole) bool { return h.Template == entra.GlobalAdministrator.Template }) {
		return fault.New(fault.Forbidden, "ownership can be recovered by a Global Administrator of the directory only, and the role has to be active; activate it in Privileged Identity Management if you are eligible")
	}
	return r.Store.TellRoleGrants(ctx, r.actor(a, org), tenants.OwnershipRecovered, "ownership recovered by a Global Administrator", func(grants []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
		return r.granted(grants, a, tenants.Owner), nil
	})
}
