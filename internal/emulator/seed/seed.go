// Package seed describes Entra tenants to emulate: what is in a directory, which
// apps are registered, and which rules sign-ins obey.
//
// It owns the seed's types, every complaint about a seed, what every tenant has
// without being told, and the YAML form of it all. It keeps no state and changes
// nothing; the emulator's directory is built from it.
package seed

import "time"

// Tenant is one Entra directory.
type Tenant struct {
	ID      string   `yaml:"id"`                // tenant id, a lower-case GUID
	Name    string   `yaml:"name"`              // display name
	Domain  string   `yaml:"domain"`            // its default verified domain; an alias of ID in URLs
	Domains []string `yaml:"domains,omitempty"` // further verified domains, aliases as well

	Users  []User  `yaml:"users,omitempty"`
	Groups []Group `yaml:"groups,omitempty"`
	Apps   []App   `yaml:"apps,omitempty"`

	ManagedIdentities []ManagedIdentity `yaml:"managedIdentities,omitempty"`
	ConditionalAccess []Policy          `yaml:"conditionalAccess,omitempty"`
	Settings          Settings          `yaml:"settings,omitempty"`
}

// Settings are choices an administrator, or Microsoft, has made for a tenant.
type Settings struct {
	UserConsent     string `yaml:"userConsent,omitempty"`     // "" and allowed: people may consent for themselves; disabled: only admins (90094)
	IdentifierURIs  string `yaml:"identifierUris,omitempty"`  // "" and v2: an https URI needs a verified domain unless the app asks for v2 tokens; verified: always
	ResourceChecked string `yaml:"resourceChecked,omitempty"` // "" and exact: RFC 8707 resource must match (9010010); refused: any resource is refused, as before 2026 (901002)
	Metadata        string `yaml:"metadata,omitempty"`        // "" and entra: what Entra publishes; compatible: adds PKCE, iss and client id documents to the v2 document
	Country         string `yaml:"country,omitempty"`         // two letters; "tenant_ctry" in tokens
	TokenMinutes    int    `yaml:"tokenMinutes,omitempty"`    // lifetime of access tokens, 10 to 1439; 0: 60 to 90, the same for the same person, client and resource
}

// User is a person in a directory, member or guest, or an agent's user.
type User struct {
	ID             string   `yaml:"id"`                       // object id, unique over all tenants
	Username       string   `yaml:"username"`                 // user principal name; for a guest the one at home
	Password       string   `yaml:"password,omitempty"`       // for the password grant; a guest has none
	Name           string   `yaml:"name,omitempty"`           // display name, "Given Family"
	Mail           string   `yaml:"mail,omitempty"`           // empty: none
	JobTitle       string   `yaml:"jobTitle,omitempty"`       // Graph only
	Department     string   `yaml:"department,omitempty"`     // Graph only
	Country        string   `yaml:"country,omitempty"`        // two letters; "ctry" in tokens
	Office         string   `yaml:"office,omitempty"`         // Graph only: officeLocation
	Phone          string   `yaml:"phone,omitempty"`          // Graph only: mobilePhone and the first of businessPhones
	Manager        string   `yaml:"manager,omitempty"`        // Graph only: object id of a user
	Guest          string   `yaml:"guest,omitempty"`          // home tenant id or another identity provider's name; empty: a member
	Disabled       bool     `yaml:"disabled,omitempty"`       // may not sign in (50057)
	Deleted        bool     `yaml:"deleted,omitempty"`        // in the recycle bin: nobody finds them (50034)
	Agent          string   `yaml:"agent,omitempty"`          // client id of the agent identity whose user account this is; it has no password
	DirectoryRoles []string `yaml:"directoryRoles,omitempty"` // role template ids, active; they become "wids"
	EligibleRoles  []string `yaml:"eligibleRoles,omitempty"`  // role template ids that Privileged Identity Management could activate
	MFA            string   `yaml:"mfa,omitempty"`            // "" and registered: can do a second factor; none: has to enrol first (50079)

	Events   []Event   `yaml:"events,omitempty"`   // calendar
	Messages []Message `yaml:"messages,omitempty"` // mailbox
	Files    []File    `yaml:"files,omitempty"`    // OneDrive
	People   []string  `yaml:"people,omitempty"`   // object ids of the users most relevant to them, most relevant first
}

