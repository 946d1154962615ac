package tools

import (
	"cmp"
	"time"

	"gatehouse/internal/tenants"
)

// Source is where an organization's tools come from besides the platform's own:
// an MCP server behind us. What it may be called and reach is checked by
// package access.
type Source struct {
	ID         tenants.GUID
	Name       string // lowercase letters, digits and "-"; prefix of what it offers
	Title      string // for people
	URL        string // of its MCP endpoint
	Naming     Naming
	Review     Review
	Trusted    bool // an admin vouches for what it says of its own tools
	Enabled    bool
	Credential SourceCredential
	Timeout    time.Duration // of one request to it, 1 s to 5 min
	Concurrent int           // requests to it at a time, from this organization and replica
}

// What holds of a source where nothing is said.
const (
	DefaultTimeout    = time.Minute
	DefaultConcurrent = 8
)

// Filled returns the source with what is left out of it filled in: title, naming,
// review, timeout and how many requests at a time.
func (s Source) Filled() Source {
	s.Title = cmp.Or(s.Title, s.Name)
	s.Naming, s.Review = cmp.Or(s.Naming, Prefixed), cmp.Or(s.Review, Hold)
	s.Timeout, s.Concurrent = cmp.Or(s.Timeout, DefaultTimeout), cmp.Or(s.Concurrent, DefaultConcurrent)
	return s
}

// Naming says how a source's own names become names in the organization.
type Naming string

// The namings. URIs of resources are never changed.
const (
	Prefixed Naming = "prefixed" // <source>_<name>
	Bare     Naming = "bare"     // as they are, which have to be unique in the organization
)

// Review says what becomes of definitions that are new or have changed.
type Review string

// The policies. What is not approved is pending review, and the caller sees what
// was approved before, or nothing.
const (
	Hold          Review = "hold"            // an admin approves each
	AllowAll      Review = "allow_all"       // each is approved as it comes
	AllowReadOnly Review = "allow_read_only" // of a trusted source, what it says only reads is approved
)

// SourceCredentialKind is how we prove to a source who we are, or for whom we
// ask.
type SourceCredentialKind string

// The kinds. The token that a client sends to us never goes on to a source.
const (
	NoCredential      SourceCredentialKind = "none"
	HeaderCredential  SourceCredentialKind = "header"             // a fixed header, encrypted
	OnBehalfOfUser    SourceCredentialKind = "on_behalf_of"       // a token for the person and the source's own audience, from Entra
	ClientCredentials SourceCredentialKind = "client_credentials" // a token for ourselves, from the source's own authorization server (RFC 6749 §4.4)
	UserAuthorization SourceCredentialKind = "user_authorization" // a token that the person has got at the source's own authorization server (RFC 6749 §4.1)
)

// Personal reports whether a source with a credential of this kind is shown who
// calls, and so answers people only.
func (k SourceCredentialKind) Personal() bool { return k == OnBehalfOfUser || k == UserAuthorization }

// SourceCredential is what is not secret of a source's credential. ID names the
// secret part, a zero one says that there is none.
type SourceCredential struct {
	Kind     SourceCredentialKind
	ID       tenants.GUID
	Header   string   // HeaderCredential: its name; the value is the secret
	Scopes   []string // OnBehalfOfUser, ClientCredentials and UserAuthorization: what to ask for
	TokenURL string   // ClientCredentials
	ClientID string   // ClientCredentials and UserAuthorization; the client secret is the secret
}

// Toolset is a named part of an organization's tools with an endpoint of its
// own. It narrows what a caller sees and gives nobody anything.
type Toolset struct {
	Name     string // of its path: lowercase letters, digits and "-"
	Title    string
	Patterns []string // as in permissions
}

// Shown is what clients call a thing of the source: with the source's name
// before it, unless it is named bare. URIs are never changed.
func (s Source) Shown(kind Kind, own string) string {
	if s.Naming == Bare || kind != KindTool && kind != KindPrompt {
		return own
	}
	return s.Name + "_" + own
}

// PermissionName is what the patterns of roles match for a thing of the source.
func (s Source) PermissionName(kind Kind, own string) string {
	return PermissionName(kind, s.Shown(kind, own))
}
