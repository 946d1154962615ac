package app

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/config"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/graph"
	"gatehouse/internal/keys"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// OnboardingForTest is onboardingParts for tests; Graph and Entra are one
// emulator's.
type OnboardingForTest struct {
	Store      *store.DB
	Admission  onboarding.Operator
	Box        *secrets.Box
	Tokens     *entra.TokenClient
	Authority  entra.Authority
	Graph      *graph.Client
	People     func(ctx context.Context, p console.Person, scopes ...string) (string, error)
	Platform   Platform
	Federation string
	Config     config.API
}

type peopleFunc func(ctx context.Context, p console.Person, scopes ...string) (string, error)

func (f peopleFunc) graphToken(ctx context.Context, p console.Person, scopes ...string) (string, error) {
	return f(ctx, p, scopes...)
}

// NewOnboardingForTest joins the parts as a process does.
func NewOnboardingForTest(p OnboardingForTest) (console.Onboarding, error) {
	return newOnboarding(onboardingParts{
		store: p.Store, admission: p.Admission, box: p.Box, tokens: p.Tokens, authority: func(tenants.Cloud) entra.Authority { return p.Authority },
		graph: map[tenants.Cloud]*graph.Client{tenants.PublicCloud: p.Graph}, people: peopleFunc(p.People), platform: p.Platform,
		federation: p.Federation, config: p.Config, now: time.Now,
	})
}

// IssuerForTest is a process's federation issuer.
func IssuerForTest(c config.API, tel *telemetry.Telemetry, kek secrets.KEK, db *store.DB) (*keys.Issuer, error) {
	own, err := secrets.NewPlatformBox(kek, db)
	if err != nil {
		return nil, err
	}
	return newIssuer(Options{Config: c, Telemetry: tel, Now: time.Now}, own, db)
}

// ActorForTest is a person at work in an organization.
func ActorForTest(p console.Person, o tenants.Organization, role tenants.Role) console.Actor {
	id := authz.Identity{Org: o.ID, TID: p.TID, OID: p.OID, Kind: authz.User, Delegated: true, Name: p.Name}
	return console.Actor{Caller: authz.Actor(id), Role: role, Organization: o, Person: &p}
}
