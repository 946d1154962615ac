package orgfile

import (
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Version is the version of the document that this package reads and writes.
const Version = 1

// Document is an organization's configuration. What it leaves out stays as it
// is: a member of organization, a whole section. An entry of a list is complete:
// what it leaves out is empty, but a display name, which stays.
//
// The tags are the contract: json names the member in JSON and in YAML, doc
// describes it in the schema, and the bounds are checked by Check.
type Document struct {
	Gatehouse     int            `json:"gatehouse" enum:"1" doc:"Version of this format."`
	Organization  *Organization  `json:"organization,omitempty" doc:"The organization itself. What is left out stays as it is."`
	RoleGrants    []RoleGrant    `json:"roleGrants,omitzero" maxItems:"1000" doc:"Who administers the organization."`
	Tools         []Tool         `json:"tools,omitzero" maxItems:"5000" doc:"The platform's own tools that are switched on."`
	Sources       []Source       `json:"sources,omitzero" maxItems:"50" doc:"MCP servers behind the platform."`
	Approvals     []Approval     `json:"approvals,omitzero" maxItems:"5000" doc:"What of the sources' definitions has been approved. What a policy approved is left out, and stays."`
	Roles         []Role         `json:"roles,omitzero" maxItems:"500" doc:"Tool roles: named sets of permissions."`
	Assignments   []Assignment   `json:"assignments,omitzero" maxItems:"5000" doc:"Who has which tool role."`
	Clients       []Client       `json:"clients,omitzero" maxItems:"1000" doc:"The AI apps that may connect."`
	ScopeCeilings []ScopeCeiling `json:"scopeCeilings,omitzero" maxItems:"100" doc:"The most that a token with a certain scope may do, whatever its user may."`
	Toolsets      []Toolset      `json:"toolsets,omitzero" maxItems:"50" doc:"Named parts of the tools, each with an endpoint of its own."`
	Limits        []Limit        `json:"limits,omitzero" maxItems:"50" doc:"What the organization allows of calls, within what the deployment does."`
	Recordings    []Recording    `json:"recordings,omitzero" maxItems:"50" doc:"Which fields of calls the log keeps in clear, and of which calls it keeps the bodies. Of everything else it keeps a salted digest."`
	Contacts      []Contact      `json:"contacts,omitzero" maxItems:"10" doc:"Who is told what is noticed: credentials that expire, consent that is withdrawn, sources that fail."`
	Sinks         []Sink         `json:"sinks,omitzero" maxItems:"10" doc:"Where the log goes, out of the operator's hands: checkpoints, records, or both."`
}

// Organization is the part of the document about the organization itself.
type Organization struct {
	Name    string   `json:"name,omitempty" maxLength:"120" doc:"Display name." example:"Contoso"`
	Origins []string `json:"origins,omitzero" maxItems:"100" example:"https://app.example" doc:"Browser origins that may call the endpoints, besides the deployment's own: https://app.example."`

	AccessPackageURL *string `json:"accessPackageUrl,omitempty" maxLength:"500" example:"https://myaccess.microsoft.com/@contoso.onmicrosoft.com#/access-packages/0f5b7a3e-6c1d-4e0f-8a55-3c1f5a1e7d20" doc:"Where people are sent to ask for access in Microsoft Entra: the My Access portal link of an access package, at https://myaccess.microsoft.com/ or https://myaccess.microsoft.us/; empty: nowhere, they ask the admins only."`

	Membership    *Membership           `json:"membership,omitempty" doc:"How old what Microsoft Graph said about a person's groups may be."`
	SignIn        *SignIn               `json:"signIn,omitempty" doc:"Where AI apps sign people in, and whose access tokens are accepted. What was issued before a switch is good until it expires."`
	Guests        tenants.Admission     `json:"guests,omitempty" enum:"refuse,admit" doc:"Whether guests of the directory may use the endpoints."`
	Agents        tenants.Admission     `json:"agents,omitempty" enum:"refuse,admit" doc:"Whether agent identities may use the endpoints."`
	Apps          tenants.Admission     `json:"apps,omitempty" enum:"refuse,admit" doc:"Whether applications may use the endpoints on their own behalf; they need the app role of the connection."`
	TokenVersions tenants.TokenVersions `json:"tokenVersions,omitempty" enum:"v2,v1v2" doc:"Which Entra access-token formats are accepted."`
	Groups        *Groups               `json:"groups,omitempty" doc:"Where group membership comes from."`
	Log           *Log                  `json:"log,omitempty" doc:"How long the log is kept."`
	Connection    *Connection           `json:"connection,omitempty" doc:"The app registration in Entra that tokens are issued for."`
}

// Log says how long the log is kept.
type Log struct {
	RetentionMonths int `json:"retentionMonths,omitempty" minimum:"1" maximum:"120" doc:"The present month of the log is kept, and so many whole months before it. Fewer than before are in effect after seven days."`
	BodyDays        int `json:"bodyDays,omitempty" minimum:"1" maximum:"3650" doc:"How many days recorded bodies are kept, but never longer than the records they belong to; 30 unless said otherwise. Fewer than before are in effect after seven days."`
}

// Membership bounds the age of membership.
type Membership struct {
	Soft Duration `json:"soft,omitzero" example:"5m" doc:"Older answers are used and refreshed behind the call. Hours, minutes and seconds: 1h30m."`
	Hard Duration `json:"hard,omitzero" example:"1h" doc:"Older answers count as unknown: 1h."`
}

// SignIn says how people sign in.
type SignIn struct {
	Mode              tenants.AuthMode  `json:"mode,omitempty" enum:"brokered,facade,direct" doc:"There are two choices. Gatehouse signs people in (brokered): any AI app can connect without an app registration of its own, and Gatehouse sends its people to Entra; organizations begin so, and with the shared app this is the only mode. Entra signs people in (facade and direct): each AI app has an app registration in your directory and gets its access tokens from Entra. The two accept the same tokens: direct sends apps to Entra as it is, which Visual Studio Code and Microsoft's own apps understand; facade describes Entra in a document of Gatehouse's to apps that need to read more than Entra says about itself. choice says what Entra's sign-in logs and Conditional Access see."`
	AcceptEntraTokens *bool             `json:"acceptEntraTokens,omitempty" doc:"With brokered: whether access tokens that AI apps and applications got from Entra are accepted too, of those that are listed as clients. Applications on their own behalf have no others, unless an admin has registered them as agents. In the other modes no others are."`
	UnknownClients    tenants.Admission `json:"unknownClients,omitempty" enum:"refuse,admit" doc:"With brokered: what becomes of AI apps that are not listed as clients. refuse: whoever wants to connect one reads that an admin has to approve it first. admit: each person decides for themselves. In the other modes they are refused."`
}

// Groups says where membership comes from.
type Groups struct {
	Claim         tenants.GroupsClaim `json:"claim,omitempty" enum:"configured,unknown" doc:"configured: a token without a groups claim means a member of no group. unknown: it means nothing."`
	Source        tenants.GroupSource `json:"source,omitempty" enum:"on_behalf_of,token_only" doc:"on_behalf_of: ask Microsoft Graph as the person. token_only: only tokens say it."`
	Background    tenants.Background  `json:"background,omitempty" enum:"delegated,application" doc:"As whom Microsoft Graph is asked while people are away. delegated: as each person, with what they left when they signed in. application: as the app registration, about everybody who was seen in the last two hours; needs the application permissions GroupMember.Read.All and User.Read.All, and until they are granted people are asked about as with delegated."`
	Notifications *bool               `json:"notifications,omitempty" doc:"With background application: whether Microsoft Graph tells when something has changed in the directory, so that it is asked within seconds and not within a minute."`
}

// Connection is the app registration.
type Connection struct {
	Model       tenants.AppModel `json:"model,omitempty" enum:"own,shared" doc:"own: an app registration of the organization. shared: the one of the deployment; a person who has signed in connects it, because it needs an administrator's consent."`
	ClientID    tenants.GUID     `json:"clientId,omitzero" format:"uuid" example:"5f0c0f3e-2b1d-4f0a-9f0e-6d6f1c1b7a10" doc:"Application (client) ID of the API's app registration. Another id is another connection, whose credential has to be given anew."`
	Resource    string           `json:"resource,omitempty" pattern:"[^/]$" maxLength:"255" example:"api://5f0c0f3e-2b1d-4f0a-9f0e-6d6f1c1b7a10" doc:"Application ID URI that qualifies the scope for clients: api://…, without a trailing slash."`
	Scope       string           `json:"scope,omitempty" pattern:"^[^ /]+$" maxLength:"120" example:"access_as_user" doc:"Short name of the delegated permission: access_as_user."`
	AppRole     *string          `json:"appRole,omitempty" maxLength:"120" example:"Tools.Execute.All" doc:"Value of the app role that app-only tokens must hold; empty: none."`
	V1Audiences []string         `json:"v1Audiences,omitzero" maxItems:"20" doc:"Application ID URIs accepted as audience of v1 tokens only."`
	Credential  *Credential      `json:"credential,omitempty" doc:"How Gatehouse proves to Entra that it is the app. Belongs to an own app; never holds a secret."`
}

// NoCredential is the kind of an own app that has no credential.
const NoCredential tenants.CredentialKind = "none"

// Credential says what kind of credential an own app has and where whoever
// applies the document keeps its secret.
type Credential struct {
	Kind tenants.CredentialKind `json:"kind" enum:"none,platform_issuer,certificate,client_secret" doc:"platform_issuer: a federated credential that trusts Gatehouse, without any secret."`
	From *From                  `json:"from,omitempty" doc:"Where the secret is, on the machine that applies the file. It is read when the kind changes or --credential asks for it."`
}

// From is where a secret is. Exactly one member is given.
type From struct {
	Env  string `json:"env,omitempty" pattern:"^[A-Za-z_][A-Za-z0-9_]*$" maxLength:"200" example:"CONTOSO_CLIENT_SECRET" doc:"Name of an environment variable, not beginning with GATEHOUSE_."`
	File string `json:"file,omitempty" maxLength:"4096" example:"/run/secrets/contoso" doc:"Path of a file: a client secret, or a certificate and its private key in PEM."`
}

// RoleGrant gives one person, group or automation a role in the console.
type RoleGrant struct {
	Role    tenants.Role `json:"role" enum:"owner,admin,auditor,viewer" doc:"owner and admin change things; auditor also reads the log; viewer reads the configuration."`
	Grantee Grantee      `json:"grantee" doc:"Whom the role is granted to."`
	Name    *string      `json:"name,omitempty" maxLength:"120" doc:"Display name; decides nothing."`
	EndsAt  time.Time    `json:"endsAt,omitzero" format:"date-time" example:"2027-01-31T00:00:00Z" doc:"When the grant ends, with its zone: 2027-01-31T00:00:00Z. Left out: never."`
}

// Grantee is whom a role is granted to.
type Grantee struct {
	Kind tenants.GranteeKind `json:"kind" enum:"person,group,app" doc:"An owner is a person."`
	ID   tenants.GUID        `json:"id" format:"uuid" doc:"Object id in Entra; of an app: of its service principal."`
}

// Tool is a tool that is switched on.
type Tool struct {
	Name   string       `json:"name" pattern:"^[A-Za-z0-9_.-]{1,128}$" example:"payroll_read" doc:"Name of the tool."`
	Effect tools.Effect `json:"effect" enum:"read,write,destructive" doc:"What running the tool does to the world."`
}

// Role is a tool role; its name is its key.
type Role struct {
	Name        string       `json:"name" minLength:"1" maxLength:"120" doc:"Name of the role, different from every other's."`
	Permissions []Permission `json:"permissions" minItems:"1" maxItems:"100" doc:"What the role allows and denies. A deny wins over every allow."`
}

// Permission allows or denies tools.
type Permission struct {
	Effect                authz.Effect `json:"effect" enum:"allow,deny" doc:"Whether the tools are allowed or denied."`
	Patterns              []string     `json:"patterns" minItems:"1" maxItems:"100" example:"payroll_*" doc:"Names of tools; * stands for any run of characters."`
	Condition             string       `json:"condition,omitempty" maxLength:"1024" example:"args.amount <= 1000" doc:"CEL expression over the call's arguments and context, of 1,024 bytes at most. Left out: always."`
	AuthenticationContext string       `json:"authenticationContext,omitempty" pattern:"^c[1-9][0-9]?$" example:"c1" doc:"Conditional Access authentication context that the token must satisfy, c1 to c99. Left out: none."`
}

// Assignment gives a role to a subject; role and subject are its key.
type Assignment struct {
	Role    string    `json:"role" minLength:"1" maxLength:"120" doc:"Name of a tool role."`
	Subject Subject   `json:"subject" doc:"Who gets the role."`
	Name    *string   `json:"name,omitempty" maxLength:"120" doc:"Display name of the subject; decides nothing."`
	EndsAt  time.Time `json:"endsAt,omitzero" format:"date-time" example:"2027-01-31T00:00:00Z" doc:"When the assignment ends, with its zone: 2027-01-31T00:00:00Z. Left out: never."`
}

// Subject is who an assignment is for.
type Subject struct {
	Kind  authz.SubjectKind `json:"kind" enum:"group,app_role,person,client,everybody,every_guest,every_app" doc:"everybody: every person who is not a guest."`
	Value string            `json:"value,omitempty" maxLength:"2000" doc:"Object id of a group or person, value of an app role, or client id. Nothing for everybody, every_guest and every_app."`
}

// Client is an AI app; its id is its key.
type Client struct {
	ID                 string   `json:"id" minLength:"1" maxLength:"2000" example:"https://client.example/id.json" doc:"Application (client) ID, the https URL of the client's metadata document, https://host for all documents of a host, the software of clients that registered themselves, or the id of a client that an admin registered here."`
	Name               string   `json:"name" minLength:"1" maxLength:"120" doc:"Display name."`
	MaximumPermissions []string `json:"maximumPermissions,omitempty" minItems:"1" maxItems:"100" example:"payroll_read" doc:"Patterns of the tools that this app may use at most, whatever its user may. Left out: no bound."`
}

// ScopeCeiling bounds tokens with a scope, which is its key.
type ScopeCeiling struct {
	Scope    string   `json:"scope" minLength:"1" maxLength:"120" example:"access_as_user" doc:"Short name of the scope, the part after the last slash."`
	Patterns []string `json:"patterns" minItems:"1" maxItems:"100" example:"payroll_*" doc:"Patterns of the tools that a token with this scope may use at most."`
}
