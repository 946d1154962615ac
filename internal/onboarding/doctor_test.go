package onboarding_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

func ids(r onboarding.Report) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, f.ID)
	}
	return out
}

func unchecked(r onboarding.Report) []string {
	out := []string{}
	for _, n := range r.NotChecked {
		out = append(out, n.ID)
	}
	return out
}

func TestAHealthyAppHasNoFindings(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	report := r.check(r.subject())
	if len(report.Findings)+len(report.NotChecked) > 0 || !report.Healthy() {
		t.Errorf("report is %+v", report)
	}
}

func TestAHealthySharedAppHasNoFindings(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	r.adopt(onboarding.BasePermissions()...)
	report := r.check(r.sharedSubject())
	if len(report.Findings) > 0 {
		t.Errorf("findings are %+v", report.Findings)
	}
	if !slices.Contains(unchecked(report), "groups.claim") || slices.Contains(unchecked(report), "scope.missing") {
		t.Errorf("not checked are %q; the registration is elsewhere, the service principal is here", unchecked(report))
	}
}

// brokered lets people sign in through Gatehouse.
func brokered(_ *rig, s *onboarding.Subject) { s.Organization.Mode = tenants.Brokered }

// TestClientsOfEntraAreNoConcernWherePeopleSignInThroughGatehouse: no client needs to
// be known to the registration then.
func TestClientsOfEntraAreNoConcernWherePeopleSignInThroughGatehouse(t *testing.T) {
	t.Parallel()
	all := world()
	app := &all[0].Apps[0]
	app.Redirects.Public, app.PreAuthorized, all[0].Settings.UserConsent = app.Redirects.Public[1:], nil, "disabled"
	app.IdentifierURIs = app.IdentifierURIs[:1]
	r := newRig(t, all)
	s := r.subject()
	s.Organization.Mode = tenants.Brokered
	if report := r.check(s); len(report.Findings) > 0 {
		t.Errorf("findings are %q", ids(report))
	}
	s.Organization.AcceptEntraTokens = true
	if report := r.check(s); !report.Has("redirect.public") || !report.Has("user_consent.blocked") || !report.Has("identifier_uri.endpoint") {
		t.Errorf("with tokens of Entra findings are %q", ids(report))
	}
}

// adopt brings the shared app into Contoso and consents to it.
func (r *rig) adopt(scopes ...string) {
	made := r.send(r.adminOfContoso, "POST", "servicePrincipals", `{"appId":"`+sharedID+`"}`)
	if len(scopes) > 0 {
		r.send(r.adminOfContoso, "POST", "oauth2PermissionGrants", fmt.Sprintf(`{"clientId":%q,"consentType":"AllPrincipals","resourceId":%q,"scope":%q}`,
			made["id"], r.principalOf(seed.MicrosoftGraph), strings.Join(scopes, " ")))
	}
}

// sharedSubject is Contoso, connected with the shared app.
func (r *rig) sharedSubject() onboarding.Subject {
	s := r.subject()
	c := &s.Organization.Connection
	c.Model, c.ClientID, c.Resource, c.Credential = tenants.SharedApp, tenants.MustGUID(sharedID), "api://"+sharedID, tenants.Credential{}
	s.Organization.Mode = tenants.Brokered
	s.Clients, s.Endpoint, s.Prover = nil, sharedEndpoint, r.bySecret(contosoID, sharedID, "shared-secret")
	return s
}

// defect is one thing that is wrong, and what its finding has to say.
type defect struct {
	id        string
	also      string // findings that cannot but come with it
	name      string // where a finding has several causes
	app       func(*seed.App)
	tenant    func(*seed.Tenant)
	platform  func(*seed.App)                                   // the shared app, where it is registered
	before    func(*rig)                                        // requests that break something
	on        func(*rig, *onboarding.Subject)                   // what is examined
	says      string                                            // in its detail
	after     func(*rig, *onboarding.Subject, []map[string]any) // what is to be done in Gatehouse after the command
	by        func(*rig) string                                 // whose token the commands run with; nil: the administrator's
	unfixable bool                                              // no command can mend it
}

