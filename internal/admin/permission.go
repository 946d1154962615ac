package admin

import "slices"

// Delegated permissions of Microsoft Graph, by their short names.
const (
	readSelf   = "User.Read" // with the directory's name and domains
	readPeople = "User.ReadBasic.All"
	readGroups = "GroupMember.Read.All"

	readRoles       = "RoleManagement.Read.Directory"          // the person's active directory roles
	readEligibility = "RoleEligibilitySchedule.Read.Directory" // those they could activate

	readApplications = "Application.Read.All"
	readPolicy       = "Policy.Read.All"

	writeApplications = "Application.ReadWrite.All"
	writeGrants       = "DelegatedPermissionGrant.ReadWrite.All" // the consent for everybody
)

// scopes are the permissions that the names of ?scopes= stand for.
var scopes = map[string][]string{
	"groups":            {readGroups, readPeople},
	"roles":             {readRoles, readEligibility},
	"applications":      {writeApplications, writeGrants},
	"applications.read": {readApplications, readPolicy},
}

// scopeFor returns the name under which consent to a permission is asked for;
// empty if none asks for it.
func scopeFor(permission string) string {
	for name, permissions := range scopes {
		if slices.Contains(permissions, permission) {
			return name
		}
	}
	return ""
}
