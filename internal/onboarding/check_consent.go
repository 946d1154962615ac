package onboarding

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// consentChecks hold what the app was granted at Microsoft Graph against what it
// asks for.
func consentChecks() []check {
	asks := func(x *exam) bool { return x.connection().GroupSource == tenants.OnBehalfOf }
	return []check{
		{
			id: "consent.withdrawn", title: "Nobody has consented to the app", asks: "Whether an administrator has consented to the app", concerns: asks,
			look: at(func(x *exam) []Finding {
				if _, given := x.granted(); given {
					return nil
				}
				f := x.enterprise(Finding{
					Severity: Error, Detail: "No administrator's consent to Microsoft Graph is in force, so groups beyond a token cannot be read. It was never given, or was withdrawn.",
				}, permissionsBlade, "Grant admin consent")
				f.Fix = []string{x.grant(BasePermissions())}
				return one(f)
			}, fromGrants),
		},
		{id: "graph_permissions.missing", title: "Permissions of Microsoft Graph are missing", asks: "Whether all permissions of Microsoft Graph are there", concerns: asks, look: at((*exam).missingScopes, fromGrants)},
		{id: "graph_permissions.excess", title: "The app may do more at Microsoft Graph than it needs", asks: "Whether the app may do no more at Microsoft Graph than it needs", look: at((*exam).excessScopes, fromGrants)},
		{id: "graph_permissions.application", title: "The app may use Microsoft Graph without a person", asks: "Whether the app needs a person to use Microsoft Graph", look: at((*exam).excessRoles, fromGrants, fromRoles)},
	}
}

// granted are the delegated permissions of Microsoft Graph that an administrator
// agreed to for everybody.
func (x *exam) granted() (graph.PermissionGrant, bool) {
	i := slices.IndexFunc(x.grants, func(g graph.PermissionGrant) bool {
		return g.Resource == x.graphApp.Object && g.ConsentType == graph.ForEverybody
	})
	if i < 0 {
		return graph.PermissionGrant{}, false
	}
	return x.grants[i], true
}

// grant makes the consent be for exactly these.
func (x *exam) grant(scopes []string) string {
	if g, given := x.granted(); given {
		return x.az("PATCH", "oauth2PermissionGrants/"+g.ID, map[string]any{"scope": strings.Join(scopes, " ")})
	}
	return x.az("POST", "oauth2PermissionGrants", map[string]any{
		"clientId": x.principal.Object, "consentType": graph.ForEverybody, "resourceId": x.graphApp.Object, "scope": strings.Join(scopes, " "),
	})
}

func (x *exam) missingScopes() []Finding {
	g, given := x.granted()
	if !given {
		return nil
	}
	have := strings.Fields(g.Scope)
	lacking := slices.DeleteFunc(BasePermissions(), func(s string) bool { return slices.Contains(have, s) })
	if len(lacking) == 0 {
		return nil
	}
	f := x.enterprise(Finding{Severity: Error, Detail: fmt.Sprintf("An administrator has consented to %q at Microsoft Graph; %q is missing.", have, lacking)}, permissionsBlade, "Admin consent > Microsoft Graph")
	f.Fix = []string{x.grant(with(have, lacking...))}
	return one(f)
}

func (x *exam) excessScopes() []Finding {
	g, given := x.granted()
	if !given {
		return nil
	}
	wanted := BasePermissions()
	kept, more := []string{}, []string{}
	for _, s := range strings.Fields(g.Scope) {
		if slices.Contains(wanted, s) {
			kept = append(kept, s)
			continue
		}
		more = append(more, s)
	}
	if len(more) == 0 {
		return nil
	}
	f := x.enterprise(Finding{Severity: Warning, Detail: fmt.Sprintf("%q was consented to at Microsoft Graph and nothing in Gatehouse uses it. Take it back.", more)}, permissionsBlade, "Admin consent > Microsoft Graph > Revoke permission")
	f.Fix = []string{x.az("DELETE", "oauth2PermissionGrants/"+g.ID, nil)}
	if len(kept) > 0 {
		f.Fix = []string{x.grant(kept)}
	}
	return one(f)
}

func (x *exam) excessRoles() []Finding {
	var names, fix []string
	for _, a := range x.roles {
		if a.Resource != x.graphApp.Object {
			continue
		}
		name := a.Role.String()
		if i := slices.IndexFunc(x.graphApp.AppRoles, func(r graph.AppRole) bool { return r.ID == a.Role }); i >= 0 {
			name = x.graphApp.AppRoles[i].Value
		}
		names = append(names, name)
		fix = append(fix, x.az("DELETE", x.principalPath()+"/appRoleAssignments/"+a.ID, nil))
	}
	if len(names) == 0 {
		return nil
	}
	f := x.enterprise(Finding{
		Severity: Warning,
		Detail:   fmt.Sprintf("The app holds the application permission %q of Microsoft Graph. Gatehouse asks on behalf of people only; take it back.", names),
	}, permissionsBlade, "Admin consent > Microsoft Graph > Revoke permission")
	f.Fix = fix
	return one(f)
}
