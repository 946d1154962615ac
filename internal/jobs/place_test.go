package jobs_test

import (
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/jobs"
	"gatehouse/internal/tenants"
)

func TestPlaceIsHandedToWhoeverWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		enter, kept := jobs.PlacesForTest(2, 0)
		org, began := tenants.NewID(), time.Now()
		var leaves []func()
		for range 2 {
			leave, ok := enter(org, time.Minute)
			if !ok {
				t.Fatal("no place in an empty organization")
			}
			leaves = append(leaves, leave)
		}
		type entry struct {
			leave func()
			ok    bool
		}
		waits := func(patience time.Duration) chan entry {
			got := make(chan entry, 1)
			go func() {
				leave, ok := enter(org, patience)
				got <- entry{leave, ok}
			}()
			synctest.Wait()
			return got
		}
		patient, hurried := waits(time.Minute), waits(time.Second)
		if _, ok := enter(org, time.Minute); ok || time.Since(began) > 0 {
			t.Errorf("a third may wait for two places, for %s", time.Since(began))
		}
		other, ok := enter(tenants.NewID(), time.Minute)
		if !ok || time.Since(began) > 0 {
			t.Error("another organization waits too")
		}
		if e := <-hurried; e.ok || time.Since(began) != time.Second {
			t.Errorf("who has waited in vain: %t, after %s", e.ok, time.Since(began))
		}
		leaves[0]()
		e := <-patient
		if !e.ok || time.Since(began) != time.Second {
			t.Errorf("who waited for the place: %t, after %s", e.ok, time.Since(began))
		}
		third := waits(time.Minute)
		select {
		case <-third:
			t.Error("three have a place")
		default:
		}
		e.leave()
		(<-third).leave()
		leaves[1]()
		other()
		if n := kept(); n != 0 {
			t.Errorf("%d organizations are remembered that have nothing under way", n)
		}
	})
}

// TestOrganizationThatIsAloneHasThePlacesThatOthersLeave, and gives them back when the
// others come, who have their own at once.
func TestOrganizationThatIsAloneHasThePlacesThatOthersLeave(t *testing.T) {
	t.Parallel()
	enter, kept := jobs.PlacesForTest(2, 5)
	large, small := tenants.NewID(), tenants.NewID()
	var of []func()
	for range 5 {
		leave, ok := enter(large, 0)
		if !ok {
			t.Fatalf("%d places of an organization that is alone", len(of))
		}
		of = append(of, leave)
	}
	if _, ok := enter(large, 0); ok {
		t.Fatal("it has more than what others leave")
	}
	var others []func()
	for range 2 {
		leave, ok := enter(small, 0)
		if !ok {
			t.Fatal("another organization waits for its own places")
		}
		others = append(others, leave)
	}
	waited := make(chan bool)
	go func() {
		leave, ok := enter(large, time.Second)
		if ok {
			defer leave()
		}
		waited <- ok
	}()
	for _, leave := range of[:2] {
		leave()
	}
	if <-waited {
		t.Error("the large one keeps what others could have")
	}
	for _, leave := range append(of[2:], others...) {
		leave()
	}
	if n := kept(); n != 0 {
		t.Errorf("%d organizations are remembered that have nothing under way", n)
	}
}
