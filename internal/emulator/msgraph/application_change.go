package msgraph

import (
	"cmp"
	"maps"
	"slices"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// apply is an app with what a body says about it. Nothing is taken over in part.
func (b applicationBody) apply(t *directory.Tenant, before *directory.App) (*directory.App, *problem) {
	next := *before
	if bad := b.plain(&next); bad != nil {
		return nil, bad
	}
	if bad := cmp.Or(b.api(&next, before), b.roles(&next, before), b.needs(t, &next), b.keys(&next), b.identifiers(t, &next, before)); bad != nil {
		return nil, bad
	}
	return &next, wellFormed(t, &next)
}

// plain takes over what needs no more than a look at itself.
func (b applicationBody) plain(next *directory.App) *problem {
	if b.DisplayName.sent {
		next.Name = b.DisplayName.value
	}
	if next.Name == "" {
		return badRequest("Invalid value specified for property 'displayName' of resource 'Application'.")
	}
	if b.Audience.sent {
		if !slices.Contains([]string{"AzureADMyOrg", "AzureADMultipleOrgs"}, b.Audience.value) {
			return badRequest("The emulator knows no personal accounts: signInAudience is AzureADMyOrg or AzureADMultipleOrgs, not '" + reply.Clip(b.Audience.value) + "'.")
		}
		next.MultiTenant = b.Audience.value == "AzureADMultipleOrgs"
	}
	if b.GroupClaims.sent {
		next.GroupMembershipClaims = b.GroupClaims.value
	}
	if b.Fallback.sent {
		next.Public = b.Fallback.value
	}
	if len(b.Passwords.value) > 0 {
		return badRequest("New password credentials must be generated with service actions: use addPassword.")
	}
	b.redirects(next)
	if notes := b.notes(); len(notes) > 0 {
		next.Notes = maps.Clone(next.Notes)
		if next.Notes == nil {
			next.Notes = map[string]any{}
		}
		maps.Copy(next.Notes, notes)
	}
	return b.claims(next)
}

func (b applicationBody) redirects(next *directory.App) {
	if b.Web.value.URIs.sent {
		next.Redirects.Web = b.Web.value.URIs.value
	}
	if b.SPA.value.URIs.sent {
		next.Redirects.SPA = b.SPA.value.URIs.value
	}
	if b.Public.value.URIs.sent {
		next.Redirects.Public = b.Public.value.URIs.value
	}
	if settings := b.Web.value.Implicit; settings.sent {
		next.Implicit = seed.Implicit{IDTokens: settings.value.IDTokens, AccessTokens: settings.value.AccessTokens}
	}
}

func (b applicationBody) claims(next *directory.App) *problem {
	if !b.Claims.sent {
		return nil
	}
	if len(b.Claims.value.SAML2Token) > 0 {
		return badRequest("The emulator issues no SAML tokens: leave optionalClaims.saml2Token empty.")
	}
	for _, c := range slices.Concat(b.Claims.value.AccessToken, b.Claims.value.IDToken) {
		if c.Source != nil || c.Essential {
			return badRequest("The emulator knows no optional claims with a source or that are essential, such as '" + reply.Clip(c.Name) + "'.")
		}
	}
	next.OptionalClaims = seed.OptionalClaims{}
	for _, c := range b.Claims.value.AccessToken {
		next.OptionalClaims.AccessToken = append(next.OptionalClaims.AccessToken, seed.OptionalClaim{Name: c.Name, Properties: c.Properties})
	}
	for _, c := range b.Claims.value.IDToken {
		next.OptionalClaims.IDToken = append(next.OptionalClaims.IDToken, seed.OptionalClaim{Name: c.Name, Properties: c.Properties})
	}
	return nil
}

// api takes over what makes an app an API. Clients can be pre-authorized only for
// scopes that were there before: that takes two requests in Graph, too.
func (b applicationBody) api(next, before *directory.App) *problem {
	body := b.API.value
	if body.Version.sent {
		next.RequestedTokenVersion = body.Version.value
	}
	if body.KnownClients.sent {
		next.KnownClients = body.KnownClients.value
	}
	if body.PreAuthorized.sent {
		trusted, bad := trustedClients(before, body.PreAuthorized.value)
		if bad != nil {
			return bad
		}
		next.PreAuthorized = trusted
	}
	if !body.Scopes.sent {
		return nil
	}
	var all []directory.Permission
	for _, s := range body.Scopes.value {
		if !seed.IsGUID(s.ID) || s.Value == "" || s.Type != "" && s.Type != "User" && s.Type != "Admin" {
			return badRequest("Each of api.oauth2PermissionScopes needs an id that is a GUID, a value, and User or Admin as its type.")
		}
		all = append(all, directory.Permission{
			ID: s.ID, Value: s.Value, Type: cmp.Or(s.Type, "User"), Enabled: s.Enabled == nil || *s.Enabled,
			AdminName: s.AdminName, AdminText: s.AdminText, UserName: s.UserName, UserText: s.UserText,
		})
	}
	for _, old := range before.Permissions() {
		i := slices.IndexFunc(all, func(p directory.Permission) bool { return p.ID == old.ID })
		if old.Enabled && (i < 0 || all[i].Value != old.Value) {
			return &problem{400, "CannotDeleteOrUpdateEnabledEntitlement", "Permission (scope or role) cannot be deleted or updated unless disabled first."}
		}
	}
	if next.Expose(all); repeated(all, func(p directory.Permission) []string { return []string{p.ID, p.Value} }) {
		return badRequest("The values and ids of api.oauth2PermissionScopes must be unique.")
	}
	return nil
}

// repeated reports whether two of a list have a name in common.
func repeated[T any](all []T, names func(T) []string) bool {
	seen := map[string]bool{}
	for _, one := range all {
		for _, name := range names(one) {
			if seen[name] {
				return true
			}
			seen[name] = true
		}
	}
	return false
}

func trustedClients(a *directory.App, bodies []trustBody) ([]seed.PreAuthorized, *problem) {
	var out []seed.PreAuthorized
	for _, body := range bodies {
		if !seed.IsGUID(body.Client) || len(body.Scopes) == 0 {
			return nil, badRequest("Each of api.preAuthorizedApplications needs the appId of a client and at least one of delegatedPermissionIds.")
		}
		trusted := seed.PreAuthorized{Client: body.Client}
		for _, id := range body.Scopes {
			p, ok := a.Permission(id)
			if !ok {
				return nil, badRequest("Property api.preAuthorizedApplications.delegatedPermissionIds has a Permission Id that cannot be found in the AppPermissions sets.")
			}
			trusted.Scopes = append(trusted.Scopes, p.Value)
		}
		out = append(out, trusted)
	}
	if repeated(out, func(p seed.PreAuthorized) []string { return []string{p.Client} }) {
		return nil, badRequest("An appId stands twice in api.preAuthorizedApplications.")
	}
	return out, nil
}

// roles takes over the roles an app declares.
func (b applicationBody) roles(next, before *directory.App) *problem {
	if !b.Roles.sent {
		return nil
	}
	var all []directory.Role
	for _, r := range b.Roles.value {
		if !seed.IsGUID(r.ID) || len(r.Members) == 0 || r.Name == "" {
			return badRequest("Each of appRoles needs an id that is a GUID, a displayName and allowedMemberTypes.")
		}
		all = append(all, directory.Role{
			ID: r.ID, Value: r.Value, Name: r.Name, Text: r.Text, Enabled: r.Enabled == nil || *r.Enabled, Members: r.Members,
		})
	}
	for _, old := range before.Declared() {
		i := slices.IndexFunc(all, func(r directory.Role) bool { return r.ID == old.ID })
		if old.Enabled && (i < 0 || all[i].Value != old.Value) {
			return &problem{400, "CannotDeleteOrUpdateEnabledEntitlement", "Permission (scope or role) cannot be deleted or updated unless disabled first."}
		}
	}
	if next.Declare(all); repeated(all, func(r directory.Role) []string { return []string{r.ID, r.Value} }) {
		return badRequest("The values and ids of appRoles must be unique.")
	}
	return nil
}

// needs takes over which permissions an app asks for.
func (b applicationBody) needs(t *directory.Tenant, next *directory.App) *problem {
	if !b.Required.sent {
		return nil
	}
	next.RequiredAccess = nil
	for _, body := range b.Required.value {
		resource, ok := anyApp(t, body.Resource)
		if !ok {
			return badRequest("The emulator has no app '" + reply.Clip(body.Resource) + "' in this tenant to require access to.")
		}
		need := seed.Access{Resource: resource.ID}
		for _, access := range body.Access {
			scope, isScope := resource.Permission(access.ID)
			role, isRole := resource.Role(access.ID)
			switch {
			case access.Type == "Scope" && isScope:
				need.Scopes = append(need.Scopes, scope.Value)
			case access.Type == "Role" && isRole:
				need.Roles = append(need.Roles, role.Value)
			default:
				return badRequest("The emulator's app '" + resource.Name + "' has no " + reply.Clip(access.Type) + " with id '" + reply.Clip(access.ID) + "'.")
			}
		}
		next.RequiredAccess = append(next.RequiredAccess, need)
	}
	return nil
}
