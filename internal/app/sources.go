package app

import (
	"context"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/config"
	"gatehouse/internal/egress"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/sources"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

// What asking an authorization server of a source may take. Exchanges with the
// sources themselves are streams, which upstream bounds by what each source is
// allowed.
const (
	sourceTimeout  = 30 * time.Second
	sourceDocument = 1 << 20
)

// newHub returns what speaks to sources. It has an egress client of its own:
// where these requests go organizations choose, and none of their connections is
// shared with those to Microsoft.
func (a *API) newHub(o Options) (err error) {
	a.outward, err = egress.New(egress.Options{
		Loopback: loopbackOf(o.Config.Process), Timeout: sourceTimeout, MaxResponseBytes: sourceDocument, Tracer: o.Telemetry.Tracer, Trust: o.Config.ExtraCA,
	})
	if err != nil {
		return err
	}
	a.hub, err = upstream.New(upstream.Options{Egress: a.outward, Sessions: a.db, Now: o.Now, Logger: a.logger, Version: Version, Turned: a.turned})
	return err
}

// turned passes on what calls find out about a source; there are none before there
// is a refresher.
func (a *API) turned(org tenants.ID, source tenants.GUID, health func() upstream.Health) {
	a.sources.Turned(org, source, health)
}

// servers satisfies snapshot.Servers.
func (a *API) servers(tokens upstream.Tokens) snapshot.Servers {
	return func(org *tenants.Organization, key *secrets.OrgKey, s tools.Source, secret []byte) tools.Server {
		return a.hub.Server(upstream.Connection{Org: org.ID, Source: s, Box: key, Secret: secret, Tokens: tokens, People: a.wallet})
	}
}

// newRefresher returns what keeps sources current.
func (a *API) newRefresher(o Options) (err error) {
	a.sources, err = sources.New(sources.Options{Store: watchedSources{a.db, o.Now}, Views: a.leases, Now: o.Now, Logger: a.logger})
	return err
}

func loopbackOf(c config.Process) egress.Loopback {
	if c.AllowLoopbackEgress {
		return egress.AllowLoopback
	}
	return egress.RefuseLoopback
}

// deployment is what the rules about sources, tools and limits need to know of this
// process.
func deployment(o Options, registry *tools.Registry) access.Deployment {
	d := access.Deployment{Allowed: allowed(o.Config.Limits)}
	for _, t := range registry.Tools() {
		d.Tools = append(d.Tools, t.Name)
	}
	if o.Config.AllowLoopbackEgress {
		d.Loopback = access.AllowLoopback
	}
	return d
}

// RefreshSource asks a source of the caller's organization what it offers, now.
// It works while Run does.
func (a *API) RefreshSource(ctx context.Context, by authz.Caller, source tenants.GUID) (access.Refreshed, error) {
	return a.sources.Refresh(ctx, by, source)
}

// Await returns when this process serves a view of an organization that is no
// older than a version.
func (a *API) Await(ctx context.Context, org tenants.ID, version int64) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		snap, err := a.leases.Of(ctx, org)
		if err != nil || snap.Version >= version {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
		}
	}
}
