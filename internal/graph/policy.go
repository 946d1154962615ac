package graph

import (
	"context"
	"slices"
	"strings"
)

// AuthorizationPolicy is what a directory lets its people do by default
// (Microsoft Graph, "authorizationPolicy").
type AuthorizationPolicy struct {
	DefaultUser struct {
		GrantPolicies []string `json:"permissionGrantPoliciesAssigned"`
	} `json:"defaultUserRolePermissions"`
}

// UserConsent reports whether people may consent to an app for themselves at all
// (Microsoft, "Configure how users consent to applications").
func (p AuthorizationPolicy) UserConsent() bool {
	return slices.ContainsFunc(p.DefaultUser.GrantPolicies, func(s string) bool {
		return strings.HasPrefix(strings.ToLower(s), "managepermissiongrantsforself.")
	})
}

// AuthorizationPolicy returns the directory's policy. Least privilege:
// Policy.Read.All.
func (c *Client) AuthorizationPolicy(ctx context.Context, as Asking) (AuthorizationPolicy, error) {
	var p AuthorizationPolicy
	err := c.ask(ctx, as, question{path: "policies/authorizationPolicy"}, &p)
	return p, err
}
