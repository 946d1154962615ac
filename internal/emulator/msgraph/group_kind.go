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
		"mailEnabled":                   group(property{form: truth, equal: always}, func(_ *directory.Tenant, g *directory.Group) any { return g.MailOnly || g.Unified }),
		"mailNickname":                  group(plain(always, always, always), func(_ *directory.Tenant, g *directory.Group) any { return mailName(g) }),
		"mail":                          group(plain(always, always, always), groupMail),
		"groupTypes":                    group(property{form: many, equal: always}, groupTypes),
		"proxyAddresses":                none(property{form: many, equal: always, suffix: true}),
		"creationOptions":               none(property{form: many}),
		"isAssignableToRole":            group(property{form: truth, equal: always}, trueOrNull(func(g *directory.Group) bool { return g.RoleAssignable })),
		"onPremisesSyncEnabled":         group(property{form: truth, equal: always, null: always}, trueOrNull(func(g *directory.Group) bool { return g.Synced })),
		"classification":                none(plain(always, always, never)),
		"membershipRule":                group(plain(always, always, never), func(_ *directory.Tenant, g *directory.Group) any { return orNull(g.MembershipRule) }),
		"membershipRuleProcessingState": group(plain(always, never, never), ruleState),
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
	if !g.MailOnly && !g.Unified {
		return nil
	}
	return mailName(g) + "@" + t.Domain
}

// groupTypes says what more a group is than one of people who are put into it
// ("group resource type").
func groupTypes(_ *directory.Tenant, g *directory.Group) any {
	types := []string{}
	if g.MembershipRule != "" {
		types = append(types, "DynamicMembership")
	}
	if g.Unified {
		types = append(types, "Unified")
	}
	return types
}

func ruleState(_ *directory.Tenant, g *directory.Group) any {
	if g.MembershipRule == "" {
		return nil
	}
	return "On"
}

// trueOrNull is what Graph has of a property that most groups never were given.
func trueOrNull(is func(*directory.Group) bool) func(*directory.Tenant, *directory.Group) any {
	return func(_ *directory.Tenant, g *directory.Group) any {
		if is(g) {
			return true
		}
		return nil
	}
}
