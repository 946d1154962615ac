package snapshot_test

import (
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

func anEnd(person tenants.GUID, at time.Time) authz.EndedSession {
	return authz.EndedSession{Session: tenants.NewGUID(), Person: person, EndedAt: at, ExpiresAt: at.Add(time.Hour)}
}

func TestEndOfASessionReachesTheViewThatIsUp(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	org, person := r.data.Organization.ID, tenants.NewGUID()
	loaded, heard, foreign := anEnd(person, began), anEnd(person, began), anEnd(person, began)
	r.data.Ended = []authz.EndedSession{loaded}
	snap := must(leases.Get(t.Context(), "contoso"))
	if !snap.SessionEnded(person, loaded.Session) || snap.SessionEnded(tenants.NewGUID(), loaded.Session) {
		t.Error("the view does not know what the database said")
	}
	for range 2 { // as polls do
		leases.Heard(snapshot.Change{Org: org, Ended: heard})
	}
	leases.Heard(snapshot.Change{Org: tenants.NewID(), Ended: foreign})
	if !snap.SessionEnded(person, heard.Session) || snap.SessionEnded(person, foreign.Session) {
		t.Error("the view does not know what was heard of")
	}
	if again := must(leases.Get(t.Context(), "contoso")); again != snap || r.loads.Load() != 1 {
		t.Errorf("%d loads for the end of a session", r.loads.Load())
	}
	r.version.Store(2)
	leases.Heard(snapshot.Change{Org: org, Version: 2})
	if next := must(leases.Get(t.Context(), "contoso")); next == snap || !next.SessionEnded(person, heard.Session) {
		t.Error("the next view has forgotten")
	}
}

// TestEndThatIsHeardOfDuringALoadIsNotLost: the rows that are being read may be
// from before it.
func TestEndThatIsHeardOfDuringALoadIsNotLost(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	e := anEnd(tenants.NewGUID(), began)
	r.during = func() { leases.Heard(snapshot.Change{Org: r.data.Organization.ID, Ended: e}) }
	if snap := must(leases.Get(t.Context(), "contoso")); !snap.SessionEnded(e.Person, e.Session) {
		t.Error("it is lost")
	}
}

func TestOfOnePersonsEndsTheNewestAreKnown(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	org, person := r.data.Organization.ID, tenants.NewGUID()
	snap := must(leases.Get(t.Context(), "contoso"))
	newest := anEnd(person, began.Add(time.Hour))
	leases.Heard(snapshot.Change{Org: org, Ended: newest})
	other := anEnd(tenants.NewGUID(), began)
	leases.Heard(snapshot.Change{Org: org, Ended: other})
	oldest := anEnd(person, began)
	leases.Heard(snapshot.Change{Org: org, Ended: oldest})
	for i := range authz.KeptEnds - 1 {
		leases.Heard(snapshot.Change{Org: org, Ended: anEnd(person, began.Add(time.Duration(i+1)*time.Second))})
	}
	if !snap.SessionEnded(person, newest.Session) || snap.SessionEnded(person, oldest.Session) || !snap.SessionEnded(other.Person, other.Session) {
		t.Error("others are known")
	}
}

func TestWhoWaitsForTheEndOfASessionHearsOfIt(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	org, e := r.data.Organization.ID, anEnd(tenants.NewGUID(), began)
	first, forgetFirst := leases.Ending(e.Session)
	second, forgetSecond := leases.Ending(e.Session)
	other, forgetOther := leases.Ending(tenants.NewGUID())
	defer forgetOther()
	forgetFirst()
	leases.Heard(snapshot.Change{Org: org, Ended: e})
	<-second
	<-first
	forgetSecond()
	select {
	case <-other:
		t.Error("another session's stream is woken")
	default:
	}
	third, forgetThird := leases.Ending(e.Session)
	defer forgetThird()
	select {
	case <-third:
		t.Error("what was heard of before is told again")
	default:
	}
}

func TestEndsAreForgottenWithTheirSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &rows{}
		leases := polled(t, r)
		org, person := r.data.Organization.ID, tenants.NewGUID()
		snap := must(leases.Get(t.Context(), "contoso"))
		short, long := anEnd(person, time.Now()), anEnd(person, time.Now().Add(time.Hour))
		leases.Heard(snapshot.Change{Org: org, Ended: short})
		leases.Heard(snapshot.Change{Org: org, Ended: long})
		for range 62 {
			time.Sleep(time.Minute)
			must(leases.Get(t.Context(), "contoso"))
		}
		if snap.SessionEnded(person, short.Session) || !snap.SessionEnded(person, long.Session) {
			t.Error("what has expired is known, or what has not is forgotten")
		}
		time.Sleep(12 * time.Minute) // nobody asks
		if next := must(leases.Get(t.Context(), "contoso")); next == snap || next.SessionEnded(person, long.Session) {
			t.Error("ends of an organization that is not in use are kept")
		}
	})
}

// TestEndThatNobodyNotedMakesALoadBeginAgain: while a load takes very long, the
// organization may come to look like one that nobody uses.
func TestEndThatNobodyNotedMakesALoadBeginAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &rows{}
		leases := polled(t, r)
		e := anEnd(tenants.NewGUID(), time.Now())
		r.during = func() {
			r.during = nil
			time.Sleep(61 * time.Second)
			r.data.Ended = []authz.EndedSession{e}
			leases.Heard(snapshot.Change{Org: r.data.Organization.ID, Ended: e})
		}
		if snap := must(leases.Get(t.Context(), "contoso")); !snap.SessionEnded(e.Person, e.Session) || r.loads.Load() != 2 {
			t.Errorf("it is lost after %d loads", r.loads.Load())
		}
	})
}