func wrongIssuer(f *seed.Federation)   { f.Issuer = "https://other.example/federation" }
func wrongSubject(f *seed.Federation)  { f.Subject = "org:somebody:else" }
func wrongAudience(f *seed.Federation) { f.Audience = "api://something" }

// federated makes the platform the issuer of the app's credential, with a
// credential that is right but for what change does.
func federated(id, says string, change func(*seed.Federation)) defect {
	return defect{
		id: id, says: says,
		before: func(r *rig) {
			f := seed.Federation{Name: "old", Issuer: r.issuer, Subject: contoso().Connection.FederatedSubject(orgID), Audience: "api://AzureADTokenExchange"}
			if change == nil {
				return
			}
			change(&f)
			r.send(r.adminOfContoso, "POST", "applications(appId='"+toolsID+"')/federatedIdentityCredentials",
				fmt.Sprintf(`{"name":"old-one","issuer":%q,"subject":%q,"audiences":[%q]}`, f.Issuer, f.Subject, f.Audience))
		},
		on: func(r *rig, s *onboarding.Subject) {
			s.Organization.Connection.Credential.Kind = tenants.PlatformIssuer
			s.Prover = r.byIssuer(contosoID, toolsID, s.Organization.Connection.FederatedSubject(orgID))
		},
	}
}

// principalOf is the object id of an app's service principal in Contoso.
func (r *rig) principalOf(app string) string {
	id, _ := r.send(r.adminOfContoso, "GET", "servicePrincipals(appId='"+app+"')", "")["id"].(string)
	return id
}

func sharedApp(r *rig, s *onboarding.Subject) { *s = r.sharedSubject() }

func platformAdmin(r *rig) string {
	return r.password(platformID, "paul@platform.example", "Application.ReadWrite.All")
}

// viaIssuer moves the connection to the platform as issuer.
func viaIssuer(r *rig, s *onboarding.Subject, _ []map[string]any) {
	s.Organization.Connection.Credential = tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.PlatformIssuer, CreatedAt: noon}
	s.Prover = r.byIssuer(contosoID, toolsID, s.Organization.Connection.FederatedSubject(orgID))
}

// viaSecret enters the secret that the command answered with.
func viaSecret(r *rig, s *onboarding.Subject, answers []map[string]any) {
	secret, _ := answers[0]["secretText"].(string)
	s.Organization.Connection.Credential.ExpiresAt = noon.AddDate(0, 0, 180)
	s.Prover = r.bySecret(contosoID, toolsID, secret)
}

func withoutClaim(name string) func(*seed.App) {
	return func(a *seed.App) {
		a.OptionalClaims.AccessToken = slices.DeleteFunc(a.OptionalClaims.AccessToken, func(c seed.OptionalClaim) bool { return c.Name == name })
	}
}

func consentedTo(scopes ...string) func(*seed.App) {
	return func(a *seed.App) {
		if a.Consents = nil; len(scopes) > 0 {
			a.Consents = []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: scopes}}
		}
	}
}

// mapped assigns a tool role to groups.
func mapped(groups ...string) func(*rig, *onboarding.Subject) {
	return func(_ *rig, s *onboarding.Subject) {
		for i, id := range groups {
			s.Groups = append(s.Groups, onboarding.NamedGroup{ID: tenants.MustGUID(id), Name: "Sales", By: fmt.Sprintf("assignments/%d", i)})
		}
	}
}

func expiresIn(days int) func(*rig, *onboarding.Subject) {
	return func(_ *rig, s *onboarding.Subject) {
		s.Organization.Connection.Credential.ExpiresAt = noon.AddDate(0, 0, days)
	}
}

