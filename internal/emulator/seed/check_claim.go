package seed

import (
	"maps"
	"slices"
)

// optionalClaims are the names OptionalClaim knows, with their properties.
var optionalClaims = map[string][]string{
	"acct": nil, "acrs": nil, "aud": {"use_guid"}, "auth_time": nil, "ctry": nil, "email": nil, "family_name": nil, "given_name": nil,
	"groups": {"emit_as_roles", "sam_account_name", "cloud_displayname"},
	"idtyp":  {"include_user_token"}, "ipaddr": nil, "login_hint": nil, "preferred_username": nil, "sid": nil,
	"tenant_ctry": nil, "tenant_region_scope": nil,
	"upn":                    {"include_externally_authenticated_upn", "include_externally_authenticated_upn_without_hash"},
	"verified_primary_email": nil, "xms_cc": nil, "xms_edov": nil,
}

// windowsNames are properties of "groups" that only groups synchronized from a
// Windows domain have values for.
var windowsNames = []string{"dns_domain_and_sam_account_name", "netbios_domain_and_sam_account_name"}

func (c *checker) optionalClaim(at place, claim OptionalClaim, a App) {
	properties, found := optionalClaims[claim.Name]
	if !found {
		c.add(at.field("name"), "optional claim %q is unknown to the emulator; remove it%s", claim.Name, didYouMean(claim.Name, slices.Collect(maps.Keys(optionalClaims))))
		return
	}
	for i, property := range claim.Properties {
		where := at.item("properties", i)
		switch {
		case claim.Name == "groups" && slices.Contains(windowsNames, property):
			c.add(where, "%q names groups of a Windows domain, and every group here lives in the cloud only; remove it", property)
		case !slices.Contains(properties, property):
			c.add(where, "%q of optional claim %s is unknown to the emulator; remove it%s", property, claim.Name, didYouMean(property, slices.Clone(properties)))
		case property == "cloud_displayname" && a.GroupMembershipClaims != "ApplicationGroup":
			c.add(where, "%q works with groupMembershipClaims ApplicationGroup alone, as in Entra", property)
		}
	}
}
