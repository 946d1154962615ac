package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/jobs"
	"gatehouse/internal/limit"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// newHooks builds what takes notifications of Graph.
func (a *API) newHooks(o Options) (err error) {
	a.hooks, err = graphhook.New(graphhook.Parts{Store: a.db, Limits: notifiers{a.limits.strangers}, Logger: a.logger, Now: o.Now})
	return err
}

// notifiers bounds how often an address may tell something, whichever organization it is
// about: whose it is has to be looked up first. Graph tells from few addresses, and
// tries again.
type notifiers struct{ asks *limit.Visitors }

// AdmitNotifier implements graphhook.Limits.
func (n notifiers) AdmitNotifier(address string) error {
	return n.asks.Admit("graph " + whereabouts(address))
}

// subscribeEvery is how long it takes at most until what has failed is tried again.
const subscribeEvery = time.Hour

// subscribeChore keeps the subscriptions of organizations that want to be told, and
// ends those of organizations that do not any more.
func subscribeChore(a *asking, k graphhook.Keeper) jobs.Chore {
	return jobs.Chore{Name: graphhook.Chore, Every: subscribeEvery, Do: subscriber{a, k}.keep}
}

type subscriber struct {
	*asking
	keeper graphhook.Keeper
}

func (s subscriber) keep(ctx context.Context, org tenants.ID) (again time.Duration, err error) {
	snap, err := s.views(ctx, org)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	c := snap.Organization.Connection
	client, ok := s.graph[c.Cloud]
	if !ok {
		return 0, fault.Newf(fault.Internal, "no Microsoft Graph for cloud %s", c.Cloud)
	}
	token := &appToken{asking: s.asking, snap: snap}
	wish := graphhook.Wish{Org: org, Graph: client, Asking: graph.Asking{
		Token: token.get, Priority: graph.Low, Account: graph.Account{TID: snap.Organization.TID, App: c.ClientID},
	}}
	if c.IsTold() {
		wish.Wanted = graphhook.Notifications
	}
	again, err = s.keeper.Keep(ctx, wish)
	if refused, ok := errors.AsType[*graph.Error](err); ok && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden) {
		token.refuse(ctx) // permissions that were granted since are in the next one
	}
	return again, err
}

// appToken is what an organization's app itself asks Graph with.
type appToken struct {
	*asking
	snap *snapshot.Snapshot
	last string
}

func (t *appToken) get(ctx context.Context) (string, error) { return t.instead(ctx, "") }

// refuse has another token asked for, unless this one is new.
func (t *appToken) refuse(ctx context.Context) {
	if _, err := t.instead(ctx, t.last); err != nil {
		t.logger.LogAttrs(ctx, slog.LevelWarn, "token of an app is not renewed", slog.String(telemetry.LogOrg, t.snap.Organization.ID.String()), telemetry.Err(err))
	}
}

func (t *appToken) instead(ctx context.Context, refused string) (string, error) {
	o := &t.snap.Organization
	authority := t.authority(o.Connection.Cloud)
	app := entra.App{TID: o.TID, ClientID: o.Connection.ClientID, Credential: t.snap.Credential(), Authority: authority}
	token, err := t.tokens.OfApp(ctx, o.ID, app, authority.GraphURL()+"/.default", refused)
	t.last = token.Reveal()
	return t.last, err
}
