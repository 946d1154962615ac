package app

import (
	"gatehouse/internal/admin"
	"gatehouse/internal/config"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/web"
)

// consoleParts is what a console needs of the process besides its databases.
type consoleParts struct {
	asking      *asking
	credentials identities
	prove       snapshot.Credentials
	registry    *tools.Registry
	keys        *secrets.Box
	own         *secrets.PlatformBox
	contacts    *admin.Contacts
	sinks       *admin.Sinks
	checkpoints *keys.CheckpointSigner
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
	people, err := newWebApp(a, o, p)
	if err != nil {
		return nil, err
	}
	authority, graph := p.credentials.authority, p.asking.graph[tenants.Cloud(o.Config.Cloud)]
	delegation := admin.NewDelegation(admin.DelegationParts{Refresh: people.Refresh, Authority: authority, Now: o.Now})
	newcomers, err := newOnboarding(a, o, p, delegation)
	if err != nil {
		return nil, err
	}
	apps, err := platformApps(o)
	if err != nil {
		return nil, err
	}
	operators, support := a.newOperators()
	logs := newLogReader(a, o, p.keys, p.checkpoints)
	desk := newExportDesk(a.db, logs, p.keys, o.Now)
	return console.New(console.Parts{
		Calls: consoleCalls{a.host, delegation},
		Base:  &o.Config.BaseURL, Platform: platform, Now: o.Now, Log: a.logger, Limits: a.limits.console,
		Store: a.db, Sessions: a.db, OneTime: a.db, Idempotency: a.db, Answers: a.db, Admissions: a.db, Tools: p.registry,
		Loopback:       deployment(o, p.registry).Loopback,
		Allowed:        allowed(o.Config.Limits),
		Sources:        admin.NewSources(admin.SourceParts{Store: a.db, Keys: p.keys, Views: a.leases.Of, Refresh: a.sources.Refresh, Health: healthOf}),
		Authorizations: a.wallet,
		Contacts:       p.contacts,
		Alerts:         p.contacts,
		Sinks:          p.sinks,
		LogReader:      logs, LogExporter: logs,
		ExportJobs: desk, ExportSchedules: desk,
		PlatformProofs: platformProofs(a.db),
		Onboarding:     newcomers, Operators: operators, Queues: a.queues(), Health: health{a, o.Now()}, Support: support, SignIns: admin.NewSignIns(a.log.Event),
		Encrypter:     admin.NewEncrypter(p.own),
		Erasures:      admin.NewErasures(admin.ErasureParts{Store: a.db, Keys: p.keys}),
		Cursors:       admin.NewCursors(admin.CursorParts{Store: a.db, Keys: p.keys, Own: p.own, Now: o.Now}),
		SignIn:        admin.NewSignIn(admin.SignInParts{Entra: people, Authority: authority, Platform: platform}),
		Tokens:        admin.NewAutomation(admin.AutomationParts{Find: a.db.OrgByTID, Views: a.leases.Of, Verify: entra.NewVerifier(a.keys, o.machine).Verify}),
		Directory:     admin.NewDirectory(admin.DirectoryParts{Graph: graph, Delegation: delegation, Now: o.Now}),
		Documents:     admin.NewDocuments(admin.DocumentParts{Store: a.db, Prover: newcomers, Deployment: deployment(o, p.registry), Apps: apps, Now: o.Now}),
		AccessReports: admin.NewAccessReports(a.db, a.log.Event),
		Decisions:     admin.NewDecisions(admin.DecisionParts{Views: a.leases.Of, Store: a.db, Graph: graph, Delegation: delegation, Now: o.Now}),
		OwnAccess:     admin.NewOwnAccess(admin.DecisionParts{Views: a.leases.Of, Store: a.db, Graph: graph, Delegation: delegation, Now: o.Now}, a.members),
		Web:           web.Dist(),
		WhatIf:        admin.NewWhatIf(admin.WhatIfParts{Store: a.db, Log: logs, Views: a.leases.Of, Deployment: deployment(o, p.registry), Apps: apps, Now: o.Now}),
	})
}

