package app

import (
	"context"

	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// consoleParts is what a console needs of the process besides its databases.
type consoleParts struct {
	asking      *asking
	credentials identities
	prove       proofs
	registry    *tools.Registry
	keys        *secrets.Box
	own         *secrets.PlatformBox
}

// newConsole builds the management API and the routes of signing in; nil where
// no app registration to sign in with is configured.
func newConsole(a *API, o Options, p consoleParts) (*console.Console, error) {
	if o.Config.ConsoleClientID == "" {
		return nil, nil //nolint:nilnil // a platform without a console has none
	}
	platform, err := platformTenant(o)
	if err != nil {
		return nil, err
	}
	people, err := newEntraConsole(a, o, p)
	if err != nil {
		return nil, err
	}
	authority := p.credentials.authority
	delegations := newGrants(people.Refresh, authority, o.Now)
	onboarding, err := newOnboarding(onboardingParts{
		store: a.db, admission: admissions{a.db}, box: p.keys, tokens: p.asking.tokens, authority: p.asking.authority, graph: p.asking.graph,
		people: delegations, platform: p.prove.platform, federation: a.issuer.URL(), config: o.Config, now: o.Now,
	})
	if err != nil {
		return nil, err
	}
	graph := p.asking.graph[tenants.Cloud(o.Config.Cloud)]
	limits, err := newConsoleLimits(o)
	if err != nil {
		return nil, err
	}
	verifier := entra.NewVerifier(a.keys, o.Now)
	return console.New(console.Parts{
		Base: &o.Config.BaseURL, Platform: platform, Now: o.Now, Log: a.logger, Limits: limits,
		Store: a.db, Sessions: a.db, OneTime: a.db, Idempotency: a.db,
		Encrypter: encrypter{p.own}, Cursors: newCursors(a.db, p.keys, p.own, o.Now),
		SignIn: signIn{people, authority, platform}, Tokens: tokens{a.db.OrgByTID, a.leases.Of, verifier.Verify},
		Directory: newDirectory(graph, delegations, o.Now), Tools: p.registry, Documents: newDocuments(a.db, p.registry.Tools(), o.Now),
		Decisions:  newDecisions(decisionParts{Views: a.leases.Of, Store: a.db, Graph: graph, Delegation: delegations, Now: o.Now}),
		Onboarding: onboarding, Admissions: a.db,
		Operators: newOperators(a.operators, a.db), Support: support{a.operators == nil, a.db, a.log.Event},
	})
}

// platformTenant is the Entra tenant of the operators; zero where there are none.
func platformTenant(o Options) (tenants.TID, error) {
	if o.Config.PlatformTenantID == "" {
		return tenants.TID{}, nil
	}
	tid, err := tenants.ParseTID(o.Config.PlatformTenantID)
	return tid, about("GATEHOUSE_PLATFORM_TENANT_ID", err)
}

func newEntraConsole(a *API, o Options, p consoleParts) (*entra.Console, error) {
	client, err := tenants.ParseGUID(o.Config.ConsoleClientID)
	if err != nil {
		return nil, about("GATEHOUSE_CONSOLE_CLIENT_ID", err)
	}
	credential, err := p.credentials.console()
	if err != nil {
		return nil, err
	}
	return entra.NewConsole(entra.ConsoleOptions{
		ClientID: client, Credential: credential, Authority: p.credentials.authority,
		RedirectURL: o.Config.BaseURL.JoinPath("auth", "callback").String(), Tokens: p.asking.tokens, Keys: a.keys, Now: o.Now,
	})
}

// openOperators connects the operator API, if there is one.
func (a *API) openOperators(ctx context.Context, o Options) error {
	url := o.Config.OperatorDatabaseURL.Reveal()
	if url == "" {
		return nil
	}
	var err error
	a.operators, err = store.OpenOperators(ctx, url)
	return about("GATEHOUSE_OPERATOR_DATABASE_URL", err)
}
