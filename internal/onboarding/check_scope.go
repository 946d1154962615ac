package onboarding

import (
	"fmt"
	"slices"

	"gatehouse/internal/graph"
)

// scopeChecks look at the permissions that the app exposes.
func scopeChecks() []check {
	needsRole := func(x *exam) bool { return x.connection().AppRole != "" }
	return []check{
		{
			id: "scope.missing", title: "The app does not expose the connection's scope", asks: "Whether the app exposes the connection's scope",
			look: at(lacksScope(appScopes), fromApp), otherwise: at(lacksScope(principalScopes), fromPrincipal),
		},
		{
			id: "scope.disabled", title: "The connection's scope is disabled", asks: "Whether the connection's scope is enabled",
			look: at(offScope(appScopes), fromApp), otherwise: at(offScope(principalScopes), fromPrincipal),
		},
		{
			id: "role.missing", title: "The app does not declare the role of automations", asks: "Whether the app declares the role of automations", concerns: needsRole,
			look: at(lacksRole(appRoles), fromApp), otherwise: at(lacksRole(principalRoles), fromPrincipal),
		},
		{
			id: "role.disabled", title: "The role of automations is disabled", asks: "Whether the role of automations is enabled", concerns: needsRole,
			look: at(offRole(appRoles), fromApp), otherwise: at(offRole(principalRoles), fromPrincipal),
		},
	}
}

func appScopes(x *exam) []graph.Scope          { return x.app.API.Scopes }
func principalScopes(x *exam) []graph.Scope    { return x.principal.Scopes }
func appRoles(x *exam) []graph.AppRole         { return x.app.AppRoles }
func principalRoles(x *exam) []graph.AppRole   { return x.principal.AppRoles }
func (x *exam) isScope(s graph.Scope) bool     { return s.Value == x.connection().Scope }
func (x *exam) isAppRole(r graph.AppRole) bool { return r.Value == x.connection().AppRole }

func lacksScope(of func(*exam) []graph.Scope) func(*exam) []Finding {
	return func(x *exam) []Finding {
		have := of(x)
		if slices.ContainsFunc(have, x.isScope) {
			return nil
		}
		f := x.registered(Finding{
			Severity: Error, Detail: fmt.Sprintf("Scopes defined by this API lacks %s: no client can ask for it (AADSTS650053).", x.connection().Scope),
		}, exposeBlade, "Scopes defined by this API")
		f.Fix = []string{x.putScopes(append(slices.Clone(have), x.newScope()))}
		return one(f)
	}
}

func (x *exam) newScope() graph.Scope {
	const name, text = "Use MCP tools as the signed-in user", "Lets an AI client use the tools that the signed-in user may use, through Gatehouse."
	s := graph.Scope{Value: x.connection().Scope, Type: "User", Enabled: true, AdminConsentName: name, AdminConsentText: text, UserConsentName: name, UserConsentText: text}
	_ = s.ID.UnmarshalText([]byte(x.newID("scope", s.Value))) // newID makes GUIDs
	return s
}

func offScope(of func(*exam) []graph.Scope) func(*exam) []Finding {
	return func(x *exam) []Finding {
		all := slices.Clone(of(x))
		i := slices.IndexFunc(all, x.isScope)
		if i < 0 || all[i].Enabled {
			return nil
		}
		f := x.registered(Finding{Severity: Error, Detail: fmt.Sprintf("State of the scope %s is Disabled: no client can ask for it.", all[i].Value)}, exposeBlade, "Scopes defined by this API > State")
		all[i].Enabled = true
		f.Fix = []string{x.putScopes(all)}
		return one(f)
	}
}

func (x *exam) putScopes(all []graph.Scope) string {
	return x.az("PATCH", x.appPath(), map[string]any{"api": map[string]any{"oauth2PermissionScopes": all}})
}

func lacksRole(of func(*exam) []graph.AppRole) func(*exam) []Finding {
	return func(x *exam) []Finding {
		have := of(x)
		if slices.ContainsFunc(have, x.isAppRole) {
			return nil
		}
		f := x.registered(Finding{
			Severity: Error, Detail: fmt.Sprintf("App roles lacks %s: no automation can hold the role that its tokens must carry.", x.connection().AppRole),
		}, rolesBlade, "Value")
		r := graph.AppRole{
			Value: x.connection().AppRole, DisplayName: x.connection().AppRole, Description: "Lets an automation use tools on its own behalf, through Gatehouse.",
			Enabled: true, Members: []string{"Application"},
		}
		_ = r.ID.UnmarshalText([]byte(x.newID("role", r.Value)))
		f.Fix = []string{x.putRoles(append(slices.Clone(have), r))}
		return one(f)
	}
}

func offRole(of func(*exam) []graph.AppRole) func(*exam) []Finding {
	return func(x *exam) []Finding {
		all := slices.Clone(of(x))
		i := slices.IndexFunc(all, x.isAppRole)
		if i < 0 || all[i].Enabled {
			return nil
		}
		f := x.registered(Finding{Severity: Error, Detail: fmt.Sprintf("The app role %s is disabled: tokens do not carry it.", all[i].Value)}, rolesBlade, "Do you want to enable this app role?")
		all[i].Enabled = true
		f.Fix = []string{x.putRoles(all)}
		return one(f)
	}
}

func (x *exam) putRoles(all []graph.AppRole) string {
	return x.az("PATCH", x.appPath(), map[string]any{"appRoles": all})
}
