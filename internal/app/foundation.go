package app

import (
	"context"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

// process is what every process is made from.
type process struct {
	config    config.Process
	telemetry *telemetry.Telemetry
	now       func() time.Time // one for all processes
	machine   func() time.Time // this machine's, by which is judged and dated what Entra and we tell each other
}

// foundation is what a process needs that asks Entra and Graph for organizations:
// their views, what opens their secrets, and what proves that we are their app.
type foundation struct {
	process   process
	authority func(tenants.Cloud) entra.Authority
	egress    *egress.Client // to Microsoft
	asking    *asking
	registry  *tools.Registry
	own       *secrets.PlatformBox
	box       *secrets.Box
	signing
	us    identities
	prove snapshot.Credentials
}

// newFoundation builds it on a database. Whoever gets one closes its egress.
func newFoundation(ctx context.Context, p process, db *store.DB, extra []tools.Tool) (_ *foundation, err error) {
	f := &foundation{process: p}
	if f.authority, err = authorities(p.config); err != nil {
		return nil, err
	}
	if f.egress, err = newEgress(p); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.egress.Close()
		}
	}()
	if f.asking, err = newAsking(f.egress, f.authority, p); err != nil {
		return nil, err
	}
	if err = f.observeGraph(); err != nil { //nolint:contextcheck // what is counted later has no request to go by
		return nil, err
	}
	f.asking.kept, f.asking.logger = db, p.telemetry.Logger
	if f.registry, err = tools.NewRegistry(append(builtin.Tools(f.asking.builtins()), extra...)); err != nil {
		return nil, err
	}
	if err = f.unlock(ctx, db); err != nil {
		return nil, err
	}
	return f, nil
}

// observeGraph has what Graph is asked counted.
func (f *foundation) observeGraph() error {
	observe, err := graphMetrics(f.process.telemetry.Meter)
	for _, client := range f.asking.graph {
		client.Observe(observe)
	}
	return err
}

// unlock builds what opens secrets, and what is signed and proved with them.
func (f *foundation) unlock(ctx context.Context, db *store.DB) error {
	p := f.process
	kek, err := vaults{p.config, f.egress, p.telemetry.Tracer}.newKEK(ctx)
	if err != nil {
		return err
	}
	if f.own, err = secrets.NewPlatformBox(kek, db); err != nil {
		return err
	}
	if f.box, err = secrets.NewBox(kek); err != nil {
		return err
	}
	db.KeepHistory(f.box)
	if f.signing, err = newSigning(p, f.own, db); err != nil {
		return err
	}
	f.us = identities{p.config.SharedApp, p.machine, p.telemetry.Tracer, p.telemetry.Logger, f.authority(tenants.Cloud(p.config.Cloud))}
	shared, err := f.us.shared()
	if err != nil {
		return err
	}
	f.prove = entra.Proofs{SharedApp: shared, Issuer: f.issuer, Authority: f.authority, Now: p.machine}.Of
	return nil
}

// views returns the leased views of organizations, and asks on behalf of people by
// them from then on.
func (f *foundation) views(source snapshot.Source, servers snapshot.Servers) *snapshot.Leases {
	leases := snapshot.NewLeases(source, snapshot.Builder{
		Origin: origin(f.process.config), Tools: f.registry, Authority: f.authority, Credentials: f.prove, Secrets: f.box, Servers: servers,
		Logger: f.process.telemetry.Logger,
	}, f.process.now)
	f.asking.views = leases.Of
	return leases
}

// authorities returns the hosts of each cloud: Microsoft's, or in development
// the emulator's for all of them.
func authorities(c config.Process) (func(tenants.Cloud) entra.Authority, error) {
	if c.EntraURL.Host == "" {
		return entra.AuthorityOf, nil
	}
	emulated, err := entra.LoopbackAuthority(c.EntraURL.String(), c.GraphURL.String())
	return func(tenants.Cloud) entra.Authority { return emulated }, err
}

func newEgress(p process) (*egress.Client, error) {
	return egress.New(egress.Options{
		Loopback: loopbackOf(p.config), Timeout: 10 * time.Second, MaxResponseBytes: 4 << 20, Tracer: p.telemetry.Tracer, Trust: p.config.ExtraCA,
	})
}
