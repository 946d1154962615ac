package msgraph

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// microsoftTenant is the tenant Microsoft's own apps are registered in.
const microsoftTenant = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

// principalEntry is a service principal (learn.microsoft.com,
// graph/api/resources/serviceprincipal).
func principalEntry(t *directory.Tenant, a *directory.App) map[string]any {
	home, audience := t.ID, "AzureADMyOrg"
	if a.MultiTenant || a.FirstParty {
		audience = "AzureADMultipleOrgs"
	}
	if a.FirstParty {
		home = microsoftTenant
	}
	if a.Home != "" {
		home = a.Home
	}
	out := map[string]any{
		"id": a.Principal, "appId": a.ID, "displayName": a.Name, "appDisplayName": a.Name, "accountEnabled": !a.Disabled,
		"appRoleAssignmentRequired": a.AssignmentRequired, "appOwnerOrganizationId": home, "servicePrincipalType": "Application",
		"servicePrincipalNames": append(list(a.IdentifierURIs), a.ID), "signInAudience": audience, "appRoles": roleEntries(a),
		"oauth2PermissionScopes": scopeEntries(a), "createdDateTime": stamp(createdAt(a)), "deletedDateTime": nil, "alternativeNames": []string{},
		"replyUrls":           slices.Concat(list(a.Redirects.Web), a.Redirects.SPA, a.Redirects.Public),
		"passwordCredentials": []any{}, "keyCredentials": []any{}, "tags": []string{}, "homepage": nil, "loginUrl": nil, "notes": nil,
		"preferredSingleSignOnMode": nil, "verifiedPublisher": map[string]any{"displayName": orNull(a.Publisher)},
	}
	remembered(out, a.Remarks)
	return out
}

func listPrincipals(v *visit) {
	if !v.allows(readsApps...) {
		return
	}
	entries := []map[string]any{}
	for _, a := range v.tenant.Apps {
		entries = append(entries, principalEntry(v.tenant, a))
	}
	v.entries("servicePrincipals", entries)
}

// readsPrincipal serves whoever may read service principals with the one of the
// path.
func readsPrincipal(serve func(*visit, *directory.App)) func(*visit) {
	return reads((*visit).principal, serve)
}

// writesPrincipal serves whoever may change the service principal of the path.
func writesPrincipal(serve func(*visit, *directory.App)) func(*visit) {
	return writes((*visit).principal, serve)
}

// principal finds the service principal of the path. A client id is no object id,
// though both are GUIDs.
func (v *visit) principal() (*directory.App, bool) {
	id := keyOf(v.r.PathValue("id"))
	a, ok := v.tenant.ServicePrincipal(id)
	if byClient := strings.HasPrefix(v.r.PathValue("id"), "appId="); ok && byClient == (a.ID == id) {
		return a, true
	}
	v.refuse(missing(id))
	return nil, false
}

func getPrincipal(v *visit, a *directory.App) {
	v.showEntry("servicePrincipals", principalEntry(v.tenant, a))
}

// principalBody is what can be written to a service principal.
type principalBody struct {
	AppID    string          `json:"appId"`
	Enabled  maybe[bool]     `json:"accountEnabled"`
	Required maybe[bool]     `json:"appRoleAssignmentRequired"`
	Tags     maybe[[]string] `json:"tags"`
	Notes    maybe[string]   `json:"notes"`
	Mode     maybe[string]   `json:"preferredSingleSignOnMode"`
	Homepage maybe[string]   `json:"homepage"`
	Login    maybe[string]   `json:"loginUrl"`
	Mails    maybe[[]string] `json:"notificationEmailAddresses"`
	Names    maybe[[]string] `json:"alternativeNames"`
	Text     maybe[string]   `json:"description"`
}

func (b principalBody) apply(before *directory.App) *directory.App {
	next := *before
	if b.Enabled.sent {
		next.Disabled = !b.Enabled.value
	}
	if b.Required.sent {
		next.AssignmentRequired = b.Required.value
	}
	next.Remarks = maps.Clone(next.Remarks)
	if next.Remarks == nil {
		next.Remarks = map[string]any{}
	}
	put(next.Remarks, "tags", b.Tags)
	put(next.Remarks, "notes", b.Notes)
	put(next.Remarks, "preferredSingleSignOnMode", b.Mode)
	put(next.Remarks, "homepage", b.Homepage)
	put(next.Remarks, "loginUrl", b.Login)
	put(next.Remarks, "notificationEmailAddresses", b.Mails)
	put(next.Remarks, "alternativeNames", b.Names)
	put(next.Remarks, "description", b.Text)
	return &next
}

// createPrincipal gives an app its service principal in the tenant: a
// registration of the tenant, or a multi-tenant one of another.
func createPrincipal(v *visit) {
	var body principalBody
	if !v.allows(writesApps...) {
		return
	}
	if !v.body(&body) {
		return
	}
	var made *directory.App
	ok := v.change(func(t *directory.Tenant) *problem {
		a, bad := v.backing(t, strings.ToLower(body.AppID))
		if bad == nil && !v.manages(a) {
			bad = denied
		}
		if bad == nil {
			made = body.apply(a)
			t.GivePrincipal(made)
		}
		return bad
	})
	if ok {
		entry := principalEntry(v.tenant, made)
		v.created("servicePrincipals", "servicePrincipals/"+made.Principal, entry)
	}
}

// backing finds the registration behind a new service principal.
func (v *visit) backing(t *directory.Tenant, id string) (*directory.App, *problem) {
	if _, taken := t.Apps[id]; taken {
		return nil, &problem{
			http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue",
			"The service principal cannot be created, updated, or restored because the service principal name " + id + " is already in use.",
		}
	}
	if a, ok := v.s.directory.World().Registered(t, id); ok {
		return a, nil
	}
	return nil, &problem{http.StatusBadRequest, "NoBackingApplicationObject", "The appId '" + reply.Clip(id) + "' of the service principal does not reference a valid application object."}
}

func updatePrincipal(v *visit, a *directory.App) {
	var body principalBody
	if !v.body(&body) {
		return
	}
	if body.AppID != "" && body.AppID != a.ID {
		v.refuse(badRequest("Property 'appId' is read-only and cannot be set."))
		return
	}
	changed := v.change(func(t *directory.Tenant) *problem {
		now, ok := t.Apps[a.ID]
		if !ok {
			return missing(a.Principal)
		}
		t.Put(body.apply(now))
		return nil
	})
	if changed {
		v.done()
	}
}

// deletePrincipal takes an app's service principal. Microsoft Graph's stays: the
// emulator would not be able to answer without it.
func deletePrincipal(v *visit, a *directory.App) {
	if a.ID == seed.MicrosoftGraph {
		v.refuse(badRequest("The emulator keeps the service principal of Microsoft Graph."))
		return
	}
	gone := v.change(func(t *directory.Tenant) *problem {
		if _, ok := t.Apps[a.ID]; ok {
			t.TakePrincipal(a)
		}
		return nil
	})
	if gone {
		v.done()
	}
}
