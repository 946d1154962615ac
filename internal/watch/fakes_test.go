package watch_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// world is an organization, whoever watches it, and its contacts, in memory.
type world struct {
	now      time.Time
	observed watch.Observed
	refused  error // what Entra says of the app
	contacts []tenants.Contact
	alerts   []watch.Alert
	waiting  []watch.Delivery
	fails    error // what the sender says
	sent     []string
	messages []notify.Message
	counted  []string
	watcher  *watch.Watcher
}

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{now: start, observed: watch.Observed{Organization: tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active,
		Membership: tenants.MembershipPolicy{Soft: 5 * time.Minute, Hard: time.Hour},
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Cloud: tenants.PublicCloud, Model: tenants.OwnApp, ClientID: tenants.NewGUID(), GroupSource: tenants.OnBehalfOf,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
	}}}
	w.contacts = []tenants.Contact{
		{ID: tenants.NewGUID(), Name: "mail", Email: "it@contoso.example", Urgent: true, Digest: true},
		{ID: tenants.NewGUID(), Name: "hook", Webhook: "https://hooks.example/", Shape: tenants.TeamsShape, Urgent: true},
		{ID: tenants.NewGUID(), Name: "boss", Email: "boss@contoso.example", Digest: true},
	}
	var err error
	w.watcher, err = watch.New(watch.Options{
		Store: w, Prober: w, Sender: w, Base: "https://gatehouse.example/", Issuer: "https://gatehouse.example/federation", Observe: w, Now: func() time.Time { return w.now },
		Secret: func(_ context.Context, _ tenants.ID, k tenants.Contact) (string, error) {
			return "whsec_" + k.Name, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// run does both chores, and returns what was sent.
func (w *world) run(t *testing.T) []string {
	t.Helper()
	w.sent = nil
	if _, err := w.watcher.Watch(t.Context(), w.observed.Organization.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.watcher.Deliver(t.Context(), w.observed.Organization.ID); err != nil {
		t.Fatal(err)
	}
	return w.sent
}

// expect lets time pass and holds what is sent then against what is wanted.
func (w *world) expect(t *testing.T, after time.Duration, want ...string) {
	t.Helper()
	w.now = w.now.Add(after)
	if got := w.run(t); !slices.Equal(got, want) {
		t.Errorf("at %s %q is sent, and expected was %q", w.now.Format(time.DateTime), got, want)
	}
}

func (w *world) Probe(context.Context, tenants.ID) error { return w.refused }

func (w *world) Alerted(_ context.Context, kind watch.Kind, became watch.Told) {
	w.counted = append(w.counted, string(kind)+" "+string(became))
}

func (w *world) Delivered(_ context.Context, kind notify.Kind, o watch.Outcome) {
	w.counted = append(w.counted, string(kind)+" delivery "+string(o))
}

func (w *world) Mail(_ context.Context, to string, m notify.Message) error { return w.send(to, m) }

func (w *world) Post(_ context.Context, to notify.Webhook, m notify.Message) error {
	return w.send(string(to.Shape)+" "+to.Secret, m)
}

func (w *world) send(to string, m notify.Message) error {
	var causes []string
	for _, i := range m.Items {
		causes = append(causes, i.Cause)
	}
	w.sent = append(w.sent, to+": "+string(m.Kind)+" "+strings.Join(causes, " "))
	w.messages = append(w.messages, m)
	return w.fails
}

func (w *world) Observe(context.Context, tenants.ID, time.Time) (watch.Observed, error) {
	return w.observed, nil
}

func (w *world) Contacts(context.Context, tenants.ID) ([]tenants.Contact, error) {
	return w.contacts, nil
}

func (w *world) SettleAlerts(_ context.Context, _ authz.Caller, now time.Time, settle func(watch.State) (watch.Changes, error)) error {
	s := watch.State{Contacts: w.contacts}
	for _, a := range w.alerts {
		if a.Open() || now.Sub(a.ResolvedAt) < 48*time.Hour {
			s.Alerts = append(s.Alerts, a)
		}
	}
	for _, d := range w.waiting {
		if d.Kind == notify.Digest && now.Sub(d.MadeAt) < 24*time.Hour {
			s.Digests++
		}
	}
	c, err := settle(s)
	if err != nil {
		return err
	}
	for _, a := range c.Alerts {
		w.alerts = slices.DeleteFunc(w.alerts, func(b watch.Alert) bool { return b.ID == a.ID })
		w.alerts = append(w.alerts, a)
	}
	for _, d := range c.Deliveries {
		if !slices.ContainsFunc(w.waiting, func(b watch.Delivery) bool { return b.Contact == d.Contact && b.Cause == d.Cause }) {
			w.waiting = append(w.waiting, d)
		}
	}
	return nil
}

func (w *world) DueDeliveries(_ context.Context, _ authz.Caller, now, until time.Time, most int) (due []watch.Delivery, _ error) {
	for i, d := range w.waiting {
		if d.DueAt.IsZero() || d.DueAt.After(now) || len(due) == most {
			continue
		}
		w.waiting[i].DueAt, w.waiting[i].Attempts = until, d.Attempts+1
		due = append(due, w.waiting[i])
	}
	return due, nil
}

func (w *world) PutDelivery(_ context.Context, _ authz.Caller, d watch.Delivery) error {
	for i := range w.waiting {
		if w.waiting[i].ID == d.ID {
			w.waiting[i] = d
		}
	}
	return nil
}

func (w *world) NextDelivery(context.Context, tenants.ID) (next time.Time, _ error) {
	for _, d := range w.waiting {
		if !d.DueAt.IsZero() && (next.IsZero() || d.DueAt.Before(next)) {
			next = d.DueAt
		}
	}
	return next, nil
}

// open names what is open, with its stage.
func (w *world) open() (list []string) {
	for _, a := range w.alerts {
		if a.Open() {
			list = append(list, string(a.Kind)+" "+strconv.Itoa(a.Stage))
		}
	}
	slices.Sort(list)
	return list
}

func readMessage(t *testing.T, d watch.Delivery) (m notify.Message) {
	t.Helper()
	if err := json.Unmarshal(d.Message, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// noWeb reaches nobody.
type noWeb struct{}

func (noWeb) Do(context.Context, *http.Request) (*egress.Response, error) {
	return nil, errors.New("there is no web")
}
