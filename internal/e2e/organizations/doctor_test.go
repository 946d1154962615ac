package organizations_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/onboarding/aztest"
	"gatehouse/internal/tenants"
)

// defect is something wrong with Adatum's connection that its administrator can
// bring about in Entra, and mend with the commands that the doctor names.
type defect struct {
	id    string
	spoil func(a *adatum, app string)
	after func(a *adatum, app string, answers []aztest.Result) // what is left to do in Gatehouse
}

// patch changes the app registration.
func patch(body string) func(*adatum, string) {
	return func(a *adatum, app string) {
		a.graphCall(http.MethodPatch, "applications(appId='"+app+"')", body, "Application.ReadWrite.All")
	}
}

// principal is the object id of the app's service principal.
func (a *adatum) principal(app string) string {
	a.t.Helper()
	id, _ := a.graphCall(http.MethodGet, "servicePrincipals(appId='"+app+"')", "", "Application.Read.All")["id"].(string)
	return id
}

// eachOf calls do with each entry of a list of Graph.
func (a *adatum) eachOf(path string, do func(entry map[string]any), scopes ...string) {
	a.t.Helper()
	all, _ := a.graphCall(http.MethodGet, path, "", scopes...)["value"].([]any)
	for _, one := range all {
		entry, _ := one.(map[string]any)
		do(entry)
	}
}

func withdraw(a *adatum, app string) {
	principal := a.principal(app)
	a.eachOf("oauth2PermissionGrants", func(g map[string]any) {
		if g["clientId"] == principal {
			a.graphCall(http.MethodDelete, "oauth2PermissionGrants/"+g["id"].(string), "", "DelegatedPermissionGrant.ReadWrite.All")
		}
	}, "Directory.Read.All")
}

func agree(scopes string) func(*adatum, string) {
	return func(a *adatum, app string) {
		principal := a.principal(app)
		a.eachOf("oauth2PermissionGrants", func(g map[string]any) {
			if g["clientId"] == principal {
				a.graphCall(http.MethodPatch, "oauth2PermissionGrants/"+g["id"].(string), `{"scope":"`+scopes+`"}`, "DelegatedPermissionGrant.ReadWrite.All")
			}
		}, "Directory.Read.All")
	}
}

// federated changes the federated credential that trusts the platform.
func federated(body string) func(*adatum, string) {
	return func(a *adatum, app string) {
		path := "applications(appId='" + app + "')/federatedIdentityCredentials"
		a.eachOf(path, func(f map[string]any) {
			if id := f["id"].(string); body == "" {
				a.graphCall(http.MethodDelete, path+"/"+id, "", "Application.ReadWrite.All")
			} else {
				a.graphCall(http.MethodPatch, path+"/"+id, body, "Application.ReadWrite.All")
			}
		}, "Application.Read.All")
	}
}

func defects() []defect {
	return []defect{
		{id: "principal.missing", spoil: func(a *adatum, app string) {
			a.graphCall(http.MethodDelete, "servicePrincipals/"+a.principal(app), "", "Application.ReadWrite.All")
		}, after: func(a *adatum, _ string, _ []aztest.Result) { a.mend("consent.withdrawn") }},
		{id: "principal.disabled", spoil: func(a *adatum, app string) {
			a.graphCall(http.MethodPatch, "servicePrincipals/"+a.principal(app), `{"accountEnabled":false}`, "Application.ReadWrite.All")
		}},
		{id: "sign_in_audience", spoil: patch(`{"signInAudience":"AzureADMultipleOrgs"}`)},
		{id: "federated.missing", spoil: federated("")},
		{id: "federated.issuer", spoil: federated(`{"issuer":"https://other.example/federation"}`)},
		{id: "federated.subject", spoil: federated(`{"subject":"org:somebody:else"}`)},
		{id: "federated.audience", spoil: federated(`{"audiences":["api://something"]}`)},
		{id: "token.version", spoil: func(a *adatum, app string) { // Entra wants both together
			patch(`{"identifierUris":["api://`+app+`"],"api":{"requestedAccessTokenVersion":1}}`)(a, app)
		}, after: func(a *adatum, _ string, _ []aztest.Result) { a.mend("identifier_uri.resource") }},
		{id: "identifier_uri.resource", spoil: func(a *adatum, app string) { patch(`{"identifierUris":["api://`+app+`"]}`)(a, app) }},
		{id: "groups.claim", spoil: patch(`{"groupMembershipClaims":"None"}`)},
		{id: "claims.idtyp", spoil: patch(`{"optionalClaims":{"accessToken":[{"name":"acct"},{"name":"sid"},{"name":"xms_cc"},{"name":"acrs"}]}}`)},
		{id: "claims.xms_cc", spoil: patch(`{"optionalClaims":{"accessToken":[{"name":"idtyp","additionalProperties":["include_user_token"]},{"name":"acct"},{"name":"sid"},{"name":"acrs"}]}}`)},
		{id: "claims.acct", spoil: patch(`{"optionalClaims":{"accessToken":[{"name":"idtyp","additionalProperties":["include_user_token"]},{"name":"sid"},{"name":"xms_cc"},{"name":"acrs"}]}}`)},
		{id: "claims.sid", spoil: patch(`{"optionalClaims":{"accessToken":[{"name":"idtyp","additionalProperties":["include_user_token"]},{"name":"acct"},{"name":"xms_cc"},{"name":"acrs"}]}}`)},
		{id: "claims.acrs", spoil: patch(`{"optionalClaims":{"accessToken":[{"name":"idtyp","additionalProperties":["include_user_token"]},{"name":"acct"},{"name":"sid"},{"name":"xms_cc"}]}}`)},
		{id: "groups.as_roles", spoil: patch(`{"optionalClaims":{"accessToken":[{"name":"idtyp","additionalProperties":["include_user_token"]},{"name":"acct"},{"name":"sid"},` +
			`{"name":"xms_cc"},{"name":"acrs"},{"name":"groups","additionalProperties":["emit_as_roles"]}]}}`)},
		{id: "consent.withdrawn", spoil: withdraw},
		{id: "graph_permissions.missing", spoil: agree("openid offline_access User.Read")},
		{id: "graph_permissions.excess", spoil: agree("openid offline_access User.Read GroupMember.Read.All Mail.Read")},
		{id: "assignment.nobody", spoil: func(a *adatum, app string) {
			a.graphCall(http.MethodPatch, "servicePrincipals/"+a.principal(app), `{"appRoleAssignmentRequired":true}`, "Application.ReadWrite.All")
		}},
		{id: "clients.preauthorized", spoil: patch(`{"api":{"preAuthorizedApplications":[]}}`)},
		{id: "redirect.web", spoil: patch(`{"web":{"redirectUris":[]}}`)},
		{id: "redirect.public", spoil: patch(`{"publicClient":{"redirectUris":["http://localhost/elsewhere"]}}`)},
	}
}