// healthOf is how a server does for this process.
func healthOf(s tools.Server) console.SourceHealth {
	server, ours := s.(*upstream.Server)
	if !ours {
		return console.SourceHealth{}
	}
	h := server.Health()
	return console.SourceHealth{State: string(h.State), Trouble: h.LastError, Since: h.Since, At: h.At}
}

func newOnboarding(a *API, o Options, p consoleParts, people admin.Delegation) (*admin.Onboarding, error) {
	admission, err := admissionOf(o.Config.Admission)
	if err != nil {
		return nil, err
	}
	shared, err := sharedApp(o.Config.SharedApp)
	if err != nil {
		return nil, err
	}
	apps, err := platformApps(o)
	if err != nil {
		return nil, err
	}
	return admin.NewOnboarding(admin.OnboardingParts{
		Store: a.db, Operator: admin.NewAdmissions(a.db), Admission: admission, Keys: p.keys, Tokens: p.asking.tokens,
		Authority: p.asking.authority, Graph: p.asking.graph, People: people, Credential: p.prove,
		Cloud: tenants.Cloud(o.Config.Cloud), Base: &o.Config.BaseURL, Issuer: a.issuer.URL(), SharedApp: shared, Apps: apps, Record: a.log.Event, Now: o.Now,
	}), nil
}

func admissionOf(a config.Admission) (onboarding.Admission, error) {
	switch a {
	case config.AdmitOpen:
		return onboarding.Open, nil
	case config.AdmitInvitation:
		return onboarding.ByInvitation, nil
	case config.AdmitApproval:
		return onboarding.ByApproval, nil
	default:
		return "", fault.Newf(fault.Invalid, "GATEHOUSE_ADMISSION is %q; use open, invitation or approval", a)
	}
}

// sharedApp is the registration that organizations may share; zero where there
// is none.
func sharedApp(c config.SharedApp) (admin.SharedApp, error) {
	if c.SharedAppClientID == "" {
		return admin.SharedApp{}, nil
	}
	client, err := tenants.ParseGUID(c.SharedAppClientID)
	return admin.SharedApp{ClientID: client, IdentifierURI: c.SharedAppIdentifierURI}, about("GATEHOUSE_SHARED_APP_CLIENT_ID", err)
}

// platformApps are the registrations of this deployment.
func platformApps(o Options) (tenants.PlatformApps, error) {
	client, err := tenants.ParseGUID(o.Config.ConsoleClientID)
	if err != nil {
		return tenants.PlatformApps{}, about("GATEHOUSE_CONSOLE_CLIENT_ID", err)
	}
	shared, err := sharedApp(o.Config.SharedApp)
	return tenants.PlatformApps{Console: client, Shared: shared.ClientID}, err
}

// newOperators returns what operators do, and the access they ask for.
func (a *API) newOperators() (console.Operators, console.Support) {
	support := admin.NewSupport(admin.SupportParts{SupportStore: a.db, Record: a.log.Event})
	if a.operators == nil {
		return admin.NoOperators{}, admin.NoRequests{Support: support}
	}
	return admin.NewOperators(admin.OperatorParts{Register: a.operators, Store: a.db}), support
}

// platformTenant is the Entra tenant of the operators; zero where there are none.
func platformTenant(o Options) (tenants.TID, error) {
	if o.Config.PlatformTenantID == "" {
		return tenants.TID{}, nil
	}
	tid, err := tenants.ParseTID(o.Config.PlatformTenantID)
	return tid, about("GATEHOUSE_PLATFORM_TENANT_ID", err)
}

func newWebApp(a *API, o Options, p consoleParts) (*entra.WebApp, error) {
	client, err := tenants.ParseGUID(o.Config.ConsoleClientID)
	if err != nil {
		return nil, about("GATEHOUSE_CONSOLE_CLIENT_ID", err)
	}
	credential, err := p.credentials.console(o.Config.Console)
	if err != nil {
		return nil, err
	}
	return entra.NewWebApp(entra.WebAppOptions{
		ClientID: client, Credential: credential, Authority: p.credentials.authority,
		RedirectURL: o.Config.BaseURL.JoinPath("auth", "callback").String(), Tokens: p.asking.tokens, Keys: a.keys, Now: o.machine,
	})
}
