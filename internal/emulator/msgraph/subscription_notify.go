package msgraph

import (
	"errors"
	"fmt"
	"slices"

	"gatehouse/internal/emulator/directory"
)

// ErrNoSubscription marks a subscription that is not there.
var ErrNoSubscription = errors.New("not found")

// tell notifies the subscriptions a change of the directory concerns.
func (s *Service) tell(t *directory.Tenant, events []directory.Event) {
	for _, one := range s.subscribed.list(s.now()) {
		if one.tenant != t.ID {
			continue
		}
		for _, e := range events {
			if change := one.hears(e); change != "" {
				one.lane.Send(one.notify, one.notification(e, change))
			}
		}
	}
}

// hears is the change type under which a subscription hears of an event; empty:
// it does not. To the recycle bin and back counts as updated, only what is gone
// for good as deleted (learn.microsoft.com, azure/event-grid/microsoft-entra-events).
func (one *subscription) hears(e directory.Event) string {
	aim := one.target
	if aim.kind != e.Kind || aim.id != "" && aim.id != e.ID || aim.members && !slices.Contains(e.Properties, "members") {
		return ""
	}
	change := "updated"
	if e.What == directory.Purged {
		change = "deleted"
	}
	if !slices.Contains(one.changeTypes, change) {
		return ""
	}
	return change
}

// notification is what a subscription is told about an event.
func (one *subscription) notification(e directory.Event, change string) map[string]any {
	set, kind := "Users", "#Microsoft.Graph.User"
	if e.Kind == directory.KindGroup {
		set, kind = "Groups", "#Microsoft.Graph.Group"
	}
	data := map[string]any{
		"@odata.type": kind, "@odata.id": set + "/" + e.ID, "id": e.ID, "organizationId": one.tenant, "sequenceNumber": e.Version,
	}
	if slices.Contains(e.Properties, "members") {
		data["members@delta"] = cameAndWent(e)
	}
	out := one.about()
	out["changeType"], out["resource"], out["resourceData"] = change, set+"/"+e.ID, data
	return out
}

// cameAndWent is members@delta as notifications spell it, which is not how delta
// queries do.
func cameAndWent(e directory.Event) []map[string]any {
	out := []map[string]any{}
	for _, id := range e.Added {
		out = append(out, map[string]any{"id": id})
	}
	for _, id := range e.Removed {
		out = append(out, map[string]any{"id": id, "@removed": "deleted"})
	}
	return out
}

// about is what every notification says of its subscription.
func (one *subscription) about() map[string]any {
	return map[string]any{
		"subscriptionId": one.id, "subscriptionExpirationDateTime": stamp(one.expires), "tenantId": one.tenant, "clientState": orNull(one.state),
	}
}

// Lifecycle sends a lifecycle event of a subscription to its lifecycle URL:
// reauthorizationRequired, subscriptionRemoved (which removes it) or missed.
func (s *Service) Lifecycle(id, event string) error {
	if !slices.Contains([]string{"reauthorizationRequired", "subscriptionRemoved", "missed"}, event) {
		return fmt.Errorf("lifecycle event %q is unknown: use reauthorizationRequired, subscriptionRemoved or missed", event)
	}
	for _, one := range s.subscribed.list(s.now()) {
		if one.id != id {
			continue
		}
		if one.lifecycle == "" {
			return fmt.Errorf("subscription %s has no lifecycleNotificationUrl: make it with one", id)
		}
		body := one.about()
		body["lifecycleEvent"] = event
		if event == "subscriptionRemoved" {
			s.subscribed.remove(one)
		}
		one.lane.Send(one.lifecycle, body)
		return nil
	}
	return fmt.Errorf("subscription %q: %w: give the id of a subscription that has not expired", id, ErrNoSubscription)
}

// Close ends deliveries that are under way. Nothing is delivered after it.
func (s *Service) Close() { s.courier.Close() }
