package entra

import (
	"slices"

	"gatehouse/internal/tenants"
)

// DirectoryRole is a built-in role of Entra directories, the same in all of them
// (Microsoft, "Microsoft Entra built-in roles").
type DirectoryRole struct {
	Template tenants.GUID // in "wids", and roleTemplateId of Graph
	Name     string
}

// The roles that decide anything here.
var (
	GlobalAdministrator           = DirectoryRole{tenants.MustGUID("62e90394-69f5-4237-9190-012177145e10"), "Global Administrator"}
	PrivilegedRoleAdministrator   = DirectoryRole{tenants.MustGUID("e8611ab8-c189-46e8-94e1-60213ab1f814"), "Privileged Role Administrator"}
	ApplicationAdministrator      = DirectoryRole{tenants.MustGUID("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"), "Application Administrator"}
	CloudApplicationAdministrator = DirectoryRole{tenants.MustGUID("158c047a-c907-4556-b7ef-446551a6b5f7"), "Cloud Application Administrator"}
	// DefaultUser is in the "wids" of every member and means nothing.
	DefaultUser = DirectoryRole{tenants.MustGUID("b79fbf4d-3ef9-4689-8143-76b194e85509"), "User"}
)

// Administrators are the roles that may register apps and agree for a tenant,
// from most to least.
func Administrators() []DirectoryRole {
	return []DirectoryRole{GlobalAdministrator, PrivilegedRoleAdministrator, ApplicationAdministrator, CloudApplicationAdministrator}
}

// Administers returns which of Administrators are among template ids. It is an
// allow-list: a role it does not know, DefaultUser above all, is none.
func Administers(templates []tenants.GUID) (held []DirectoryRole) {
	for _, role := range Administrators() {
		if slices.Contains(templates, role.Template) {
			held = append(held, role)
		}
	}
	return held
}
