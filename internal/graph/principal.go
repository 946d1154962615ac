package graph

import (
	"context"
	"net/url"

	"gatehouse/internal/tenants"
)

// MicrosoftGraph is Microsoft Graph's client id in every directory.
var MicrosoftGraph = tenants.MustGUID("00000003-0000-0000-c000-000000000000")

// ServicePrincipal is an app as one directory knows it.
type ServicePrincipal struct {
	Object             tenants.GUID `json:"id"`
	AppID              tenants.GUID `json:"appId"`
	DisplayName        string       `json:"displayName"`
	Enabled            bool         `json:"accountEnabled"`
	AssignmentRequired bool         `json:"appRoleAssignmentRequired"`
	Home               tenants.TID  `json:"appOwnerOrganizationId"`
	SignInAudience     string       `json:"signInAudience"`
	Names              []string     `json:"servicePrincipalNames"`
	ReplyURLs          []string     `json:"replyUrls"` // of every platform
	Scopes             []Scope      `json:"oauth2PermissionScopes"`
	AppRoles           []AppRole    `json:"appRoles"`
	VerifiedBy         Publisher    `json:"verifiedPublisher"`
}

// PermissionGrant is a consent to delegated permissions (Microsoft Graph,
// "oAuth2PermissionGrant").
type PermissionGrant struct {
	ID          string       `json:"id"`
	Client      tenants.GUID `json:"clientId"`   // object id of a service principal
	Resource    tenants.GUID `json:"resourceId"` // object id of a service principal
	ConsentType string       `json:"consentType"`
	Scope       string       `json:"scope"` // names with spaces between
}

// ForEverybody is the ConsentType of an administrator's consent.
const ForEverybody = "AllPrincipals"

// RoleAssignment gives an app role to a person, a group or an app.
type RoleAssignment struct {
	ID            string       `json:"id"`
	Role          tenants.GUID `json:"appRoleId"` // zero: assigned without a role
	Principal     tenants.GUID `json:"principalId"`
	PrincipalType string       `json:"principalType"`
	Resource      tenants.GUID `json:"resourceId"`
}

// ServicePrincipal returns an app by its client id, as the signed-in person's
// directory knows it. One that was never consented to or added is NotFound.
// Least privilege: Application.Read.All.
func (c *Client) ServicePrincipal(ctx context.Context, as Asking, client tenants.GUID) (ServicePrincipal, error) {
	var found ServicePrincipal
	q := question{path: "servicePrincipals(appId='" + client.String() + "')", query: url.Values{"$select": {
		"id,appId,displayName,accountEnabled,appRoleAssignmentRequired,appOwnerOrganizationId,signInAudience,servicePrincipalNames," +
			"oauth2PermissionScopes,appRoles,verifiedPublisher,replyUrls",
	}}}
	err := c.ask(ctx, as, q, &found)
	return found, err
}

// PermissionGrants returns the delegated permissions that a service principal, by
// object id, has been granted. Least privilege: Directory.Read.All, or
// Application.Read.All where Graph accepts it.
func (c *Client) PermissionGrants(ctx context.Context, as Asking, principal tenants.GUID) ([]PermissionGrant, error) {
	return whole[PermissionGrant](ctx, c, as, question{path: "servicePrincipals/" + principal.String() + "/oauth2PermissionGrants"})
}

// RolesGranted returns the app roles of other apps that a service principal, by
// object id, holds: its application permissions. Least privilege:
// Application.Read.All.
func (c *Client) RolesGranted(ctx context.Context, as Asking, principal tenants.GUID) ([]RoleAssignment, error) {
	return whole[RoleAssignment](ctx, c, as, question{path: "servicePrincipals/" + principal.String() + "/appRoleAssignments"})
}

// AssignedTo returns who is assigned to a service principal, by object id. Least
// privilege: Application.Read.All.
func (c *Client) AssignedTo(ctx context.Context, as Asking, principal tenants.GUID) ([]RoleAssignment, error) {
	return whole[RoleAssignment](ctx, c, as, question{path: "servicePrincipals/" + principal.String() + "/appRoleAssignedTo"})
}
