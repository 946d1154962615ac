package graph

import (
	"context"
	"net/url"
	"time"

	"gatehouse/internal/tenants"
)

// Application is an app registration, the part of it that tokens, consent and
// clients depend on (Microsoft Graph, "application resource type").
type Application struct {
	Object          tenants.GUID     `json:"id"`
	AppID           tenants.GUID     `json:"appId"`
	DisplayName     string           `json:"displayName"`
	SignInAudience  string           `json:"signInAudience"`
	IdentifierURIs  []string         `json:"identifierUris"`
	GroupClaims     string           `json:"groupMembershipClaims"`
	OptionalClaims  OptionalClaims   `json:"optionalClaims"`
	API             API              `json:"api"`
	AppRoles        []AppRole        `json:"appRoles"`
	Web             Redirects        `json:"web"`
	SPA             Redirects        `json:"spa"`
	PublicClient    Redirects        `json:"publicClient"`
	RequiredAccess  []RequiredAccess `json:"requiredResourceAccess"`
	Passwords       []AppSecret      `json:"passwordCredentials"`
	Keys            []AppKey         `json:"keyCredentials"`
	VerifiedBy      Publisher        `json:"verifiedPublisher"`
	PublisherDomain string           `json:"publisherDomain"`
}

// OptionalClaims are what an app wants in the tokens made for it.
type OptionalClaims struct {
	AccessToken []OptionalClaim `json:"accessToken"`
	IDToken     []OptionalClaim `json:"idToken"`
}

// OptionalClaim is one of them.
type OptionalClaim struct {
	Name       string   `json:"name"`
	Properties []string `json:"additionalProperties"`
}

// API is an app as a resource.
type API struct {
	TokenVersion  int             `json:"requestedAccessTokenVersion"` // 0, which Graph calls null, means 1
	Scopes        []Scope         `json:"oauth2PermissionScopes"`
	PreAuthorized []PreAuthorized `json:"preAuthorizedApplications"`
	KnownClients  []tenants.GUID  `json:"knownClientApplications"`
}

// Scope is a delegated permission that an app exposes.
type Scope struct {
	ID               tenants.GUID `json:"id"`
	Value            string       `json:"value"`
	Type             string       `json:"type"` // User: people may consent; Admin: admins only
	Enabled          bool         `json:"isEnabled"`
	AdminConsentName string       `json:"adminConsentDisplayName"`
	AdminConsentText string       `json:"adminConsentDescription"`
	UserConsentName  string       `json:"userConsentDisplayName"`
	UserConsentText  string       `json:"userConsentDescription"`
}

// PreAuthorized is a client that nobody has to consent to.
type PreAuthorized struct {
	AppID  tenants.GUID   `json:"appId"`
	Scopes []tenants.GUID `json:"delegatedPermissionIds"`
}

// AppRole is a role that an app declares.
type AppRole struct {
	ID          tenants.GUID `json:"id"`
	Value       string       `json:"value"`
	DisplayName string       `json:"displayName"`
	Description string       `json:"description"`
	Enabled     bool         `json:"isEnabled"`
	Members     []string     `json:"allowedMemberTypes"` // User, Application
}

// Redirects are the redirect URIs of one platform.
type Redirects struct {
	URIs []string `json:"redirectUris"`
}

// RequiredAccess is what an app declares to need of one API.
type RequiredAccess struct {
	Resource tenants.GUID `json:"resourceAppId"`
	Access   []Access     `json:"resourceAccess"`
}

// Access is one permission of RequiredAccess: a Scope or a Role, by id.
type Access struct {
	ID   tenants.GUID `json:"id"`
	Type string       `json:"type"`
}

// AppSecret is a client secret without what is secret about it.
type AppSecret struct {
	KeyID       tenants.GUID `json:"keyId"`
	DisplayName string       `json:"displayName"`
	Hint        string       `json:"hint"`
	EndsAt      time.Time    `json:"endDateTime"`
}

// AppKey is a certificate of an app.
type AppKey struct {
	KeyID       tenants.GUID `json:"keyId"`
	DisplayName string       `json:"displayName"`
	Thumbprint  string       `json:"customKeyIdentifier"` // base64
	EndsAt      time.Time    `json:"endDateTime"`
}

// Publisher is whom Microsoft has verified to be behind an app; empty if nobody.
type Publisher struct {
	DisplayName string `json:"displayName"`
	PublisherID string `json:"verifiedPublisherId"`
}

// FederatedCredential lets tokens of another issuer stand for an app's secret.
type FederatedCredential struct {
	ID        tenants.GUID `json:"id"`
	Name      string       `json:"name"`
	Issuer    string       `json:"issuer"`
	Subject   string       `json:"subject"`
	Audiences []string     `json:"audiences"`
}

// Application returns the app registration with a client id. An app that is
// registered in another directory, or nowhere, is NotFound. Least privilege:
// Application.Read.All.
func (c *Client) Application(ctx context.Context, as Asking, client tenants.GUID) (Application, error) {
	var app Application
	q := question{path: ApplicationPath(client), query: url.Values{"$select": {
		"id,appId,displayName,signInAudience,identifierUris,groupMembershipClaims,optionalClaims,api,appRoles,web,spa,publicClient," +
			"requiredResourceAccess,passwordCredentials,keyCredentials,verifiedPublisher,publisherDomain",
	}}}
	err := c.ask(ctx, as, q, &app)
	return app, err
}

// FederatedCredentials returns an app registration's federated credentials, at
// most twenty (Microsoft Graph, "federatedIdentityCredential"). Least privilege:
// Application.Read.All.
func (c *Client) FederatedCredentials(ctx context.Context, as Asking, client tenants.GUID) ([]FederatedCredential, error) {
	return whole[FederatedCredential](ctx, c, as, question{path: ApplicationPath(client) + "/federatedIdentityCredentials"})
}

// ApplicationPath is the path of an app registration by its client id.
func ApplicationPath(client tenants.GUID) string {
	return "applications(appId='" + client.String() + "')"
}