// mend runs the commands that the doctor names for a finding, if it is there.
func (a *adatum) mend(id string) (answers []aztest.Result) {
	a.t.Helper()
	for _, f := range a.doctor().Findings {
		if f.ID != id {
			continue
		}
		for _, line := range f.Fix {
			ran := aztest.RunLine(a.t, a.az(), line)
			if ran.Code != 0 {
				a.t.Fatalf("%s\nends with %d: %s%s", line, ran.Code, ran.Stdout, ran.Stderr)
			}
			answers = append(answers, ran)
		}
	}
	return answers
}

func ids(r onboarding.Report) (all []string) {
	for _, f := range r.Findings {
		all = append(all, f.ID)
	}
	return all
}

// TestDoctorThroughTheAPI breaks one connection in every way in turn: each is
// named, and mended by the commands that are named with it.
func TestDoctorThroughTheAPI(t *testing.T) {
	t.Parallel()
	ada := start(t, setup{directories: withStaff}).claim(t)
	ada.signsIn(console.SignInSettings{Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Refuse}).want(http.StatusOK) // clients of Entra count, too
	app := ada.registerForIssuer()
	ada.put(at("adatum", "connection"), ada.own(app)).want(http.StatusOK)
	ada.prove(console.NewCredential{Kind: tenants.PlatformIssuer})
	ada.signIn("?scopes=applications.read")
	if found := ids(ada.doctor()); !slices.Equal(found, []string{"checkpoints.nowhere"}) {
		t.Errorf("before anybody gets checkpoints there is %q", found)
	}
	ada.post(at("adatum", "sinks"), map[string]any{"name": "auditors", "kind": tenants.MailboxSink, "email": "ada@adatum.example"}, &console.Sink{})
	if found := ids(ada.doctor()); len(found) > 0 {
		t.Errorf("what the script has set up has %q", found)
	}
	for _, d := range defects() {
		d.spoil(ada, app.String())
		if found := ids(ada.doctor()); !slices.Contains(found, d.id) {
			t.Errorf("%s: found is %q", d.id, found)
			continue
		}
		answers := ada.mend(d.id)
		if len(answers) == 0 {
			t.Errorf("%s: no command mends it", d.id)
		}
		if d.after != nil {
			d.after(ada, app.String(), answers)
		}
		if found := ids(ada.doctor()); len(found) > 0 {
			t.Errorf("%s: after its commands there is %q", d.id, found)
		}
	}
}

// TestDoctorOfASecret is about what only a secret has: an end, and a value that
// can be wrong.
func TestDoctorOfASecret(t *testing.T) {
	t.Parallel()
	ada := start(t, setup{directories: withStaff}).claim(t)
	app := ada.registerForIssuer()
	ada.put(at("adatum", "connection"), ada.own(app)).want(http.StatusOK)
	ada.signIn("?scopes=applications.read")
	secret := ada.newSecret(app)
	for _, row := range []struct {
		id     string
		secret string
		ends   time.Duration
	}{
		{"credential.wrong_secret", "not the secret", 365 * 24 * time.Hour},
		{"credential.expiring", secret, 10 * 24 * time.Hour},
	} {
		end := time.Now().Add(row.ends).UTC().Truncate(time.Second)
		a := ada.change(http.MethodPut, at("adatum", "connection", "credential"), at("adatum", "connection"),
			console.NewCredential{Kind: tenants.ClientSecret, Secret: row.secret, ExpiresAt: &end})
		a.want(http.StatusOK)
		if found := ids(ada.doctor()); !slices.Contains(found, row.id) {
			t.Errorf("%s: found is %q", row.id, found)
		}
		answers := ada.mend(row.id)
		if len(answers) == 0 {
			t.Errorf("%s: no command mends it", row.id)
			continue
		}
		renewed := secretIn(t, answers[0].Stdout)
		end = time.Now().AddDate(0, 6, 0).UTC().Truncate(time.Second)
		ada.prove(console.NewCredential{Kind: tenants.ClientSecret, Secret: renewed, ExpiresAt: &end})
		if found := ids(ada.doctor()); slices.Contains(found, row.id) {
			t.Errorf("%s: after its commands there is %q", row.id, found)
		}
	}
}

// secretIn is the secret that a command has made.
func secretIn(t *testing.T, text string) string {
	t.Helper()
	var made struct{ SecretText string }
	answer{t: t, body: text}.into(&made)
	return made.SecretText
}
