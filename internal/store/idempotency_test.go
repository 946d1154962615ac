package store_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// half a minute is how long a reservation lasts here.
const half = 30 * time.Second

func TestWorkIsDoneOnceForOneKey(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	var worked atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			reservation, answer, err := p.db.Recall(t.Context(), caller(p.a), "key", [32]byte{1}, half)
			switch {
			case err == nil && !reservation.IsZero():
				worked.Add(1)
				must(t, p.db.Remember(t.Context(), caller(p.a), reservation, store.Answer{Status: 201, Body: []byte("made")}))
			case err == nil && (answer.Status != 201 || string(answer.Body) != "made"):
				t.Errorf("%+v", answer)
			case err != nil && (fault.KindOf(err) != fault.Conflict || fault.RetryAfter(err) <= 0 || !strings.Contains(err.Error(), "is under way")):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	reservation, answer, err := p.db.Recall(t.Context(), caller(p.a), "key", [32]byte{1}, half)
	if worked.Load() != 1 || err != nil || !reservation.IsZero() || answer.Status != 201 || string(answer.Body) != "made" {
		t.Errorf("worked %d times; %s %+v %v", worked.Load(), reservation, answer, err)
	}
}

func TestKeyBelongsToOneRequestOfOneCaller(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	first, _, err := p.db.Recall(t.Context(), caller(p.a), "key", [32]byte{1}, half)
	must(t, err)
	must(t, p.db.Remember(t.Context(), caller(p.a), first, store.Answer{Status: 201}))
	_, _, err = p.db.Recall(t.Context(), caller(p.a), "key", [32]byte{2}, half)
	refused(t, err, fault.Conflict, `Idempotency-Key "key" was used for another request`)
	stranger := authz.SystemCaller(p.a.ID, "somebody else")
	reservation, answer, err := p.db.Recall(t.Context(), stranger, "key", [32]byte{2}, half)
	if err != nil || reservation.IsZero() || answer.Status != 0 {
		t.Errorf("another caller's: %+v %v", answer, err)
	}
	must(t, p.db.Remember(t.Context(), caller(p.a), reservation, store.Answer{Status: 500})) // not its own
	must(t, p.db.Forget(t.Context(), caller(p.a), reservation))
	_, _, err = p.db.Recall(t.Context(), stranger, "key", [32]byte{2}, half)
	refused(t, err, fault.Conflict, "is under way")
}

func TestAbandonedReservationIsTakenOver(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	p := newPair(t, d)
	db := openAt(t, d, c)
	recall := func(digest byte) (tenants.GUID, store.Answer, error) {
		return db.Recall(t.Context(), caller(p.a), "key", [32]byte{digest}, half)
	}
	slow, _, err := recall(1)
	must(t, err)
	c.advance(29 * time.Second)
	_, _, err = recall(1)
	refused(t, err, fault.Conflict, "is under way")
	c.advance(2 * time.Second)
	_, _, err = recall(2)
	refused(t, err, fault.Conflict, "was used for another request")
	second, _, err := recall(1)
	if err != nil || second.IsZero() || second == slow {
		t.Fatalf("%s %v", second, err)
	}
	must(t, db.Remember(t.Context(), caller(p.a), slow, store.Answer{Status: 500, Body: []byte("late")}))
	must(t, db.Remember(t.Context(), caller(p.a), second, store.Answer{Status: 201, Body: []byte("made")}))
	if _, answer, err := recall(1); err != nil || answer.Status != 201 {
		t.Errorf("%+v %v", answer, err)
	}
	c.advance(24*time.Hour + time.Second)
	if again, answer, err := recall(2); err != nil || again.IsZero() || answer.Status != 0 {
		t.Errorf("after a day: %s %+v %v", again, answer, err)
	}
	if n := count(t, d, "idempotency_keys"); n != "1" {
		t.Errorf("%s keys are left", n)
	}
}

func TestReservationThatLastsIsNotTakenOver(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	p := newPair(t, d)
	db := openAt(t, d, c)
	recall := func() (tenants.GUID, store.Answer, error) {
		return db.Recall(t.Context(), caller(p.a), "key", [32]byte{1}, 24*time.Hour)
	}
	first, _, err := recall()
	must(t, err)
	c.advance(23 * time.Hour)
	_, _, err = recall()
	refused(t, err, fault.Conflict, "is under way, or was cut off")
	must(t, db.Remember(t.Context(), caller(p.a), first, store.Answer{Status: 201, Body: []byte("done")}))
	if _, answer, err := recall(); err != nil || string(answer.Body) != "done" {
		t.Errorf("%+v %v", answer, err)
	}
}

func TestForgottenRequestCanBeMadeAgain(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	first, _, err := p.db.Recall(t.Context(), caller(p.a), "key", [32]byte{1}, half)
	must(t, err)
	refused(t, p.db.Remember(t.Context(), caller(p.a), first, store.Answer{Body: []byte("x")}), fault.Internal, "an answer without status is none")
	must(t, p.db.Forget(t.Context(), caller(p.a), first))
	second, _, err := p.db.Recall(t.Context(), caller(p.a), "key", [32]byte{1}, half)
	if err != nil || second.IsZero() {
		t.Errorf("%s %v", second, err)
	}
	must(t, p.db.Remember(t.Context(), caller(p.a), second, store.Answer{Status: 201}))
	must(t, p.db.Forget(t.Context(), caller(p.a), second))
	if _, answer, err := p.db.Recall(t.Context(), caller(p.a), "key", [32]byte{1}, half); err != nil || answer.Status != 201 {
		t.Errorf("an answer was forgotten: %+v %v", answer, err)
	}
}
