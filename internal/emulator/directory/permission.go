package directory

import (
	"slices"

	"gatehouse/internal/emulator/seed"
)

// Permission is a delegated permission (scope) an app exposes.
type Permission struct {
	ID, Value            string
	Type                 string // User: people may consent; Admin: admins only
	Enabled              bool
	AdminName, AdminText string
	UserName, UserText   string
}

// Role is a role an app declares.
type Role struct {
	ID, Value, Name, Text string
	Enabled               bool
	Members               []string // "User", "Application"
}

// Permissions are the scopes an app exposes, disabled ones too. Those of a seed
// have ids derived from the app and their value; Microsoft Graph's have the ids
// they have everywhere.
func (a *App) Permissions() []Permission {
	if a.Exposed != nil {
		return a.Exposed
	}
	out := make([]Permission, 0, len(a.Scopes))
	for _, value := range a.Scopes {
		out = append(out, Permission{
			ID: a.permissionID(graphScopes, "scope", value), Value: value, Type: "User", Enabled: true,
			AdminName: value, AdminText: value, UserName: value, UserText: value,
		})
	}
	return out
}

// Declared are the roles an app declares, disabled ones too.
func (a *App) Declared() []Role {
	if a.Declares != nil {
		return a.Declares
	}
	out := make([]Role, 0, len(a.AppRoles))
	for _, role := range a.AppRoles {
		members := role.Members
		if len(members) == 0 {
			members = []string{"User", "Application"}
		}
		out = append(out, Role{
			ID: a.permissionID(graphRoles, "role", role.Value), Value: role.Value, Name: role.Value, Text: role.Value, Enabled: true, Members: members,
		})
	}
	return out
}

// permissionID is the id of a seeded scope or role.
func (a *App) permissionID(known map[string]string, kind, value string) string {
	if id, ok := known[value]; ok && a.ID == seed.MicrosoftGraph {
		return id
	}
	return seed.Derived(a.ID, kind, value)
}

// Permission finds an exposed scope by id.
func (a *App) Permission(id string) (Permission, bool) {
	all := a.Permissions()
	i := slices.IndexFunc(all, func(p Permission) bool { return p.ID == id })
	if i < 0 {
		return Permission{}, false
	}
	return all[i], true
}

// Role finds a declared role by id.
func (a *App) Role(id string) (Role, bool) {
	all := a.Declared()
	i := slices.IndexFunc(all, func(r Role) bool { return r.ID == id })
	if i < 0 {
		return Role{}, false
	}
	return all[i], true
}

// Expose replaces the scopes of an app. Disabled ones can be seen and not used.
func (a *App) Expose(all []Permission) {
	a.Exposed, a.Scopes = all, nil
	for _, p := range all {
		if p.Enabled {
			a.Scopes = append(a.Scopes, p.Value)
		}
	}
}

// Declare replaces the roles of an app. Disabled ones can be seen and not used.
func (a *App) Declare(all []Role) {
	a.Declares, a.AppRoles = all, nil
	for _, r := range all {
		if r.Enabled {
			a.AppRoles = append(a.AppRoles, seed.AppRole{Value: r.Value, Members: r.Members})
		}
	}
}

