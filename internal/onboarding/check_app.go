package onboarding

import (
	"fmt"

	"gatehouse/internal/onboarding/setup"
)

// appChecks look for the app itself.
func appChecks() []check {
	return []check{
		{
			id: "app.missing", title: "There is no such app registration", asks: "Whether there is such an app registration", concerns: (*exam).own,
			look: at(func(x *exam) []Finding {
				if !x.absent[fromLookup] {
					return nil
				}
				return one(x.noApp("Microsoft Graph finds no app registration"))
			}, fromLookup),
			otherwise: refusedWith(func(x *exam) Finding { return x.noApp("Microsoft Entra ID knows no app (AADSTS700016)") }, unknownApp),
		},
		{
			id: "principal.missing", title: "The app is not in this directory", asks: "Whether the app is in this directory",
			concerns: func(x *exam) bool { return !x.absent[fromLookup] },
			look: at(func(x *exam) []Finding {
				if !x.absent[fromPresence] {
					return nil
				}
				return one(x.noPrincipal())
			}, fromPresence),
			otherwise: lacksShared(),
		},
		{
			id: "principal.disabled", title: "The app is disabled", asks: "Whether the app is enabled",
			look: at(func(x *exam) []Finding {
				if x.principal.Enabled {
					return nil
				}
				return one(x.disabled())
			}, fromPrincipal),
			otherwise: refusedWith((*exam).disabled, 7000112, 500014),
		},
		{
			id: "sign_in_audience", title: "The app is open to the wrong directories", asks: "Whether the app is open to the right directories",
			look: at((*exam).audienceOfSignIn, fromApp), otherwise: at((*exam).audienceOfShared, fromPrincipal),
		},
	}
}

// lacksShared tells the shared app's absence from a refusal. Of an own app the
// refusal does not say which of the two is missing: that is app.missing's to tell.
func lacksShared() look {
	l := refusedWith((*exam).noPrincipal, unknownApp)
	find := l.find
	l.find = func(x *exam) []Finding {
		if x.own() {
			return nil
		}
		return find(x)
	}
	return l
}

func (x *exam) noApp(who string) Finding {
	f := x.registered(Finding{
		Severity: Error,
		Detail: fmt.Sprintf("%s with the client id %s in the directory %s. It was deleted, has no service principal there, or the client id is of another directory. "+
			"Correct the connection's client id, or make a registration: POST /api/organizations/%s/registration makes a whole one, as do the scripts of POST …/setup, "+
			"and complete the one that the command registers. Enter its appId as the connection's client id.",
			who, x.connection().ClientID, x.Organization.TID, x.Organization.Slug),
	}, overviewBlade, "Application (client) ID")
	v := setup.Values{Organization: x.Organization.Name, Endpoint: x.Endpoint}
	f.Fix = []string{x.az("POST", "applications", map[string]any{
		"displayName": v.DisplayName(), "tags": []string{v.Tag()}, "signInAudience": singleTenant, "api": map[string]any{"requestedAccessTokenVersion": 2},
	})}
	return f
}

func (x *exam) noPrincipal() Finding {
	f := x.enterprise(Finding{
		Severity: Error,
		Detail:   fmt.Sprintf("The directory %s has no service principal of the app %s, so nobody can sign in to it. It was removed, or consent was never given.", x.Organization.TID, x.connection().ClientID),
	}, propertiesBlade, "Application ID")
	f.Fix = []string{x.az("POST", "servicePrincipals", map[string]any{"appId": x.connection().ClientID})}
	return f
}

func (x *exam) disabled() Finding {
	f := x.enterprise(Finding{Severity: Error, Detail: "Enabled for users to sign-in? is No: Microsoft Entra ID refuses everybody's tokens for the app."}, propertiesBlade, "Enabled for users to sign-in?")
	path := x.principalPath()
	if x.principal.Object.IsZero() {
		path = "servicePrincipals(appId='" + x.connection().ClientID.String() + "')"
	}
	f.Fix = []string{x.az("PATCH", path, map[string]any{"accountEnabled": true})}
	return f
}

const (
	singleTenant = "AzureADMyOrg"
	multiTenant  = "AzureADMultipleOrgs"
)

func (x *exam) audienceOfSignIn() []Finding { return x.openTo(x.app.SignInAudience) }

// audienceOfShared is what can be seen of the shared app from its customers'
// tenants. An own app is looked at where it is registered.
func (x *exam) audienceOfShared() []Finding { return x.openTo(x.principal.SignInAudience) }

func (x *exam) openTo(is string) []Finding {
	f, want := Finding{Severity: Warning}, singleTenant
	f.Detail = fmt.Sprintf("Supported account types is %s: people of other directories can get tokens for the app. Gatehouse refuses them, but the app needs to be open to your own directory only.", is)
	if !x.own() {
		want = multiTenant
		f = Finding{Severity: Error, Detail: fmt.Sprintf("Supported account types of the shared app is %s: no other directory can consent to it.", is)}
	}
	if is == want {
		return nil
	}
	f = x.registered(f, authenticationBlade, "Supported account types")
	f.Fix = []string{x.az("PATCH", x.appPath(), map[string]any{"signInAudience": want})}
	return one(f)
}
