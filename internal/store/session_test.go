package store_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func anEnd(at time.Time) authz.EndedSession {
	at = at.Truncate(time.Microsecond).UTC() // as a database keeps it
	return authz.EndedSession{Session: tenants.NewGUID(), Person: tenants.NewGUID(), EndedAt: at, ExpiresAt: at.Add(time.Hour)}
}

func TestEndsOfOnePersonsSessionsAreBounded(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	person, now := tenants.NewGUID(), time.Now()
	end := func(i int, who tenants.GUID) tenants.GUID {
		e := anEnd(now.Add(time.Duration(i) * time.Second))
		e.Person = who
		must(t, p.db.EndSession(t.Context(), caller(p.a), e))
		return e.Session
	}
	oldest := end(0, person)
	for i := range authz.KeptEnds {
		end(i+1, person)
	}
	other := end(0, tenants.NewGUID())
	d, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	has := func(session tenants.GUID) bool {
		return slices.ContainsFunc(d.Ended, func(e authz.EndedSession) bool { return e.Session == session })
	}
	if len(d.Ended) != authz.KeptEnds+1 || has(oldest) || !has(other) || len(d.Revocations) != 0 {
		t.Errorf("%d ends are remembered", len(d.Ended))
	}
}

// TestEndOfASessionIsNoVersion: what anybody may do as often as they like must not
// take down the view of everybody.
func TestEndOfASessionIsNoVersion(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	before, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	e := anEnd(time.Now())
	for range 2 { // whoever comes second has nothing to end
		must(t, p.db.EndSession(t.Context(), caller(p.a), e))
	}
	after, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	if after.Version != before.Version || after.Decisions != before.Decisions || len(after.Ended) != 1 {
		t.Errorf("version %d to %d, decisions %d to %d, ended %v", before.Version, after.Version, before.Decisions, after.Decisions, after.Ended)
	}
	conn := connect(t, d.Superuser)
	if n := len(column(t, conn, "SELECT id::text FROM audit_outbox WHERE kind = $1", string(audit.SessionEnd))); n != 1 {
		t.Errorf("%d records say that it ended", n)
	}
}

func TestPollsHearOfEnds(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	earlier, later := anEnd(time.Now()), anEnd(time.Now())
	must(t, p.db.EndSession(t.Context(), caller(p.a), earlier))
	first, since, err := p.db.Changes(t.Context(), "")
	must(t, err)
	if slices.ContainsFunc(first, func(c snapshot.Change) bool { return c.Version == 0 }) {
		t.Errorf("the first poll hears of ends, however many there are: %v", first)
	}
	must(t, p.db.EndSession(t.Context(), caller(p.a), later))
	second, _, err := p.db.Changes(t.Context(), since)
	must(t, err)
	if !slices.ContainsFunc(second, func(c snapshot.Change) bool {
		e := c.Ended
		return c.Org == p.a.ID && c.Version == 0 && e.Session == later.Session && e.Person == later.Person && e.EndedAt.Equal(later.EndedAt) && e.ExpiresAt.Equal(later.ExpiresAt)
	}) {
		t.Errorf("the second poll hears of %v, want %v", second, later)
	}
}

func TestEndsGoWhenTheyHaveExpired(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db, o := openAt(t, d, c), organization("contoso")
	create(t, db, o)
	must(t, db.EndSession(t.Context(), caller(o), anEnd(c.now())))
	c.advance(2 * time.Hour)
	must(t, db.EndSession(t.Context(), caller(o), anEnd(c.now())))
	if n := len(column(t, connect(t, d.Superuser), "SELECT session::text FROM ended_sessions")); n != 1 {
		t.Errorf("%d ends are kept", n)
	}
}
