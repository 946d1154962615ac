package emulator

import "time"

// Options is what an Emulator is made from.
type Options struct {
	EntraURL     string           // where Entra() is reached, "http://localhost:8081": no path, no trailing slash; required
	GraphURL     string           // where Graph() is reached; required
	ControlToken string           // bearer token of the control routes; required
	Tenants      []Tenant         // the seed; at least one
	Now          func() time.Time // nil: time.Now
}

// Tenant is one Entra directory.
type Tenant struct {
	ID     string // tenant id, a lower-case GUID
	Name   string // display name
	Domain string // its verified domain; an alias of ID in URLs
	Users  []User
	Groups []Group
	Apps   []App
}

// User is a person in a directory, member or guest.
type User struct {
	ID             string // object id, unique over all tenants
	Username       string // user principal name; for a guest the one at home
	Password       string // for the password grant; a guest has none
	Name           string // display name, "Given Family"
	Mail           string // empty: none
	Guest          string // home tenant id or another identity provider's name; empty: a member
	Disabled       bool
	DirectoryRoles []string // role template ids, which become "wids"
}

// Group is a group of people and of other groups.
type Group struct {
	ID       string // object id, unique over all tenants
	Name     string
	MailOnly bool     // a distribution list: not security enabled, in no token
	Members  []string // object ids of people and groups
}

// App is an app registration together with its service principal in the tenant.
// A multi-tenant app is listed in each tenant that has consented to it.
type App struct {
	ID         string // application (client) id, a lower-case GUID
	Name       string
	Secret     string    // empty: none
	Public     bool      // "allow public client flows": may use the password grant without a secret
	Redirects  Redirects // reply URLs
	FirstParty bool      // Microsoft's own: agreed to everywhere, for Microsoft Graph

	IdentifierURIs        []string // application ID URIs; no trailing slash
	Scopes                []string // delegated permissions it exposes
	AppRoles              []AppRole
	AppRoleAssignments    []AppRoleAssignment
	AssignmentRequired    bool // people without an assignment are refused (50105)
	PreAuthorized         []PreAuthorized
	RequestedTokenVersion int    // 0 and 1: v1 tokens, 2: v2 tokens
	GroupMembershipClaims string // "", None, SecurityGroup, DirectoryRole, ApplicationGroup, All
	OptionalClaims        OptionalClaims

	Consents []Consent // what it may ask for, agreed by an admin for everybody
}

// Redirects are reply URLs by platform. The platform decides what kind of
// client redeems the code.
type Redirects struct {
	Web    []string // redeemed with a secret
	SPA    []string // redeemed from a browser, cross-origin
	Public []string // "mobile and desktop": redeemed without a secret
}

// AppRole is a role an app declares.
type AppRole struct {
	Value   string
	Members []string // allowed member types: "User", "Application"; empty: both
}

// AppRoleAssignment gives a role to a person, a group or an app.
type AppRoleAssignment struct {
	Role      string // an AppRole's value; empty: the default assignment without a role
	Principal string // object id of a person or group, or client id of an app
}

// PreAuthorized is a client that needs no consent for some scopes of an app.
type PreAuthorized struct {
	Client string   // client id
	Scopes []string // empty: all of the app's scopes
}

// Consent is an admin's agreement that a client acts for anybody at a resource.
type Consent struct {
	Resource string   // client id of the resource app; MicrosoftGraph for Graph
	Scopes   []string // short names
}

// OptionalClaims are an app's additions to the tokens made for it.
type OptionalClaims struct {
	AccessToken []OptionalClaim
	IDToken     []OptionalClaim
}

// OptionalClaim is one entry of an app manifest's optionalClaims. Known names:
// acct, aud (use_guid), auth_time, email, family_name, given_name, groups
// (emit_as_roles), idtyp (include_user_token), ipaddr, login_hint, sid, upn, xms_cc.
type OptionalClaim struct {
	Name       string
	Properties []string // additionalProperties
}
