package store_test

import (
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/membership"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// replicaOn opens the database from a machine whose clock deviates by so much.
func replicaOn(t *testing.T, d storetest.Database, by *atomic.Int64) *store.DB {
	t.Helper()
	host := func() time.Time { return time.Now().Add(time.Duration(by.Load())) }
	db, err := store.OpenOn(t.Context(), d.API, host, host)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func deviating(by time.Duration) *atomic.Int64 {
	d := &atomic.Int64{}
	d.Store(int64(by))
	return d
}

// near reports whether an instant is now, by the clock that the database has, too.
func near(at time.Time) bool { return time.Since(at).Abs() < 5*time.Second }

func TestTimeIsTheDatabases(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	for _, by := range []time.Duration{0, time.Hour, -time.Hour} {
		machine := deviating(by)
		db := replicaOn(t, d, machine)
		if !near(db.Now()) {
			t.Errorf("on a machine that deviates by %s it is %s", by, db.Now())
		}
		machine.Add(int64(24 * time.Hour)) // somebody sets its clock
		if near(db.Now()) {
			t.Error("the machine's clock is not looked at")
		}
		for range 2 {
			_, _, err := db.Changes(t.Context(), "")
			must(t, err)
		}
		if !near(db.Now()) {
			t.Errorf("after its clock was set it is %s", db.Now())
		}
	}
}

// TestTimeThatAProcessIsGivenStays: only what the machine deviates is corrected.
func TestTimeThatAProcessIsGivenStays(t *testing.T) {
	t.Parallel()
	later := func() time.Time { return time.Now().Add(time.Hour) }
	db, err := store.OpenOn(t.Context(), storetest.New(t).API, later, time.Now)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	if !near(db.Now().Add(-time.Hour)) {
		t.Errorf("it is %s", db.Now())
	}
}

// TestOneAnswerIsNoTime: whatever the database says once, the next answer has to say, too.
func TestOneAnswerIsNoTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	host := func() time.Time { return at }
	for name, row := range map[string]struct {
		answers []time.Duration // by how much the database is ahead
		late    time.Duration   // how long each took
		off     time.Duration
	}{
		"once":               {[]time.Duration{0, time.Hour}, 0, 0},
		"once, back":         {[]time.Duration{0, -time.Hour}, 0, 0},
		"first of all":       {[]time.Duration{time.Hour}, 0, 0},
		"again":              {[]time.Duration{time.Hour, time.Hour}, 0, time.Hour},
		"two that disagree":  {[]time.Duration{time.Hour, 2 * time.Hour}, 0, 0},
		"every other":        {[]time.Duration{time.Hour, 0, time.Hour, 0, time.Hour}, 0, 0},
		"again, after wrong": {[]time.Duration{-time.Hour, time.Hour, time.Hour}, 0, time.Hour},
		"late":               {[]time.Duration{-time.Second, -time.Second}, 3 * time.Second, 0},
	} {
		now, heard := store.ClockOn(host)
		for _, ahead := range row.answers {
			heard(at.Add(ahead-row.late/2), at.Add(-row.late))
		}
		if got := now().Sub(at); got != row.off {
			t.Errorf("%s: off by %s", name, got)
		}
	}
}

// TestManyRowsAreOneAnswer: of two organizations a poll has two rows.
func TestManyRowsAreOneAnswer(t *testing.T) {
	t.Parallel()
	machine := deviating(0)
	db := replicaOn(t, storetest.New(t), machine)
	create(t, db, organization("contoso"))
	create(t, db, organization("fabrikam"))
	machine.Add(int64(time.Hour))
	_, _, err := db.Changes(t.Context(), "")
	must(t, err)
	if near(db.Now()) {
		t.Error("one poll was enough")
	}
}

// TestReplicaThatIsAheadIsNotRightForIt: neither does its answer hide a later one, nor
// does what it kept make somebody look signed in since.
func TestReplicaThatIsAheadIsNotRightForIt(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	right, ahead := replicaOn(t, d, deviating(0)), replicaOn(t, d, deviating(time.Hour))
	o := organization("contoso")
	create(t, right, o)
	person, group := tenants.NewGUID(), tenants.NewGUID()
	save := func(db *store.DB, answer authz.Answer, after time.Duration) {
		at := db.Now().Add(after)
		_, err := db.SaveMembership(t.Context(), caller(o), membership.Record{
			Person: person, Answers: map[tenants.GUID]authz.Answer{group: answer}, AskedAt: at, SeenAt: at,
		}, at.Add(time.Minute))
		must(t, err)
	}
	save(ahead, authz.Member, 0)
	save(right, authz.NotMember, time.Second)
	if r, err := right.LoadMembership(t.Context(), o.ID, person); err != nil || r.Answers[group] != authz.NotMember {
		t.Errorf("%+v, %v", r, err)
	}
	c := aConnection(person, editor)
	c.EntraAt = ahead.Now()
	connected(t, ahead, o, c, connections.Grant{ID: tenants.NewGUID(), Scopes: []string{}, EndsAt: right.Now().Add(time.Hour)})
	must(t, ahead.KeepToken(t.Context(), caller(o), aKeptToken(o, person, ahead.Now())))
	must(t, right.LoseMember(t.Context(), caller(o), person, right.Now().Add(time.Second), "disabled"))
}
