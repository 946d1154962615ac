package msgraph

import (
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
)

// deltaUsers are people as delta queries follow them (learn.microsoft.com,
// graph/api/user-delta).
func deltaUsers() tracked {
	return tracked{
		path: "users/delta", kind: directory.KindUser,
		reads: []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All"},
		known: []string{
			"id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "jobTitle", "department", "officeLocation",
			"mobilePhone", "accountEnabled", "userType", "signInSessionsValidFromDateTime",
		},
		usual: []string{"displayName", "givenName", "surname", "mail", "userPrincipalName", "jobTitle", "officeLocation", "mobilePhone"},
		ids: func(t *directory.Tenant) []string {
			var out []string
			for _, r := range everybody(t) {
				out = append(out, r.id)
			}
			return out
		},
		entry: userEntry,
		links: func(*directory.Tenant, string) []directory.Event { return nil },
		context: func(choose []string) string {
			if len(choose) == 0 {
				return "users"
			}
			return "users(" + strings.Join(choose, ",") + ")"
		},
	}
}

// userEntry is a person with everything that can be selected.
func userEntry(t *directory.Tenant, id string) map[string]any {
	p, ok := t.People[id]
	if !ok || p.Deleted {
		return nil
	}
	return whole(t, personRecord(p))
}

// deltaGroups are groups as delta queries follow them (learn.microsoft.com,
// graph/api/group-delta). Members are the direct ones.
func deltaGroups() tracked {
	return tracked{
		path: "groups/delta", kind: directory.KindGroup,
		reads:   []string{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Directory.Read.All"},
		known:   []string{"id", "displayName", "description", "mailEnabled", "securityEnabled", "groupTypes", "members"},
		usual:   []string{"displayName", "description", "mailEnabled", "securityEnabled", "groupTypes", "members"},
		ids:     func(t *directory.Tenant) []string { return slices.Sorted(maps.Keys(t.Groups)) },
		entry:   groupEntry,
		links:   presentMembers,
		context: func([]string) string { return "groups" },
	}
}

func groupEntry(t *directory.Tenant, id string) map[string]any {
	g, ok := t.Groups[id]
	if !ok {
		return nil
	}
	return whole(t, groupRecord(g))
}

// presentMembers are a group's members as if they had just come.
func presentMembers(t *directory.Tenant, id string) []directory.Event {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(t.Groups[id].Members)), func(member string) bool {
		p, ok := t.People[member]
		return ok && p.Deleted
	})
	return []directory.Event{{Added: ids}}
}
