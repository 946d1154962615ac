package msgraph

import "slices"

// Directory roles that administer something, by template id. A person's token
// carries what the app may do; the person must be allowed to do it as well.
const (
	globalAdmin         = "62e90394-69f5-4237-9190-012177145e10"
	privilegedRoleAdmin = "e8611ab8-c189-46e8-94e1-60213ab1f814"
	applicationAdmin    = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	cloudAppAdmin       = "158c047a-c907-4556-b7ef-446551a6b5f7"
	userAdmin           = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	groupsAdmin         = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
)

var (
	adminsOfApps   = []string{globalAdmin, applicationAdmin, cloudAppAdmin}
	adminsOfUsers  = []string{globalAdmin, userAdmin}
	adminsOfGroups = []string{globalAdmin, groupsAdmin, userAdmin}
)

// administers reports whether the one who asks holds one of the roles. Apps that
// act for themselves need none: their permissions are all there is.
func (v *visit) administers(roles []string) bool {
	return v.who == nil || slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(v.who.DirectoryRoles, role) })
}

// allowsAdmin refuses a token without the permissions, and a person without one of
// the roles.
func (v *visit) allowsAdmin(permissions, roles []string) bool {
	if v.may(permissions...) && v.administers(roles) {
		return true
	}
	v.refuse(denied)
	return false
}