func defects() []defect {
	patch := func(body string) func(*rig) {
		return func(r *rig) { r.send(r.adminOfContoso, "PATCH", "applications(appId='"+toolsID+"')", body) }
	}
	return []defect{
		{id: "cloud.mismatch", unfixable: true, says: "does not know the directory", on: func(r *rig, s *onboarding.Subject) {
			s.Organization.TID = mustTID(otherID)
			s.Prover, s.Graph = r.bySecret(otherID, toolsID, "tools-secret"), nil
		}},
		{id: "token.tenant", unfixable: true, says: platformID, on: func(r *rig, s *onboarding.Subject) {
			s.Prover = r.bySecret(platformID, sharedID, "shared-secret")
			s.Organization.Connection.Resource = "api://" + sharedID
		}, also: "token.audience identifier_uri.resource"},
		{id: "token.issuer", unfixable: true, says: "login.microsoftonline.us", on: func(_ *rig, s *onboarding.Subject) { s.Authority = entra.AuthorityOf(tenants.USGovCloud) }},
		{id: "app.missing", says: toolsID, tenant: func(t *seed.Tenant) { t.Apps = t.Apps[1:] }, after: func(_ *rig, s *onboarding.Subject, answers []map[string]any) {
			id, _ := answers[0]["appId"].(string)
			s.Organization.Connection.ClientID = tenants.MustGUID(id)
		}},
		{id: "principal.missing", says: contosoID, before: func(r *rig) { r.send(r.adminOfContoso, "DELETE", "servicePrincipals/"+r.principalOf(toolsID), "") }},
		{id: "principal.missing", name: "of the shared app", says: sharedID, on: sharedApp},
		{id: "principal.disabled", says: "is No", app: func(a *seed.App) { a.Disabled = true }},
		{id: "sign_in_audience", says: "AzureADMultipleOrgs", app: func(a *seed.App) { a.MultiTenant, a.Publisher = true, "Contoso" }},
		{id: "credential.missing", says: "no credential", on: func(_ *rig, s *onboarding.Subject) {
			s.Organization.Connection.Credential, s.Prover = tenants.Credential{}, nil
		}, after: viaIssuer},
		{id: "credential.wrong_secret", says: "7000215", on: func(r *rig, s *onboarding.Subject) { s.Prover = r.bySecret(contosoID, toolsID, "wrong") }, after: viaSecret},
		{id: "credential.expired", says: "7000222", app: func(a *seed.App) { a.Expired = true }, name: "as Entra says", on: expiresIn(100), after: viaSecret},
		{id: "credential.expired", says: "2026-11-20", name: "as we know", on: expiresIn(-1), after: viaSecret},
		{id: "credential.expired", says: "2026-01-01", name: "as Graph knows", app: func(a *seed.App) { a.Expired = true }, after: viaSecret},
		{id: "credential.expiring", says: "in 29 days", name: "within thirty days", on: expiresIn(29), after: viaSecret},
		{id: "credential.expiring", says: "in 6 days", name: "within seven days", on: expiresIn(6), after: viaSecret},
		federated("federated.missing", "None of 0", nil),
		federated("federated.issuer", "https://other.example/federation", wrongIssuer),
		federated("federated.subject", "org:somebody:else", wrongSubject),
		federated("federated.audience", "api://something", wrongAudience),
		{id: "token.version", says: "1", app: func(a *seed.App) { a.RequestedTokenVersion = 1; a.IdentifierURIs = []string{"api://" + toolsID} }, on: func(_ *rig, s *onboarding.Subject) { s.Endpoint = "" }},
		{id: "token.audience", says: "api://" + toolsID, name: "of version 1", app: func(a *seed.App) { a.RequestedTokenVersion = 1; a.IdentifierURIs = []string{"api://" + toolsID} }, on: func(_ *rig, s *onboarding.Subject) {
			s.Endpoint, s.Organization.Connection.Versions, s.Organization.Connection.V1Audiences = "", tenants.V1AndV2, []string{"api://old"}
		}},
		{id: "identifier_uri.endpoint", says: endpoint, app: func(a *seed.App) { a.IdentifierURIs = a.IdentifierURIs[:1] }},
		{id: "identifier_uri.endpoint", name: "with version 2 first", also: "token.version", says: endpoint, app: func(a *seed.App) {
			a.IdentifierURIs, a.RequestedTokenVersion = a.IdentifierURIs[:1], 1
		}},
		{id: "identifier_uri.resource", says: "api://" + toolsID, app: func(a *seed.App) { a.IdentifierURIs = a.IdentifierURIs[1:] }},
		{id: "scope.missing", says: "access_as_user", app: func(a *seed.App) { a.Scopes, a.PreAuthorized = nil, nil }, on: func(_ *rig, s *onboarding.Subject) { s.Clients = nil }},
		{id: "scope.disabled", says: "Disabled", before: func(r *rig) {
			patch(`{"api":{"oauth2PermissionScopes":[{"id":"` + scopeID(r) + `","value":"access_as_user","type":"User","isEnabled":false}]}}`)(r)
		}},
		{id: "role.missing", says: "Tools.Execute.All", app: func(a *seed.App) { a.AppRoles = nil }},
		{id: "role.disabled", says: "disabled", before: func(r *rig) {
			patch(`{"appRoles":[{"id":"` + roleID(r) + `","value":"Tools.Execute.All","displayName":"x","description":"x","isEnabled":false,"allowedMemberTypes":["Application"]}]}`)(r)
		}},
		{id: "groups.claim", says: "everybody looks like a member of none", app: func(a *seed.App) { a.GroupMembershipClaims = "" }},
		{id: "groups.claim", name: "of a connection that expects none", says: "waits for Microsoft Graph", app: func(a *seed.App) { a.GroupMembershipClaims = "DirectoryRole" }, on: func(_ *rig, s *onboarding.Subject) {
			s.Organization.Connection.GroupsClaim = tenants.ClaimUnknown
		}},
		{id: "groups.as_roles", says: "emit_as_roles", app: func(a *seed.App) {
			a.OptionalClaims.AccessToken = append(a.OptionalClaims.AccessToken, seed.OptionalClaim{Name: "groups", Properties: []string{"emit_as_roles"}})
		}},
		{id: "groups.source", says: "expires", unfixable: true, on: tokensOnly},
		{id: "groups.source", name: "and no groups claim is expected", says: "is in no group at all is refused", unfixable: true, on: func(r *rig, s *onboarding.Subject) {
			tokensOnly(r, s)
			mapped(staffID)(r, s)
			s.Organization.Connection.GroupsClaim = tenants.ClaimUnknown
		}},
		{id: "groups.source", name: "where people sign in through Gatehouse", says: "signs in through Gatehouse is refused", unfixable: true, on: func(r *rig, s *onboarding.Subject) {
			tokensOnly(r, s)
			mapped(staffID)(r, s)
			brokered(r, s)
		}},
		{id: "claims.idtyp", says: "include_user_token", app: withoutClaim("idtyp")},
		{id: "claims.idtyp", name: "for apps only", says: "include_user_token", app: func(a *seed.App) { a.OptionalClaims.AccessToken[0].Properties = nil }},
		{id: "claims.xms_cc", says: "claims challenge", app: withoutClaim("xms_cc")},
		{id: "claims.acct", says: "guests", app: withoutClaim("acct")},
		{id: "claims.sid", says: "session", app: withoutClaim("sid")},
		{id: "claims.acrs", says: "authentication context", app: withoutClaim("acrs")},
		{id: "consent.withdrawn", says: "consent", app: consentedTo()},
		{id: "consent.withdrawn", name: "from the shared app", says: "consent", before: func(r *rig) { r.adopt() }, on: sharedApp},
		{id: "graph_permissions.missing", says: "GroupMember.Read.All", app: consentedTo("openid", "offline_access", "User.Read")},
		{id: "graph_permissions.excess", says: "Mail.Read", app: consentedTo(append(onboarding.BasePermissions(), "Mail.Read")...)},
		{id: "graph_permissions.application", says: "Directory.Read.All", app: func(a *seed.App) { a.Consents[0].Roles = []string{"Directory.Read.All"} }},
		{id: "graph_permissions.background", says: "the application permission User.Read.All of", app: func(a *seed.App) { a.Consents[0].Roles = []string{"GroupMember.Read.All"} }, on: inBackground},
		{id: "graph_permissions.application", name: "beside those of the background", says: `["Directory.Read.All"]`, app: func(a *seed.App) {
			a.Consents[0].Roles = []string{"Directory.Read.All", "GroupMember.Read.All", "User.Read.All"}
		}, on: inBackground},
		{id: "assignment.nobody", says: "50105", name: "opened", app: func(a *seed.App) { a.AssignmentRequired = true }},
		{id: "assignment.nobody", says: "50105", name: "assigned", app: func(a *seed.App) { a.AssignmentRequired = true }, on: func(_ *rig, s *onboarding.Subject) {
			s.Groups = []onboarding.NamedGroup{{ID: tenants.MustGUID(staffID)}}
		}},
		{id: "assignment.nobody", says: "need not be required", name: "with a group that is gone", also: "assignment.gone", app: func(a *seed.App) { a.AssignmentRequired = true }, on: mapped(otherID)},
		{id: "assignment.nobody", says: "50105", name: "and groups cannot be read", app: func(a *seed.App) { a.AssignmentRequired = true }, on: func(r *rig, s *onboarding.Subject) {
			mapped(otherID)(r, s)
			s.GroupReader = asking(r.password(contosoID, "ada@contoso.example", "User.Read"))
		}},
		{id: "assignment.gone", says: "Sales " + otherID + " (DELETE /api/organizations/contoso/assignments/1)", unfixable: true, on: mapped(staffID, otherID)},
		{id: "assignment.gone", name: "of the console", says: "role-grants/2", unfixable: true, on: func(_ *rig, s *onboarding.Subject) {
			s.AdminGroups = []onboarding.NamedGroup{{ID: tenants.MustGUID(otherID), By: "role-grants/2"}}
		}},
		{id: "user_consent.blocked", says: "Visual Studio Code", app: func(a *seed.App) { a.PreAuthorized = nil }, tenant: func(t *seed.Tenant) { t.Settings.UserConsent = "disabled" }},
		{id: "clients.preauthorized", says: "Visual Studio Code", app: func(a *seed.App) { a.PreAuthorized = nil }},
		{id: "redirect.web", says: callback, app: func(a *seed.App) { a.Redirects.Web = nil }},
		{id: "redirect.web", name: "with people who sign in through Gatehouse", says: "AADSTS50011", app: func(a *seed.App) { a.Redirects.Web = nil }, on: brokered},
		{id: "redirect.shared", says: "AADSTS50011", before: func(r *rig) { r.adopt(onboarding.BasePermissions()...) }, platform: func(a *seed.App) { a.Redirects.Web = nil }, on: sharedApp, unfixable: true},
		{id: "redirect.public", says: "Claude", app: func(a *seed.App) { a.Redirects.Public = a.Redirects.Public[1:] }},
		{id: "redirect.platform", says: "Claude", app: func(a *seed.App) {
			a.Redirects.Web, a.Redirects.Public = append(a.Redirects.Web, a.Redirects.Public[0]), a.Redirects.Public[1:]
		}},
		{id: "publisher.unverified", says: "verified", before: func(r *rig) { r.adopt(onboarding.BasePermissions()...) }, platform: func(a *seed.App) { a.Publisher = "" }, on: sharedApp, unfixable: true},
		{id: "sign_in_audience", name: "of the shared app", also: "groups.source", says: "no other directory", before: func(r *rig) {
			r.adopt(onboarding.BasePermissions()...)
			r.send(platformAdmin(r), "PATCH", "applications(appId='"+sharedID+"')", `{"signInAudience":"AzureADMyOrg"}`)
		}, on: func(r *rig, s *onboarding.Subject) { // its operator looks, at home
			sharedApp(r, s)
			s.Organization.TID, s.Admin = mustTID(platformID), asking(r.password(platformID, "paul@platform.example", adminScopes))
			s.Prover = r.bySecret(platformID, sharedID, "shared-secret")
			s.Organization.Connection.GroupSource = tenants.TokenOnly
		}, by: platformAdmin},
		{id: "publisher.unverified", name: "of an own app", also: "sign_in_audience", says: "single-tenant", app: func(a *seed.App) { a.MultiTenant = true }},
	}
}

