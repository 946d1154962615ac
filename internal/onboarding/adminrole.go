package onboarding

import (
	"slices"

	"gatehouse/internal/tenants"
)

// AdminRole is a directory role of Microsoft Entra ID by its template id, which
// is the same in every directory (Microsoft, "Microsoft Entra built-in roles").
type AdminRole struct {
	Template tenants.GUID
	Name     string
}

// GlobalAdministrator is the one role that may take over an organization.
var GlobalAdministrator = AdminRole{tenants.MustGUID("62e90394-69f5-4237-9190-012177145e10"), "Global Administrator"}

// owningRoles prove that somebody administers a directory: those that can
// consent to the base permissions for everybody. It is a list of what suffices,
// because every member has a role of some kind.
var owningRoles = []AdminRole{
	GlobalAdministrator,
	{tenants.MustGUID("e8611ab8-c189-46e8-94e1-60213ab1f814"), "Privileged Role Administrator"},
	{tenants.MustGUID("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"), "Application Administrator"},
	{tenants.MustGUID("158c047a-c907-4556-b7ef-446551a6b5f7"), "Cloud Application Administrator"},
}

// memberRole is in the token of every member and of guests; it means nothing.
var memberRole = tenants.MustGUID("b79fbf4d-3ef9-4689-8143-76b194e85509")

// otherRoles are roles that people take for enough, by name.
var otherRoles = []AdminRole{
	{tenants.MustGUID("f2ef992c-3afb-46b9-b7cf-a126ee74c451"), "Global Reader"},
	{tenants.MustGUID("cf1c38e5-3621-4004-a7cb-879624dced7c"), "Application Developer"},
	{tenants.MustGUID("fe930be7-5e62-47db-91af-98c3a49a38b1"), "User Administrator"},
	{tenants.MustGUID("fdd7a751-b60b-444a-984c-02652fe8fa1c"), "Groups Administrator"},
	{tenants.MustGUID("194ae4cb-b126-40b2-bd5b-6091b380977d"), "Security Administrator"},
	{tenants.MustGUID("5d6b6bb7-de71-4623-b4af-96380a352509"), "Security Reader"},
	{tenants.MustGUID("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"), "Conditional Access Administrator"},
	{tenants.MustGUID("29232cdf-9323-42fd-ade2-1d097af3e4de"), "Exchange Administrator"},
	{tenants.MustGUID("f28a1f50-f6e7-4571-818b-6a12f2af6b6c"), "SharePoint Administrator"},
	{tenants.MustGUID("3a2c62db-5318-420d-8d74-23affee5d9d5"), "Intune Administrator"},
	{tenants.MustGUID("729827e3-9c14-49f7-bb1b-9608f156bbb8"), "Helpdesk Administrator"},
	{tenants.MustGUID("88d8e3e3-8f55-4a1e-953a-9b9898b8876b"), "Directory Readers"},
}

// owning returns those of the roles that prove ownership, most powerful first.
func owning(roles []tenants.GUID) []AdminRole {
	var out []AdminRole
	for _, r := range owningRoles {
		if slices.Contains(roles, r.Template) {
			out = append(out, r)
		}
	}
	return out
}

// insufficient are the names of the roles that prove nothing.
func insufficient(roles []tenants.GUID) []string {
	var out []string
	for _, id := range roles {
		if id == memberRole || slices.ContainsFunc(owningRoles, func(r AdminRole) bool { return r.Template == id }) {
			continue
		}
		name := "role " + id.String()
		if i := slices.IndexFunc(otherRoles, func(r AdminRole) bool { return r.Template == id }); i >= 0 {
			name = otherRoles[i].Name
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func names(roles []AdminRole) []string {
	out := make([]string, 0, len(roles))
	for _, r := range roles {
		out = append(out, r.Name)
	}
	return out
}
