package setup

import (
	"net/http"
	"strings"

	"gatehouse/internal/tenants"
)

// shared is the set-up of a tenant for the platform's multi-tenant registration:
// its service principal and the consent, as an admin-consent link would give
// them.
func shared(v Values) []Step {
	return append(consent(v, v.ClientID.String(), v.ClientID.String()), background(v, v.ClientID.String())...)
}

// consent are the steps that give an app its service principal and the base
// consent: id is its client id in bodies, and inPath in paths.
func consent(v Values, id any, inPath string) []Step {
	var words []string
	for _, p := range BaseConsent() {
		words = append(words, p.Value)
	}
	app := []string{"Entra ID", "Enterprise apps"}
	if v.Model == tenants.OwnApp {
		app = append(app, v.DisplayName())
	}
	enterprise := v.Cloud.AdminCenter() + "/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Permissions/appId/" + inPath
	return []Step{
		{
			Name: "principal", Title: "Add the service principal",
			Why:   "It is the app in this directory: without it nobody can sign in to the endpoint.",
			Find:  &Find{Path: "servicePrincipals" + filter("appId eq '"+inPath+"'", "id"), List: "value"},
			Make:  &Request{http.MethodPost, "servicePrincipals", Object{{"appId", id}}},
			Binds: []Bind{{PrincipalID, "id"}},
			Portal: Portal{
				Blade: []string{"Entra ID", "Enterprise apps", "All applications"}, Link: enterprise,
				Notes: []string{"Registering an app in the admin center adds its service principal; for the shared app, granting admin consent does."},
			},
		},
		{
			Name: "graph", Title: "Find Microsoft Graph", Why: "The consent names Microsoft Graph by the id it has in this directory.",
			Find: &Find{
				Path: "servicePrincipals" + filter("appId eq '"+MicrosoftGraph+"'", "id"), List: "value",
				Absent: "this directory has no service principal of Microsoft Graph; add one with POST servicePrincipals {\"appId\":\"" + MicrosoftGraph + "\"}",
			},
			Binds: []Bind{{GraphID, "id"}},
		},
		{
			Name: "consent", Title: "Agree for everybody",
			Why: "Gatehouse asks Microsoft Graph on behalf of the signed-in person, for these permissions and no others.",
			Find: &Find{
				Path: "oauth2PermissionGrants" + filter("clientId eq '{principalId}' and resourceId eq '{graphId}' and consentType eq 'AllPrincipals'", "id,scope"),
				List: "value",
			},
			Make: &Request{http.MethodPost, "oauth2PermissionGrants", Object{
				{"clientId", Ref(PrincipalID)}, {"consentType", "AllPrincipals"}, {"resourceId", Ref(GraphID)}, {"scope", strings.Join(words, " ")},
			}},
			Update: &Request{http.MethodPatch, "oauth2PermissionGrants/{grantId}", Object{{"scope", Ref(Granted)}}},
			Binds:  []Bind{{GrantID, "id"}, {Granted, "scope"}},
			Words:  words,
			Portal: Portal{
				Blade: append(app, "Security", "Permissions"), Link: enterprise,
				Fields: []Field{{"Microsoft Graph, delegated permissions", words}}, Press: "Grant admin consent",
			},
		},
	}
}
