package msgraph

import (
	"strings"
	"unicode"

	"gatehouse/internal/emulator/directory"
)

// groupKind is microsoft.graph.group. Sources as for userKind, and "group
// resource type" for what is not in the table.
var groupKind = &kind{
	name: "group", set: "groups", resource: "Group",
	shown: []string{
		"id", "deletedDateTime", "classification", "createdDateTime", "creationOptions", "description", "displayName",
		"expirationDateTime", "groupTypes", "isAssignableToRole", "mail", "mailEnabled", "mailNickname", "membershipRule",
		"membershipRuleProcessingState", "onPremisesDomainName", "onPremisesLastSyncDateTime", "onPremisesSamAccountName",
		"onPremisesSyncEnabled", "preferredLanguage", "proxyAddresses", "renewedDateTime", "securityEnabled", "theme", "visibility",
	},
	sight: func(v *visit) sight {
		if v.may(readsGroups...) {
			return everything
		}
		return identityOnly
	},
	properties: map[string]*property{
		"id":                            group(plain(always, never, never), func(_ *directory.Tenant, g *directory.Group) any { return g.ID }),
		"displayName":                   group(orderable(plain(always, always, always)), func(_ *directory.Tenant, g *directory.Group) any { return g.Name }),
		"description":                   group(plain(always, always, always), func(_ *directory.Tenant, g *directory.Group) any { return orNull(g.Description) }),
		"securityEnabled":               group(property{form: truth, equal: always}, func(_ *directory.Tenant, g *directory.Group) any { return !g.MailOnly }),
		"mailEnabled":                   group(property{form: truth, equal: always}, func(_ *directory.Tenant, g *directory.Group) any { return g.MailOnly }),
		"mailNickname":                  group(plain(always, always, always), func(_ *directory.Tenant, g *directory.Group) any { return mailName(g) }),
		"mail":                          group(plain(always, always, always), groupMail),
		"groupTypes":                    none(property{form: many, equal: always}),
		"proxyAddresses":                none(property{form: many, equal: always, suffix: true}),
		"creationOptions":               none(property{form: many}),
		"isAssignableToRole":            none(property{form: truth, equal: always}),
		"onPremisesSyncEnabled":         none(property{form: truth, equal: always, null: always}),
		"classification":                none(plain(always, always, never)),
		"membershipRule":                none(plain(always, always, never)),
		"membershipRuleProcessingState": none(plain(always, never, never)),
		"onPremisesSamAccountName":      none(plain(advanced, advanced, never)),
		"preferredLanguage":             none(plain(always, always, always)),
		"onPremisesDomainName":          none(plain(never, never, never)),
		"theme":                         none(plain(never, never, never)),
		"visibility":                    none(plain(never, never, never)),
		"createdDateTime":               none(property{form: composite}),
		"deletedDateTime":               none(property{form: composite, order: advanced}),
		"expirationDateTime":            none(property{form: composite}),
		"renewedDateTime":               none(property{form: composite}),
		"onPremisesLastSyncDateTime":    none(property{form: composite}),
	},
}

// group is a property that is read off a group.
func group(p property, get func(*directory.Tenant, *directory.Group) any) *property {
	p.get = func(t *directory.Tenant, of any) any {
		g, _ := of.(*directory.Group)
		return get(t, g)
	}
	return &p
}

// mailName is a group's name without what a mail address cannot have.
func mailName(g *directory.Group) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, g.Name)
}

func groupMail(t *directory.Tenant, g *directory.Group) any {
	if !g.MailOnly {
		return nil
	}
	return mailName(g) + "@" + t.Domain
}
