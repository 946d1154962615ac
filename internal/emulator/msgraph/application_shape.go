package msgraph

import (
	"crypto/sha1" //nolint:gosec // thumbprints are SHA-1 by definition
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// seededAt is when seeded objects were made, for properties that want a date.
var seededAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// seededEnd is when the secret of a seed expires; a seed has no dates for it.
var seededEnd = time.Date(2299, 12, 31, 0, 0, 0, 0, time.UTC)

// applicationEntry is an app registration (learn.microsoft.com,
// graph/api/resources/application).
func applicationEntry(t *directory.Tenant, a *directory.App) map[string]any {
	audience := "AzureADMyOrg"
	if a.MultiTenant {
		audience = "AzureADMultipleOrgs"
	}
	out := map[string]any{
		"id": a.Object, "appId": a.ID, "displayName": a.Name, "signInAudience": audience, "publisherDomain": t.Domain,
		"createdDateTime": stamp(createdAt(a)), "deletedDateTime": nil, "identifierUris": list(a.IdentifierURIs),
		"groupMembershipClaims": orNull(a.GroupMembershipClaims), "optionalClaims": optionalEntry(a.OptionalClaims),
		"isFallbackPublicClient": nil, "api": apiEntry(a), "appRoles": roleEntries(a), "requiredResourceAccess": requiredEntries(t, a),
		"web": map[string]any{
			"redirectUris": list(a.Redirects.Web), "homePageUrl": nil, "logoutUrl": nil,
			"implicitGrantSettings": map[string]any{"enableIdTokenIssuance": a.Implicit.IDTokens, "enableAccessTokenIssuance": a.Implicit.AccessTokens},
		},
		"spa": map[string]any{"redirectUris": list(a.Redirects.SPA)}, "publicClient": map[string]any{"redirectUris": list(a.Redirects.Public)},
		"passwordCredentials": passwordEntries(a), "keyCredentials": keyEntries(a), "addIns": []any{}, "tags": []string{},
		"info": map[string]any{}, "notes": nil, "description": nil, "verifiedPublisher": map[string]any{"displayName": orNull(a.Publisher)},
	}
	if a.Public {
		out["isFallbackPublicClient"] = true
	}
	remembered(out, a.Notes)
	return out
}

func createdAt(a *directory.App) time.Time {
	if a.Created.IsZero() {
		return seededAt
	}
	return a.Created
}

// list is never null.
func list(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return slices.Clone(texts)
}

func apiEntry(a *directory.App) map[string]any {
	trusted := []map[string]any{}
	for _, p := range a.PreAuthorized {
		ids := []string{}
		for _, exposed := range a.Permissions() {
			if len(p.Scopes) == 0 || slices.Contains(p.Scopes, exposed.Value) {
				ids = append(ids, exposed.ID)
			}
		}
		trusted = append(trusted, map[string]any{"appId": p.Client, "delegatedPermissionIds": ids})
	}
	var version any
	if a.RequestedTokenVersion != 0 {
		version = a.RequestedTokenVersion
	}
	return map[string]any{
		"acceptMappedClaims": nil, "knownClientApplications": list(a.KnownClients), "requestedAccessTokenVersion": version,
		"oauth2PermissionScopes": scopeEntries(a), "preAuthorizedApplications": trusted,
	}
}

func scopeEntries(a *directory.App) []map[string]any {
	out := []map[string]any{}
	for _, p := range a.Permissions() {
		out = append(out, map[string]any{
			"id": p.ID, "value": p.Value, "type": p.Type, "isEnabled": p.Enabled, "adminConsentDisplayName": p.AdminName,
			"adminConsentDescription": p.AdminText, "userConsentDisplayName": orNull(p.UserName), "userConsentDescription": orNull(p.UserText),
		})
	}
	return out
}

func roleEntries(a *directory.App) []map[string]any {
	out := []map[string]any{}
	for _, r := range a.Declared() {
		out = append(out, map[string]any{
			"id": r.ID, "value": r.Value, "displayName": r.Name, "description": r.Text, "isEnabled": r.Enabled,
			"allowedMemberTypes": list(r.Members), "origin": "Application",
		})
	}
	return out
}

func requiredEntries(t *directory.Tenant, a *directory.App) []map[string]any {
	out := []map[string]any{}
	for _, need := range a.RequiredAccess {
		access := []map[string]any{}
		if resource, ok := anyApp(t, need.Resource); ok {
			for _, p := range resource.Permissions() {
				if slices.Contains(need.Scopes, p.Value) {
					access = append(access, map[string]any{"id": p.ID, "type": "Scope"})
				}
			}
			for _, r := range resource.Declared() {
				if slices.Contains(need.Roles, r.Value) {
					access = append(access, map[string]any{"id": r.ID, "type": "Role"})
				}
			}
		}
		out = append(out, map[string]any{"resourceAppId": need.Resource, "resourceAccess": access})
	}
	return out
}

// anyApp finds an app by client id, with a service principal or without.
func anyApp(t *directory.Tenant, id string) (*directory.App, bool) {
	if a, ok := t.Apps[id]; ok {
		return a, true
	}
	return t.Registration(id)
}

func optionalEntry(claims seed.OptionalClaims) any {
	if len(claims.AccessToken)+len(claims.IDToken) == 0 {
		return nil
	}
	return map[string]any{
		"accessToken": claimEntries(claims.AccessToken), "idToken": claimEntries(claims.IDToken), "saml2Token": []any{},
	}
}

func claimEntries(claims []seed.OptionalClaim) []map[string]any {
	out := []map[string]any{}
	for _, c := range claims {
		out = append(out, map[string]any{"name": c.Name, "source": nil, "essential": false, "additionalProperties": list(c.Properties)})
	}
	return out
}

// passwordEntries tell of the secrets without telling them.
func passwordEntries(a *directory.App) []map[string]any {
	out := []map[string]any{}
	for _, p := range passwords(a) {
		out = append(out, passwordEntry(p))
	}
	return out
}

// passwords are all of an app's, the seeded one among them.
func passwords(a *directory.App) []directory.Password {
	out := slices.Clone(a.Passwords)
	if a.Secret != "" {
		seeded := directory.Password{ID: seed.Derived(a.ID, "secret"), Secret: a.Secret, Start: seededAt, End: seededEnd}
		if a.Expired {
			seeded.End = seededAt
		}
		out = append(out, seeded)
	}
	return out
}

func passwordEntry(p directory.Password) map[string]any {
	return map[string]any{
		"keyId": p.ID, "displayName": orNull(p.Name), "hint": p.Hint(), "secretText": nil, "customKeyIdentifier": nil,
		"startDateTime": stamp(p.Start), "endDateTime": stamp(p.End),
	}
}

func keyEntries(a *directory.App) []map[string]any {
	out := []map[string]any{}
	for _, text := range a.Certificates {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			continue
		}
		entry := map[string]any{"keyId": keyID(block.Bytes), "type": "AsymmetricX509Cert", "usage": "Verify", "key": nil, "displayName": nil}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			sum := sha1.Sum(block.Bytes) //nolint:gosec // thumbprints are SHA-1 by definition
			entry["displayName"], entry["startDateTime"], entry["endDateTime"] = "CN="+c.Subject.CommonName, stamp(c.NotBefore), stamp(c.NotAfter)
			entry["customKeyIdentifier"] = base64.StdEncoding.EncodeToString(sum[:])
		}
		out = append(out, entry)
	}
	return out
}

// keyID is the id of a certificate at an app.
func keyID(der []byte) string { return seed.Derived("certificate", string(der)) }
