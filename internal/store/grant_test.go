package store_test

import (
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestOfManyWhoRotateOneGenerationOneDoes(t *testing.T) {
	t.Parallel()
	here, there, o, _ := replicas(t)
	now := time.Now()
	g := aGrant(now)
	connected(t, here, o, aConnection(tenants.NewGUID(), editor), g)
	const many = 20
	var wait sync.WaitGroup
	grants, errs := make([]connections.Grant, many), make([]error, many)
	for i := range many {
		wait.Go(func() {
			db := here
			if i%2 == 1 {
				db = there
			}
			grants[i], errs[i] = db.Rotate(t.Context(), caller(o), g.ID, 1, now)
		})
	}
	wait.Wait()
	rotated := 0
	for i, err := range errs {
		if err == nil {
			rotated++
		} else {
			refused(t, err, fault.Conflict, "was exchanged already")
		}
		if grants[i].Generation != 2 || grants[i].ID != g.ID {
			t.Errorf("%d has %+v", i, grants[i])
		}
	}
	if rotated != 1 {
		t.Errorf("%d rotate it", rotated)
	}
}

func TestRotationGoesOnUntilTheGrantIsOver(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	g := aGrant(clock.now())
	c := connected(t, db, o, aConnection(tenants.NewGUID(), editor), g)
	records := len(stored(t, db, o))
	rotate := func(generation int) (connections.Grant, error) {
		return db.Rotate(t.Context(), caller(o), g.ID, generation, clock.now())
	}
	for generation := 1; generation <= 3; generation++ {
		clock.advance(connections.IdleLife - time.Second)
		next, err := rotate(generation)
		if generation == 3 {
			break
		}
		if err != nil || next.Generation != generation+1 || !next.RotatedAt.Equal(clock.now()) || next.Connection != c.ID || next.Toolset != "desk" || next.EndsAt.Sub(g.EndsAt) != 0 {
			t.Fatalf("%+v %v", next, err)
		}
	}
	if n := len(stored(t, db, o)); n != records {
		t.Errorf("rotations leave %d records", n-records)
	}
	_, err := rotate(7)
	refused(t, err, fault.Conflict, "was exchanged already")
	if _, err := db.Rotate(t.Context(), caller(o), tenants.NewGUID(), 1, clock.now()); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a grant that is not there: %v", err)
	}
}

func TestAGrantThatIsOverIsNotRotated(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		ends, after time.Duration
	}{
		"unused":     {connections.AbsoluteLife, connections.IdleLife},
		"at its end": {time.Hour, time.Hour},
	} {
		db, clock, o, _ := atOneTime(t)
		g := aGrant(clock.now())
		g.EndsAt = clock.now().Add(row.ends)
		connected(t, db, o, aConnection(tenants.NewGUID(), editor), g)
		clock.advance(row.after - time.Microsecond)
		held, _, err := db.Grant(t.Context(), o.ID, g.ID)
		must(t, err)
		if held.Over(clock.now()) {
			t.Fatalf("%s: it is over too early", name)
		}
		clock.advance(time.Microsecond)
		got, err := db.Rotate(t.Context(), caller(o), g.ID, 1, clock.now())
		refused(t, err, fault.NotFound, "the authorization is over")
		if !got.ID.IsZero() || !held.Over(clock.now()) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestRefreshesSayOnceAnHourThatAConnectionIsUsed(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	client := registered(t, db, o, clock.now())
	g := aGrant(clock.now())
	c := connected(t, db, o, aConnection(tenants.NewGUID(), client.ID), g)
	for n, step := range []struct {
		wait time.Duration
		note bool
	}{{time.Hour, false}, {time.Microsecond, true}, {59 * time.Minute, false}, {2 * time.Minute, true}} {
		before, err := db.Connection(t.Context(), o.ID, c.ID)
		must(t, err)
		clock.advance(step.wait)
		_, err = db.Rotate(t.Context(), caller(o), g.ID, n+1, clock.now())
		must(t, err)
		after, err := db.Connection(t.Context(), o.ID, c.ID)
		must(t, err)
		want := before.UsedAt
		if step.note {
			want = clock.now()
		}
		if !after.UsedAt.Equal(want) {
			t.Errorf("%d: used at %s, want %s", n, after.UsedAt, want)
		}
		kept, err := db.Registered(t.Context(), o.ID, client.ID)
		if err != nil || !kept.ExpiresAt.Equal(want.Add(connections.RegisteredLife)) || !kept.UsedAt.Equal(c.MadeAt) {
			t.Errorf("%d: the registration is %+v %v", n, kept, err)
		}
	}
}

// TestARefreshWaitsForNoOtherOfItsConnection: whoever holds the connection's row
// keeps no refresh waiting.
func TestARefreshWaitsForNoOtherOfItsConnection(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	g := aGrant(clock.now())
	c := connected(t, db, o, aConnection(tenants.NewGUID(), editor), g)
	clock.advance(2 * time.Hour)
	conn := connect(t, d.Superuser)
	tx, err := conn.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), "SELECT 1 FROM connections WHERE id = $1 FOR UPDATE", c.ID.String())
	must(t, err)
	next, err := db.Rotate(t.Context(), caller(o), g.ID, 1, clock.now())
	if err != nil || next.Generation != 2 {
		t.Errorf("%+v %v", next, err)
	}
	must(t, tx.Rollback(t.Context()))
}

