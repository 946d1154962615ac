package organizations_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// askingAsApp lets Contoso's app registration ask Microsoft Graph by itself.
func askingAsApp(all []seed.Tenant, _ demo.Places) []seed.Tenant {
	app := &of(all, company("contoso").TID.String()).Apps[0]
	app.Consents[0].Roles = []string{"GroupMember.Read.All", "User.Read.All"}
	return all
}

// notify has Contoso ask as the app, and be told of changes. Nobody is asked about in
// turn while a test lasts.
func (k *stack) notify(t *testing.T, wanted bool) {
	t.Helper()
	_, err := k.db.EditOrganization(t.Context(), authz.SystemCaller(k.orgs["contoso"].ID, "test"), "told of changes", func(o *tenants.Organization) error {
		o.Connection.Background, o.Connection.Notifications = tenants.Application, wanted
		o.Membership = tenants.MembershipPolicy{Soft: 2 * time.Hour, Hard: 4 * time.Hour}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// putOff puts a chore of Contoso's off by ten minutes once it has been done, so that it
// is done before only if somebody hurries it.
func (k *stack) putOff(t *testing.T, chore string) {
	t.Helper()
	conn := connect(t, k.database.Superuser)
	eventually(t, chore+" is done", patience, func() bool {
		done, err := conn.Exec(t.Context(), `UPDATE chores SET due_at = now() + interval '10 minutes'
			WHERE org_id = $1 AND chore = $2 AND due_at BETWEEN now() + interval '30 s' AND now() + interval '1 min'`, k.orgs["contoso"].ID.String(), chore)
		if err != nil {
			t.Fatal(err)
		}
		return done.RowsAffected() == 1
	})
}

// subscribed waits until Contoso has so many subscriptions that Graph has confirmed.
func (k *stack) subscribed(t *testing.T, many int) (confirmed []graphhook.Hook) {
	t.Helper()
	eventually(t, "Contoso is told of changes", patience, func() bool {
		hooks, err := k.db.Hooks(t.Context(), k.orgs["contoso"].ID)
		if err != nil {
			t.Fatal(err)
		}
		confirmed = slices.DeleteFunc(hooks, func(h graphhook.Hook) bool { return h.Subscription.IsZero() })
		return len(confirmed) == many && len(hooks) == many
	})
	return confirmed
}

// TestWhatGraphTellsTakesSeconds: nobody calls from the change in the directory to the
// refusal, nobody's turn comes, and what reads changes is ten minutes away.
func TestWhatGraphTellsTakesSeconds(t *testing.T) {
	t.Parallel()
	no := false
	contoso := company("contoso")
	alice := person("contoso", "alice")
	for name, change := range map[string]func(*emulator.Emulator) error{
		"removed from the group": func(e *emulator.Emulator) error {
			return e.SetMembers(contoso.TID.String(), "Staff", nil, []string{alice.OID.String()})
		},
		"disabled": func(e *emulator.Emulator) error {
			return e.SetUser(contoso.TID.String(), alice.OID.String(), emulator.UserChange{Enabled: &no})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := start(t, setup{companies: true, directories: askingAsApp})
			k.notify(t, true)
			k.startWorker(t)
			before := k.now()
			token := k.password(t, contoso.TID, alice, k.endpointOf("contoso", "")+"/"+demo.Scope)
			if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() {
				t.Fatalf("before, %d: %s", a.status, a.body)
			}
			k.refreshed(t, contoso.Org, alice.OID, before)
			k.subscribed(t, 2)
			k.putOff(t, "follow")
			if err := change(k.emulator); err != nil {
				t.Fatal(err)
			}
			eventually(t, "it is known", patience, func() bool {
				r, err := k.db.LoadMembership(t.Context(), contoso.Org, alice.OID)
				if err != nil {
					t.Fatal(err)
				}
				return r.Failure == membership.Lost || r.Answers[contoso.GroupID("Staff")] == authz.NotMember
			})
			k.heard(t)
			if a := k.call(t, k.replica, "contoso", token, "whoami"); a.worked() {
				t.Errorf("the call is answered: %s", a.body)
			}
			if a := k.listed(t, "contoso", token); strings.Contains(a.body, `"whoami"`) {
				t.Errorf("the list has the tool: %s", a.body)
			}
		})
	}
}

// TestSubscriptionsFollowTheSetting: they come with it, come again when Graph has
// removed one, and go with it.
func TestSubscriptionsFollowTheSetting(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: askingAsApp})
	k.startWorker(t)
	k.notify(t, true)
	first := k.subscribed(t, 2)
	if err := k.emulator.SendLifecycle(first[0].Subscription.String(), "subscriptionRemoved"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another subscription is made", patience, func() bool {
		next := k.subscribed(t, 2)
		return next[0].ID != first[0].ID && next[1] == first[1]
	})
	second := k.subscribed(t, 2)
	k.notify(t, false)
	k.subscribed(t, 0)
	for _, h := range second {
		eventually(t, "Graph has no subscription any more", patience, func() bool {
			return k.emulator.SendLifecycle(h.Subscription.String(), "missed") != nil
		})
	}
}
