package access

import "gatehouse/internal/tenants"

// Whole is all that an organization decides about itself: what it is, who may do
// what with its tools, and who administers it.
type Whole struct {
	Organization tenants.Organization
	Access       Configuration
	RoleGrants   []tenants.RoleGrant
}
