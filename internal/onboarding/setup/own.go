package setup

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"

	"gatehouse/internal/tenants"
)

// own is the set-up with a registration of the organization's own. The order is
// Entra's: version 2 tokens before an https Application ID URI, the scope before
// the clients that may have it, and the credential last, so that nothing can act
// as the app before the app is complete.
func own(v Values) []Step {
	steps := []Step{v.register(), v.version(), v.expose(), v.claims(), v.platforms(), v.access(), v.identifier()}
	if len(v.Preauthorized) > 0 {
		steps = append(steps, v.trust())
	}
	steps = append(steps, consent(v, Ref(ClientID), "{clientId}")...)
	steps = append(steps, background(v, "{clientId}")...)
	switch v.Credential {
	case tenants.PlatformIssuer:
		steps = append(steps, v.federate())
	case tenants.Certificate:
		steps = append(steps, v.certify())
	case tenants.ClientSecret:
		steps = append(steps, v.secret())
	case tenants.NoCredential, tenants.ManagedIdentity, tenants.WorkloadIdentity: // Validate refuses them
	}
	return steps
}

func (v Values) register() Step {
	wanted, make := "tags/any(t:t eq '"+v.Tag()+"')", &Request{http.MethodPost, "applications", Object{
		{"displayName", v.DisplayName()}, {"signInAudience", "AzureADMyOrg"}, {"tags", List{v.Tag()}},
	}}
	absent := ""
	if !v.ClientID.IsZero() {
		wanted, make = "appId eq '"+v.ClientID.String()+"' and "+wanted, nil
		absent = "no app registration has client id " + v.ClientID.String() + " and the tag " + v.Tag() +
			"; this set-up changes only what it has made: take the steps for the admin center, or have a registration of its own made (new: true in the request)"
	}
	return Step{
		Name: "register", Title: "Register the app", Why: "Tokens for the endpoint are issued for this registration. Its tag lets a second run find it.",
		Find: &Find{Path: "applications" + filter(wanted, "id,appId"), List: "value", Absent: absent}, Make: make,
		Binds: []Bind{{ObjectID, "id"}, {ClientID, "appId"}},
		Portal: Portal{
			Blade: []string{"Entra ID", "App registrations", "New registration"}, Press: "Register",
			Fields: []Field{
				{"Name", []string{v.DisplayName()}},
				{"Supported account types", []string{"Accounts in this organizational directory only (Single tenant)"}},
			},
			Link: v.Cloud.AdminCenter() + "/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false",
		},
	}
}

// patch is a step that writes to the registration.
func (v Values) patch(name, title, why string, body Object, at Portal) Step {
	return Step{Name: name, Title: title, Why: why, Make: &Request{http.MethodPatch, application, body}, Portal: at}
}

// at is a page of the registration in the admin center.
func (v Values) at(words, blade, press string, fields ...Field) Portal {
	return Portal{
		Blade: []string{"Entra ID", "App registrations", v.DisplayName(), words}, Fields: fields, Press: press,
		Link: v.Cloud.AdminCenter() + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/" + blade + "/appId/{clientId}",
	}
}

func (v Values) version() Step {
	return v.patch("version", "Ask for version 2 tokens",
		"Version 2 tokens name the app by its client ID, and only they allow an https Application ID URI, so this comes before it.",
		Object{{"api", Object{{"requestedAccessTokenVersion", 2}}}},
		v.at("Manifest", "Manifest", "Save", Field{"api.requestedAccessTokenVersion", []string{"2"}}))
}

