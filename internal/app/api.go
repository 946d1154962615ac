package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authorizations/wallet"
	"gatehouse/internal/authserver"
	"gatehouse/internal/config"
	"gatehouse/internal/connect"
	"gatehouse/internal/console"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/keys"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/sources"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

// Version is what clients and telemetry see of this program.
const Version = "0.1.0"

// Options is what an api process is made from. All fields are required but Extra.
type Options struct {
	Config    config.API
	Telemetry *telemetry.Telemetry
	Extra     []tools.Tool
	Now       func() time.Time
	Outbox    func(audit.Outbox) audit.Outbox // what stands before the outbox; nil: nothing. For measurements

	machine func() time.Time // Now as it was given; Now is corrected by what the database says
}

func (o Options) process() process { return process{o.Config.Process, o.Telemetry, o.Now, o.machine} }

// API is the api process: MCP endpoints, their metadata, the console, and health.
type API struct {
	db         *store.DB
	operators  *store.Operators // nil without an operator API
	outbox     *store.Outbox
	egress     *egress.Client
	outward    *egress.Client // to sources
	hub        *upstream.Hub
	sources    *sources.Refresher
	keys       *entra.KeySets
	issuer     *keys.Issuer
	tokens     *keys.TokenSigner
	log        *audit.Log
	refusals   *audit.Refusals
	members    *membership.Resolver
	disowned   *disownments
	limits     *limits
	proxies    []netip.Prefix // whose word about addresses is taken
	leases     *snapshot.Leases
	host       *mcphost.Host
	authserver *authserver.Server
	connect    *connect.Server
	hooks      *graphhook.Server
	wallet     *wallet.Wallet   // of what people have got at sources
	documents  *egress.Client   // to clients' documents
	webhooks   *egress.Client   // of contacts
	outlets    *egress.Client   // to sinks
	console    *console.Console // nil without an app registration to sign in with
	schema     http.Handler     // JSON Schema of org.yaml
	logger     *slog.Logger

	heapFloor []byte
}

// heapFloorBytes are never touched, so they take address space and no memory. The
// collector counts them as live and lets as much garbage gather before it runs. A
// replica with few organizations holds a few megabytes; without the floor it
// would be collected some fifty times a second under load.
const heapFloorBytes = 32 << 20

// NewAPI connects to the database and builds the process. It refuses database
// roles that row level security does not bind and, in production, servers that
// may forget what they confirmed.
func NewAPI(ctx context.Context, o Options) (_ *API, err error) {
	if err := guard(ctx, o.Config); err != nil {
		return nil, err
	}
	a := &API{logger: o.Telemetry.Logger, proxies: o.Config.TrustedProxies, heapFloor: make([]byte, heapFloorBytes)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.disconnect())
		}
	}()
	if a.db, err = store.Open(ctx, o.Config.DatabaseURL.Reveal(), o.Now); err != nil {
		return nil, err
	}
	o.machine, o.Now = o.Now, a.db.Now // one time for all replicas
	if a.outbox, err = store.OpenOutbox(ctx, o.Config.AuditDatabaseURL.Reveal()); err != nil {
		return nil, err
	}
	if err := a.openOperators(ctx, o); err != nil {
		return nil, err
	}
	if err := a.build(ctx, o); err != nil {
		return nil, err
	}
	return a, nil
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

// guard examines every database role, all complaints at once.
func guard(ctx context.Context, c config.API) error {
	check := guardOf(c.Environment)
	errs := []error{
		about("GATEHOUSE_DATABASE_URL", check(ctx, c.DatabaseURL.Reveal())),
		about("GATEHOUSE_AUDIT_DATABASE_URL", check(ctx, c.AuditDatabaseURL.Reveal())),
	}
	if operators := c.OperatorDatabaseURL.Reveal(); operators != "" {
		errs = append(errs, about("GATEHOUSE_OPERATOR_DATABASE_URL", check(ctx, operators)))
	}
	return errors.Join(errs...)
}

// guardOf is what examines a database role, and in production its server.
func guardOf(e config.Environment) func(ctx context.Context, url string) error {
	if e == config.Development {
		return store.GuardRole
	}
	return store.Guard
}

// about names the variable whose value a complaint is about.
func about(variable string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", variable, err)
}

