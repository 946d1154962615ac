package app

import (
	"context"
	"log/slog"
	"slices"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// newMembershipRefresher builds what asks Graph for people in their absence.
func newMembershipRefresher(a *asking, store membership.RefreshStore) (*membership.Refresher, error) {
	return membership.NewRefresher(membership.RefresherOptions{
		Graph: a.memberships(), Directory: a.directories(), Apps: asApps{a}, Holdings: holdings{a}, Store: store, Now: a.now, Logger: a.logger,
	})
}

// membersOf is an organization as that knows it.
func membersOf(snap *snapshot.Snapshot) membership.View {
	return membership.View{Organization: &snap.Organization, Credential: snap.Credential(), Mapped: snap.Policy.MappedGroups()}
}

// keptLabel is what a kept token is encrypted for.
func keptLabel(t membership.KeptToken) secrets.Label {
	return secrets.Label{Kind: "kept_token", ID: t.Person.String() + " " + t.Client.String() + " " + t.Resource}
}

// keeper keeps the refresh token that the exchange of somebody's token of Entra brings.
func (a *asking) keeper(org *tenants.Organization, id authz.Identity) func(ctx context.Context, token entra.RefreshToken) {
	return func(ctx context.Context, token entra.RefreshToken) {
		now := a.now()
		t := membership.KeptToken{
			Person: id.OID, Client: org.Connection.ClientID, Resource: a.authority(org.Connection.Cloud).GraphURL(),
			TokenID: id.TokenID, MadeAt: now, UsedAt: now,
		}
		snap, err := a.views(ctx, org.ID)
		if err == nil {
			t.Ciphertext, err = snap.Key.Encrypt(keptLabel(t), []byte(token.Reveal()))
		}
		if err == nil {
			err = a.kept.KeepToken(ctx, refreshing(org.ID), t)
		}
		a.warnUnkept(ctx, org.ID, err)
	}
}

func (a *asking) warnUnkept(ctx context.Context, org tenants.ID, err error) {
	if err != nil {
		a.logger.LogAttrs(ctx, slog.LevelWarn, "refresh token of Entra is not kept", slog.String(telemetry.LogOrg, org.String()), telemetry.Err(err))
	}
}

// refreshing is who does what nobody waits for.
func refreshing(org tenants.ID) authz.Caller { return authz.SystemCaller(org, "membership refresh") }

// holdings satisfies membership.Holdings.
type holdings struct{ *asking }

// Bounds of what is tried for a person, and of what is looked at for it: if Entra
// refuses to go on with that many connections, it is the person.
const (
	mostTried = 8
	mostRead  = 200
)

// Held returns what connections keep, the last that Entra gave first, and then what
// exchanges have left.
func (h holdings) Held(ctx context.Context, v membership.View, person tenants.GUID) ([]membership.Held, error) {
	org := v.Organization.ID
	snap, err := h.views(ctx, org)
	if err != nil {
		return nil, err
	}
	connected, err := h.kept.Connections(ctx, org, connections.Filter{Person: person, Most: mostRead})
	if err != nil {
		return nil, err
	}
	kept, err := h.kept.KeptTokens(ctx, org, person)
	if err != nil {
		return nil, err
	}
	connected = slices.DeleteFunc(connected, func(c connections.Connection) bool { return c.Entra == nil })
	slices.SortFunc(connected, func(a, b connections.Connection) int { return b.EntraAt.Compare(a.EntraAt) })
	r := redeemer{h.asking, v, snap.Key, person}
	var all []membership.Held
	for _, c := range connected[:min(len(connected), mostTried)] {
		all = append(all, r.ofConnection(c))
	}
	for _, t := range kept {
		if t.Client == v.Organization.Connection.ClientID && t.Resource == h.authority(v.Organization.Connection.Cloud).GraphURL() {
			all = append(all, r.ofExchange(t))
		}
	}
	return all, nil
}

// redeemer makes what is kept for one person redeemable.
type redeemer struct {
	*asking
	view   membership.View
	key    *secrets.OrgKey
	person tenants.GUID
}

func (r redeemer) ofConnection(c connections.Connection) membership.Held {
	label, by := connections.EntraLabel(c.ID), refreshing(r.view.Organization.ID)
	return membership.Held{
		Redeem: r.redeem(c.ID, label, c.Entra, func(ctx context.Context, next []byte) error {
			return r.kept.KeepEntra(ctx, by, c.ID, connections.Answer{Entra: next, Shown: c.EntraAt})
		}),
		Drop: func(ctx context.Context) error {
			return r.kept.KeepEntra(ctx, by, c.ID, connections.Answer{Shown: c.EntraAt})
		},
	}
}

func (r redeemer) ofExchange(t membership.KeptToken) membership.Held {
	by := refreshing(r.view.Organization.ID)
	return membership.Held{
		Redeem: r.redeem(t.Person, keptLabel(t), t.Ciphertext, func(ctx context.Context, next []byte) error {
			renewed := t
			renewed.Ciphertext, renewed.UsedAt = next, r.now()
			return r.kept.RenewToken(ctx, by, renewed)
		}),
		Drop: func(ctx context.Context) error { return r.kept.DropToken(ctx, by, t) },
	}
}

// redeem redeems a refresh token for a token of Graph and stores its successor. One
// that Entra refuses stays: what follows from that is decided, and done, as a whole.
func (r redeemer) redeem(id tenants.GUID, label secrets.Label, ciphertext []byte, store func(ctx context.Context, next []byte) error) func(context.Context, string) (string, error) {
	org := r.view.Organization
	kept := &entra.Kept{
		For: id,
		Take: func(context.Context) (entra.RefreshToken, error) {
			plain, err := r.key.Decrypt(label, ciphertext)
			return entra.NewRefreshToken(string(plain)), err
		},
		Put: func(ctx context.Context, next entra.RefreshToken) {
			if next.IsZero() {
				return
			}
			encrypted, err := r.key.Encrypt(label, []byte(next.Reveal()))
			if err == nil {
				err = store(ctx, encrypted)
			}
			r.warnUnkept(ctx, org.ID, err)
		},
	}
	return func(ctx context.Context, claims string) (string, error) {
		return r.exchange(ctx, entra.Exchange{
			Organization: org, Credential: r.view.Credential, Challenge: claims, Kept: kept, Anew: true,
			Identity: authz.Identity{Org: org.ID, TID: org.TID, OID: r.person, Kind: authz.User, Delegated: true},
		}, membership.Scopes)
	}
}
