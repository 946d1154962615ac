package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

// asking is how this process asks Entra and Graph on behalf of people: one token
// client, and a Graph client for each cloud.
type asking struct {
	tokens    *entra.TokenClient
	authority func(tenants.Cloud) entra.Authority
	graph     map[tenants.Cloud]*graph.Client
	views     func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	kept      keptTokens
	disowned  func(context.Context, disownment)                           // nil: who asks decides
	record    func(by authz.Caller, e audit.Event) (audit.Pending, error) // nil: what Entra says is no event of its own
	now       func() time.Time
	logger    *slog.Logger
}

func newAsking(outbound *egress.Client, authority func(tenants.Cloud) entra.Authority, p process) (*asking, error) {
	a := &asking{tokens: entra.NewTokenClient(outbound, p.machine), authority: authority, now: p.now, graph: map[tenants.Cloud]*graph.Client{}}
	for _, cloud := range []tenants.Cloud{tenants.PublicCloud, tenants.USGovCloud, tenants.ChinaCloud} {
		client, err := graph.New(authority(cloud).GraphURL(), outbound)
		if err != nil {
			return nil, err
		}
		a.graph[cloud] = client
	}
	return a, nil
}

// memberships returns the Graph clients as membership asks them.
func (a *asking) memberships() map[tenants.Cloud]membership.Graph {
	all := map[tenants.Cloud]membership.Graph{}
	for cloud, client := range a.graph {
		all[cloud] = client
	}
	return all
}

// exchange gets a Graph token with permissions given by their short names.
func (a *asking) exchange(ctx context.Context, x entra.Exchange, short []string) (string, error) {
	x.Authority = a.authority(x.Organization.Connection.Cloud)
	if x.Kept == nil {
		x.Kept = a.keptFor(x.Identity)
	}
	for _, s := range short {
		x.Scopes = append(x.Scopes, x.Authority.DelegatedGraphScope(s))
	}
	token, err := a.onBehalfOf(ctx, x)
	return token.Reveal(), err
}

// forMembership satisfies membership.Tokens.
type forMembership struct{ *asking }

// OnBehalfOf gets a Graph token for the person whose membership is in question. What
// a token of Entra's brings to go on with is kept; for whoever comes with one of ours
// their connection keeps it already.
func (a forMembership) OnBehalfOf(ctx context.Context, x membership.Exchange) (string, error) {
	e := entra.Exchange{
		Organization: x.Organization, Identity: x.Identity, Assertion: x.Assertion, Credential: x.Credential, Challenge: x.Claims,
	}
	if x.Identity.Connection.IsZero() {
		e.Offline = a.keeper(x.Organization, x.Identity)
	}
	return a.exchange(ctx, e, x.Scopes)
}

// forTools satisfies builtin.Exchanger.
type forTools struct{ *asking }

// OnBehalfOf gets a Graph token for the caller of a tool.
func (a forTools) OnBehalfOf(ctx context.Context, by authz.Caller, assertion authz.Assertion, scopes ...string) (string, error) {
	snap, err := a.views(ctx, by.Org())
	if err != nil {
		return "", err
	}
	x := entra.Exchange{Organization: &snap.Organization, Identity: by.Identity(), Assertion: assertion, Credential: snap.Credential()}
	token, err := a.exchange(ctx, x, scopes)
	if refused, ok := errors.AsType[*entra.TokenError](err); ok {
		if claims := challengeIn(refused, x); claims != "" {
			return "", tools.NewChallengeError(claims, "Microsoft Graph cannot be asked on your behalf: "+challenged(refused, x.Organization), err)
		}
	}
	return token, err
}

// builtins is what the platform's own tools work with.
func (a *asking) builtins() builtin.Deps {
	return builtin.Deps{Tokens: forTools{a}, Graph: func(ctx context.Context, by authz.Caller) (builtin.Graph, error) {
		snap, err := a.views(ctx, by.Org())
		if err != nil {
			return nil, err
		}
		client, ok := a.graph[snap.Organization.Connection.Cloud]
		if !ok {
			return nil, fault.Newf(fault.Internal, "no Microsoft Graph for cloud %s", snap.Organization.Connection.Cloud)
		}
		return client, nil
	}}
}
