package msgraph

import (
	"strings"

	"gatehouse/internal/emulator/directory"
)

// organizationKind is microsoft.graph.organization. User.Read shows what basic
// names, everything else is null then ("List organization").
var organizationKind = &kind{
	name: "organization", set: "organization", resource: "Organization",
	shown: []string{
		"id", "deletedDateTime", "businessPhones", "city", "country", "countryLetterCode", "createdDateTime", "displayName",
		"marketingNotificationMails", "onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "postalCode", "preferredLanguage",
		"securityComplianceNotificationMails", "securityComplianceNotificationPhones", "state", "street", "technicalNotificationMails",
		"tenantType", "assignedPlans", "provisionedPlans", "verifiedDomains",
	},
	basic: map[string]bool{"id": true, "displayName": true, "verifiedDomains": true},
	sight: func(v *visit) sight {
		if v.may(readsOrganization...) {
			return everything
		}
		return basicOnly
	},
	properties: map[string]*property{
		"id":                                   tenantProperty(property{}, func(t *directory.Tenant) any { return t.ID }),
		"displayName":                          tenantProperty(property{}, func(t *directory.Tenant) any { return t.Name }),
		"tenantType":                           tenantProperty(property{}, func(*directory.Tenant) any { return "AAD" }),
		"verifiedDomains":                      tenantProperty(property{form: many}, verifiedDomains),
		"businessPhones":                       none(property{form: many}),
		"marketingNotificationMails":           none(property{form: many}),
		"securityComplianceNotificationMails":  none(property{form: many}),
		"securityComplianceNotificationPhones": none(property{form: many}),
		"technicalNotificationMails":           none(property{form: many}),
		"assignedPlans":                        none(property{form: many}),
		"provisionedPlans":                     none(property{form: many}),
		"city":                                 none(property{}),
		"country":                              none(property{}),
		"countryLetterCode":                    none(property{}),
		"postalCode":                           none(property{}),
		"preferredLanguage":                    none(property{}),
		"state":                                none(property{}),
		"street":                               none(property{}),
		"createdDateTime":                      none(property{form: composite}),
		"deletedDateTime":                      none(property{form: composite}),
		"onPremisesLastSyncDateTime":           none(property{form: composite}),
		"onPremisesSyncEnabled":                none(property{form: truth}),
	},
}

func tenantProperty(p property, get func(*directory.Tenant) any) *property {
	p.get = func(t *directory.Tenant, _ any) any { return get(t) }
	return &p
}

// verifiedDomains are the tenant's domains. The first is the default; a seed
// tells nothing of the one a tenant is born with, so that is the first too.
func verifiedDomains(t *directory.Tenant) any {
	var out []map[string]any
	for i, name := range t.Domains {
		out = append(out, map[string]any{
			"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": i == 0, "isInitial": i == 0, "name": name, "type": "Managed",
		})
	}
	return out
}

// organization lists the one tenant there is.
func (s *Service) organization(v *visit) {
	if !v.readsTenant() {
		return
	}
	v.list(collection{
		context: organizationKind.set, kinds: []*kind{organizationKind}, options: []string{"$select"},
		records: func() []record { return []record{{v.tenant.ID, organizationKind, nil}} },
	})
}

// organizationByID is the same by its id; no other is visible.
func (s *Service) organizationByID(v *visit) {
	switch id := v.r.PathValue("id"); {
	case !v.readsTenant():
	case !strings.EqualFold(id, v.tenant.ID):
		v.refuse(missing(id))
	default:
		v.showOne(record{v.tenant.ID, organizationKind, nil}, organizationKind.set)
	}
}

// readsTenant lets every token of a person through that may read them.
func (v *visit) readsTenant() bool {
	if v.who != nil {
		return v.allows(append([]string{"User.Read", "User.ReadWrite"}, readsOrganization...)...)
	}
	return v.allows(readsOrganization...)
}

// domainKind is microsoft.graph.domain; its id is the name.
var domainKind = &kind{
	name: "domain", set: "domains", resource: "Domain",
	shown: []string{
		"id", "authenticationType", "availabilityStatus", "isAdminManaged", "isDefault", "isInitial", "isRoot", "isVerified", "supportedServices",
	},
	properties: map[string]*property{
		"id":                 domainProperty(property{}, func(_ *directory.Tenant, name string) any { return name }),
		"authenticationType": domainProperty(property{}, func(*directory.Tenant, string) any { return "Managed" }),
		"availabilityStatus": none(property{}),
		"isAdminManaged":     domainProperty(property{form: truth}, func(*directory.Tenant, string) any { return true }),
		"isDefault":          domainProperty(property{form: truth}, func(t *directory.Tenant, name string) any { return name == t.Domain }),
		"isInitial":          domainProperty(property{form: truth}, func(t *directory.Tenant, name string) any { return name == t.Domain }),
		"isRoot":             domainProperty(property{form: truth}, func(*directory.Tenant, string) any { return true }),
		"isVerified":         domainProperty(property{form: truth}, func(*directory.Tenant, string) any { return true }),
		"supportedServices":  domainProperty(property{form: many}, func(*directory.Tenant, string) any { return []string{"Email", "OfficeCommunicationsOnline"} }),
	},
}

func domainProperty(p property, get func(*directory.Tenant, string) any) *property {
	p.get = func(t *directory.Tenant, of any) any {
		name, _ := of.(string)
		return get(t, name)
	}
	return &p
}

// domains lists the verified domains.
func (s *Service) domains(v *visit) {
	if !v.allows(readsDomains...) {
		return
	}
	v.list(collection{
		context: domainKind.set, kinds: []*kind{domainKind}, options: []string{"$select"},
		records: func() []record {
			var out []record
			for _, name := range v.tenant.Domains {
				out = append(out, record{name, domainKind, name})
			}
			return out
		},
	})
}
