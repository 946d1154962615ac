package msgraph

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/emulator/reply"
)

// Limits of subscriptions to directory objects (learn.microsoft.com,
// graph/api/resources/subscription).
const (
	subscriptionLife  = 41_760 * time.Minute
	clientStateLength = 128
)

// subscriptionRequest is the body of a new subscription.
type subscriptionRequest struct {
	ChangeType   string `json:"changeType"`
	NotifyURL    string `json:"notificationUrl"`
	LifecycleURL string `json:"lifecycleNotificationUrl"`
	Resource     string `json:"resource"`
	Expires      string `json:"expirationDateTime"`
	ClientState  string `json:"clientState"`
	TLS          string `json:"latestSupportedTlsVersion"`
}

// subscribe makes a subscription after its URLs have answered for themselves.
func (s *Service) subscribe(v *visit) {
	var body subscriptionRequest
	if !v.body(&body) {
		return
	}
	one, bad := v.subscription(body)
	if bad == nil {
		bad = v.handshakes(one)
	}
	if bad != nil {
		v.refuse(bad)
		return
	}
	s.subscribed.add(one)
	entry := one.entry()
	entry["clientState"] = orNull(one.state) // the one time it is told
	v.created("subscriptions", "subscriptions/"+one.id, entry)
}

// invalid refuses a subscription. The code is documented for the expiration
// (ExtensionError) and from memory for the rest (InvalidRequest).
func invalid(message string) *problem {
	return &problem{http.StatusBadRequest, "InvalidRequest", message}
}

// subscription checks what a new subscription asks for.
func (v *visit) subscription(body subscriptionRequest) (*subscription, *problem) {
	aim, ok := readTarget(body.Resource)
	if !ok {
		return nil, invalid("The emulator knows no subscriptions to resource '" + reply.Clip(body.Resource) + "': use users, groups, users/{id}, groups/{id} or groups/{id}/members.")
	}
	if !v.may(aim.readsFor()...) {
		return nil, denied
	}
	if !v.watchable(aim) {
		return nil, missing(aim.id)
	}
	one := &subscription{
		tenant: v.tenant.ID, client: v.client, creator: v.self(), resource: body.Resource, target: aim, notify: body.NotifyURL,
		lifecycle: body.LifecycleURL, state: body.ClientState, tls: body.TLS, created: v.s.now(), lane: v.s.courier.Lane(),
	}
	if one.tls == "" {
		one.tls = "v1_2"
	}
	var bad *problem
	if one.changeTypes, bad = readChangeTypes(body.ChangeType); bad != nil {
		return nil, bad
	}
	if len(body.ClientState) > clientStateLength {
		return nil, invalid("The clientState property is longer than " + strconv.Itoa(clientStateLength) + " characters.")
	}
	if bad = checkEndpoints(one); bad != nil {
		return nil, bad
	}
	one.expires, bad = v.expiration(body.Expires)
	one.id = v.s.subscribed.newID(one.tenant)
	return one, bad
}

// watchable reports whether an object a subscription names is there.
func (v *visit) watchable(aim target) bool {
	if aim.id == "" {
		return true
	}
	if kindOf(v.tenant, aim.id) != aim.kind {
		return false
	}
	p, isPerson := v.tenant.People[aim.id]
	_, isGroup := v.tenant.Groups[aim.id]
	return isGroup || isPerson && !p.Deleted
}

// readChangeTypes takes updated and deleted. People and groups know no created:
// what is new counts as updated.
func readChangeTypes(text string) ([]string, *problem) {
	var out []string
	for name := range strings.SplitSeq(text, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "updated" && name != "deleted" {
			return nil, invalid("Invalid 'changeType' attribute: '" + reply.Clip(text) + "'. Users and groups support updated and deleted.")
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out, nil
}

// expiration reads when a subscription ends.
func (v *visit) expiration(text string) (time.Time, *problem) {
	until, err := time.Parse(time.RFC3339Nano, text)
	now := v.s.now()
	switch {
	case err != nil:
		return until, invalid("The expirationDateTime property is not a date and time with a zone.")
	case !until.After(now):
		return until, invalid("Subscription expiration must be in the future.")
	case until.After(now.Add(subscriptionLife)):
		return until, &problem{http.StatusBadRequest, "ExtensionError", "Subscription expiration can only be " + strconv.Itoa(int(subscriptionLife/time.Minute)) + " minutes in the future."}
	}
	return until.UTC(), nil
}

// listSubscriptions lists the app's own.
func (s *Service) listSubscriptions(v *visit) {
	value := []map[string]any{}
	for _, one := range s.subscribed.list(s.now()) {
		if one.tenant == v.tenant.ID && one.client == v.client {
			value = append(value, one.entry())
		}
	}
	v.answer(http.StatusOK, map[string]any{"@odata.context": v.context("subscriptions"), "value": value})
}

// mySubscription serves one subscription of the app's own; those of other apps
// are not there.
func (s *Service) mySubscription(serve func(*visit, *subscription)) func(*visit) {
	return func(v *visit) {
		one, ok := s.subscribed.find(v, v.r.PathValue("id"))
		if !ok {
			v.refuse(&problem{http.StatusNotFound, "ResourceNotFound", "The object was not found."})
			return
		}
		if !v.allows(one.target.readsFor()...) {
			return
		}
		serve(v, one)
	}
}

func (s *Service) getSubscription(v *visit, one *subscription) {
	entry := one.entry()
	entry["@odata.context"] = v.context("subscriptions/$entity")
	v.answer(http.StatusOK, entry)
}

// renewSubscription gives it another end; the notification URL cannot be moved in
// the emulator.
func (s *Service) renewSubscription(v *visit, one *subscription) {
	var body struct {
		Expires string `json:"expirationDateTime"`
	}
	if !v.body(&body) {
		return
	}
	until, bad := v.expiration(body.Expires)
	if bad != nil {
		v.refuse(bad)
		return
	}
	s.getSubscription(v, s.subscribed.renew(one, until))
}

func (s *Service) endSubscription(v *visit, one *subscription) {
	s.subscribed.remove(one)
	v.done()
}

// reauthorize answers the lifecycle event of that name: the app has shown that it
// still may.
func (s *Service) reauthorize(v *visit, _ *subscription) { v.done() }