// graphScopes are the ids of Microsoft Graph's delegated permissions, from
// Microsoft's published list (microsoft-graph-devx-content,
// permissions/permissions-descriptions.json).
var graphScopes = map[string]string{
	"openid":                                      "37f7f235-527c-4136-accd-4a02d197296e",
	"profile":                                     "14dad69e-099b-42c9-810b-d002981feec1",
	"email":                                       "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0",
	"offline_access":                              "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
	"User.Read":                                   "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
	"User.ReadWrite":                              "b4e74841-8e56-480b-be8b-910348b18b4c",
	"Calendars.ReadBasic":                         "662d75ba-a364-42ad-adee-f5f880ea4878",
	"Files.Read":                                  "10465720-29dd-4523-a11a-6a75c743c9d9",
	"Files.ReadWrite":                             "5c28f0bf-8a70-41f1-8ab2-9032436ddb65",
	"Mail.ReadBasic":                              "a4b8392a-d8d1-4954-a029-8e668a39a170",
	"People.Read":                                 "ba47897c-39ec-4d83-8086-ee8256fa737d",
	"User.ReadBasic.All":                          "b340eb25-3456-403f-be2f-af7a0d370277",
	"User.Read.All":                               "a154be20-db9c-4678-8ab7-66f6cc099a59",
	"User.ReadWrite.All":                          "204e0828-b5ca-4ad8-b9f3-f32a958e7cc4",
	"User.RevokeSessions.All":                     "fc30e98b-8810-4501-81f5-c20a3196387b",
	"User.EnableDisableAccount.All":               "f92e74e7-2563-467f-9dd0-902688cb5863",
	"User.DeleteRestore.All":                      "4bb440cd-2cf2-4f90-8004-aa2acd2537c5",
	"GroupMember.Read.All":                        "bc024368-1153-4739-b217-4326f2e966d0",
	"GroupMember.ReadWrite.All":                   "f81125ac-d3b7-4573-a3b2-7099cc39df9e",
	"Group.Read.All":                              "5f8c59db-677d-491f-a6b8-5f174b11ec1d",
	"Group.ReadWrite.All":                         "4e46008b-f24c-477d-8fff-7bb4ec7aafe0",
	"Directory.Read.All":                          "06da0dbc-49e2-44d2-8312-53f166ab848a",
	"Directory.ReadWrite.All":                     "c5366453-9fb0-48a5-a156-24f0c49a4b84",
	"Organization.Read.All":                       "4908d5b9-3fb2-4b1e-9336-1888b7937185",
	"Organization.ReadWrite.All":                  "46ca0847-7e6b-426e-9775-ea810a948356",
	"Domain.Read.All":                             "2f9ee017-59c1-4f1d-9472-bd5529a7b311",
	"Domain.ReadWrite.All":                        "0b5d694c-a244-4bde-86e6-eb5cd07730fe",
	"RoleManagement.Read.Directory":               "741c54c3-0c1e-44a1-818b-3f97ab4e8c83",
	"RoleManagement.ReadWrite.Directory":          "d01b97e9-cbc0-49fe-810a-750afd5527a3",
	"RoleManagement.Read.All":                     "48fec646-b2ba-4019-8681-8eb31435aded",
	"RoleEligibilitySchedule.Read.Directory":      "eb0788c2-6d4e-4658-8c9e-c0fb8053f03d",
	"RoleEligibilitySchedule.ReadWrite.Directory": "62ade113-f8e0-4bf9-a6ba-5acb31db32fd",
	"Application.Read.All":                        "c79f8feb-a9db-4090-85f9-90d820caa0eb",
	"Application.ReadWrite.All":                   "bdfbf15f-ee85-4955-8675-146e8e5296b5",
	"AppRoleAssignment.ReadWrite.All":             "84bccea3-f856-4a8a-967b-dbe0a3d53a64",
	"DelegatedPermissionGrant.ReadWrite.All":      "41ce6ca6-6826-4807-84f1-1c82854f7ee5",
	"Calendars.Read":                              "465a38f9-76ea-45b9-9f34-9e8b0d4b0b42",
	"Calendars.ReadWrite":                         "1ec239c2-d7c9-4623-a91a-a9775856bb36",
	"Mail.Read":                                   "570282fd-fa5c-430d-a7fd-fc8dc98a9dca",
	"Mail.ReadWrite":                              "024d486e-b451-40bb-833d-3e66d98c5c73",
	"Files.Read.All":                              "df85f4d6-205c-4ac5-a5ea-6bf408dba283",
	"Files.ReadWrite.All":                         "863451e7-0667-486c-a5d6-d135439485f0",
	"Sites.Read.All":                              "205e70e5-aba6-4c52-a976-6d2d46c48043",
	"Sites.ReadWrite.All":                         "89fe6a52-be36-487e-b7d8-d061c450a026",
	"People.Read.All":                             "b89f9189-71a5-4e70-b041-9887f0bc7e4a",
	"Policy.Read.All":                             "572fea84-0151-49b2-9301-11cb16974376",
}

