package app

import (
	"context"
	"net/netip"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

// What a client's document may have, and how long its host may take.
const (
	documentBytes    = 5 << 10
	documentPatience = 5 * time.Second
)

// newAuthServer builds the authorization server of brokered organizations. Clients'
// documents are fetched by a client of their own, which gives strangers less.
func (a *API) newAuthServer(o Options, s *asking) (err error) {
	a.documents, err = egress.New(egress.Options{
		Loopback: loopbackOf(o.Config.Process), Timeout: documentPatience, MaxResponseBytes: documentBytes, Tracer: o.Telemetry.Tracer, Trust: o.Config.ExtraCA,
	})
	if err != nil {
		return err
	}
	people, err := authserver.NewSignIns(authserver.SignInParts{Base: &o.Config.BaseURL, Authority: s.authority, Tokens: s.tokens, Keys: a.keys, Now: o.machine})
	if err != nil {
		return err
	}
	a.authserver, err = authserver.New(authserver.Parts{
		Base: &o.Config.BaseURL, Views: a.leases, Store: a.db, OneTime: a.db, Signer: a.tokens, Documents: a.documents, Entra: people, Members: a.members,
		Log: a.log, Counts: a.refusals, Limits: strangers{a.limits.strangers, a.limits.leavers}, Origins: a.host, Authority: s.authority,
		Logger: a.logger, Now: o.Now, Sources: a.wallet, StepUps: proofs{s, a.host}, Disowned: a.whomEntraDisowns,
	})
	return err
}

// whomEntraDisowns implements authserver.Disowned.
func (a *API) whomEntraDisowns(ctx context.Context, org tenants.ID, person tenants.GUID, refusal *entra.TokenError, drop func(context.Context)) {
	a.disowned.hear(ctx, disownment{org, person, refusal, drop})
}

// strangers bounds how often an address may ask an organization's authorization
// server, and how often so that something is kept. Of IPv6 a network of 64 bits
// counts as an address: anybody has all of one.
type strangers struct{ asks, leaves *limit.Visitors }

// Admit implements authserver.Limits.
func (s strangers) Admit(org tenants.ID, address string) error {
	return s.asks.Admit(org.String() + " " + whereabouts(address))
}

// AdmitKept implements authserver.Limits.
func (s strangers) AdmitKept(org tenants.ID, address string) error {
	return s.leaves.Admit(org.String() + " " + whereabouts(address))
}

// whereabouts is what counts as one address.
func whereabouts(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}
