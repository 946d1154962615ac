package onboarding

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// clientChecks look at which clients people can use at Microsoft Entra ID without
// being asked.
func clientChecks() []check {
	return []check{
		{id: "user_consent.blocked", concerns: (*exam).admitsEntraTokens, title: "People cannot consent to a client they use", asks: "Whether people can use the clients without an administrator", look: at(func(x *exam) []Finding {
			untrusted := x.untrusted()
			if len(untrusted) == 0 || x.policy.UserConsent() {
				return nil
			}
			f := x.registered(Finding{
				Severity: Error,
				Detail: fmt.Sprintf("The directory does not let people consent to apps (Consent and permissions > User consent settings: Do not allow user consent), "+
					"and %s not pre-authorized: whoever uses it is told to ask an administrator (AADSTS90094).", are(untrusted)),
			}, exposeBlade, "Authorized client applications")
			f.Fix = []string{x.preAuthorize()}
			return one(f)
		}, fromApp, fromPolicy)},
		{id: "clients.preauthorized", concerns: (*exam).admitsEntraTokens, title: "A client is not pre-authorized", asks: "Whether the clients are pre-authorized", look: at((*exam).unauthorized, fromApp)},
	}
}

func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}

// unauthorized leaves to user_consent.blocked what that has found.
func (x *exam) unauthorized() []Finding {
	untrusted := x.untrusted()
	if _, unknown := x.gaps[fromPolicy]; len(untrusted) == 0 || !unknown && !x.policy.UserConsent() {
		return nil
	}
	f := x.registered(Finding{
		Severity: Warning, Detail: fmt.Sprintf("%s not among the authorized client applications: everybody who uses it is asked to consent first.", are(untrusted)),
	}, exposeBlade, "Authorized client applications")
	f.Fix = []string{x.preAuthorize()}
	return one(f)
}

// untrusted are the names of known clients that the app does not pre-authorize
// for the connection's scope.
func (x *exam) untrusted() []string {
	var names []string
	for _, c := range x.Clients {
		if !c.ID.IsZero() && !x.trusts(c.ID) {
			names = append(names, c.Name)
		}
	}
	return names
}

// scopeID is the id of the connection's scope; zero without one.
func (x *exam) scopeID() tenants.GUID {
	i := slices.IndexFunc(x.app.API.Scopes, x.isScope)
	if i < 0 {
		return tenants.GUID{}
	}
	return x.app.API.Scopes[i].ID
}

// trusts finds nothing amiss without the scope: that is found first, and clients
// can be pre-authorized for no other.
func (x *exam) trusts(client tenants.GUID) bool {
	scope := x.scopeID()
	return scope.IsZero() || slices.ContainsFunc(x.app.API.PreAuthorized, func(p graph.PreAuthorized) bool {
		return p.AppID == client && slices.Contains(p.Scopes, scope)
	})
}

func (x *exam) preAuthorize() string {
	all := slices.Clone(x.app.API.PreAuthorized)
	for _, c := range x.Clients {
		if c.ID.IsZero() || x.trusts(c.ID) {
			continue
		}
		i := slices.IndexFunc(all, func(p graph.PreAuthorized) bool { return p.AppID == c.ID })
		if i < 0 {
			all, i = append(all, graph.PreAuthorized{AppID: c.ID}), len(all)
		}
		all[i].Scopes = append(slices.Clone(all[i].Scopes), x.scopeID())
	}
	return x.az("PATCH", x.appPath(), map[string]any{"api": map[string]any{"preAuthorizedApplications": all}})
}
