package graphhook

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// How subscriptions live. What is left behind, because nobody could end it, ends soon;
// what is wanted outlives two days without a worker.
const (
	life       = 72 * time.Hour
	renewEvery = 24 * time.Hour
	lookEvery  = 6 * time.Hour  // whether Graph still has them
	restEvery  = 24 * time.Hour // where none are wanted
)

// Graph is what a Keeper asks of Microsoft Graph. *graph.Client is one.
type Graph interface {
	Subscriptions(ctx context.Context, as graph.Asking) ([]graph.Subscription, error)
	Subscribe(ctx context.Context, as graph.Asking, n graph.NewSubscription) (graph.Subscription, error)
	RenewSubscription(ctx context.Context, as graph.Asking, id tenants.GUID, until time.Time) (graph.Subscription, error)
	Unsubscribe(ctx context.Context, as graph.Asking, id tenants.GUID) error
}

// Keeper keeps subscriptions alive.
type Keeper struct {
	Origin string // of this deployment, without a path
	Book   Book
	Now    func() time.Time
}

// Wish is whether an organization wants notifications, and how its Graph is asked.
type Wish struct {
	Org    tenants.ID
	Wanted Wanted
	Graph  Graph
	Asking graph.Asking
}

// Wanted says whether an organization wants notifications.
type Wanted uint8

// Whether it does.
const (
	NoNotifications Wanted = iota
	Notifications
)

// Keep makes what is missing, renews what is due, and ends what is not wanted; it
// returns when to look again. What it could not do for one resource does not keep it
// from the other. The error names the address, where Graph does not get through to it,
// or the permission that Graph wants.
func (k *Keeper) Keep(ctx context.Context, w Wish) (again time.Duration, err error) {
	hooks, err := k.Book.Hooks(ctx, w.Org)
	if err != nil {
		return 0, err
	}
	if w.Wanted == NoNotifications {
		return restEvery, k.end(ctx, w, hooks)
	}
	there, err := k.subscriptions(ctx, w)
	if err != nil {
		return 0, err
	}
	again = lookEvery
	errs := []error{k.tidy(ctx, w, hooks, there)}
	for _, resource := range []string{graph.WatchPeople, graph.WatchGroups} {
		kept, err := k.keep(ctx, w, hookFor(hooks, resource), there)
		errs = append(errs, named(err, resource))
		if err == nil {
			again = min(again, max(kept.RenewAt.Sub(k.Now()), time.Second))
		}
	}
	return again, errors.Join(errs...)
}

// subscriptions are those of the app that Graph tells this deployment of, by the ids of
// their hooks.
func (k *Keeper) subscriptions(ctx context.Context, w Wish) (map[tenants.GUID]graph.Subscription, error) {
	all, err := w.Graph.Subscriptions(ctx, w.Asking)
	if err != nil {
		return nil, err
	}
	ours := map[tenants.GUID]graph.Subscription{}
	for _, one := range all {
		text, isOurs := strings.CutPrefix(one.NotifyURL, k.Origin+prefix)
		if id, err := tenants.ParseGUID(text); isOurs && err == nil {
			ours[id] = one
		}
	}
	return ours, nil
}

// tidy ends subscriptions that no hook is for: somebody has died between two steps.
func (k *Keeper) tidy(ctx context.Context, w Wish, hooks []Hook, there map[tenants.GUID]graph.Subscription) error {
	var errs []error
	for id, one := range there {
		if !slices.ContainsFunc(hooks, func(h Hook) bool { return h.ID == id }) {
			errs = append(errs, unsubscribe(ctx, w, one.ID))
		}
	}
	return errors.Join(errs...)
}

// keep has Graph have a hook for a resource, and returns it.
func (k *Keeper) keep(ctx context.Context, w Wish, h Hook, there map[tenants.GUID]graph.Subscription) (Hook, error) {
	one, has := there[h.ID]
	if h.ID.IsZero() || !has {
		return k.make(ctx, w, h.Resource)
	}
	if h.Subscription == one.ID && h.RenewAt.After(k.Now()) {
		return h, nil
	}
	renewed, err := w.Graph.RenewSubscription(ctx, w.Asking, one.ID, k.Now().Add(life))
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return k.make(ctx, w, h.Resource)
	}
	if err != nil {
		return h, err
	}
	return k.note(ctx, w, h, renewed)
}

// make subscribes. What Graph is to know of the hook is there first: it asks before it
// answers.
func (k *Keeper) make(ctx context.Context, w Wish, resource string) (Hook, error) {
	h, state := newHook(resource)
	if err := k.Book.PutHook(ctx, w.by(), h); err != nil {
		return h, err
	}
	made, err := w.Graph.Subscribe(ctx, w.Asking, graph.NewSubscription{
		Resource: resource, NotifyURL: k.Origin + prefix + h.ID.String(), State: state, ExpiresAt: k.Now().Add(life),
	})
	if err != nil {
		return h, k.explained(err, resource)
	}
	return k.note(ctx, w, h, made)
}

// note keeps what Graph has made of a hook. An end that is nearer than was asked for
// brings the renewal forward in proportion.
func (k *Keeper) note(ctx context.Context, w Wish, h Hook, of graph.Subscription) (Hook, error) {
	now := k.Now()
	h.Subscription, h.RenewAt = of.ID, now.Add(min(renewEvery, of.ExpiresAt.Sub(now)/3))
	return h, k.Book.KeepHook(ctx, w.by(), h)
}

// end drops all hooks, so that nobody is heard any more, and then tells Graph. What
// Graph could not be told of ends by itself.
func (k *Keeper) end(ctx context.Context, w Wish, hooks []Hook) error {
	if len(hooks) == 0 {
		return nil
	}
	if err := k.Book.DropHooks(ctx, w.by()); err != nil {
		return err
	}
	var errs []error
	for _, h := range hooks {
		if !h.Subscription.IsZero() {
			errs = append(errs, unsubscribe(ctx, w, h.Subscription))
		}
	}
	return errors.Join(errs...)
}

func unsubscribe(ctx context.Context, w Wish, id tenants.GUID) error {
	err := w.Graph.Unsubscribe(ctx, w.Asking, id)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

func (w Wish) by() authz.Caller { return authz.SystemCaller(w.Org, Chore) }

// hookFor is the hook for a resource, or none but its name.
func hookFor(hooks []Hook, resource string) Hook {
	for _, h := range hooks {
		if h.Resource == resource {
			return h
		}
	}
	return Hook{Resource: resource}
}

// named says of which resource an error is.
func named(err error, resource string) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.KindOf(err), "subscribe to "+resource+": "+fault.Public(err), err)
}

// explained says what would let Graph have a subscription.
func (k *Keeper) explained(err error, resource string) error {
	refused, ok := errors.AsType[*graph.Error](err)
	switch {
	case ok && refused.Status == http.StatusBadRequest:
		return fault.Wrap(fault.Upstream, "Microsoft Graph does not take "+k.Origin+prefix+" as an address to tell; "+
			"it has to reach it from the internet with POST, without signing in, and get an answer within 10 seconds", err)
	case ok && refused.Status == http.StatusForbidden && resource == graph.WatchGroups:
		return fault.Wrap(fault.Forbidden, "Microsoft Graph wants the application permission Group.Read.All for it", err)
	}
	return err
}
