package store_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func init() {
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"TakeChore": func(t *testing.T, p pair) {
			t.Helper()
			_, err := p.db.TakeChore(t.Context(), caller(p.b), "watch", time.Now(), time.Now().Add(time.Hour))
			must(t, err)
		},
		"EndChore": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.EndChore(t.Context(), caller(p.b), "watch", p.until, time.Now(), true))
		},
		"HurryChore": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.HurryChore(t.Context(), caller(p.b), "watch", time.Now().Add(-time.Hour)))
		},
		"DueChores": func(t *testing.T, p pair) {
			t.Helper()
			if _, err := p.db.DueChores(t.Context(), "watch", time.Now(), 1); fault.KindOf(err) != fault.Internal {
				t.Errorf("the role of the api asks across organizations: %v", err)
			}
		},
	})
}

// TestChoreHasItsTurns goes through the life of a row.
func TestChoreHasItsTurns(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	db, worker := d.Open(t), d.OpenWorker(t)
	o := organization("contoso")
	create(t, db, o)
	now := time.Now().Truncate(time.Second)
	due := func(at time.Time) bool {
		t.Helper()
		list, err := worker.DueChores(t.Context(), "watch", at, 10)
		must(t, err)
		return slices.Equal(list, []tenants.ID{o.ID})
	}
	take := func(at, until time.Time) (int, error) {
		return worker.TakeChore(t.Context(), authz.SystemCaller(o.ID, "watch"), "watch", at, until)
	}
	refused := func(at time.Time) {
		t.Helper()
		if _, err := take(at, at.Add(time.Minute)); fault.KindOf(err) != fault.NotFound || due(at) {
			t.Errorf("taken again: %v", err)
		}
	}
	if !due(now) {
		t.Error("never done, and not due")
	}
	lease := now.Add(time.Minute)
	if n, err := take(now, lease); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	refused(now.Add(59 * time.Second))
	if !due(lease) {
		t.Error("whoever took it has died, and it is not due")
	}
	end := func(taken, next time.Time, failed bool) {
		t.Helper()
		must(t, worker.EndChore(t.Context(), authz.SystemCaller(o.ID, "watch"), "watch", taken, next, failed))
	}
	end(lease, now.Add(time.Hour), true)
	refused(now.Add(59 * time.Minute))
	must(t, db.HurryChore(t.Context(), caller(o), "watch", now.Add(2*time.Hour)))
	if !due(now.Add(time.Hour)) {
		t.Error("hurrying has made it later")
	}
	must(t, db.HurryChore(t.Context(), caller(o), "watch", now))
	lease = now.Add(2 * time.Minute)
	if n, err := take(now, lease); n != 1 || err != nil {
		t.Fatalf("%d failures, %v", n, err)
	}
	must(t, db.HurryChore(t.Context(), caller(o), "watch", now))
	end(lease, now.Add(time.Hour), false)
	if !due(now) {
		t.Error("what hurried it meanwhile is lost")
	}
	if n, err := take(now, lease); n != 0 || err != nil {
		t.Errorf("after success %d failures, %v", n, err)
	}
}

// TestDueChoresAreOfTheServedTheLongestDueFirst, and as many as are wanted.
func TestDueChoresAreOfTheServedTheLongestDueFirst(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	db, worker := d.Open(t), d.OpenWorker(t)
	late, never, closed := organization("late"), organization("never"), organization("closed")
	for _, o := range []tenants.Organization{late, never, closed} {
		create(t, db, o)
	}
	now := time.Now()
	for _, o := range []tenants.Organization{late, closed} {
		must(t, db.HurryChore(t.Context(), caller(o), "watch", now.Add(-time.Hour)))
		must(t, db.HurryChore(t.Context(), caller(o), "deliver", now.Add(time.Hour)))
	}
	must(t, setState(t.Context(), db, closed, tenants.Suspended))
	for _, row := range []struct {
		chore string
		most  int
		want  []tenants.ID
	}{{"watch", 9, []tenants.ID{never.ID, late.ID}}, {"watch", 1, []tenants.ID{never.ID}}, {"deliver", 9, []tenants.ID{never.ID}}} {
		if got, err := worker.DueChores(t.Context(), row.chore, now, row.most); err != nil || !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, %v", row.chore, got, err)
		}
	}
	for _, dsn := range []string{d.API, d.Audit, d.Operator} {
		if _, err := connect(t, dsn).Exec(t.Context(), "SELECT due_chores('watch', now(), 1)"); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", pgxUser(t, dsn), err)
		}
	}
}