// Event is an entry of a calendar.
type Event struct {
	Subject   string        `yaml:"subject"`
	Start     time.Time     `yaml:"start"`
	Length    time.Duration `yaml:"length"`
	Location  string        `yaml:"location,omitempty"`
	Attendees []string      `yaml:"attendees,omitempty"` // object ids of users
	Body      string        `yaml:"body,omitempty"`      // plain text
}

// Message is a received mail.
type Message struct {
	Subject  string    `yaml:"subject"`
	From     string    `yaml:"from"` // mail address
	Received time.Time `yaml:"received"`
	Body     string    `yaml:"body,omitempty"` // plain text
	Read     bool      `yaml:"read,omitempty"`
}

// File is a file or a folder in somebody's OneDrive.
type File struct {
	Path     string    `yaml:"path"` // from the root, "Reports/2026.txt"; folders on the way come by themselves
	Content  string    `yaml:"content,omitempty"`
	Modified time.Time `yaml:"modified"`
}

// Group is a group of people and of other groups.
type Group struct {
	ID          string   `yaml:"id"` // object id, unique over all tenants
	Name        string   `yaml:"name"`
	Description string   `yaml:"description,omitempty"`
	MailOnly    bool     `yaml:"mailOnly,omitempty"` // a distribution list: not security enabled, in no token
	Members     []string `yaml:"members,omitempty"`  // object ids of people and groups

	Unified        bool   `yaml:"unified,omitempty"`        // a Microsoft 365 group; with MailOnly as Teams makes them
	MembershipRule string `yaml:"membershipRule,omitempty"` // makes it dynamic; the emulator does not apply it
	RoleAssignable bool   `yaml:"roleAssignable,omitempty"` // may hold directory roles
	Synced         bool   `yaml:"synced,omitempty"`         // comes from an Active Directory on premises
}

// App is an app registration together with its service principal in the tenant.
// A multi-tenant app is listed in each tenant that has consented to it.
type App struct {
	ID           string       `yaml:"id"` // application (client) id, a lower-case GUID
	Name         string       `yaml:"name"`
	MultiTenant  bool         `yaml:"multiTenant,omitempty"`          // signInAudience AzureADMultipleOrgs: another tenant's admin can consent to it
	Disabled     bool         `yaml:"disabled,omitempty"`             // the service principal is disabled (7000112)
	Publisher    string       `yaml:"publisher,omitempty"`            // verified publisher's display name; empty: unverified
	Agent        string       `yaml:"agent,omitempty"`                // client id of the blueprint; makes this app an agent identity, which has no credentials of its own
	Public       bool         `yaml:"public,omitempty"`               // "allow public client flows": may use password and device code without a secret
	FirstParty   bool         `yaml:"firstParty,omitempty"`           // Microsoft's own: agreed to everywhere, for Microsoft Graph
	Implicit     Implicit     `yaml:"implicit,omitempty"`             // what the authorization endpoint may issue itself
	Redirects    Redirects    `yaml:"redirects,omitempty"`            // reply URLs
	Secret       string       `yaml:"secret,omitempty"`               // client secret; empty: none
	Expired      bool         `yaml:"expired,omitempty"`              // its Secret has expired (7000222)
	Certificates []string     `yaml:"certificates,omitempty"`         // PEM; their keys sign client assertions
	Federated    []Federation `yaml:"federatedCredentials,omitempty"` // at most 20

	IdentifierURIs        []string            `yaml:"identifierUris,omitempty"` // application ID URIs; no trailing slash
	Scopes                []string            `yaml:"scopes,omitempty"`         // delegated permissions it exposes
	AppRoles              []AppRole           `yaml:"appRoles,omitempty"`
	AppRoleAssignments    []AppRoleAssignment `yaml:"appRoleAssignments,omitempty"`
	AssignmentRequired    bool                `yaml:"assignmentRequired,omitempty"` // people without an assignment are refused (50105)
	PreAuthorized         []PreAuthorized     `yaml:"preAuthorized,omitempty"`
	KnownClients          []string            `yaml:"knownClients,omitempty"`          // client ids whose consent covers this app's required access
	RequestedTokenVersion int                 `yaml:"requestedTokenVersion,omitempty"` // 0 and 1: v1 tokens, 2: v2 tokens
	GroupMembershipClaims string              `yaml:"groupMembershipClaims,omitempty"` // "", None, SecurityGroup, DirectoryRole, ApplicationGroup, All
	OptionalClaims        OptionalClaims      `yaml:"optionalClaims,omitempty"`

	RequiredAccess []Access  `yaml:"requiredAccess,omitempty"` // what it declares to need: admin consent agrees to exactly this
	Consents       []Consent `yaml:"consents,omitempty"`       // what it may ask for, agreed by an admin for everybody
}

