package msgraph

import "slices"

// Permissions by what they let a token read, delegated or application, from the
// permission tables of Graph's reference. Each list is "one of".
var (
	// readsUsers shows all of everybody.
	readsUsers = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	// readsPeople shows at least the basics of everybody.
	readsPeople = append([]string{"User.ReadBasic.All"}, readsUsers...)
	// readsSelf shows all of the signed-in person to an app that acts for them.
	readsSelf = append([]string{"User.Read", "User.ReadWrite"}, readsUsers...)
	// readsUser shows something of the signed-in person.
	readsUser = append([]string{"User.Read", "User.ReadWrite"}, readsPeople...)
	// readsGroups shows groups and who is in them.
	readsGroups = []string{
		"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All",
		"Directory.Read.All", "Directory.ReadWrite.All",
	}
	// readsMemberships lists what somebody is a member of ("List a user's
	// memberships"); what the token may not read of it is null.
	readsMemberships = []string{
		"User.Read.All", "User.ReadWrite.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All",
		"Directory.Read.All", "Directory.ReadWrite.All",
	}
	readsRoles = []string{
		"RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "RoleManagement.Read.All",
		"Directory.Read.All", "Directory.ReadWrite.All",
	}
	readsEligibility = []string{
		"RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.All", "RoleManagement.Read.Directory",
		"RoleManagement.ReadWrite.Directory", "RoleEligibilitySchedule.ReadWrite.Directory",
	}
	readsDirectory    = []string{"Directory.Read.All", "Directory.ReadWrite.All"}
	readsOrganization = []string{"Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readsDomains      = []string{"Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readsAssignments  = []string{"AppRoleAssignment.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)

// allows refuses a token that has none of the permissions.
func (v *visit) allows(anyOf ...string) bool {
	if v.may(anyOf...) {
		return true
	}
	v.refuse(denied)
	return false
}

// allowsOf refuses a token that has none of the permissions for somebody; what
// own adds is enough for the signed-in person.
func (v *visit) allowsOf(id string, own, anyOf []string) bool {
	if v.who != nil && v.who.ID == id {
		return v.allows(slices.Concat(own, anyOf)...)
	}
	return v.allows(anyOf...)
}

// may reports whether the token has one of the permissions.
func (v *visit) may(anyOf ...string) bool {
	return slices.ContainsFunc(anyOf, func(s string) bool { return slices.Contains(v.held, s) })
}