func (v Values) expose() Step {
	const name, text = "Use MCP tools as the signed-in user", "Lets an AI client use the MCP tools of Gatehouse that the signed-in person may use."
	scope := Object{
		{"id", v.ScopeID()},
		{"value", v.Scope},
		{"type", "User"},
		{"isEnabled", true},
		{"adminConsentDisplayName", name},
		{"adminConsentDescription", text},
		{"userConsentDisplayName", name},
		{"userConsentDescription", text},
	}
	body := Object{{"api", Object{{"oauth2PermissionScopes", List{scope}}}}}
	fields := []Field{
		{"Scope name", []string{v.Scope}},
		{"Who can consent?", []string{"Admins and users"}},
		{"Admin consent display name", []string{name}},
		{"Admin consent description", []string{text}},
		{"User consent display name", []string{name}},
		{"User consent description", []string{text}},
		{"State", []string{"Enabled"}},
	}
	roles := List{}
	for _, r := range v.AppRoles {
		roles = append(roles, Object{
			{"id", v.RoleID(r.Value)},
			{"value", r.Value},
			{"displayName", r.Name},
			{"description", r.Description},
			{"isEnabled", true},
			{"allowedMemberTypes", List{"Application"}},
		})
		at := "App role " + r.Value + ", "
		fields = append(fields, Field{at + "Display name", []string{r.Name}}, Field{at + "Allowed member types", []string{"Applications"}},
			Field{at + "Value", []string{r.Value}}, Field{at + "Description", []string{r.Description}})
	}
	if len(roles) > 0 {
		body = append(body, Member{"appRoles", roles})
	}
	portal := v.at("Expose an API", "ProtectAnAPI", "Add scope", fields...)
	portal.Notes = []string{"The admin center asks for the Application ID URI when the first scope is added: enter " + v.Endpoint + ". App roles are on a page of their own."}
	return v.patch("expose", "Expose the scope and the app roles",
		"A person's token carries the scope in scp, an application's the role in roles. It comes before the clients that may have it.", body, portal)
}

func (v Values) claims() Step {
	claims := List{}
	names := []string{"idtyp", "acct", "sid", "xms_cc", "acrs"}
	for _, name := range names {
		claim := Object{{"name", name}}
		if name == "idtyp" {
			claim = append(claim, Member{"additionalProperties", List{"include_user_token"}})
		}
		claims = append(claims, claim)
	}
	portal := v.at("Token configuration", "TokenConfiguration", "Add",
		Field{"Add groups claim", []string{"Security groups"}}, Field{"Add optional claim, Access", names})
	portal.Notes = []string{"Under Manifest, give idtyp the additional property include_user_token."}
	return v.patch("claims", "Put groups and the kind of caller into tokens",
		"Groups decide which tools a person sees; the optional claims tell people from apps and members from guests.",
		Object{{"groupMembershipClaims", "SecurityGroup"}, {"optionalClaims", Object{{"accessToken", claims}}}}, portal)
}

func (v Values) platforms() Step {
	public, web := v.uris(PublicClient), v.uris(Web)
	portal := v.at("Authentication", "Authentication", "Configure",
		Field{"Mobile and desktop applications, redirect URIs", texts(public)}, Field{"Web, redirect URIs", texts(web)})
	portal.Notes = []string{"The admin center takes http://127.0.0.1 only under Manifest. An MCP client's URI under Web would need the app's secret to sign in."}
	return v.patch("platforms", "Add the redirect URIs of the MCP clients", "The platform of a URI decides whether a client needs a secret.",
		Object{{"publicClient", Object{{"redirectUris", public}}}, {"web", Object{{"redirectUris", web}}}}, portal)
}

func (v Values) access() Step {
	access, words := List{}, []string{}
	for _, p := range BaseConsent() {
		access, words = append(access, Object{{"id", p.ID}, {"type", "Scope"}}), append(words, p.Value)
	}
	roles, named := v.backgroundAccess()
	access = append(access, roles...)
	return v.patch("access", "Declare what the app asks of Microsoft Graph", "The admin center shows it, and an administrator agrees to it for everybody.",
		Object{{"requiredResourceAccess", List{Object{{"resourceAppId", MicrosoftGraph}, {"resourceAccess", access}}}}},
		v.at("API permissions", "CallAnAPI", "Add permissions", Field{"Microsoft Graph, delegated permissions", words}, Field{"Microsoft Graph, application permissions", named}))
}

// Fallbacks are what to do when Entra answers HostNameNotOnVerifiedDomain to the
// Application ID URI.
func Fallbacks() []string {
	return []string{
		"Entra can take minutes to notice that the app asks for version 2 tokens: try again in a few.",
		"Or add the endpoint's domain to the directory's custom domain names and verify it.",
		"Or have Gatehouse sign people in (brokered mode), where clients send Entra no resource.",
	}
}

