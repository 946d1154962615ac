package emulator

import (
	"slices"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// How many groups a token carries; above, it only says that there are more. The
// lower limit is that of tokens which travel in a URL fragment
// (docs/identity-platform/access-token-claims-reference.md).
const (
	groupLimit    = 200
	implicitLimit = 5
)

// groupClaims adds the groups the receiving app's registration asks for and
// returns the roles the token carries then: the given ones, unless groups take
// their place.
func (i issue) groupClaims(claims map[string]any, receiver *directory.App, wanted []seed.OptionalClaim, roles []string) []string {
	groups := i.tenant.ClaimedGroups(receiver, i.who.ID)
	switch {
	case len(groups) == 0:
	case i.inURL && len(groups) > implicitLimit:
		claims["hasgroups"] = true
	case len(groups) > groupLimit:
		claims["_claim_names"] = map[string]any{"groups": "src1"}
		claims["_claim_sources"] = map[string]any{"src1": map[string]any{
			// A retired API, on purpose: readers must not call it.
			"endpoint": "https://graph.windows.net/" + i.tenant.ID + "/users/" + i.who.ID + "/getMemberObjects",
		}}
	case wants(wanted, "groups", "emit_as_roles"):
		return i.groupNames(groups, receiver, wanted)
	default:
		claims["groups"] = i.groupNames(groups, receiver, wanted)
	}
	return roles
}

// groupNames are the values that stand for groups: object ids, or display names
// where the app asks for them and gets its own groups only. The properties that
// name groups of a Windows domain leave ids, because every group here lives in
// the cloud.
func (i issue) groupNames(ids []string, receiver *directory.App, wanted []seed.OptionalClaim) []string {
	if receiver.GroupMembershipClaims != "ApplicationGroup" || !wants(wanted, "groups", "cloud_displayname") {
		return ids
	}
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		names = append(names, i.tenant.Groups[id].Name)
	}
	slices.Sort(names)
	return names
}

// wants reports whether an app wants a claim with a property.
func wants(wanted []seed.OptionalClaim, name, property string) bool {
	return slices.ContainsFunc(wanted, func(c seed.OptionalClaim) bool {
		return c.Name == name && slices.Contains(c.Properties, property)
	})
}
