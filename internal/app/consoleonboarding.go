package app

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/config"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// onboardingParts is what the console's onboarding is made from. Every field is
// required.
type onboardingParts struct {
	store      *store.DB
	admission  onboarding.Operator // what operators have decided about directories
	box        *secrets.Box
	tokens     *entra.TokenClient
	authority  func(tenants.Cloud) entra.Authority
	graph      map[tenants.Cloud]*graph.Client
	people     delegation
	platform   Platform
	federation string // the platform as an issuer, to which own apps' federated credentials point
	config     config.API
	now        func() time.Time
}

// consoleOnboarding satisfies console.Onboarding.
type consoleOnboarding struct {
	onboardingParts
	registrar *onboarding.Registrar
	doctor    *onboarding.Doctor
	memory    *examinations
}

// newOnboarding joins the rules of onboarding to the store, to Entra and to
// Microsoft Graph.
func newOnboarding(p onboardingParts) (console.Onboarding, error) {
	admission, err := admissionOf(p.config.Admission)
	if err != nil {
		return nil, err
	}
	return &consoleOnboarding{
		onboardingParts: p,
		registrar: &onboarding.Registrar{
			Store: onboardingStore{p.store, p.box}, Operator: p.admission, Admission: admission,
			Cloud: tenants.Cloud(p.config.Cloud), Actor: authz.Actor, Now: p.now,
		},
		doctor: onboarding.NewDoctor(p.now),
		memory: newExaminations(),
	}, nil
}

// Onboarding derives every step from what is true now: a token is asked for, not
// remembered.
func (c *consoleOnboarding) Onboarding(ctx context.Context, by console.Actor) (console.OnboardingState, error) {
	facts, err := c.facts(ctx, by)
	if err != nil {
		return console.OnboardingState{}, err
	}
	state := console.OnboardingState{Step: string(onboarding.DoneStep), Steps: onboarding.Steps(facts, c.now())}
	for _, s := range state.Steps {
		if s.State != onboarding.Done {
			state.Step = string(s.ID)
			break
		}
	}
	if by.Person != nil {
		r := onboarding.Refer(c.config.BaseURL.String(), sessionOf(*by.Person), by.Organization.Name)
		state.Colleague = &console.Referral{Link: r.Link, Text: r.Text}
	}
	return state, nil
}

func (c *consoleOnboarding) facts(ctx context.Context, by console.Actor) (onboarding.Facts, error) {
	o := by.Organization
	session := onboarding.Session{TID: by.Caller.Identity().TID, OID: by.Caller.Identity().OID, Name: by.Caller.Identity().Name}
	if by.Person != nil {
		session = sessionOf(*by.Person)
	}
	facts := onboarding.Facts{Session: &session, Organization: &o, Granted: by.Role != ""}
	rules, err := c.store.Access(ctx, o.ID)
	if err != nil {
		return facts, err
	}
	for _, a := range rules.Rules.Assignments {
		if a.Subject.Kind == authz.SubjectGroup || a.Subject.Kind == authz.SubjectPerson {
			facts.Mappings++
		}
	}
	if !o.Connection.ClientID.IsZero() && o.Connection.CanAsk() {
		facts.VerifiedAt, facts.Verified = c.verified(ctx, o)
	}
	facts.Report = c.memory.report(o)
	return facts, ctx.Err()
}

// How long an answer of Entra stands for the next look at a page: a connection
// that works keeps working, and one that does not may have just been mended.
const (
	worksFor = time.Minute
	failsFor = 5 * time.Second
)

// verified says when a token was last asked for, and why none could be got.
func (c *consoleOnboarding) verified(ctx context.Context, o tenants.Organization) (time.Time, error) {
	known, life := c.memory.last(o), worksFor
	if known.verified != nil {
		life = failsFor
	}
	if !known.verifiedAt.IsZero() && c.now().Sub(known.verifiedAt) < life {
		return known.verifiedAt, known.verified
	}
	return c.now(), c.verify(ctx, o, nil)
}

// verify gets a token with the organization's connection and remembers how that
// went. Asking may be nil.
func (c *consoleOnboarding) verify(ctx context.Context, o tenants.Organization, as *graph.Asking) error {
	s, err := c.subject(ctx, o)
	if err != nil {
		return err
	}
	if as != nil {
		s.Graph, s.Admin = c.graph[o.Connection.Cloud], *as
	}
	err = onboarding.Verify(ctx, s)
	if ctx.Err() == nil {
		c.memory.remember(o, func(e *examination) { e.verified, e.verifiedAt = err, c.now() })
	}
	return err
}

// Activate lets an organization serve whose connection gets a token now. One that
// reads groups from tokens only may have no credential, and there is nothing to
// prove then.
func (c *consoleOnboarding) Activate(ctx context.Context, by authz.Caller) (tenants.Organization, error) {
	o, err := c.store.Organization(ctx, by.Org())
	if err != nil {
		return o, err
	}
	if err := o.Connection.Validate(); err != nil {
		return o, err
	}
	if o.Connection.CanAsk() {
		if err := c.verify(ctx, o, nil); err != nil {
			return o, unproved("the connection is not proved, and the organization does not serve", err)
		}
	}
	return c.registrar.Activate(ctx, by, o.Connection)
}

// unproved says what did not go on because a connection or a credential is
// wrong. What has to do with Entra's being there keeps its kind.
func unproved(what string, err error) error {
	kind := fault.KindOf(err)
	if !slices.Contains([]fault.Kind{fault.Unavailable, fault.Limited, fault.Internal}, kind) {
		kind = fault.Conflict
	}
	return fault.Wrap(kind, what+": "+fault.Public(err), err).RetryAfter(fault.RetryAfter(err))
}
