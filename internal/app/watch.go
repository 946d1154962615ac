package app

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/admin"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/jobs"
	"gatehouse/internal/limit"
	"gatehouse/internal/membership"
	"gatehouse/internal/sources"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// What is noticed and told is done by two chores.
const (
	watchChore   = store.WatchChore
	deliverChore = "deliver"

	watchEvery   = 10 * time.Minute
	deliverEvery = time.Hour // whatever is to be sent before hurries it
	watchSoon    = 15 * time.Second
)

// newWatcher builds what notices and tells, on the foundation of a process.
func newWatcher(f *foundation, db *store.DB) (*watch.Watcher, *egress.Client, error) {
	contacts, webhooks, err := newContacts(f, db, nil) // a worker tests nobody
	if err != nil {
		return nil, nil, err
	}
	observe, err := watchMetrics(f.process.telemetry.Meter)
	if err != nil {
		return nil, webhooks, err
	}
	watcher, err := watch.New(watch.Options{
		Store: db, Prober: prober{f.asking}, Sender: contacts.Sender, Secret: contacts.ContactSecret, Base: contacts.Base, Issuer: f.issuer.URL(),
		Observe: observe, Now: f.process.now,
	})
	return watcher, webhooks, err
}

// newContacts builds what tells contacts, and returns the way to their webhooks, which
// the caller closes.
func newContacts(f *foundation, db *store.DB, tests *limit.Visitors) (*admin.Contacts, *egress.Client, error) {
	sender, webhooks, err := newNotifier(f.process)
	if err != nil {
		return nil, webhooks, err
	}
	return admin.NewContacts(admin.ContactParts{
		Store: db, Keys: f.box, Sender: sender, Base: f.process.config.BaseURL.JoinPath("/").String(), Issuer: f.issuer.URL(), Now: f.process.now, Tests: tests,
	}), webhooks, nil
}

// watchChores are those of noticing and telling.
func watchChores(w *watch.Watcher, db *store.DB, now func() time.Time) []jobs.Chore {
	look := func(ctx context.Context, org tenants.ID) (time.Duration, error) {
		tell, err := w.Watch(ctx, org)
		if err == nil && tell {
			err = db.HurryChore(ctx, watching(org), deliverChore, now())
		}
		return 0, gone(err)
	}
	deliver := func(ctx context.Context, org tenants.ID) (time.Duration, error) {
		next, err := w.Deliver(ctx, org)
		if err != nil || next.IsZero() {
			return 0, gone(err)
		}
		return min(max(next.Sub(now()), time.Second), deliverEvery), nil
	}
	return []jobs.Chore{{Name: watchChore, Every: watchEvery, Do: look}, {Name: deliverChore, Every: deliverEvery, Do: deliver}}
}

// gone takes an organization that is not there any more for one that is done with.
func gone(err error) error {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

func watching(org tenants.ID) authz.Caller { return authz.SystemCaller(org, "watch") }

// hurry has an organization looked at soon, because something was learned that may be
// worth telling. All that is learned until then is one look.
func hurry(ctx context.Context, db *store.DB, org tenants.ID, now time.Time) error {
	return db.HurryChore(ctx, watching(org), watchChore, now.Add(watchSoon))
}

// prober satisfies watch.Prober.
type prober struct{ *asking }

// Probe asks Entra for a token of the organization's own app. Nobody can ask for one
// of the shared app on behalf of one organization and be refused for another's fault:
// the platform's own credential is not the organization's to mend.
func (p prober) Probe(ctx context.Context, org tenants.ID) error {
	snap, err := p.views(ctx, org)
	if err != nil {
		return err
	}
	c := snap.Organization.Connection
	if c.Model != tenants.OwnApp || c.Credential.Kind == tenants.NoCredential {
		return nil
	}
	authority := p.authority(c.Cloud)
	_, err = p.tokens.ProveApp(ctx, entra.App{
		TID: snap.Organization.TID, ClientID: c.ClientID, Credential: snap.Credential(), Authority: authority,
	}, authority.DelegatedGraphScope(".default"))
	return err
}

// watched satisfies jobs.Refresher: what a refresh learns of consent and of the app
// registration has the organization looked at.
type watched struct {
	jobs.Refresher
	db     *store.DB
	now    func() time.Time
	logger *slog.Logger
}

// Refresh implements jobs.Refresher.
func (w watched) Refresh(ctx context.Context, who membership.Due) (membership.Outcome, error) {
	out, err := w.Refresher.Refresh(ctx, who)
	if class := entra.ErrorClass(out.Class); class == entra.Consent || class == entra.Misconfigured {
		if failed := hurry(ctx, w.db, who.Org, w.now()); failed != nil {
			w.logger.LogAttrs(ctx, slog.LevelWarn, "nobody looks sooner at what has failed", slog.String(telemetry.LogOrg, who.Org.String()), telemetry.Err(failed))
		}
	}
	return out, err
}

// watchedSources satisfies sources.Store: when a source has failed or offers
// something else, the organization is looked at.
type watchedSources struct {
	*store.DB
	now func() time.Time
}

// FailRefresh implements sources.Store.
func (w watchedSources) FailRefresh(ctx context.Context, by authz.Caller, f sources.Failure) error {
	if err := w.DB.FailRefresh(ctx, by, f); err != nil {
		return err
	}
	return hurry(ctx, w.DB, by.Org(), w.now())
}

// EndRefresh implements sources.Store.
func (w watchedSources) EndRefresh(ctx context.Context, by authz.Caller, e sources.End, settle func(sources.Known) (sources.Settlement, error)) error {
	news := false
	err := w.DB.EndRefresh(ctx, by, e, func(k sources.Known) (sources.Settlement, error) {
		s, err := settle(k)
		news = len(s.Pending) > 0
		return s, err
	})
	if err != nil || !news {
		return err
	}
	return hurry(ctx, w.DB, by.Org(), w.now())
}
