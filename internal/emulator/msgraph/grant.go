package msgraph

import (
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
)

const delegatesPermissions = "DelegatedPermissionGrant.ReadWrite.All"

// Consent types of a grant.
const (
	forEverybody = "AllPrincipals"
	forOne       = "Principal"
)

func grantEntry(t *directory.Tenant, g directory.Grant) map[string]any {
	client, resource := t.Apps[g.Client], t.Apps[g.Resource]
	out := map[string]any{
		"id": g.ID(t.ID), "clientId": client.Principal, "resourceId": resource.Principal, "scope": strings.Join(g.Scopes, " "),
		"consentType": forEverybody, "principalId": nil,
	}
	if g.User != directory.Everybody {
		out["consentType"], out["principalId"] = forOne, g.User
	}
	return out
}

// grantsOf are the tenant's grants between apps that are still there.
func grantsOf(t *directory.Tenant) []directory.Grant {
	return slices.DeleteFunc(t.Grants(), func(g directory.Grant) bool { return t.Apps[g.Client] == nil || t.Apps[g.Resource] == nil })
}

func (v *visit) readsGrants() bool {
	if v.may(delegatesPermissions, "Directory.Read.All") {
		return true
	}
	v.refuse(denied)
	return false
}

func listGrants(v *visit) {
	if !v.readsGrants() {
		return
	}
	entries := []map[string]any{}
	for _, g := range grantsOf(v.tenant) {
		entries = append(entries, grantEntry(v.tenant, g))
	}
	v.entries("oauth2PermissionGrants", entries)
}

func listGrantsOf(v *visit, a *directory.App) {
	entries := []map[string]any{}
	for _, g := range grantsOf(v.tenant) {
		if g.Client == a.ID {
			entries = append(entries, grantEntry(v.tenant, g))
		}
	}
	v.entries("oauth2PermissionGrants", entries)
}

// findGrant is the grant of the path.
func (v *visit) findGrant(t *directory.Tenant) (directory.Grant, *problem) {
	all := grantsOf(t)
	id := v.r.PathValue("id")
	i := slices.IndexFunc(all, func(g directory.Grant) bool { return g.ID(t.ID) == strings.ToLower(id) })
	if i < 0 {
		return directory.Grant{}, missing(id)
	}
	return all[i], nil
}

func getGrant(v *visit) {
	if !v.readsGrants() {
		return
	}
	g, bad := v.findGrant(v.tenant)
	if bad != nil {
		v.refuse(bad)
		return
	}
	v.showEntry("oauth2PermissionGrants", grantEntry(v.tenant, g))
}

type grantBody struct {
	Client    string  `json:"clientId"`
	Type      string  `json:"consentType"`
	Principal *string `json:"principalId"`
	Resource  string  `json:"resourceId"`
	Scope     string  `json:"scope"`
	Start     *string `json:"startTime"`  // Graph ignores it
	Expiry    *string `json:"expiryTime"` // Graph ignores it
}

// grantsPermissions refuses whoever may not agree for others.
func (v *visit) grantsPermissions() bool {
	return v.allowsAdmin([]string{delegatesPermissions}, append([]string{privilegedRoleAdmin}, adminsOfApps...))
}

// createGrant agrees to delegated permissions, for everybody or for one person
// (learn.microsoft.com, graph/api/oauth2permissiongrant-post). A second one for
// the same three is refused: that is changed instead.
func createGrant(v *visit) {
	var body grantBody
	if !v.grantsPermissions() || !v.body(&body) {
		return
	}
	var made directory.Grant
	ok := v.change(func(t *directory.Tenant) *problem {
		var bad *problem
		if made, bad = body.read(t); bad != nil {
			return bad
		}
		if slices.ContainsFunc(t.Grants(), func(g directory.Grant) bool { return g.ID(t.ID) == made.ID(t.ID) }) {
			return &problem{http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists."}
		}
		t.SetGrant(made, made.Scopes)
		return nil
	})
	if ok {
		entry := grantEntry(v.tenant, made)
		v.created("oauth2PermissionGrants", "oauth2PermissionGrants/"+identity(entry), entry)
	}
}

// read understands a new grant.
func (b grantBody) read(t *directory.Tenant) (directory.Grant, *problem) {
	var g directory.Grant
	for _, end := range []struct {
		id   string
		into *string
	}{{b.Client, &g.Client}, {b.Resource, &g.Resource}} {
		a, ok := t.ServicePrincipal(strings.ToLower(end.id))
		if !ok || a.Principal != strings.ToLower(end.id) {
			return g, missing(end.id)
		}
		*end.into = a.ID
	}
	switch b.Type {
	case forEverybody:
		if b.Principal != nil {
			return g, badRequest("principalId must be empty when consentType is AllPrincipals.")
		}
	case forOne:
		p, ok := t.People[strings.ToLower(orNothing(b.Principal))]
		if !ok || p.Deleted {
			return g, missing(orNothing(b.Principal))
		}
		g.User = p.ID
	default:
		return g, badRequest("Invalid value specified for property 'consentType' of resource 'OAuth2PermissionGrant'.")
	}
	var bad *problem
	g.Scopes, bad = readScopes(t.Apps[g.Resource], b.Scope)
	return g, bad
}

// readScopes wants scopes the resource exposes. Graph takes any words; the
// emulator does not, because nothing would ever come of them.
func readScopes(resource *directory.App, text string) ([]string, *problem) {
	scopes := strings.Fields(text)
	for _, scope := range scopes {
		if !slices.Contains(resource.Scopes, scope) {
			return nil, badRequest("The emulator's app '" + resource.Name + "' exposes no permission '" + reply.Clip(scope) + "'.")
		}
	}
	if len(scopes) == 0 {
		return nil, badRequest("The emulator keeps no grant without a scope: delete it instead.")
	}
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}

// updateGrant replaces the scopes of a grant.
func updateGrant(v *visit) {
	var body struct {
		Scope string `json:"scope"`
	}
	if !v.grantsPermissions() || !v.body(&body) {
		return
	}
	changed := v.change(func(t *directory.Tenant) *problem {
		g, bad := v.findGrant(t)
		if bad != nil {
			return bad
		}
		scopes, bad := readScopes(t.Apps[g.Resource], body.Scope)
		if bad == nil {
			t.SetGrant(g, scopes)
		}
		return bad
	})
	if changed {
		v.done()
	}
}

func deleteGrant(v *visit) {
	if !v.grantsPermissions() {
		return
	}
	gone := v.change(func(t *directory.Tenant) *problem {
		g, bad := v.findGrant(t)
		if bad == nil {
			t.SetGrant(g, nil)
		}
		return bad
	})
	if gone {
		v.done()
	}
}
