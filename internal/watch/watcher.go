package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// Prober asks Entra for a token of an organization's app, always anew. What Entra
// refuses is an *entra.TokenError. An organization without a credential of its own
// app has nothing to be asked with: nil.
type Prober interface {
	Probe(ctx context.Context, org tenants.ID) error
}

// Observer is told what was noticed and sent.
type Observer interface {
	Alerted(ctx context.Context, kind Kind, became Told)
	Delivered(ctx context.Context, kind notify.Kind, outcome Outcome)
}

// Options is what a Watcher works with. All fields are required.
type Options struct {
	Store   Store
	Prober  Prober
	Sender  Sender
	Secret  func(ctx context.Context, org tenants.ID, k tenants.Contact) (string, error) // that signs what a contact's webhook gets
	Base    string                                                                       // where admins see what is told to whom
	Issuer  string                                                                       // of the platform, as federated credentials name it
	Observe Observer
	Now     func() time.Time
}

// Watcher notices and tells. It may be used concurrently, and in many processes: the
// store says whose turn it is.
type Watcher struct{ opts Options }

// New checks the options and returns a Watcher.
func New(o Options) (*Watcher, error) {
	if o.Store == nil || o.Prober == nil || o.Sender == nil || o.Secret == nil || o.Base == "" || o.Issuer == "" || o.Observe == nil || o.Now == nil {
		return nil, fault.New(fault.Invalid, "watcher needs Store, Prober, Sender, Secret, Base, Issuer, Observe and Now")
	}
	return &Watcher{o}, nil
}

// job is the actor of what a watcher writes.
const job = "watch"

// Watch notices what is the case in an organization, and writes down whom to tell.
// It reports whether something waits to be sent.
func (w *Watcher) Watch(ctx context.Context, org tenants.ID) (tell bool, err error) {
	now := w.opts.Now()
	o, err := w.opts.Store.Observe(ctx, org, now)
	if err != nil {
		return false, err
	}
	v := judge(o, w.opts.Prober.Probe(ctx, org), now)
	if err := ctx.Err(); err != nil {
		return false, err
	}
	var told []Alert
	err = w.opts.Store.SettleAlerts(ctx, authz.SystemCaller(org, job), now, func(s State) (Changes, error) {
		var c Changes
		c, told, err = w.decide(o.Organization, v, s)
		tell = len(c.Deliveries) > 0
		return c, err
	})
	if err != nil {
		return false, err
	}
	for _, a := range told {
		w.opts.Observe.Alerted(ctx, a.Kind, change(a))
	}
	return tell, nil
}

// change is what has become of an alert that is new or over.
func change(a Alert) Told {
	if a.Open() {
		return ToldRaised
	}
	return ToldResolved
}

// decide says what is kept, what is told, and what alerts are new or over.
func (w *Watcher) decide(o tenants.Organization, v verdict, s State) (c Changes, turned []Alert, err error) {
	now := w.opts.Now()
	changed := settle(s.Alerts, v, now)
	was := map[tenants.GUID]Alert{}
	for _, a := range s.Alerts {
		was[a.ID] = a
	}
	all := slices.Clone(changed)
	for _, a := range changed {
		if before, known := was[a.ID]; !known || before.Open() != a.Open() {
			turned = append(turned, a)
		}
	}
	for _, a := range s.Alerts {
		if !slices.ContainsFunc(changed, func(n Alert) bool { return n.ID == a.ID }) {
			all = append(all, a)
		}
	}
	b := bulletin{w: w, organization: o, contacts: s.Contacts, digests: s.Digests, now: now}
	c.Alerts = changed
	for _, told := range []Told{ToldRaised, ToldResolved} {
		fresh, err := b.news(all, told)
		if err != nil {
			return c, nil, err
		}
		c.Alerts = append(slices.DeleteFunc(c.Alerts, func(a Alert) bool { return contains(fresh, a) }), fresh...)
	}
	if err := b.digest(all); err != nil {
		return c, nil, err
	}
	c.Deliveries = b.out
	return c, turned, nil
}

func contains(list []Alert, a Alert) bool {
	return slices.ContainsFunc(list, func(b Alert) bool { return b.ID == a.ID })
}