// Implicit tells which tokens an app may get from the authorization endpoint.
type Implicit struct {
	AccessTokens bool `yaml:"accessTokens,omitempty"`
	IDTokens     bool `yaml:"idTokens,omitempty"`
}

// Federation is a federated identity credential: tokens of another issuer that
// stand for the app's secret. All three are compared exactly.
type Federation struct {
	Name     string `yaml:"name"`
	Issuer   string `yaml:"issuer"`   // its discovery document is fetched from here
	Subject  string `yaml:"subject"`  // "sub"
	Audience string `yaml:"audience"` // "aud"; usually api://AzureADTokenExchange
}

// Redirects are reply URLs by platform. The platform decides what kind of
// client redeems the code.
type Redirects struct {
	Web    []string `yaml:"web,omitempty"`    // redeemed with a credential
	SPA    []string `yaml:"spa,omitempty"`    // redeemed from a browser, cross-origin
	Public []string `yaml:"public,omitempty"` // "mobile and desktop": redeemed without a secret
}

// AppRole is a role an app declares.
type AppRole struct {
	Value   string   `yaml:"value"`
	Members []string `yaml:"members,omitempty"` // allowed member types: "User", "Application"; empty: both
}

// AppRoleAssignment gives a role to a person, a group or an app.
type AppRoleAssignment struct {
	Role      string `yaml:"role,omitempty"` // an AppRole's value; empty: the default assignment without a role
	Principal string `yaml:"principal"`      // object id of a person, group or managed identity, or client id of an app
}

// PreAuthorized is a client that needs no consent for some scopes of an app.
type PreAuthorized struct {
	Client string   `yaml:"client"`           // client id
	Scopes []string `yaml:"scopes,omitempty"` // empty: all of the app's scopes
}

// Access is a permission an app declares to need (requiredResourceAccess).
type Access struct {
	Resource string   `yaml:"resource"`         // client id of the resource app
	Scopes   []string `yaml:"scopes,omitempty"` // delegated permissions, short names
	Roles    []string `yaml:"roles,omitempty"`  // application permissions: values of the resource's AppRoles
}

// Consent is an admin's agreement that a client acts at a resource: for anybody
// (Scopes), and for itself (Roles).
type Consent struct {
	Resource string   `yaml:"resource"`         // client id of the resource app; MicrosoftGraph for Graph
	Scopes   []string `yaml:"scopes,omitempty"` // delegated permissions, short names
	Roles    []string `yaml:"roles,omitempty"`  // application permissions: values of the resource's AppRoles
}

// OptionalClaims are an app's additions to the tokens made for it.
type OptionalClaims struct {
	AccessToken []OptionalClaim `yaml:"accessToken,omitempty"`
	IDToken     []OptionalClaim `yaml:"idToken,omitempty"`
}

// OptionalClaim is one entry of an app manifest's optionalClaims.
type OptionalClaim struct {
	Name       string   `yaml:"name"`
	Properties []string `yaml:"properties,omitempty"` // additionalProperties
}

// ManagedIdentity is an identity of the machine the emulator pretends to be.
type ManagedIdentity struct {
	ID         string `yaml:"id"`                   // client id
	Principal  string `yaml:"principal"`            // object id of its service principal
	Name       string `yaml:"name"`                 // display name
	ResourceID string `yaml:"resourceId,omitempty"` // Azure resource id; empty: the system-assigned identity, one per tenant at most

	Consents []Consent `yaml:"consents,omitempty"` // application permissions it has
}

// Policy is a Conditional Access policy. It applies when every condition that is
// set does; an empty condition means everybody or everything.
type Policy struct {
	ID          string        `yaml:"id"`                    // a lower-case GUID; claims challenges carry it as "polids"
	Name        string        `yaml:"name"`                  //
	Users       []string      `yaml:"users,omitempty"`       // object ids of people and groups
	Clients     []string      `yaml:"clients,omitempty"`     // client ids of the apps people use
	Resources   []string      `yaml:"resources,omitempty"`   // client ids of the APIs they reach
	AuthContext string        `yaml:"authContext,omitempty"` // "c1" to "c99", without Resources: applies only where that authentication context is asked for
	Require     string        `yaml:"require"`               // mfa, compliantDevice, signInFrequency or block
	Every       time.Duration `yaml:"every,omitempty"`       // of signInFrequency: how old a sign-in may be
}
