package app

import (
	"context"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/jobs"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// directories returns the Graph clients as an app asks them about everybody.
func (a *asking) directories() map[tenants.Cloud]membership.Directory {
	all := map[tenants.Cloud]membership.Directory{}
	for cloud, client := range a.graph {
		all[cloud] = client
	}
	return all
}

// asApps satisfies membership.Apps.
type asApps struct{ *asking }

// OfApp gets a token with whatever application permissions of Graph the app has.
func (a asApps) OfApp(ctx context.Context, v membership.View, refused string) (string, error) {
	o := v.Organization
	authority := a.authority(o.Connection.Cloud)
	app := entra.App{TID: o.TID, ClientID: o.Connection.ClientID, Credential: v.Credential, Authority: authority}
	token, err := a.tokens.OfApp(ctx, o.ID, app, authority.GraphURL()+"/.default", refused)
	return token.Reveal(), err
}

// linksLabel is what the place in a directory's changes is encrypted for.
func linksLabel(org tenants.ID) secrets.Label {
	return secrets.Label{Kind: "directory_follow", ID: org.String()}
}

// Seal encrypts for an organization.
func (a asApps) Seal(ctx context.Context, org tenants.ID, links []byte) ([]byte, error) {
	snap, err := a.views(ctx, org)
	if err != nil {
		return nil, err
	}
	return snap.Key.Encrypt(linksLabel(org), links)
}

// Open reads what Seal has encrypted.
func (a asApps) Open(ctx context.Context, org tenants.ID, ciphertext []byte) ([]byte, error) {
	snap, err := a.views(ctx, org)
	if err != nil {
		return nil, err
	}
	return snap.Key.Decrypt(linksLabel(org), ciphertext)
}

// followChore reads what changes in directories that let the app do so.
func followChore(people refreshes) jobs.Chore {
	return jobs.Chore{Name: store.FollowChore, Every: membership.FollowEvery, Do: people.Follow}
}

// Follow reads what has changed in an organization's directory.
func (r refreshes) Follow(ctx context.Context, org tenants.ID) (again time.Duration, err error) {
	snap, err := r.views(ctx, org)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return r.people.Follow(ctx, membersOf(snap))
}
