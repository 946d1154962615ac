package msgraph

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/msgraph/webhook"
	"gatehouse/internal/emulator/seed"
)

// subscription is a webhook that hears of changes of people or groups. It is not
// written to once it is known; renewal puts another in its place.
type subscription struct {
	id, tenant       string
	client, creator  string // the app, and the person or service principal it acted for
	resource         string // as given
	target           target
	changeTypes      []string
	notify           string // URL
	lifecycle        string // URL; empty: none
	state            string // clientState
	expires, created time.Time
	tls              string

	lane *webhook.Lane // shared with what it was before it was renewed
}

// target is what a resource path names.
type target struct {
	kind    directory.Kind
	id      string // empty: all of the kind
	members bool   // only who is in the group
}

var resourcePath = regexp.MustCompile(`^/?(users|groups)(?:/([0-9A-Fa-f-]{36})(/members)?)?$`)

// readTarget understands users, groups, users/{id}, groups/{id} and
// groups/{id}/members. Everything else Graph can watch the emulator cannot.
func readTarget(resource string) (target, bool) {
	parts := resourcePath.FindStringSubmatch(resource)
	if parts == nil || parts[1] == "users" && parts[3] != "" {
		return target{}, false
	}
	t := target{kind: directory.KindUser, id: strings.ToLower(parts[2]), members: parts[3] != ""}
	if parts[1] == "groups" {
		t.kind = directory.KindGroup
	}
	return t, t.id == "" || seed.IsGUID(t.id)
}

// readsFor are the permissions a subscription needs (learn.microsoft.com,
// graph/api/subscription-post-subscriptions); the narrower one for members is
// enough in the emulator to hear who is in a group.
func (t target) readsFor() []string {
	switch {
	case t.kind == directory.KindUser:
		return []string{"User.Read.All", "Directory.Read.All"}
	case t.members:
		return []string{"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"}
	}
	return []string{"Group.Read.All", "GroupMember.Read.All", "Directory.Read.All"}
}

// subscriptions are all of a service's. It is safe for concurrent use.
type subscriptions struct {
	mu       sync.Mutex
	all      map[string]*subscription
	sequence uint64
}

// newID is the id of the next subscription of a tenant.
func (b *subscriptions) newID(tid string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sequence++
	return seed.Derived(tid, "subscription", strconv.FormatUint(b.sequence, 10))
}

// reset forgets all subscriptions and what has not been delivered.
func (b *subscriptions) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.all {
		one.lane.Drop()
	}
	b.all, b.sequence = nil, 0
}

// list are the subscriptions that have not expired, in a fixed order; expired
// ones are forgotten, as Graph forgets them.
func (b *subscriptions) list(now time.Time) []*subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.all, func(_ string, one *subscription) bool { return !now.Before(one.expires) })
	return slices.SortedFunc(maps.Values(b.all), func(x, y *subscription) int {
		return cmp.Or(x.created.Compare(y.created), strings.Compare(x.id, y.id))
	})
}

// find is a subscription of an app in a tenant.
func (b *subscriptions) find(v *visit, id string) (*subscription, bool) {
	for _, one := range b.list(v.s.now()) {
		if one.id == id && one.tenant == v.tenant.ID && one.client == v.client {
			return one, true
		}
	}
	return nil, false
}

func (b *subscriptions) add(one *subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[string]*subscription{}
	}
	b.all[one.id] = one
}

func (b *subscriptions) remove(one *subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, one.id)
}

// renew gives a subscription another end.
func (b *subscriptions) renew(one *subscription, until time.Time) *subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := *one
	next.expires = until
	b.all[one.id] = &next
	return &next
}

// entry is the subscription as Graph shows it to readers, without clientState.
func (one *subscription) entry() map[string]any {
	return map[string]any{
		"id": one.id, "resource": one.resource, "applicationId": one.client, "changeType": strings.Join(one.changeTypes, ","),
		"clientState": nil, "notificationUrl": one.notify, "notificationQueryOptions": nil, "lifecycleNotificationUrl": orNull(one.lifecycle),
		"expirationDateTime": stamp(one.expires), "creatorId": one.creator, "includeResourceData": nil, "latestSupportedTlsVersion": one.tls,
		"encryptionCertificate": nil, "encryptionCertificateId": nil, "notificationUrlAppId": nil,
	}
}
