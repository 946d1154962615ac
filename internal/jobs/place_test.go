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
		enter, kept := jobs.PlacesForTest(2)
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
