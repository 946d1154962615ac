package tenants

import (
	"errors"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// State says whether an organization's endpoints answer.
type State string

// The states. A suspended organization answers 403 to every caller.
const (
	Active    State = "active"
	Suspended State = "suspended"
)

// Cloud is the Microsoft cloud an Entra tenant lives in.
type Cloud string

// The clouds (Microsoft, "National clouds").
const (
	PublicCloud Cloud = "public"
	USGovCloud  Cloud = "usgov"
	ChinaCloud  Cloud = "china"
)

// AuthMode says which authorization server an endpoint's metadata names.
type AuthMode string

// Direct names the Entra tenant's own issuer: clients are registered in Entra.
const Direct AuthMode = "direct"

// Admission says whether a class of callers may use an organization's endpoints.
type Admission string

// The admissions. The zero value admits nobody.
const (
	Refuse Admission = "refuse"
	Admit  Admission = "admit"
)

// TokenVersions says which Entra access-token formats an organization accepts.
type TokenVersions string

// The accepted token formats.
const (
	V2Only  TokenVersions = "v2"
	V1AndV2 TokenVersions = "v1v2"
)

// GroupSource says where membership comes from when a token does not carry it.
type GroupSource string

// The sources. TokenOnly organizations have given us no way to ask Graph.
const (
	OnBehalfOf GroupSource = "on_behalf_of"
	TokenOnly  GroupSource = "token_only"
)

// GroupsClaim says whether the absence of a groups claim means anything. Entra
// omits the claim both for a person without groups and for an app registration
// that does not ask for it.
type GroupsClaim string

// The two readings of an absent groups claim.
const (
	ClaimConfigured GroupsClaim = "configured" // absent means: member of no group
	ClaimUnknown    GroupsClaim = "unknown"    // absent means: ask, or unknown
)

// Organization is a customer of the platform, the unit of isolation.
type Organization struct {
	ID         ID
	Slug       Slug
	Name       string
	TID        TID // its Entra tenant; belongs to at most one organization
	State      State
	Mode       AuthMode
	Connection Connection
	Membership MembershipPolicy
	Origins    []string // browser origins allowed besides the platform's own
}

// Connection is how an organization's Entra tenant knows us: the app
// registration that tokens are issued for, and who may present them.
type Connection struct {
	Cloud         Cloud
	ClientID      GUID          // the API's app registration; "aud" of a v2 token, client of on-behalf-of
	Versions      TokenVersions //
	V1Audiences   []string      // identifier URIs accepted as "aud" of v1 tokens only
	Resource      string        // identifier URI that qualifies Scope for clients
	Scope         string        // short name of the delegated permission, e.g. access_as_user
	AppRole       string        // role an app-only token must hold
	Guests        Admission
	Agents        Admission
	Apps          Admission
	GroupSource   GroupSource
	GroupsClaim   GroupsClaim
	CredentialRef GUID // row of the encrypted client secret; zero without one
}

// QualifiedScope is the scope as clients must send it: Entra resolves a bare
// name against Microsoft Graph.
func (c Connection) QualifiedScope() string { return c.Resource + "/" + c.Scope }

// MembershipPolicy bounds how old an answer from Graph may be.
type MembershipPolicy struct {
	Soft time.Duration // older: answered, and refreshed behind the answer
	Hard time.Duration // older: unknown
}

// Client is an AI client application that an organization lists.
type Client struct {
	ID   string // "azp" of its tokens: a GUID, or a URL for client documents
	Name string
}

// Validate returns every rule the organization breaks, each naming the field.
func (o Organization) Validate() error {
	var errs []error
	need := func(ok bool, text string) {
		if !ok {
			errs = append(errs, fault.New(fault.Invalid, text))
		}
	}
	c := o.Connection
	need(!o.ID.IsZero(), "organization id is missing")
	need(!o.Slug.IsZero(), "slug is missing")
	need(strings.TrimSpace(o.Name) != "", "name is empty")
	need(!o.TID.IsZero(), "Entra tenant id is missing")
	need(o.TID.String() != consumers, "Entra tenant id is Microsoft's consumer tenant; use the id of your own directory")
	need(slices.Contains([]State{Active, Suspended}, o.State), "state must be active or suspended")
	need(o.Mode == Direct, "auth mode must be direct")
	need(slices.Contains([]Cloud{PublicCloud, USGovCloud, ChinaCloud}, c.Cloud), "cloud must be public, usgov or china")
	need(!c.ClientID.IsZero(), "connection: client id of the API's app registration is missing")
	need(c.Versions == V2Only || c.Versions == V1AndV2, "connection: token versions must be v2 or v1v2")
	need(c.Resource != "" && !strings.HasSuffix(c.Resource, "/"), "connection: resource must be an identifier URI without a trailing slash")
	need(c.Scope != "" && !strings.ContainsAny(c.Scope, " /"), "connection: scope must be the short name of one delegated permission")
	for _, a := range []Admission{c.Guests, c.Agents, c.Apps} {
		need(a == Admit || a == Refuse, "connection: guests, agents and apps must each be admit or refuse")
	}
	need(c.Apps == Refuse || c.AppRole != "", "connection: admitting apps needs the app role their tokens must hold")
	need(c.GroupSource == OnBehalfOf || c.GroupSource == TokenOnly, "connection: group source must be on_behalf_of or token_only")
	need(c.GroupSource == TokenOnly || !c.CredentialRef.IsZero(), "connection: asking Graph on behalf of users needs a credential")
	need(c.GroupsClaim == ClaimConfigured || c.GroupsClaim == ClaimUnknown, "connection: groups claim must be configured or unknown")
	need(o.Membership.Soft > 0 && o.Membership.Hard >= o.Membership.Soft, "membership: soft limit must be positive and at most the hard limit")
	return errors.Join(errs...)
}

// consumers is the tenant of personal Microsoft accounts.
const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad"
