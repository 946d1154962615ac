package snapshot_test

import (
	"runtime"
	"testing"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

func left(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestChangeOfAMembershipMovesThePersonsStandingAlone(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	org, person := r.data.Organization.ID, tenants.NewGUID()
	own, other, elsewhere := leases.Standing(org, person), leases.Standing(org, tenants.NewGUID()), leases.Standing(tenants.NewID(), person)
	at, waits := own.At(), own.Left(own.At())
	if again := leases.Standing(org, person); again != own || left(waits) || !own.Still(at) {
		t.Fatal("a standing moves by itself")
	}
	leases.Heard(snapshot.Change{Org: org, Person: person, Moment: 7})
	if own.Still(at) || !left(waits) || !left(own.Left(at)) || left(own.Left(own.At())) {
		t.Error("whoever relies on the standing does not hear of the change")
	}
	if !other.Still(0) || !elsewhere.Still(0) || left(other.Left(0)) || left(elsewhere.Left(0)) {
		t.Error("somebody else's standing has moved")
	}
	if snap := must(leases.Get(t.Context(), "contoso")); snap.Version != 1 || r.loads.Load() != 1 {
		t.Errorf("%d loads", r.loads.Load())
	}
}

// TestChangeIsHeardOnce: while a transaction is long, each poll tells of what was
// committed since it began.
func TestChangeIsHeardOnce(t *testing.T) {
	t.Parallel()
	leases := polled(t, &rows{})
	org, person, forgotten := tenants.NewID(), tenants.NewGUID(), 0
	standings := snapshot.NewStandings()
	one := standings.Of(org, person)
	for i, change := range []uint64{9, 9, 8, 8, 9, 0, 0} { // not in the order of their names
		standings.Moved(org, person, change, func() { forgotten++ })
		if want := []uint64{1, 1, 2, 2, 3, 4, 5}[i]; one.At() != want || forgotten != int(want) {
			t.Errorf("after %d: at %d, forgotten %d times, want %d", change, one.At(), forgotten, want)
		}
	}
	stranger := 0
	leases.OnMembershipChange(func(tenants.ID, tenants.GUID) { stranger++ })
	leases.Heard(snapshot.Change{Org: org, Person: tenants.NewGUID(), Moment: 1})
	if stranger != 1 {
		t.Error("a person on whom nobody relies is not forgotten")
	}
}

// TestEverythingIsForgottenBeforeTheStandingMoves, also for whoever comes to rely on
// it meanwhile.
func TestEverythingIsForgottenBeforeTheStandingMoves(t *testing.T) {
	t.Parallel()
	leases := polled(t, &rows{})
	org, person := tenants.NewID(), tenants.NewGUID()
	known := "member"
	var during *snapshot.Standing
	var read string
	leases.OnMembershipChange(func(o tenants.ID, p tenants.GUID) {
		if o != org || p != person {
			t.Errorf("told of %s in %s", p, o)
		}
		during = leases.Standing(org, person)
		if !during.Still(0) {
			t.Error("the standing has moved before")
		}
		read = known
		known = "not a member"
	})
	leases.Heard(snapshot.Change{Org: org, Person: person, Moment: 1})
	if during.Still(0) {
		t.Errorf("whoever has read %q relies on it", read)
	}
}

// TestStandingLivesWhileSomebodyReliesOnIt is not parallel: it collects garbage.
func TestStandingLivesWhileSomebodyReliesOnIt(t *testing.T) {
	standings, org, person := snapshot.NewStandings(), tenants.NewID(), tenants.NewGUID()
	held := standings.Of(org, person)
	for range 1000 {
		standings.Of(org, tenants.NewGUID())
	}
	for range 100 {
		if runtime.GC(); standings.Held() == 1 {
			break
		}
		runtime.Gosched()
	}
	if n := standings.Held(); n != 1 {
		t.Errorf("%d standings are kept of which one is held", n)
	}
	standings.Moved(org, person, 1, func() {})
	if held.Still(0) || standings.Of(org, person) != held {
		t.Error("the change is lost on whoever holds one")
	}
}
