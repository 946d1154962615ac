package setup

import (
	"net/http"

	"gatehouse/internal/tenants"
)

// BackgroundPermissions are the application permissions of Microsoft Graph that asking
// as the app takes, with their ids (Microsoft Graph permissions reference). No consent
// has them unless an organization has chosen that.
func BackgroundPermissions() []Permission {
	return []Permission{
		{"98830695-27a2-44f7-8c18-0c3ebc9698f6", "GroupMember.Read.All"},
		{"df021288-bdef-4463-88db-98f22de89214", "User.Read.All"},
	}
}

// whyBackground are the reasons for them.
var whyBackground = map[string]string{
	"GroupMember.Read.All": "Gatehouse asks as the app in which of your groups people are, and which of them have changed.",
	"User.Read.All":        "Gatehouse asks as the app whether people may sign in, since when their sessions count, and who was disabled or deleted.",
}

// inBackground reports whether the worker of the organization asks as the app.
func (v Values) inBackground() bool { return v.Background == tenants.Application }

// background are the steps that let the app ask without a person. They take more
// rights than the others (Microsoft, "Grant an appRoleAssignment to a service
// principal"), so they are apart.
func background(v Values, inPath string) []Step {
	if !v.inBackground() {
		return nil
	}
	app := []string{"Entra ID", "Enterprise apps"}
	if v.Model == tenants.OwnApp {
		app = append(app, v.DisplayName())
	}
	var steps []Step
	for _, p := range BackgroundPermissions() {
		steps = append(steps, Step{
			Name: "background " + p.Value, Title: "Grant " + p.Value + " to the app itself", Why: whyBackground[p.Value], Apart: true,
			Find: &Find{Path: "servicePrincipals/{principalId}/appRoleAssignments", List: "value", Which: []Match{{"appRoleId", p.ID}}},
			Make: &Request{http.MethodPost, "servicePrincipals/{principalId}/appRoleAssignments", Object{
				{"principalId", Ref(PrincipalID)}, {"resourceId", Ref(GraphID)}, {"appRoleId", p.ID},
			}},
			Binds: []Bind{{AssignmentID, "id"}},
			Portal: Portal{
				Blade: append(app, "Security", "Permissions"), Link: v.Cloud.AdminCenter() + "/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Permissions/appId/" + inPath,
				Fields: []Field{{"Microsoft Graph, application permissions", []string{p.Value}}}, Press: "Grant admin consent",
				Notes: []string{"A Privileged Role Administrator or Global Administrator can grant it. Without it people are asked about with what they left when they signed in."},
			},
		})
	}
	return steps
}

// backgroundAccess declares them.
func (v Values) backgroundAccess() (access List, words []string) {
	if !v.inBackground() {
		return nil, nil
	}
	for _, p := range BackgroundPermissions() {
		access, words = append(access, Object{{"id", p.ID}, {"type", "Role"}}), append(words, p.Value)
	}
	return access, words
}
