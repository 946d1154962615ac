package graph

import (
	"context"
	"net/url"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// DirectoryRole is a role that somebody holds in their directory.
type DirectoryRole struct {
	Template    tenants.GUID `json:"roleTemplateId"` // the same in every directory
	DisplayName string       `json:"displayName"`
}

// MyDirectoryRoles returns the directory roles that the signed-in person holds
// now, directly or through groups; one that they could activate is not among
// them. Graph shows a token without RoleManagement.Read.Directory or
// Directory.Read.All that there are roles but not which: that is Forbidden, not
// an empty answer.
func (c *Client) MyDirectoryRoles(ctx context.Context, as Asking) ([]DirectoryRole, error) {
	roles, err := whole[DirectoryRole](ctx, c, as, question{
		path: "me/transitiveMemberOf/microsoft.graph.directoryRole", eventual: true,
		query: url.Values{"$select": {"id,displayName,roleTemplateId"}, "$count": {"true"}},
	})
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		if r.Template.IsZero() {
			return nil, fault.New(fault.Forbidden, "Microsoft Graph hides which directory roles these are; consent to RoleManagement.Read.Directory")
		}
	}
	return roles, nil
}

// EligibleRoles returns the template ids of the directory roles that a person
// could activate in Privileged Identity Management. Least privilege:
// RoleEligibilitySchedule.Read.Directory.
func (c *Client) EligibleRoles(ctx context.Context, as Asking, person tenants.GUID) ([]tenants.GUID, error) {
	found, err := whole[struct {
		Role tenants.GUID `json:"roleDefinitionId"`
	}](ctx, c, as, question{
		path:  "roleManagement/directory/roleEligibilityScheduleInstances",
		query: url.Values{"$filter": {"principalId eq '" + person.String() + "'"}, "$select": {"roleDefinitionId"}},
	})
	if err != nil {
		return nil, err
	}
	roles := make([]tenants.GUID, 0, len(found))
	for _, f := range found {
		roles = append(roles, f.Role)
	}
	return roles, nil
}