// graphRoles are the ids of Microsoft Graph's application permissions, from the
// same list.
var graphRoles = map[string]string{
	"Calendars.ReadBasic.All":                     "8ba4a692-bc31-4128-9094-475872af8a53",
	"Application.ReadWrite.OwnedBy":               "18a4783c-866b-4cc7-a460-3d5e5662c884",
	"Mail.ReadBasic":                              "6be147d2-ea4f-4b5a-a3fa-3eab6f3c140a",
	"Mail.ReadBasic.All":                          "693c5e45-0940-467d-9b8a-1022fb9d42ef",
	"User.ReadBasic.All":                          "97235f07-e226-4f63-ace3-39588e11d3a1",
	"User.Read.All":                               "df021288-bdef-4463-88db-98f22de89214",
	"User.ReadWrite.All":                          "741f803b-c850-494e-b5df-cde7c675a1ca",
	"User.RevokeSessions.All":                     "77f3a031-c388-4f99-b373-dc68676a979e",
	"User.EnableDisableAccount.All":               "3011c876-62b7-4ada-afa2-506cbbecc68c",
	"User.DeleteRestore.All":                      "eccc023d-eccf-4e7b-9683-8813ab36cecc",
	"GroupMember.Read.All":                        "98830695-27a2-44f7-8c18-0c3ebc9698f6",
	"GroupMember.ReadWrite.All":                   "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
	"Group.Read.All":                              "5b567255-7703-4780-807c-7be8301ae99b",
	"Group.ReadWrite.All":                         "62a82d76-70ea-41e2-9197-370581804d09",
	"Directory.Read.All":                          "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
	"Directory.ReadWrite.All":                     "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
	"Organization.Read.All":                       "498476ce-e0fe-48b0-b801-37ba7e2685c6",
	"Organization.ReadWrite.All":                  "292d869f-3427-49a8-9dab-8c70152b74e9",
	"Domain.Read.All":                             "dbb9058a-0e50-45d7-ae91-66909b5d4664",
	"Domain.ReadWrite.All":                        "7e05723c-0bb0-42da-be95-ae9f08a6e53c",
	"RoleManagement.Read.Directory":               "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
	"RoleManagement.ReadWrite.Directory":          "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
	"RoleManagement.Read.All":                     "c7fbd983-d9aa-4fa7-84b8-17382c103bc4",
	"RoleEligibilitySchedule.Read.Directory":      "ff278e11-4a33-4d0c-83d2-d01dc58929a5",
	"RoleEligibilitySchedule.ReadWrite.Directory": "fee28b28-e1f3-4841-818e-2704dc62245f",
	"Application.Read.All":                        "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
	"Application.ReadWrite.All":                   "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
	"AppRoleAssignment.ReadWrite.All":             "06b708a9-e830-4db3-a914-8e69da51d44f",
	"DelegatedPermissionGrant.ReadWrite.All":      "8e8e4742-1d95-4f68-9d56-6ee75648c72a",
	"Calendars.Read":                              "798ee544-9d2d-430c-a058-570e29e34338",
	"Calendars.ReadWrite":                         "ef54d2bf-783f-4e0f-bca1-3210c0444d99",
	"Mail.Read":                                   "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
	"Mail.ReadWrite":                              "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
	"Files.Read.All":                              "01d4889c-1287-42c6-ac1f-5d1e02578ef6",
	"Files.ReadWrite.All":                         "75359482-378d-4052-8f01-80520e7db3cd",
	"Sites.Read.All":                              "332a536c-c7ef-4017-ab91-336970924f0d",
	"Sites.ReadWrite.All":                         "9492366f-7969-46a4-8d15-ed1a20078fff",
	"People.Read.All":                             "b528084d-ad10-4598-8b93-929746b4d7d6",
	"Policy.Read.All":                             "246dd0d5-5bd0-4def-940b-0421030a5b68",
}
