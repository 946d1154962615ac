package onboarding

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding/setup"
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
		{
			id: "graph_permissions.background", title: "The app may not ask Microsoft Graph in the background", asks: "Whether the app may ask Microsoft Graph in the background",
			concerns: func(x *exam) bool { return x.connection().AsksAsApp() }, look: at((*exam).missingRoles, fromGrants, fromRoles),
		},
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

// inBackground reports whether a role is one that the app needs to ask as itself.
func (x *exam) inBackground(role tenants.GUID) bool {
	return x.connection().AsksAsApp() && slices.ContainsFunc(setup.BackgroundPermissions(), func(p setup.Permission) bool { return p.ID == role.String() })
}

func (x *exam) asksAs() string {
	if x.connection().AsksAsApp() {
		return "Gatehouse needs GroupMember.Read.All and User.Read.All only"
	}
	return "Gatehouse asks on behalf of people only (background: delegated)"
}

// missingRoles are permissions without which people are asked about as by default.
func (x *exam) missingRoles() []Finding {
	var names, fix []string
	for _, p := range setup.BackgroundPermissions() {
		if slices.ContainsFunc(x.roles, func(a graph.RoleAssignment) bool { return a.Resource == x.graphApp.Object && a.Role.String() == p.ID }) {
			continue
		}
		names = append(names, p.Value)
		fix = append(fix, x.az("POST", x.principalPath()+"/appRoleAssignments", map[string]any{"principalId": x.principal.Object, "resourceId": x.graphApp.Object, "appRoleId": p.ID}))
	}
	if len(names) == 0 {
		return nil
	}
	f := x.enterprise(Finding{
		Severity: Warning,
		Detail: fmt.Sprintf("The organization asks about people as the app (background: application), and the app lacks %s of Microsoft Graph. "+
			"Until it is granted, people are asked about with what they left when they signed in, and those from whom nothing is kept are not.", applicationPermissions(names)),
	}, permissionsBlade, "Admin consent > Microsoft Graph, application permissions")
	f.Fix = fix
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
		if x.inBackground(a.Role) {
			continue
		}
		names = append(names, name)
		fix = append(fix, x.az("DELETE", x.principalPath()+"/appRoleAssignments/"+a.ID, nil))
	}
	if len(names) == 0 {
		return nil
	}
	f := x.enterprise(Finding{
		Severity: Warning,
		Detail:   fmt.Sprintf("The app holds the application permission %q of Microsoft Graph. %s; take it back.", names, x.asksAs()),
	}, permissionsBlade, "Admin consent > Microsoft Graph > Revoke permission")
	f.Fix = fix
	return one(f)
}

// applicationPermissions names some in a sentence.
func applicationPermissions(names []string) string {
	if len(names) == 1 {
		return "the application permission " + names[0]
	}
	return "the application permissions " + strings.Join(names, " and ")
}