func (a *API) build(ctx context.Context, o Options) (err error) {
	if a.schema, err = newSchema(o.Config.BaseURL); err != nil {
		return err
	}
	f, err := newFoundation(ctx, o.process(), a.db, o.Extra)
	if err != nil {
		return err
	}
	a.egress, a.issuer, a.tokens = f.egress, f.issuer, f.tokens
	scribe := audit.NewScribe(o.Now)
	observe, err := auditMetrics(o.Telemetry.Meter) //nolint:contextcheck // what it measures belongs to no request
	if err != nil {
		return err
	}
	outbox := audit.Outbox(a.outbox)
	if o.Outbox != nil {
		outbox = o.Outbox(outbox)
	}
	if a.log, err = audit.NewLog(outbox, audit.Defaults(observe), scribe, a.logger); err != nil {
		return err
	}
	f.asking.record = a.log.Submit
	if a.refusals, err = audit.NewRefusals(a.log, audit.RefusalLimits{Counters: 20_000, Organization: 500}); err != nil {
		return err
	}
	if err := a.newHub(o); err != nil {
		return err
	}
	if err := a.newWallet(o); err != nil {
		return err
	}
	a.leases = f.views(a.db, a.servers(forSources{f.asking}))
	if err := a.newRefresher(o); err != nil {
		return err
	}
	if err := a.newMembers(f); err != nil {
		return err
	}
	if a.limits, err = newLimits(o); err != nil {
		return err
	}
	if err := a.buildHost(o, f.asking); err != nil {
		return err
	}
	if err := a.newAuthServer(o, f.asking); err != nil {
		return err
	}
	if err := a.newConnect(o, f.authority); err != nil {
		return err
	}
	if err := a.newHooks(o); err != nil {
		return err
	}
	contacts, webhooks, err := newContacts(f, a.db, a.limits.tests)
	a.webhooks = webhooks
	if err != nil {
		return err
	}
	places, outlets, err := newSinks(f, a.db, a.limits.tests)
	a.outlets = outlets
	if err != nil {
		return err
	}
	a.console, err = newConsole(a, o, consoleParts{asking: f.asking, credentials: f.us, prove: f.prove, registry: f.registry, keys: f.box, own: f.own, contacts: contacts, sinks: places, checkpoints: f.checkpoints}) //nolint:contextcheck // building takes none; each request brings its own
	return err
}

func (a *API) buildHost(o Options, s *asking) (err error) {
	a.keys = entra.NewKeySets(a.egress, o.machine)
	a.keys.Observe(a.keysFetched)
	a.keys.Own(a.tokens.VerificationKeys)
	a.host, err = mcphost.New(mcphost.Options{
		BaseURL: &o.Config.BaseURL, Origins: o.Config.ExtraOrigins, AnyLoopbackPort: o.Config.AnyLoopbackPort,
		Version: Version, MaxBody: o.Config.MaxBodyBytes, PageSize: mcphost.DefaultPageSize,
		Leases: a.leases, Verifier: entra.NewVerifier(a.keys, o.machine).DateOwnBy(o.Now), Membership: a.members, Sessions: a.db, Sightings: a.db,
		Mailbox: a.db, Notes: a.db, Refresher: a.sources, StepUps: stepUps{s, &o.Config.BaseURL},
		Audit: a.log, BodyKeys: seal.NewBodyKeys(a.db, o.Now), Refusals: a.refusals, Limits: a.limits.calls, Operations: o.Telemetry.Operations, Logger: a.logger, Now: o.Now,
	})
	return err
}

// keysFetched says when signing keys cannot be refreshed: for a day the last known
// ones of Entra still serve, ours for half a day, then nobody gets in.
func (a *API) keysFetched(ctx context.Context, f entra.KeyFetch) {
	if f.Err != nil {
		a.logger.LogAttrs(ctx, slog.LevelWarn, "signing keys could not be fetched", slog.String("url", f.URL), telemetry.Err(f.Err))
	}
}

// Handler serves everything the process answers.
func (a *API) Handler() http.Handler { return behind(a.proxies, a.routes()) }

// Drain ends the streams that clients hold open, and what waits for people, in
// words that tell clients to come back. It returns when nothing is left of it, or
// ctx ends.
func (a *API) Drain(ctx context.Context) { a.host.Drain(ctx) }

// Run keeps views and keys current and the log committing until ctx ends. The
// log ends last: what was accepted is recorded.
func (a *API) Run(ctx context.Context) error {
	logCtx, stopLog := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLog()
	committed := make(chan error, 1)
	go func() { committed <- a.log.Run(logCtx) }()
	var wg sync.WaitGroup
	errs := make(chan error, 5)
	for _, run := range []func(context.Context) error{a.leases.Run, a.keys.Run, a.refusals.Run, a.sources.Run, a.limits.run} {
		wg.Go(func() { errs <- run(ctx) })
	}
	wg.Wait()
	close(errs)
	var err error
	for e := range errs {
		err = errors.Join(err, e)
	}
	drain, cancel := context.WithTimeout(logCtx, 5*time.Second)
	defer cancel()
	var goodbye sync.WaitGroup
	goodbye.Go(func() { a.hub.Close(drain) })
	err = errors.Join(err, a.members.Close(drain), a.disowned.close(drain), a.authserver.Close(drain), a.log.Close(drain))
	goodbye.Wait()
	stopLog()
	return errors.Join(err, <-committed, a.disconnect())
}

func (a *API) disconnect() error {
	var err error
	if a.db != nil {
		err = a.db.Close()
	}
	if a.operators != nil {
		err = errors.Join(err, a.operators.Close())
	}
	if a.outbox != nil {
		a.outbox.Close()
	}
	for _, outbound := range []*egress.Client{a.egress, a.outward, a.documents, a.webhooks, a.outlets} {
		if outbound != nil {
			outbound.Close()
		}
	}
	if a.limits != nil {
		err = errors.Join(err, a.limits.close())
	}
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
