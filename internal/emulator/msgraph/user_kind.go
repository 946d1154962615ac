package msgraph

import (
	"strings"

	"gatehouse/internal/emulator/directory"
)

// userKind is microsoft.graph.user. What $filter and $orderby may do with its
// properties is the table of "Advanced query capabilities on Microsoft Entra ID
// objects"; what is shown without $select is the one of "List users"; what
// User.ReadBasic.All shows is the one of the permissions reference.
var userKind = &kind{
	name: "user", set: "users", resource: "User",
	shown: []string{
		"businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
		"officeLocation", "preferredLanguage", "surname", "userPrincipalName",
	},
	sight: func(v *visit) sight {
		switch {
		case v.may(readsUsers...):
			return everything
		case v.may(readsPeople...):
			return basicOnly
		}
		return identityOnly
	},
	basic: map[string]bool{"id": true, "displayName": true, "givenName": true, "surname": true, "mail": true, "userPrincipalName": true},
	properties: map[string]*property{
		"id":                              person(plain(always, never, never), func(_ *directory.Tenant, p *directory.Person) any { return p.ID }),
		"displayName":                     person(orderable(plain(always, always, advanced)), func(_ *directory.Tenant, p *directory.Person) any { return orNull(p.Name) }),
		"givenName":                       person(plain(always, always, advanced), givenName),
		"surname":                         person(plain(always, always, advanced), surname),
		"mail":                            person(suffixed(plain(always, always, always)), func(_ *directory.Tenant, p *directory.Person) any { return orNull(p.Mail) }),
		"userPrincipalName":               person(orderable(suffixed(plain(always, always, never))), func(t *directory.Tenant, p *directory.Person) any { return t.PrincipalName(p) }),
		"mailNickname":                    person(plain(always, always, advanced), nickname),
		"jobTitle":                        person(plain(always, always, advanced), func(_ *directory.Tenant, p *directory.Person) any { return orNull(p.JobTitle) }),
		"department":                      person(plain(always, always, advanced), func(_ *directory.Tenant, p *directory.Person) any { return orNull(p.Department) }),
		"officeLocation":                  person(plain(advanced, advanced, advanced), func(_ *directory.Tenant, p *directory.Person) any { return orNull(p.Office) }),
		"mobilePhone":                     person(plain(advanced, advanced, advanced), func(_ *directory.Tenant, p *directory.Person) any { return orNull(p.Phone) }),
		"businessPhones":                  person(property{form: many, equal: always}, businessPhones),
		"accountEnabled":                  person(property{form: truth, equal: always}, func(_ *directory.Tenant, p *directory.Person) any { return !p.Disabled }),
		"userType":                        person(plain(always, never, advanced), userType),
		"signInSessionsValidFromDateTime": person(property{form: composite}, sessionsValidFrom),
		"creationType":                    person(plain(always, never, never), guestOnly("Invitation")),
		"externalUserState":               person(plain(always, never, never), guestOnly("Accepted")),
		"identities":                      person(property{form: many, equal: always}, identities),
		"assignedLicenses":                none(property{form: many, equal: always}),
		"assignedPlans":                   none(property{form: many, equal: always}),
		"provisionedPlans":                none(property{form: many}),
		"proxyAddresses":                  none(property{form: many, equal: always, suffix: true}),
		"otherMails":                      none(property{form: many, equal: always, suffix: true}),
		"imAddresses":                     none(property{form: many, equal: always}),
		"city":                            none(plain(always, always, advanced)),
		"country":                         none(plain(always, always, advanced)),
		"state":                           none(plain(always, always, advanced)),
		"usageLocation":                   none(plain(always, always, never)),
		"employeeId":                      none(plain(always, always, advanced)),
		"ageGroup":                        none(plain(always, never, never)),
		"consentProvidedForMinor":         none(plain(always, never, never)),
		"companyName":                     none(plain(advanced, advanced, advanced)),
		"employeeType":                    none(plain(advanced, advanced, never)),
		"postalCode":                      none(plain(advanced, advanced, advanced)),
		"preferredLanguage":               none(plain(advanced, advanced, advanced)),
		"streetAddress":                   none(plain(advanced, advanced, advanced)),
		"passwordPolicies":                none(plain(advanced, never, advanced)),
		"onPremisesSamAccountName":        none(plain(advanced, advanced, never)),
		"onPremisesUserPrincipalName":     none(plain(always, always, never)),
		"onPremisesImmutableId":           none(plain(advanced, never, never)),
		"onPremisesDomainName":            none(plain(never, never, never)),
		"onPremisesSyncEnabled":           none(property{form: truth, equal: always, null: always}),
		"showInAddressList":               none(property{form: truth, equal: advanced}),
		"createdDateTime":                 none(property{form: composite, order: advanced}),
		"deletedDateTime":                 none(property{form: composite, order: advanced}),
		"onPremisesLastSyncDateTime":      none(property{form: composite}),
		"lastPasswordChangeDateTime":      none(property{form: composite}),
		"externalUserStateChangeDateTime": none(property{form: composite}),
	},
}

// plain is a text property with what eq, startswith and eq null need.
func plain(equal, prefix, null support) property {
	return property{form: text, equal: equal, prefix: prefix, null: null}
}

func suffixed(p property) property { p.suffix = true; return p }

func orderable(p property) property { p.order = always; return p }

// none is a property every entry has and the directory keeps no value for.
func none(p property) *property {
	if p.form == many {
		p.get = func(*directory.Tenant, any) any { return []string{} }
	}
	return &p
}

// person is a property that is read off a person.
func person(p property, get func(*directory.Tenant, *directory.Person) any) *property {
	p.get = func(t *directory.Tenant, of any) any {
		who, _ := of.(*directory.Person)
		return get(t, who)
	}
	return &p
}

func givenName(_ *directory.Tenant, p *directory.Person) any {
	given, _ := p.Names()
	return orNull(given)
}

func surname(_ *directory.Tenant, p *directory.Person) any {
	_, family := p.Names()
	return orNull(family)
}

func nickname(_ *directory.Tenant, p *directory.Person) any {
	name, domain, _ := strings.Cut(p.Username, "@")
	if !p.Member() {
		return name + "_" + domain + "#EXT#"
	}
	return name
}

func businessPhones(_ *directory.Tenant, p *directory.Person) any {
	if p.Phone == "" {
		return []string{}
	}
	return []string{p.Phone}
}

func sessionsValidFrom(_ *directory.Tenant, p *directory.Person) any {
	if p.ValidFrom.IsZero() {
		return nil
	}
	return stamp(p.ValidFrom)
}

func userType(_ *directory.Tenant, p *directory.Person) any {
	if p.Member() {
		return "Member"
	}
	return "Guest"
}

// guestOnly is a value guests have and members lack.
func guestOnly(value string) func(*directory.Tenant, *directory.Person) any {
	return func(_ *directory.Tenant, p *directory.Person) any {
		if p.Member() {
			return nil
		}
		return value
	}
}

// identities are the ways to sign in. A guest's is its own directory, which
// Graph calls ExternalAzureAD (objectIdentity resource type; the null is from
// memory).
func identities(t *directory.Tenant, p *directory.Person) any {
	byName := map[string]any{"signInType": "userPrincipalName", "issuer": t.Domain, "issuerAssignedId": t.PrincipalName(p)}
	if p.Member() {
		return []map[string]any{byName}
	}
	return []map[string]any{{"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": nil}, byName}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
