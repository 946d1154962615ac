package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/notify"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

func anAlert(id tenants.GUID) watch.Alert {
	return watch.Alert{ID: id, Cause: watch.Cause{Kind: watch.SourceFailing, Subject: notes.String(), Facts: watch.Facts{"name": "notes"}}, OpenedAt: time.Now()}
}

func aDelivery(id, alert tenants.GUID) watch.Delivery {
	now := time.Now()
	return watch.Delivery{
		ID: id, Contact: operations, Name: "operations", Kind: notify.Alert, Cause: "alert " + id.String(), Alerts: []tenants.GUID{alert}, Message: []byte("{}"), MadeAt: now, DueAt: now,
	}
}

func TestAlertsAreKeptAsTheyWereSettled(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	now := time.Now().UTC().Truncate(time.Microsecond)
	a := anAlert(tenants.NewGUID())
	a.OpenedAt, a.Stage, a.Told, a.ToldStage, a.ToldAt, a.GoneAt = now.Add(-time.Hour), 2, watch.ToldRaised, 1, now, now
	d := aDelivery(tenants.NewGUID(), a.ID)
	d.MadeAt, d.DueAt = now, now
	again := d // of the same cause
	again.ID = tenants.NewGUID()
	must(t, p.db.SettleAlerts(t.Context(), caller(p.a), now, func(watch.State) (watch.Changes, error) {
		return watch.Changes{Alerts: []watch.Alert{a}, Deliveries: []watch.Delivery{d, again}}, nil
	}))
	all, err := p.db.Alerts(t.Context(), p.a.ID)
	must(t, err)
	if len(all) != 1 || !sameAlert(all[0].Alert, a) || len(all[0].Deliveries) != 1 || all[0].Deliveries[0].ID != d.ID || len(all[0].Deliveries[0].Message) != 0 {
		t.Fatalf("%+v", all)
	}
	errOwn := errors.New("changed its mind")
	err = p.db.SettleAlerts(t.Context(), caller(p.a), now, func(s watch.State) (watch.Changes, error) {
		if len(s.Alerts) != 1 || !sameAlert(s.Alerts[0], a) {
			t.Errorf("%+v", s)
		}
		return watch.Changes{}, fault.Wrap(fault.Limited, "changed its mind", errOwn)
	})
	if !errors.Is(err, errOwn) {
		t.Errorf("%v", err)
	}
	gone := a
	gone.ResolvedAt = now.Add(-watch.Kept)
	must(t, p.db.SettleAlerts(t.Context(), caller(p.a), now, func(watch.State) (watch.Changes, error) {
		return watch.Changes{Alerts: []watch.Alert{gone}}, nil
	}))
	must(t, p.db.SettleAlerts(t.Context(), caller(p.a), now.Add(time.Second), func(watch.State) (watch.Changes, error) { return watch.Changes{}, nil }))
	if all, err := p.db.Alerts(t.Context(), p.a.ID); err != nil || len(all) != 0 {
		t.Errorf("what is older than it is kept is there: %+v %v", all, err)
	}
}

func sameAlert(a, b watch.Alert) bool {
	return a.ID == b.ID && a.Kind == b.Kind && a.Subject == b.Subject && a.Stage == b.Stage && a.Facts["name"] == b.Facts["name"] && a.OpenedAt.Equal(b.OpenedAt) &&
		a.ResolvedAt.Equal(b.ResolvedAt) && a.GoneAt.Equal(b.GoneAt) && a.Told == b.Told && a.ToldStage == b.ToldStage && a.ToldAt.Equal(b.ToldAt)
}

// TestDigestsOfADayAreCounted: one's own, and nothing else that was told.
func TestDigestsOfADayAreCounted(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	now := time.Now().UTC().Truncate(time.Microsecond)
	count := func(o tenants.Organization, at time.Time, more ...watch.Delivery) (n int) {
		must(t, p.db.SettleAlerts(t.Context(), caller(o), at, func(s watch.State) (watch.Changes, error) {
			n = s.Digests
			return watch.Changes{Deliveries: more}, nil
		}))
		return n
	}
	var told []watch.Delivery
	for _, kind := range []notify.Kind{notify.Digest, notify.Digest, notify.Alert} {
		d := aDelivery(tenants.NewGUID(), tenants.NewGUID())
		d.Kind, d.MadeAt, d.DueAt = kind, now, now
		told = append(told, d)
	}
	count(p.a, now, told...)
	if n, later, others := count(p.a, now), count(p.a, now.Add(24*time.Hour)), count(p.b, now); n != 2 || later != 0 || others != 0 {
		t.Errorf("%d, a day later %d, of another organization %d", n, later, others)
	}
}

