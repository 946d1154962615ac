package emulator

import (
	"net/url"
	"slices"
	"strings"
)

// optionalClaims are the names OptionalClaim knows, with their properties.
var optionalClaims = map[string][]string{
	"acct": nil, "aud": {"use_guid"}, "auth_time": nil, "email": nil, "family_name": nil, "given_name": nil,
	"groups": {"emit_as_roles"}, "idtyp": {"include_user_token"}, "ipaddr": nil, "login_hint": nil,
	"sid": nil, "upn": nil, "xms_cc": nil,
}

func (c *checker) apps(where string, t Tenant) {
	ids, uris := map[string]bool{}, map[string]string{}
	for _, a := range t.Apps {
		which := "app " + quoted(a.Name, a.ID)
		if !isGUID(a.ID) {
			c.add(where, which, "ID %q is not a lower-case GUID; give the application (client) id", a.ID)
		}
		if ids[a.ID] {
			c.add(where, which, "ID is listed twice; merge the two apps")
		}
		ids[a.ID] = true
		c.identifiers(where, which, a, uris)
		c.format(where, which, a)
		c.permissions(where, which, t, a)
		c.redirects(where, which, a)
	}
}

func (c *checker) identifiers(where, which string, a App, taken map[string]string) {
	for _, uri := range a.IdentifierURIs {
		u, err := url.Parse(uri)
		switch {
		case err != nil || !u.IsAbs():
			c.add(where, which, "identifier URI %q is not absolute; give one such as api://%s", uri, a.ID)
		case strings.HasSuffix(uri, "/"):
			c.add(where, which, "identifier URI %q ends in a slash, which Entra refuses; remove it", uri)
		case taken[uri] != "":
			c.add(where, which, "identifier URI %q belongs to %s too; it is unique in a tenant", uri, taken[uri])
		}
		taken[uri] = which
	}
}

// format checks what decides the shape of the app's tokens.
func (c *checker) format(where, which string, a App) {
	if a.RequestedTokenVersion < 0 || a.RequestedTokenVersion > 2 {
		c.add(where, which, "RequestedTokenVersion %d is unknown; use 1 or 2", a.RequestedTokenVersion)
	}
	if !among(a.GroupMembershipClaims, "", "None", "SecurityGroup", "DirectoryRole", "ApplicationGroup", "All") {
		c.add(where, which, "GroupMembershipClaims %q is unknown; use None, SecurityGroup, DirectoryRole, ApplicationGroup or All", a.GroupMembershipClaims)
	}
	for _, claim := range slices.Concat(a.OptionalClaims.AccessToken, a.OptionalClaims.IDToken) {
		properties, known := optionalClaims[claim.Name]
		if !known {
			c.add(where, which, "optional claim %q is unknown to the emulator; remove it", claim.Name)
		}
		for _, property := range claim.Properties {
			if known && !slices.Contains(properties, property) {
				c.add(where, which, "optional claim %s: property %q is unknown to the emulator; remove it", claim.Name, property)
			}
		}
	}
}

func (c *checker) permissions(where, which string, t Tenant, a App) {
	for _, scope := range a.Scopes {
		if scope == "" || strings.ContainsAny(scope, " /") || openID[scope] || scope == ".default" {
			c.add(where, which, "scope %q is not a permission name; use letters, digits, dots and underscores", scope)
		}
	}
	for _, p := range a.PreAuthorized {
		for _, scope := range p.Scopes {
			if !slices.Contains(a.Scopes, scope) {
				c.add(where, which, "pre-authorizes %s for scope %q, which it does not expose; add it to Scopes", p.Client, scope)
			}
		}
	}
	for _, consent := range a.Consents {
		exposed, found := exposes(t, consent.Resource)
		if !found {
			c.add(where, which, "consent names resource %q, which is no app of the tenant; give its client id", consent.Resource)
		}
		for _, scope := range consent.Scopes {
			if found && !slices.Contains(exposed, scope) {
				c.add(where, which, "consent names scope %q, which resource %s does not expose", scope, consent.Resource)
			}
		}
	}
	c.roles(where, which, t, a)
}

func exposes(t Tenant, resource string) ([]string, bool) {
	for _, a := range slices.Concat(t.Apps, firstParty("")) {
		if a.ID == resource {
			return a.Scopes, true
		}
	}
	return nil, false
}

func (c *checker) roles(where, which string, t Tenant, a App) {
	values := []string{""}
	for _, role := range a.AppRoles {
		if role.Value == "" || strings.Contains(role.Value, " ") {
			c.add(where, which, "app role %q has no usable value; give one without spaces", role.Value)
		}
		values = append(values, role.Value)
		for _, kind := range role.Members {
			if !among(kind, "User", "Application") {
				c.add(where, which, "app role %s: member type %q is unknown; use User or Application", role.Value, kind)
			}
		}
	}
	for _, assignment := range a.AppRoleAssignments {
		if !slices.Contains(values, assignment.Role) {
			c.add(where, which, "assigns role %q, which it does not declare; add it to AppRoles", assignment.Role)
		}
		if !principal(t, assignment.Principal) {
			c.add(where, which, "assigns a role to %q, which is no user, group or app of the tenant", assignment.Principal)
		}
	}
}

func principal(t Tenant, id string) bool {
	return slices.ContainsFunc(t.Users, func(u User) bool { return u.ID == id }) ||
		slices.ContainsFunc(t.Groups, func(g Group) bool { return g.ID == id }) ||
		slices.ContainsFunc(slices.Concat(t.Apps, firstParty("")), func(a App) bool { return a.ID == id })
}

func (c *checker) redirects(where, which string, a App) {
	for _, raw := range slices.Concat(a.Redirects.Web, a.Redirects.SPA, a.Redirects.Public) {
		u, err := url.Parse(raw)
		switch {
		case err != nil || !u.IsAbs() || u.Fragment != "" || strings.Contains(raw, "*"):
			c.add(where, which, "redirect URI %q is not an absolute URI without fragment and wildcard", raw)
		case u.Scheme == "http" && !loopbackRedirect(u):
			c.add(where, which, "redirect URI %q is http and not on localhost or 127.0.0.1; use https", raw)
		}
	}
}
