package onboarding

import (
	"cmp"
	"slices"

	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// otherRoles are roles that people take for enough, by template.
var otherRoles = map[tenants.GUID]string{
	tenants.MustGUID("f2ef992c-3afb-46b9-b7cf-a126ee74c451"): "Global Reader",
	tenants.MustGUID("cf1c38e5-3621-4004-a7cb-879624dced7c"): "Application Developer",
	tenants.MustGUID("fe930be7-5e62-47db-91af-98c3a49a38b1"): "User Administrator",
	tenants.MustGUID("fdd7a751-b60b-444a-984c-02652fe8fa1c"): "Groups Administrator",
	tenants.MustGUID("194ae4cb-b126-40b2-bd5b-6091b380977d"): "Security Administrator",
	tenants.MustGUID("5d6b6bb7-de71-4623-b4af-96380a352509"): "Security Reader",
	tenants.MustGUID("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"): "Conditional Access Administrator",
	tenants.MustGUID("29232cdf-9323-42fd-ade2-1d097af3e4de"): "Exchange Administrator",
	tenants.MustGUID("f28a1f50-f6e7-4571-818b-6a12f2af6b6c"): "SharePoint Administrator",
	tenants.MustGUID("3a2c62db-5318-420d-8d74-23affee5d9d5"): "Intune Administrator",
	tenants.MustGUID("729827e3-9c14-49f7-bb1b-9608f156bbb8"): "Helpdesk Administrator",
	tenants.MustGUID("88d8e3e3-8f55-4a1e-953a-9b9898b8876b"): "Directory Readers",
}

// insufficient are the names of the roles that prove nothing.
func insufficient(roles []tenants.GUID) []string {
	var out []string
	for _, id := range roles {
		if id == entra.DefaultUser.Template || len(entra.Administers([]tenants.GUID{id})) > 0 {
			continue
		}
		out = append(out, cmp.Or(otherRoles[id], "role "+id.String()))
	}
	slices.Sort(out)
	return out
}

func names(roles []entra.DirectoryRole) []string {
	out := make([]string, 0, len(roles))
	for _, r := range roles {
		out = append(out, r.Name)
	}
	return out
}
