package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func aHook() graphhook.Hook {
	return graphhook.Hook{ID: tenants.NewGUID(), Resource: graph.WatchPeople, StateHash: [32]byte{1}}
}

func init() {
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"HookByID": func(t *testing.T, p pair) { // ids are what leads to an organization; who has one is Graph
			t.Helper()
			if org, h, err := p.db.HookByID(t.Context(), p.hook.ID); err != nil || org != p.a.ID || h != p.hook {
				t.Errorf("%s %+v %v", org, h, err)
			}
		},
		"AskRenewal": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.AskRenewal(t.Context(), caller(p.b), p.hook.ID))
		},
		"Hooks": func(t *testing.T, p pair) {
			t.Helper()
			if list, err := p.db.Hooks(t.Context(), p.b.ID); err != nil || len(list) != 1 || list[0].ID == p.hook.ID {
				t.Errorf("B reads %+v %v", list, err)
			}
		},
		"PutHook": func(t *testing.T, p pair) {
			t.Helper()
			if err := p.db.PutHook(t.Context(), caller(p.b), p.hook); fault.KindOf(err) != fault.Conflict {
				t.Errorf("B takes A's hook: %v", err)
			}
			must(t, p.db.PutHook(t.Context(), caller(p.b), aHook()))
		},
		"KeepHook": func(t *testing.T, p pair) {
			t.Helper()
			stolen := p.hook
			stolen.Subscription, stolen.RenewAt = tenants.NewGUID(), time.Now()
			must(t, p.db.KeepHook(t.Context(), caller(p.b), stolen))
		},
		"DropHooks": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.DropHooks(t.Context(), caller(p.b)))
		},
	})
}

// TestHooksAreOnePerResource goes through the life of two.
func TestHooksAreOnePerResource(t *testing.T) {
	t.Parallel()
	db := storetest.New(t).Open(t)
	o := organization("contoso")
	create(t, db, o)
	find := func(id tenants.GUID, want graphhook.Hook, kind fault.Kind) {
		t.Helper()
		org, h, err := db.HookByID(t.Context(), id)
		if kind == 0 && (err != nil || org != o.ID || h != want) || kind != 0 && (fault.KindOf(err) != kind || err == nil) {
			t.Errorf("%s %+v %v", org, h, err)
		}
	}
	people, groups := aHook(), aHook()
	groups.Resource = graph.WatchGroups
	find(people.ID, people, fault.NotFound)
	must(t, db.PutHook(t.Context(), caller(o), people))
	must(t, db.PutHook(t.Context(), caller(o), groups))
	find(people.ID, people, 0)
	people.Subscription, people.RenewAt = tenants.NewGUID(), time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	must(t, db.KeepHook(t.Context(), caller(o), people))
	find(people.ID, people, 0)
	find(groups.ID, groups, 0)
	must(t, db.AskRenewal(t.Context(), caller(o), people.ID))
	people.RenewAt = time.Time{}
	find(people.ID, people, 0)

	next := aHook()
	must(t, db.PutHook(t.Context(), caller(o), next))
	find(people.ID, people, fault.NotFound)
	if list, err := db.Hooks(t.Context(), o.ID); err != nil || !slices.Equal(list, []graphhook.Hook{groups, next}) {
		t.Errorf("%+v %v", list, err)
	}
	must(t, db.KeepHook(t.Context(), caller(o), people)) // somebody was slow
	find(people.ID, people, fault.NotFound)
	must(t, db.DropHooks(t.Context(), caller(o)))
	if list, err := db.Hooks(t.Context(), o.ID); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

// TestSettingHasSubscriptionsLookedAt: when it begins or ends to hold, or the app is
// another, as soon as no worker can have a view from before; and not for anything else.
func TestSettingHasSubscriptionsLookedAt(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	db, worker := d.Open(t), d.OpenWorker(t)
	o := organization("contoso")
	create(t, db, o)
	later := time.Now().Add(time.Hour)
	for _, step := range []struct {
		name   string
		change func(c *tenants.Connection)
		looked bool
	}{
		{"as the app", func(c *tenants.Connection) { c.Background = tenants.Application }, false},
		{"on", func(c *tenants.Connection) { c.Notifications = true }, true},
		{"something else", func(c *tenants.Connection) { c.Guests = tenants.Admit }, false},
		{"another app", func(c *tenants.Connection) { c.ClientID, c.ID = tenants.NewGUID(), tenants.NewGUID() }, true},
		{"off", func(c *tenants.Connection) { c.Notifications = false }, true},
	} {
		if _, err := worker.TakeChore(t.Context(), caller(o), graphhook.Chore, time.Now(), later); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		after, err := db.EditOrganization(t.Context(), caller(o), "set", func(o *tenants.Organization) error {
			step.change(&o.Connection)
			return nil
		})
		must(t, err)
		if due, err := worker.DueChores(t.Context(), graphhook.Chore, time.Now(), 10); err != nil || len(due) != 0 {
			t.Errorf("%s: it is done by what was true before: %v", step.name, err)
		}
		due, err := worker.DueChores(t.Context(), graphhook.Chore, time.Now().Add(5*time.Second), 10)
		if err != nil || slices.Contains(due, o.ID) != step.looked {
			t.Errorf("%s: due is %v, %v", step.name, due, err)
		}
		if again, err := db.Organization(t.Context(), o.ID); err != nil || again.Connection.Notifications != after.Connection.Notifications {
			t.Errorf("%s: kept is %+v, %v", step.name, again.Connection, err)
		}
		must(t, db.HurryChore(t.Context(), caller(o), graphhook.Chore, time.Now().Add(-time.Hour)))
	}
	_, err := db.EditOrganization(t.Context(), caller(o), "set", func(o *tenants.Organization) error {
		o.Connection.Background, o.Connection.Notifications = tenants.Delegated, true
		return nil
	})
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("told without asking as the app: %v", err)
	}
}