func tokensOnly(_ *rig, s *onboarding.Subject) {
	s.Organization.Connection.GroupSource = tenants.TokenOnly
}

// scopeID and roleID are the ids of what the seeded app exposes.
func scopeID(r *rig) string { return firstID(r, "oauth2PermissionScopes") }
func roleID(r *rig) string  { return firstID(r, "appRoles") }

func firstID(r *rig, of string) string {
	all, _ := r.send(r.adminOfContoso, "GET", "servicePrincipals(appId='"+toolsID+"')", "")[of].([]any)
	first, _ := all[0].(map[string]any)
	id, _ := first["id"].(string)
	return id
}

// seeded is a rig with the defect, and what is examined there.
func (d defect) seeded(t *testing.T) (*rig, onboarding.Subject) {
	t.Helper()
	all := world()
	if d.app != nil {
		d.app(&all[0].Apps[0])
	}
	if d.tenant != nil {
		d.tenant(&all[0])
	}
	if d.platform != nil {
		d.platform(&all[1].Apps[0])
	}
	r := newRig(t, all)
	if d.before != nil {
		d.before(r)
	}
	s := r.subject()
	if d.on != nil {
		d.on(r, &s)
	}
	return r, s
}

func TestEachDefectIsFoundAloneAndMendedByItsCommand(t *testing.T) {
	t.Parallel()
	for _, d := range defects() {
		t.Run(strings.TrimSpace(d.id+" "+d.name), func(t *testing.T) {
			t.Parallel()
			r, s := d.seeded(t)
			report := r.check(s)
			want := append(strings.Fields(d.also), d.id)
			got := ids(report)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("findings are %q, want %q\n%s", got, want, report.Text())
			}
			f := report.Findings[slices.IndexFunc(report.Findings, func(f onboarding.Finding) bool { return f.ID == d.id })]
			d.wellTold(t, f)
			if d.unfixable {
				return
			}
			token := r.adminOfContoso
			if d.by != nil {
				token = d.by(r)
			}
			var answers []map[string]any
			for _, line := range f.Fix {
				answers = append(answers, r.run(token, line))
			}
			if d.after != nil {
				d.after(r, &s, answers)
			}
			if after := r.check(s); after.Has(d.id) || slices.Contains(unchecked(after), d.id) {
				t.Errorf("after %q it is still there:\n%s", f.Fix, after.Text())
			}
		})
	}
}

// wellTold holds a finding against what every one has to have.
func (d defect) wellTold(t *testing.T, f onboarding.Finding) {
	t.Helper()
	if f.Severity == "" || f.Title == "" || f.Setting == "" || !strings.HasPrefix(f.Link, "https://entra.microsoft.com/#view/") || !strings.Contains(f.Detail, d.says) {
		t.Errorf("finding does not say %q, or lacks something: %+v", d.says, f)
	}
	if (len(f.Fix) == 0) != d.unfixable {
		t.Errorf("commands are %q", f.Fix)
	}
}

// TestEveryCheckHasADefect keeps a check from being added without its defect.
func TestEveryCheckHasADefect(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"token.stale_version": true, "credential.wrong_certificate": true, "checkpoints.nowhere": true, "checkpoints.late": true} // have tests of their own
	for _, d := range defects() {
		known[d.id] = true
	}
	for _, kind := range onboarding.Kinds() {
		id := kind.ID
		if !known[id] {
			t.Errorf("no defect is seeded for %s", id)
		}
	}
}

// inBackground is an organization whose worker asks as the app.
func inBackground(_ *rig, s *onboarding.Subject) {
	s.Organization.Connection.Background = tenants.Application
}