// bulletin collects what is told to whom.
type bulletin struct {
	w            *Watcher
	organization tenants.Organization
	contacts     []tenants.Contact
	digests      int // that there are already
	now          time.Time
	out          []Delivery
}

// news tells those who want to know at once, and returns the alerts that were told.
// Where there is nobody to tell, they stay untold.
func (b *bulletin) news(all []Alert, told Told) ([]Alert, error) {
	to := slices.DeleteFunc(slices.Clone(b.contacts), func(k tenants.Contact) bool { return !k.Urgent })
	var fresh []Alert
	for _, a := range all {
		if news(a, b.now) == told {
			fresh = append(fresh, a)
		}
	}
	if len(fresh) == 0 || len(to) == 0 {
		return nil, nil
	}
	kind := notify.Alert
	if told == ToldResolved {
		kind = notify.Resolved
	}
	m := b.message(kind, fresh)
	if err := b.send(m, string(kind)+" "+m.ID.String(), to, fresh); err != nil {
		return nil, err
	}
	for i := range fresh {
		fresh[i].Told, fresh[i].ToldAt, fresh[i].ToldStage = told, b.now, fresh[i].Stage
	}
	return fresh, nil
}

// digestHour is when the day of a digest begins, UTC.
const digestHour = 8

// digest tells once a day what was open at its hour or had been resolved in the day
// before it; nothing, if there is nothing. By what was the case then, however late it
// is told, so that it is told once.
func (b *bulletin) digest(all []Alert) error {
	to := slices.DeleteFunc(slices.Clone(b.contacts), func(k tenants.Contact) bool { return !k.Digest })
	at := b.now.UTC().Truncate(24 * time.Hour).Add(digestHour * time.Hour)
	if b.now.Before(at) { // until then it is yesterday's, if nobody was there to tell it
		at = at.Add(-24 * time.Hour)
	}
	var due []Alert
	for _, a := range all {
		if a.OpenedAt.Before(at) && (a.Open() || a.ResolvedAt.After(at.Add(-24*time.Hour))) {
			due = append(due, a)
		}
	}
	if len(due) == 0 || len(to) == 0 || b.digests+len(to) > MostDigests {
		return nil
	}
	return b.send(b.message(notify.Digest, due), "digest "+at.Format(time.DateOnly), to, due)
}

// message says the alerts, the worst first.
func (b *bulletin) message(kind notify.Kind, about []Alert) notify.Message {
	m := notify.Message{
		ID: tenants.NewGUID(), Organization: b.organization.Name, Slug: b.organization.Slug.String(), Kind: kind, ConsoleURL: ConsoleURL(b.w.opts.Base, b.organization.Slug, ContactsPage), At: b.now,
	}
	for _, a := range about {
		m.Items = append(m.Items, Item(b.organization, Deployment{Issuer: b.w.opts.Issuer, Base: b.w.opts.Base}, a))
	}
	slices.SortStableFunc(m.Items, func(x, y notify.Item) int {
		return cmp.Or(rank(x)-rank(y), x.Since.Compare(y.Since))
	})
	return m
}

// rank sorts what is open before what is over, and then by what it costs.
func rank(i notify.Item) int {
	at := slices.Index([]notify.Severity{notify.Critical, notify.Warning, notify.Info}, i.Severity)
	if !i.Resolved.IsZero() {
		at += 3
	}
	return at
}

func (b *bulletin) send(m notify.Message, cause string, to []tenants.Contact, about []Alert) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	ids := make([]tenants.GUID, len(about))
	for i, a := range about {
		ids[i] = a.ID
	}
	for _, k := range to {
		b.out = append(b.out, Delivery{
			ID: tenants.NewGUID(), Contact: k.ID, Name: k.Name, Kind: m.Kind, Cause: cause, Alerts: ids, Message: body, MadeAt: b.now, DueAt: b.now,
		})
	}
	return nil
}

// ConsoleURL is a page of an organization's in the console, below the deployment's base,
// which ends with a slash.
func ConsoleURL(base string, slug tenants.Slug, page string) string {
	return base + "o/" + slug.String() + "/" + page
}

// ContactsPage is where an organization's contacts are read and changed.
const ContactsPage = "settings/contacts"
