package graph

import (
	"context"
	"net/http"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Subscription is what has Graph tell of changes (Microsoft Graph, "subscription
// resource type").
type Subscription struct {
	ID        tenants.GUID `json:"id"`
	Resource  string       `json:"resource"`
	NotifyURL string       `json:"notificationUrl"`
	ExpiresAt time.Time    `json:"expirationDateTime"`
}

// Resources of the directory that changes are told of. What is new counts as updated,
// and so does what goes to the recycle bin or comes back from there.
const (
	WatchPeople = "users"
	WatchGroups = "groups"
)

// MaxSubscription is how long a subscription to people or groups may live (Microsoft
// Graph, "subscription resource type", § Subscription lifetime).
const MaxSubscription = 41_760 * time.Minute

// MaxState is how many bytes State may have (likewise, clientState).
const MaxState = 128

// NewSubscription is what a subscription is made of. All fields are required.
type NewSubscription struct {
	Resource  string    // WatchPeople or WatchGroups
	NotifyURL string    // https; told of changes, and of what becomes of the subscription
	State     string    // comes back with whatever is told
	ExpiresAt time.Time // MaxSubscription ahead at most
}

// Subscribe has Graph tell of changes. Before it answers, Graph asks the URL whether
// it is meant: where that fails, the fault is Upstream and wraps an *Error of status
// 400. Least privilege: the application's User.Read.All for people; for groups
// Microsoft documents Group.Read.All.
func (c *Client) Subscribe(ctx context.Context, as Asking, n NewSubscription) (Subscription, error) {
	if n.Resource != WatchPeople && n.Resource != WatchGroups || n.NotifyURL == "" || n.State == "" || len(n.State) > MaxState || n.ExpiresAt.IsZero() {
		return Subscription{}, fault.Newf(fault.Invalid, "a subscription needs %s or %s, a URL, a state of at most %d bytes and an end", WatchPeople, WatchGroups, MaxState)
	}
	var made Subscription
	err := c.ask(ctx, as, question{method: http.MethodPost, path: "subscriptions", body: map[string]any{
		"changeType": "updated,deleted", "resource": n.Resource, "notificationUrl": n.NotifyURL, "lifecycleNotificationUrl": n.NotifyURL,
		"clientState": n.State, "expirationDateTime": graphTime(n.ExpiresAt), "latestSupportedTlsVersion": "v1_2",
	}}, &made)
	return made.complete(err)
}

// Subscriptions returns those that the app itself has made in the tenant and that have
// not ended.
func (c *Client) Subscriptions(ctx context.Context, as Asking) ([]Subscription, error) {
	return whole[Subscription](ctx, c, as, question{path: "subscriptions"})
}

// RenewSubscription gives a subscription another end, MaxSubscription ahead at most,
// which also shows Graph that the app may still have it. One that has ended is
// NotFound.
func (c *Client) RenewSubscription(ctx context.Context, as Asking, id tenants.GUID, until time.Time) (Subscription, error) {
	var renewed Subscription
	err := c.ask(ctx, as, question{method: http.MethodPatch, path: "subscriptions/" + id.String(), body: map[string]any{"expirationDateTime": graphTime(until)}}, &renewed)
	return renewed.complete(err)
}

// Unsubscribe ends a subscription. One that has ended is NotFound.
func (c *Client) Unsubscribe(ctx context.Context, as Asking, id tenants.GUID) error {
	return c.ask(ctx, as, question{method: http.MethodDelete, path: "subscriptions/" + id.String()}, nil)
}

// complete refuses an answer that does not say which subscription it is about.
func (s Subscription) complete(err error) (Subscription, error) {
	if err == nil && (s.ID.IsZero() || s.ExpiresAt.IsZero()) {
		err = fault.New(fault.Upstream, "Microsoft Graph answered with a subscription that has no id or no end")
	}
	return s, err
}

// graphTime is an instant as Graph takes it.
func graphTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