func TestGrantsOfAConnectionAreBounded(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := aConnection(tenants.NewGUID(), editor)
	c.Entra = nil
	theirs := aGrant(clock.now())
	connected(t, db, o, aConnection(tenants.NewGUID(), editor), theirs)
	var mine []connections.Grant
	for range connections.MaxGrants {
		clock.advance(time.Second)
		mine = append(mine, aGrant(clock.now()))
		connected(t, db, o, c, mine[len(mine)-1])
	}
	clock.advance(time.Second)
	_, err := db.Rotate(t.Context(), caller(o), mine[0].ID, 1, clock.now()) // the first is used, the second unused longest
	must(t, err)
	last := aGrant(clock.now())
	connected(t, db, o, c, last)
	for i, g := range append(mine, last, theirs) {
		_, _, err := db.Grant(t.Context(), o.ID, g.ID)
		if want := i != 1; (err == nil) != want {
			t.Errorf("grant %d: %v", i, err)
		}
	}
}

func TestGrantsThatHaveEndedGo(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	short := aGrant(clock.now())
	short.EndsAt = clock.now().Add(time.Hour)
	connected(t, db, o, aConnection(tenants.NewGUID(), editor), short)
	clock.advance(2 * time.Hour)
	connected(t, db, o, aConnection(tenants.NewGUID(), editor), aGrant(clock.now()))
	if n := count(t, d, "grants"); n != "1" {
		t.Errorf("%s grants are kept", n)
	}
}

func TestAGrantEndsOnce(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	g := aGrant(clock.now())
	c := connected(t, db, o, aConnection(tenants.NewGUID(), editor), g)
	records := len(stored(t, db, o))
	for range 2 {
		must(t, db.EndGrant(t.Context(), caller(o), g.ID, "refresh token used twice"))
	}
	if n := len(stored(t, db, o)); n != records+1 {
		t.Errorf("%d records say so", n-records)
	}
	if r := last(t, db, o); r.Kind != audit.Revocation || r.Target != "ended grant" || r.Detail != "refresh token used twice" {
		t.Errorf("%+v", r)
	}
	if _, _, err := db.Grant(t.Context(), o.ID, g.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("it is there: %v", err)
	}
	_, err := db.Rotate(t.Context(), caller(o), g.ID, 1, clock.now())
	refused(t, err, fault.NotFound, "there is no such thing")
	if _, err := db.Connection(t.Context(), o.ID, c.ID); err != nil {
		t.Errorf("its connection is gone too: %v", err)
	}
}

// BenchmarkRotate is what a refresh costs the database, from as many people at once
// as a process has connections for.
func BenchmarkRotate(b *testing.B) {
	db, o, now := storetest.New(b).Open(b), organization("contoso"), time.Now()
	create(b, db, o)
	b.RunParallel(func(pb *testing.PB) {
		g := aGrant(now)
		connected(b, db, o, aConnection(tenants.NewGUID(), editor), g)
		for generation := 1; pb.Next(); generation++ {
			if _, err := db.Rotate(b.Context(), caller(o), g.ID, generation, time.Now()); err != nil {
				b.Error(err)
			}
		}
	})
}
