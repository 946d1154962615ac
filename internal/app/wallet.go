package app

import (
	"context"

	"gatehouse/internal/authorizations/wallet"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools/upstream/oauth"
)

// newWallet builds what holds the tokens that people get at sources. It asks as the
// hub does, by way of the same egress client.
func (a *API) newWallet(o Options) error {
	client, err := oauth.New(oauth.Options{Doer: a.outward, Agent: "gatehouse/" + Version, Now: o.Now, Loopback: loopbackOf(o.Config.Process)})
	if err != nil {
		return err
	}
	a.wallet, err = wallet.New(wallet.Parts{
		Base: &o.Config.BaseURL, Store: a.db, OAuth: client, Doer: a.outward, Now: o.Now, Logger: a.logger,
		Views: func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error) { return a.leases.Of(ctx, org) },
	})
	return err
}
