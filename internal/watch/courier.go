package watch

import (
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

// Sender brings messages to contacts; *notify.Sender does.
type Sender interface {
	Mail(ctx context.Context, to string, m notify.Message) error
	Post(ctx context.Context, to notify.Webhook, m notify.Message) error
}

// The pace of deliveries.
const (
	attemptFor   = 2 * time.Minute // an attempt belongs to whoever makes it
	atOnce       = 20              // deliveries of one organization and one turn
	firstRetry   = time.Minute
	longestRetry = 6 * time.Hour
	giveUpAfter  = 3 * 24 * time.Hour
)

// Deliver sends what is due in an organization, and returns when the next is due;
// zero: nothing waits.
func (w *Watcher) Deliver(ctx context.Context, org tenants.ID) (next time.Time, err error) {
	by, now := authz.SystemCaller(org, job), w.opts.Now()
	due, err := w.opts.Store.DueDeliveries(ctx, by, now, now.Add(attemptFor), atOnce)
	if err != nil {
		return time.Time{}, err
	}
	contacts, err := w.opts.Store.Contacts(ctx, org)
	if err != nil {
		return time.Time{}, err
	}
	for _, d := range due {
		d = w.attempt(ctx, org, contacts, d)
		if ctx.Err() != nil { // the attempt is due again before long
			return time.Time{}, ctx.Err()
		}
		if err := w.opts.Store.PutDelivery(ctx, by, d); err != nil {
			return time.Time{}, err
		}
		w.opts.Observe.Delivered(ctx, d.Kind, d.Outcome)
	}
	return w.opts.Store.NextDelivery(ctx, org)
}

// attempt sends one message, and says what has become of it.
func (w *Watcher) attempt(ctx context.Context, org tenants.ID, contacts []tenants.Contact, d Delivery) Delivery {
	at := slices.IndexFunc(contacts, func(k tenants.Contact) bool { return k.ID == d.Contact })
	if at < 0 {
		return d.done(Dropped, "the contact was removed", w.opts.Now())
	}
	var m notify.Message
	err := json.Unmarshal(d.Message, &m)
	if err != nil {
		return d.done(Refused, "the message cannot be read", w.opts.Now())
	}
	err = w.Send(ctx, org, contacts[at], m)
	now := w.opts.Now()
	switch {
	case err == nil:
		return d.done(Sent, "", now)
	case notify.Permanent(err):
		return d.done(Refused, fault.Public(err), now)
	case now.Sub(d.MadeAt) >= giveUpAfter:
		return d.done(GaveUp, fault.Public(err), now)
	}
	wait := min(firstRetry<<min(max(d.Attempts-1, 0), 12), longestRetry)
	d.DueAt, d.Trouble = now.Add(max(wait, min(fault.RetryAfter(err), longestRetry))), fault.Public(err)
	return d
}

func (d Delivery) done(o Outcome, trouble string, now time.Time) Delivery {
	d.Outcome, d.Trouble, d.DoneAt, d.DueAt = o, trouble, now, time.Time{}
	return d
}

// Send brings one message to one contact.
func (w *Watcher) Send(ctx context.Context, org tenants.ID, k tenants.Contact, m notify.Message) error {
	return Send(ctx, w.opts.Sender, k, m, func(ctx context.Context) (string, error) { return w.opts.Secret(ctx, org, k) })
}

// Send brings a message to a contact by way of a Sender. Secret is asked for a
// webhook only.
func Send(ctx context.Context, by Sender, k tenants.Contact, m notify.Message, secret func(ctx context.Context) (string, error)) error {
	if k.Email != "" {
		return by.Mail(ctx, k.Email, m)
	}
	signing, err := secret(ctx)
	if err != nil {
		return fmt.Errorf("read secret of webhook: %w", err)
	}
	return by.Post(ctx, notify.Webhook{URL: k.Webhook, Shape: notify.Shape(k.Shape), Secret: signing}, m)
}
