package admin

import (
	"context"
	"net/url"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/secrets"
	"gatehouse/internal/sinks"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// OnboardingStore keeps what onboarding is about.
type OnboardingStore interface {
	ClaimStore
	CredentialStore
	Access(ctx context.Context, org tenants.ID) (access.Configuration, error)
	RoleGrants(ctx context.Context, org tenants.ID) ([]tenants.RoleGrant, error)
	SinkStates(ctx context.Context, org tenants.ID) (map[tenants.GUID]sinks.State, error)
	LogReach(ctx context.Context, org tenants.ID) (seal.Head, error)
}

// OnboardingParts is what onboarding is made from. Every field but SharedApp is
// required.
type OnboardingParts struct {
	Store      OnboardingStore
	Operator   onboarding.Operator  // what operators have decided about directories
	Admission  onboarding.Admission // who gets in once ownership is proven
	Keys       *secrets.Box
	Tokens     *entra.TokenClient
	Authority  func(tenants.Cloud) entra.Authority
	Graph      map[tenants.Cloud]*graph.Client
	People     Delegation
	Credential snapshot.Credentials
	Cloud      tenants.Cloud // of directories that sign in to the console
	Base       *url.URL      // where clients and browsers reach the platform
	Issuer     string        // the platform as an issuer, to which own apps' federated credentials point
	SharedApp  SharedApp     // zero: there is none
	Apps       tenants.PlatformApps
	Record     func(ctx context.Context, by authz.Caller, e audit.Event) error // returns when it is durable
	Now        func() time.Time
}

var _ console.Onboarding = (*Onboarding)(nil)

// Onboarding brings organizations in and connects them. It may be used concurrently.
type Onboarding struct {
	OnboardingParts
	registrar *onboarding.Registrar
	doctor    *onboarding.Doctor
	memory    *examinations
}

// NewOnboarding joins the rules of onboarding to whatever keeps the data, to Entra
// and to Microsoft Graph.
func NewOnboarding(p OnboardingParts) *Onboarding {
	return &Onboarding{
		OnboardingParts: p,
		registrar: &onboarding.Registrar{
			Store: claims{p.Store, p.Keys}, Operator: p.Operator, Admission: p.Admission, Cloud: p.Cloud, Actor: authz.Actor, Now: p.Now,
		},
		doctor: onboarding.NewDoctor(p.Now),
		memory: newExaminations(),
	}
}

// Onboarding derives every step from what is true now: a token is asked for, not
// remembered.
func (ob *Onboarding) Onboarding(ctx context.Context, by console.Actor) (console.OnboardingState, error) {
	facts, err := ob.facts(ctx, by)
	if err != nil {
		return console.OnboardingState{}, err
	}
	state := console.OnboardingState{Step: string(onboarding.DoneStep), Steps: onboarding.Steps(facts, ob.Now())}
	for _, s := range state.Steps {
		if s.State != onboarding.Done {
			state.Step = string(s.ID)
			break
		}
	}
	if by.Person != nil && !facts.Visited {
		r := onboarding.Refer(ob.Base.String(), sessionOf(*by.Person), by.Organization.Name)
		state.Colleague = &console.Referral{Link: r.Link, Text: r.Text}
	}
	return state, nil
}

func (ob *Onboarding) facts(ctx context.Context, by console.Actor) (onboarding.Facts, error) {
	o := by.Organization
	session := onboarding.Session{TID: by.Caller.Identity().TID, OID: by.Caller.Identity().OID, Name: by.Caller.Identity().Name}
	if by.Person != nil {
		session = sessionOf(*by.Person)
	}
	facts := onboarding.Facts{Session: &session, Organization: &o, Granted: by.Role != "", Visited: session.TID != o.TID}
	rules, err := ob.Store.Access(ctx, o.ID)
	if err != nil {
		return facts, err
	}
	facts.Mappings = len(rules.Rules.Assignments)
	for _, s := range rules.Sinks {
		if s.Checkpoints {
			facts.Sinks++
		}
	}
	if !o.Connection.ClientID.IsZero() && o.Connection.CanAsk() {
		facts.VerifiedAt, facts.Verified = ob.verified(ctx, o)
	}
	facts.Report = ob.memory.report(o)
	return facts, ctx.Err()
}

// How long an answer of Entra stands for the next look at a page: a connection
// that works keeps working, and one that does not may have just been mended.
const (
	worksFor = time.Minute
	failsFor = 5 * time.Second
)

// verified says when a token was last asked for, and why none could be got.
func (ob *Onboarding) verified(ctx context.Context, o tenants.Organization) (time.Time, error) {
	known, life := ob.memory.last(o), worksFor
	if known.verified != nil {
		life = failsFor
	}
	if !known.verifiedAt.IsZero() && ob.Now().Sub(known.verifiedAt) < life {
		return known.verifiedAt, known.verified
	}
	return ob.Now(), ob.verify(ctx, o, nil)
}

// verify gets a token with the organization's connection and remembers how that
// went. Asking may be nil.
func (ob *Onboarding) verify(ctx context.Context, o tenants.Organization, as *graph.Asking) error {
	s, err := ob.subject(ctx, o)
	if err != nil {
		return err
	}
	if as != nil {
		s.Graph, s.Admin = ob.Graph[o.Connection.Cloud], *as
	}
	err = onboarding.Verify(ctx, s)
	if ctx.Err() == nil {
		ob.memory.remember(o, func(e *examination) { e.verified, e.verifiedAt = err, ob.Now() })
	}
	return err
}

// connected refuses a connection that is not complete, by the step that is missing.
func connected(c tenants.Connection) error {
	switch {
	case c.Model == "":
		return fault.New(fault.Invalid, "connection: there is none yet; connect an app registration first (PUT connection)")
	case c.GroupSource == tenants.OnBehalfOf && !c.CanAsk():
		return fault.New(fault.Invalid, "credential: there is none yet, and asking Microsoft Graph on behalf of users needs one; give it first (PUT connection/credential)")
	}
	return c.Validate()
}

// Activate lets an organization serve whose connection gets a token now. One that
// reads groups from tokens only may have no credential, and there is nothing to
// prove then.
func (ob *Onboarding) Activate(ctx context.Context, by authz.Caller) (tenants.Organization, error) {
	o, err := ob.Store.Organization(ctx, by.Org())
	if err != nil {
		return o, err
	}
	if err := connected(o.Connection); err != nil {
		return o, err
	}
	if o.Connection.CanAsk() {
		if err := ob.verify(ctx, o, nil); err != nil {
			return o, unproved("the connection is not proved, and the organization does not serve", err)
		}
	}
	return ob.registrar.Activate(ctx, by, o.Connection)
}
