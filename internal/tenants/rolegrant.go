package tenants

import (
	"time"

	"gatehouse/internal/fault"
)

// Role is what somebody may do in an organization's console and management API.
// It has nothing to do with tool roles.
type Role string

// The roles, from most to least. A role includes those after it, but Auditor:
// an auditor reads the log and the configuration and changes nothing.
const (
	Owner   Role = "owner"   // everything, including roles, ownership and deletion
	Admin   Role = "admin"   // configuration: connection, tools, access, clients
	Auditor Role = "auditor" // reads everything, including the log and its exports
	Viewer  Role = "viewer"  // reads the configuration, not the log
)

// GranteeKind says what a role is granted to.
type GranteeKind string

// The kinds of grantee.
const (
	PersonGrantee GranteeKind = "person" // a member or guest of the Entra tenant, by object id
	GroupGrantee  GranteeKind = "group"  // a security group of the Entra tenant, by object id
	AppGrantee    GranteeKind = "app"    // an automation's service principal, by object id
)

// Grantee is whom a role is granted to.
type Grantee struct {
	Kind GranteeKind
	ID   GUID
}

// RoleGrant gives one person, group or automation a role in an organization.
type RoleGrant struct {
	ID      GUID
	Role    Role
	Grantee Grantee
	Name    string    // display name when it was granted
	EndsAt  time.Time // zero: no end
}

// Ended reports whether the grant is over.
func (g RoleGrant) Ended(now time.Time) bool { return !g.EndsAt.IsZero() && !now.Before(g.EndsAt) }

// Validate says what is wrong with the grant, naming the field.
func (g RoleGrant) Validate() error {
	switch g.Role {
	case Owner, Admin, Auditor, Viewer:
	default:
		return fault.Newf(fault.Invalid, "role %q is not known; use owner, admin, auditor or viewer", g.Role)
	}
	switch g.Grantee.Kind {
	case PersonGrantee, GroupGrantee, AppGrantee:
	default:
		return fault.Newf(fault.Invalid, "grantee kind %q is not known; use person, group or app", g.Grantee.Kind)
	}
	if g.Grantee.ID.IsZero() {
		return fault.New(fault.Invalid, "grantee id is missing; use the object id from Entra")
	}
	if g.Role == Owner && g.Grantee.Kind != PersonGrantee {
		return fault.New(fault.Invalid, "role owner can be granted to a person only")
	}
	if err := CheckEnd(g.EndsAt); err != nil {
		return fault.New(fault.Invalid, "endsAt: "+fault.Public(err))
	}
	return nil
}

// Includes reports whether whoever holds r may do what other is needed for.
func (r Role) Includes(other Role) bool {
	switch r {
	case Owner:
		return true
	case Admin:
		return other == Admin || other == Viewer
	case Auditor:
		return other == Auditor || other == Viewer
	case Viewer:
		return other == Viewer
	default:
		return false
	}
}