// TestTwoWhoSettleAtOnceNoticeOnce: the second sees what the first has written.
func TestTwoWhoSettleAtOnceNoticeOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			err := p.db.SettleAlerts(t.Context(), caller(p.a), time.Now(), func(s watch.State) (watch.Changes, error) {
				if len(s.Alerts) > 0 {
					return watch.Changes{}, nil
				}
				return watch.Changes{Alerts: []watch.Alert{anAlert(tenants.NewGUID())}}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all, err := p.db.Alerts(t.Context(), p.a.ID); err != nil || len(all) != 1 {
		t.Errorf("%+v %v", all, err)
	}
}

func TestDeliveriesBelongToWhoeverTakesThem(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	now, alert := time.Now().UTC().Truncate(time.Microsecond), tenants.NewGUID()
	first, second := aDelivery(tenants.NewGUID(), alert), aDelivery(tenants.NewGUID(), alert)
	first.DueAt, second.DueAt = now.Add(-time.Minute), now.Add(time.Hour)
	must(t, p.db.SettleAlerts(t.Context(), caller(p.a), now, func(watch.State) (watch.Changes, error) {
		return watch.Changes{Deliveries: []watch.Delivery{first, second}}, nil
	}))
	take := func(at time.Time) []tenants.GUID {
		t.Helper()
		due, err := p.db.DueDeliveries(t.Context(), caller(p.a), at, at.Add(2*time.Minute), 10)
		must(t, err)
		var ids []tenants.GUID
		for _, d := range due {
			ids = append(ids, d.ID)
			if string(d.Message) != "{}" || d.Attempts == 0 || !d.DueAt.Equal(at.Add(2*time.Minute)) {
				t.Errorf("%+v", d)
			}
		}
		return ids
	}
	if got := take(now); !slices.Equal(got, []tenants.GUID{first.ID}) {
		t.Errorf("due are %v", got)
	}
	if got := take(now.Add(time.Minute)); len(got) != 0 {
		t.Errorf("taken twice: %v", got)
	}
	if next, err := p.db.NextDelivery(t.Context(), p.a.ID); err != nil || !next.Equal(now.Add(2*time.Minute)) {
		t.Errorf("%s %v", next, err)
	}
	done := first
	done.DueAt, done.DoneAt, done.Outcome = time.Time{}, now, watch.Sent
	must(t, p.db.PutDelivery(t.Context(), caller(p.a), done))
	late := done
	late.Outcome = watch.GaveUp
	must(t, p.db.PutDelivery(t.Context(), caller(p.a), late))
	if got := take(now.Add(3 * time.Minute)); len(got) != 0 {
		t.Errorf("done and due: %v", got)
	}
	if next, err := p.db.NextDelivery(t.Context(), p.a.ID); err != nil || !next.Equal(second.DueAt) {
		t.Errorf("%s %v", next, err)
	}
}

// TestPeopleAreCountedByHowTheirRefreshGoes: whoever is not refreshed is no sign of
// anything.
func TestPeopleAreCountedByHowTheirRefreshGoes(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	now := time.Now().UTC().Truncate(time.Microsecond)
	put := func(asked time.Time, failure string, due bool) {
		t.Helper()
		who := tenants.NewGUID()
		_, err := p.db.SaveMembership(t.Context(), caller(p.a), membership.Record{Person: who, AskedAt: asked}, now.Add(time.Minute))
		must(t, err)
		must(t, p.db.SeeMember(t.Context(), caller(p.a), who, now))
		next := now.Add(time.Minute)
		if !due {
			next = time.Time{}
		}
		if failure != "" || !due {
			must(t, p.db.PutOff(t.Context(), caller(p.a), who, next, membership.Failure{Class: failure}))
		}
	}
	put(now, "", true)
	put(now.Add(-50*time.Minute), "transient", true)
	put(now.Add(-40*time.Minute), "throttled", true)
	put(now.Add(-50*time.Minute), "interaction", true)
	put(now.Add(-10*time.Minute), "transient", true)
	put(now.Add(-50*time.Minute), "consent", true)
	put(now.Add(-50*time.Minute), "transient", false)
	o, err := p.db.Observe(t.Context(), p.a.ID, now)
	must(t, err)
	if want := (watch.People{Seen: 6, Consent: 1, Late: 2, Oldest: now.Add(-50 * time.Minute)}); o.People != want {
		t.Errorf("%+v", o.People)
	}
	if o, err = p.db.Observe(t.Context(), p.a.ID, now.Add(3*time.Hour)); err != nil || o.People != (watch.People{}) {
		t.Errorf("%+v %v", o.People, err)
	}
}