func (v Values) identifier() Step {
	portal := v.at("Expose an API", "ProtectAnAPI", "Save", Field{"Application ID URI", []string{v.Endpoint}})
	portal.Notes = append([]string{"If the admin center refuses the host name (HostNameNotOnVerifiedDomain):"}, Fallbacks()...)
	return v.patch("identifier", "Set the Application ID URI", "Entra compares resource with it character for character (AADSTS9010010).",
		Object{{"identifierUris", List{v.Endpoint}}}, portal)
}

func (v Values) trust() Step {
	trusted, ids := List{}, []string{}
	for _, c := range v.Preauthorized {
		trusted, ids = append(trusted, Object{{"appId", c.ID.String()}, {"delegatedPermissionIds", List{v.ScopeID()}}}), append(ids, c.ID.String())
	}
	return v.patch("trust", "Authorize the client applications", "Nobody is asked for consent in these. Entra refuses it in one request with the scope.",
		Object{{"api", Object{{"preAuthorizedApplications", trusted}}}},
		v.at("Expose an API", "ProtectAnAPI", "Add application", Field{"Client ID", ids}, Field{"Authorized scopes", []string{v.Endpoint + "/" + v.Scope}}))
}

// CredentialName is what a credential is called in Entra.
const CredentialName = "gatehouse"

func (v Values) federate() Step {
	trusted := Object{{"issuer", v.Federation.Issuer}, {"subject", v.Federation.Subject}, {"audiences", List{v.Federation.Audience}}}
	return Step{
		Name: "federate", Title: "Trust Gatehouse as issuer", Why: "Gatehouse proves to be the app by assertions it signs; there is no secret to keep or renew.",
		Find:   &Find{Path: application + "/federatedIdentityCredentials?$select=id,issuer,subject", List: "value", Which: v.trusted()},
		Make:   &Request{http.MethodPost, application + "/federatedIdentityCredentials", append(Object{{"name", CredentialName}}, trusted...)},
		Update: &Request{http.MethodPatch, application + "/federatedIdentityCredentials/{federatedId}", trusted},
		Binds:  []Bind{{FederatedID, "id"}},
		Portal: v.at("Certificates & secrets", "Credentials", "Add",
			Field{"Federated credential scenario", []string{"Other issuer"}}, Field{"Issuer", []string{v.Federation.Issuer}},
			Field{"Value (subject identifier)", []string{v.Federation.Subject}}, Field{"Name", []string{CredentialName}}, Field{"Audience", []string{v.Federation.Audience}}),
	}
}

// trusted finds the federated credential whatever it is called: the connection's,
// or else one of a connection before it.
func (v Values) trusted() []Match {
	return []Match{{"subject", v.Federation.Subject}, {"issuer", v.Federation.Issuer}}
}

func (v Values) certify() Step {
	block, _ := pem.Decode([]byte(v.Certificate))
	key := Object{{"type", "AsymmetricX509Cert"}, {"usage", "Verify"}, {"key", base64.StdEncoding.EncodeToString(block.Bytes)}, {"displayName", "CN=" + CredentialName}}
	return v.patch("certify", "Upload the certificate", "Gatehouse proves to be the app by its private key, which stays with Gatehouse.", Object{{"keyCredentials", List{key}}},
		v.at("Certificates & secrets", "Credentials", "Upload certificate", Field{"Certificate", []string{v.Certificate}}))
}

func (v Values) secret() Step {
	return Step{
		Name: "secret", Title: "Make a client secret", Why: "Gatehouse proves to be the app by it. Entra shows it once; copy it into Gatehouse.",
		Find: &Find{Path: application + "?$select=passwordCredentials", List: "passwordCredentials", Which: []Match{{"displayName", CredentialName}}},
		Make: &Request{http.MethodPost, application + "/addPassword", Object{{"passwordCredential", Object{{"displayName", CredentialName}}}}},
		// The answer to the request has the text; what is found later has not.
		Binds: []Bind{{SecretID, "keyId"}}, Shown: SecretText,
		Portal: v.at("Certificates & secrets", "Credentials", "Add", Field{"New client secret, description", []string{CredentialName}}),
	}
}

func texts(list List) []string {
	out := make([]string, 0, len(list))
	for _, one := range list {
		text, _ := one.(string)
		out = append(out, text)
	}
	return out
}
