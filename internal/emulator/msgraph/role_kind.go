package msgraph

import (
	"slices"

	"gatehouse/internal/emulator/directory"
)

// role is a directory role that somebody holds, which activates it.
type role struct{ template string }

// roleKind is microsoft.graph.directoryRole.
var roleKind = &kind{
	name: "directoryRole", set: "directoryRoles", resource: "DirectoryRole",
	shown: []string{"id", "deletedDateTime", "description", "displayName", "roleTemplateId"},
	sight: func(v *visit) sight {
		if v.may(readsRoles...) {
			return everything
		}
		return identityOnly
	},
	properties: map[string]*property{
		"id":              roleProperty(func(t *directory.Tenant, r *role) any { return roleID(t, r.template) }),
		"displayName":     roleProperty(func(_ *directory.Tenant, r *role) any { return orNull(roleNames[r.template]) }),
		"roleTemplateId":  roleProperty(func(_ *directory.Tenant, r *role) any { return r.template }),
		"description":     none(plain(never, never, never)),
		"deletedDateTime": none(property{form: composite}),
	},
}

// unitKind is microsoft.graph.administrativeUnit, of which no tenant has any.
var unitKind = &kind{
	name: "administrativeUnit", set: "administrativeUnits", resource: "AdministrativeUnit",
	shown:      []string{"id"},
	properties: map[string]*property{"id": none(plain(always, never, never)), "displayName": none(plain(always, always, always))},
}

func roleProperty(get func(*directory.Tenant, *role) any) *property {
	return &property{form: text, equal: always, get: func(t *directory.Tenant, of any) any {
		r, _ := of.(*role)
		return get(t, r)
	}}
}

func roleRecord(t *directory.Tenant, template string) record {
	return record{roleID(t, template), roleKind, &role{template}}
}

// activeRoles are the directory roles somebody holds.
func activeRoles(t *directory.Tenant) []record {
	var templates []string
	for _, p := range t.People {
		if !p.Deleted {
			templates = append(templates, p.DirectoryRoles...)
		}
	}
	slices.Sort(templates)
	var out []record
	for _, template := range slices.Compact(templates) {
		out = append(out, roleRecord(t, template))
	}
	return out
}

// roleNames are Microsoft's built-in roles by template id ("Microsoft Entra
// built-in roles"). A seeded role that is not here has no name.
var roleNames = map[string]string{
	"62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
	"f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
	"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
	"158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
	"cf1c38e5-3621-4004-a7cb-879624dced7c": "Application Developer",
	"c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
	"7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
	"e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
	"b0f54661-2d74-4c50-afa3-1ec803f12efe": "Billing Administrator",
	"b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
	"17315797-102d-40b4-93e0-432062caca18": "Compliance Administrator",
	"88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
	"9360feb5-f418-4baa-8175-e2a00bac4301": "Directory Writers",
	"29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
	"fdd7a751-b60b-444a-984c-02652fe8fa1c": "Groups Administrator",
	"95e79109-95c0-4d8e-aee3-d01accf2d47b": "Guest Inviter",
	"729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
	"8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "Hybrid Identity Administrator",
	"3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
	"966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
	"4a5d8f65-41da-4de4-8968-e035b65339cf": "Reports Reader",
	"194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
	"5f2222b1-57c3-48ba-8ad5-d4759f1fde6f": "Security Operator",
	"5d6b6bb7-de71-4623-b4af-96380a352509": "Security Reader",
	"f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
	"69091246-20e8-4a56-aa4d-066075b2a7a8": "Teams Administrator",
	"fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
}
