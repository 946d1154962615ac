package tenants

import (
	"errors"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// State says how far an organization's life has come, and with it whether its
// endpoints answer.
type State string

// The states. Endpoints of an organization that is pending, onboarding or
// deleted do not exist; a suspended one answers 403 to every caller.
const (
	Pending    State = "pending"    // claimed; the operator has not admitted it yet
	Onboarding State = "onboarding" // admitted; not connected yet
	Active     State = "active"
	Suspended  State = "suspended"
	Deleted    State = "deleted" // can be restored for thirty days
)

// Serves reports whether an organization's endpoints exist in this state.
func (s State) Serves() bool { return s == Active || s == Suspended }

// AuthMode says which authorization server an endpoint's metadata names.
type AuthMode string

// The modes.
const (
	Brokered AuthMode = "brokered" // Gatehouse itself: any client connects, people sign in with Entra behind it
	Facade   AuthMode = "facade"   // the Entra tenant, described by a document of Gatehouse's: clients are registered in Entra
	Direct   AuthMode = "direct"   // the Entra tenant's own issuer: clients are registered in Entra
)

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

// Background says as whom the worker asks Graph about people who are away.
type Background string

// The two ways. Application needs permissions of the app itself; an empty Background
// is Delegated.
const (
	Delegated   Background = "delegated"   // as each person, with what they left
	Application Background = "application" // as the app, about everybody who was seen lately
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
	ModeSince  time.Time // see SetSignIn: access tokens issued before are good although others are accepted now; zero: none are
	Connection Connection
	Membership MembershipPolicy
	Retention  Retention // of its log
	Bodies     BodyRetention
	Origins    []string // browser origins allowed besides the platform's own

	AccessPackageURL string // where people ask for access in Entra; see CheckAccessPackageURL

	AcceptEntraTokens bool      // of a brokered organization: Entra's own tokens of listed clients are good too
	UnknownClients    Admission // of a brokered organization: clients that are not listed

	DeletedAt   time.Time // of a deleted organization: since when
	DeletedFrom State     // of a deleted organization: what it was
	SuspendedBy Suspender // of a suspended one, or one that was when it was deleted

	CheckpointsPutOff time.Time // when somebody said "not now" to where the log's checkpoints go; zero: nobody has

	cutsOff bool // of an edit, and kept nowhere: see CutOff
}

// NewOrganization is an organization with the key its secrets are encrypted
// under, and the encrypted credential of its app registration, if it has one.
type NewOrganization struct {
	Organization Organization
	WrappedKey   []byte
	Credential   []byte
	Grounds      Grounds   // what let it in, for the record of the claim; zero where nothing had to
	Owner        RoleGrant // who claims it; the zero grant leaves it without, for organizations that nobody signs in to
}

// MembershipPolicy bounds how old an answer from Graph may be.
type MembershipPolicy struct {
	Soft time.Duration // older: answered, and refreshed behind the answer
	Hard time.Duration // older: unknown
}

// Client is an AI client application that an organization lists.
type Client struct {
	ID   string // "azp" of its tokens: a GUID; or software of package connections: the URL of a document, or of its host, or what a registration says
	Name string
}

// Validate returns every rule the organization breaks, each naming the field. Of
// one that does not serve yet the connection may be unfinished.
func (o Organization) Validate() error {
	var errs []error
	need := func(ok bool, text string) {
		if !ok {
			errs = append(errs, fault.New(fault.Invalid, text))
		}
	}
	need(!o.ID.IsZero(), "organization id is missing")
	need(!o.Slug.IsZero(), "slug is missing")
	need(strings.TrimSpace(o.Name) != "", "name is empty")
	need(!o.TID.IsZero(), "directory (tenant) ID is missing")
	need(o.TID.String() != consumers, "directory (tenant) ID is the one of personal Microsoft accounts; use the id of your own directory")
	need(slices.Contains([]State{Pending, Onboarding, Active, Suspended, Deleted}, o.State), "state must be pending, onboarding, active, suspended or deleted")
	need(slices.Contains([]Suspender{"", ByOwner, ByOperator}, o.SuspendedBy), "suspended by must be owner or operator")
	need(o.SuspendedBy == "" || o.State == Suspended || o.DeletedFrom == Suspended, "suspended by is for an organization that is suspended, or was when it was deleted")
	need((o.State == Deleted) == (o.DeletedFrom != ""), "deleted from is for a deleted organization, which cannot be without")
	need(slices.Contains([]State{"", Pending, Onboarding, Active, Suspended}, o.DeletedFrom), "deleted from must be pending, onboarding, active or suspended")
	need(slices.Contains([]AuthMode{Brokered, Facade, Direct}, o.Mode), "auth mode must be brokered, facade or direct")
	need(o.Mode == Brokered || o.Connection.Model != SharedApp, "signIn.mode: AI apps cannot ask Entra for tokens of the shared app, so that people sign in "+
		"through Gatehouse with it; set signIn.mode to brokered, or connect an app registration of your own")
	need(slices.Contains([]Admission{"", Refuse, Admit}, o.UnknownClients), "unknown clients must be refuse or admit")
	need(o.Membership.Soft > 0 && o.Membership.Hard >= o.Membership.Soft, "membership: soft limit must be positive and at most the hard limit")
	errs = append(errs, CheckRetention(o.Retention.Said()), CheckBodyDays(o.Bodies.Said()))
	for _, origin := range o.Origins {
		if err := CheckOrigin(origin); err != nil {
			errs = append(errs, fault.Newf(fault.Invalid, "origins: %.100q %s", origin, fault.Public(err)))
		}
	}
	if err := CheckAccessPackageURL(o.AccessPackageURL); err != nil {
		errs = append(errs, fault.Newf(fault.Invalid, "accessPackageUrl: %s", fault.Public(err)))
	}
	if o.State.Serves() {
		errs = append(errs, o.Connection.Validate())
	}
	return errors.Join(errs...)
}

// Consumer reports whether this is the tenant of personal Microsoft accounts,
// which belongs to nobody.
func (t TID) Consumer() bool { return t.String() == consumers }

// consumers is the tenant of personal Microsoft accounts.
const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad"
