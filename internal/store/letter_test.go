package store_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// replicas are two processes on one database, with an organization.
func replicas(t *testing.T) (here, there *store.DB, o tenants.Organization, d storetest.Database) {
	t.Helper()
	d = storetest.New(t)
	here, there, o = d.Open(t), d.Open(t), organization("contoso")
	create(t, here, o)
	return here, there, o, d
}

func open(t *testing.T, db *store.DB, o tenants.Organization) tenants.GUID {
	t.Helper()
	id := tenants.NewGUID()
	must(t, db.OpenLetters(t.Context(), caller(o), time.Now().Add(time.Hour), id))
	return id
}

// listen lets a process hear notifications until the test ends, and returns what
// receives for each change.
func listen(t *testing.T, db *store.DB) (hints chan struct{}) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	hints = make(chan struct{}, 100)
	go func() {
		defer close(ended)
		_ = db.Listen(ctx, func() { hints <- struct{}{} })
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return hints
}

func TestLetterReachesAnotherReplicaWithoutNotifications(t *testing.T) {
	t.Parallel()
	here, there, o, _ := replicas(t)
	id := open(t, here, o)
	got := make(chan string, 1)
	go func() {
		letter, err := here.TakeLetter(context.WithoutCancel(t.Context()), o.ID, id)
		if err != nil {
			t.Error(err)
		}
		got <- string(letter)
	}()
	must(t, there.PutLetter(t.Context(), caller(o), id, []byte("yes"), time.Now().Add(time.Hour)))
	if letter := <-got; letter != "yes" {
		t.Errorf("%q", letter)
	}
}

func TestNotificationBringsALetterAtOnce(t *testing.T) {
	t.Parallel()
	here, there, o, d := replicas(t)
	id := open(t, here, o)
	conn := connect(t, d.API)
	_, err := conn.Exec(t.Context(), "LISTEN gatehouse_letters; LISTEN gatehouse_subscriptions")
	must(t, err)
	must(t, there.PutLetter(t.Context(), caller(o), id, []byte("secret"), time.Now().Add(time.Hour)))
	n, err := conn.WaitForNotification(t.Context())
	must(t, err)
	if n.Payload != o.ID.String()+" "+id.String() {
		t.Errorf("the notification says %q, and it may say ids only", n.Payload)
	}
	session := tenants.NewGUID()
	must(t, there.PutSubscriptions(t.Context(), caller(o), session, store.Subscribed{Revision: 1, Ciphertext: []byte("secret")}, time.Now().Add(time.Hour)))
	if n, err = conn.WaitForNotification(t.Context()); err != nil || n.Payload != o.ID.String()+" "+session.String() {
		t.Errorf("%v %v", n, err)
	}
	// Of what is told, those who wait are woken, and only about their own.
	listening := listen(t, here)
	changed, end := here.Subscribing(o.ID, session)
	defer end()
	must(t, rename(t.Context(), there, o)) // proves that here listens now
	for len(listening) == 0 {
		must(t, rename(t.Context(), there, o))
	}
	for len(changed) > 0 {
		<-changed // what was missed before
	}
	for _, other := range []tenants.GUID{tenants.NewGUID(), session} {
		must(t, there.PutSubscriptions(t.Context(), caller(o), other, store.Subscribed{Revision: 2, Ciphertext: []byte("x")}, time.Now().Add(time.Hour)))
	}
	<-changed
	if len(changed) != 0 {
		t.Error("woken more than once")
	}
}

func TestForgedNotificationsDoNothing(t *testing.T) {
	t.Parallel()
	here, _, o, d := replicas(t)
	hints := listen(t, here)
	id := open(t, here, o)
	ctx, leave := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() {
		_, err := here.TakeLetter(ctx, o.ID, id)
		got <- err
	}()
	conn := connect(t, d.API)
	for _, payload := range []string{"", " ", "x", o.ID.String(), o.ID.String() + " ", o.ID.String() + " x", o.ID.String() + " " + id.String(), strings.Repeat("x", 7000)} {
		for _, channel := range []string{"gatehouse_letters", "gatehouse_subscriptions"} {
			_, err := conn.Exec(t.Context(), "SELECT pg_notify($1, $2)", channel, payload)
			must(t, err)
		}
	}
	for len(hints) == 0 { // all that was forged has been heard once this is
		must(t, rename(t.Context(), here, o))
	}
	leave()
	if err := <-got; fault.KindOf(err) != fault.Unavailable || fault.Public(err) != "the answer has not come in time; repeat the request" {
		t.Errorf("%v", err)
	}
}

func TestLetterIsFilledAndTakenOnce(t *testing.T) {
	t.Parallel()
	here, there, o, _ := replicas(t)
	id := open(t, here, o)
	var filled, taken atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch err := there.PutLetter(t.Context(), caller(o), id, []byte("x"), time.Now().Add(time.Hour)); {
			case err == nil:
				filled.Add(1)
			case fault.KindOf(err) != fault.Conflict || fault.Public(err) != "the question has been answered already":
				t.Error(err)
			}
		})
		wg.Go(func() {
			switch _, err := here.TakeLetter(t.Context(), o.ID, id); {
			case err == nil:
				taken.Add(1)
			case fault.KindOf(err) != fault.NotFound:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if filled.Load() != 1 || taken.Load() != 1 {
		t.Errorf("filled %d times, taken %d times", filled.Load(), taken.Load())
	}
	refused(t, here.PutLetter(t.Context(), caller(o), id, []byte("again"), time.Now().Add(time.Hour)), fault.Conflict, "answered already")
}

func TestLetterWithoutContentIsOnlyOnce(t *testing.T) {
	t.Parallel()
	here, there, o, _ := replicas(t)
	id := open(t, here, o)
	must(t, there.PutLetter(t.Context(), caller(o), id, nil, time.Now().Add(time.Hour)))
	refused(t, here.PutLetter(t.Context(), caller(o), id, nil, time.Now().Add(time.Hour)), fault.Conflict, "answered already")
}

func TestLetterThatIsNotOpenIsRefused(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db, o := openAt(t, d, c), organization("contoso")
	create(t, db, o)
	by := caller(o)
	refused(t, db.KeepLetter(t.Context(), by, tenants.NewGUID(), c.now().Add(time.Minute)), fault.NotFound, "nobody waits")
	refused(t, db.PutLetter(t.Context(), by, tenants.NewGUID(), nil, c.now().Add(time.Minute)), fault.NotFound, "nobody waits")
	_, err := db.TakeLetter(t.Context(), o.ID, tenants.NewGUID())
	refused(t, err, fault.NotFound, "nobody waits")

	closed := tenants.NewGUID()
	must(t, db.OpenLetters(t.Context(), by, c.now().Add(time.Minute), closed))
	must(t, db.CloseLetter(t.Context(), by, closed))
	refused(t, db.PutLetter(t.Context(), by, closed, nil, c.now().Add(time.Minute)), fault.NotFound, "nobody waits")

	kept, left, filled := tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID()
	must(t, db.OpenLetters(t.Context(), by, c.now().Add(time.Minute), kept, left, filled))
	must(t, db.PutLetter(t.Context(), by, filled, []byte("x"), c.now().Add(time.Minute)))
	c.advance(50 * time.Second)
	must(t, db.KeepLetter(t.Context(), by, kept, c.now().Add(time.Minute)))
	refused(t, db.KeepLetter(t.Context(), by, filled, c.now().Add(time.Minute)), fault.NotFound, "nobody waits")
	c.advance(20 * time.Second)
	must(t, db.PutLetter(t.Context(), by, kept, []byte("in time"), c.now().Add(time.Minute)))
	refused(t, db.PutLetter(t.Context(), by, left, []byte("too late"), c.now().Add(time.Minute)), fault.NotFound, "nobody waits")
	_, err = db.TakeLetter(t.Context(), o.ID, left)
	refused(t, err, fault.NotFound, "nobody waits")
	_, err = db.TakeLetter(t.Context(), o.ID, filled) // it was filled, and nobody came for it
	refused(t, err, fault.NotFound, "nobody waits")
}

// TestWhoWaitsHearsThatALetterExpires lets its promise lapse, as that of a
// replica does that has died.
func TestWhoWaitsHearsThatALetterExpires(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db, o := openAt(t, d, c), organization("contoso")
	create(t, db, o)
	id := tenants.NewGUID()
	must(t, db.OpenLetters(t.Context(), caller(o), c.now().Add(15*time.Second), id))
	got := make(chan error, 1)
	go func() {
		_, err := db.TakeLetter(context.WithoutCancel(t.Context()), o.ID, id)
		got <- err
	}()
	c.advance(16 * time.Second)
	refused(t, <-got, fault.NotFound, "nobody waits")
}

func TestExpiredLettersAreSwept(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db, o := openAt(t, d, c), organization("contoso")
	create(t, db, o)
	for range 3 {
		must(t, db.OpenLetters(t.Context(), caller(o), c.now().Add(time.Minute), tenants.NewGUID()))
		must(t, db.PutSubscriptions(t.Context(), caller(o), tenants.NewGUID(), store.Subscribed{Revision: 1, Ciphertext: []byte("x")}, c.now().Add(time.Minute)))
	}
	c.advance(time.Hour)
	must(t, db.OpenLetters(t.Context(), caller(o), c.now().Add(time.Minute), tenants.NewGUID()))
	must(t, db.PutSubscriptions(t.Context(), caller(o), tenants.NewGUID(), store.Subscribed{Revision: 1, Ciphertext: []byte("x")}, c.now().Add(time.Minute)))
	conn := connect(t, d.Superuser)
	for _, table := range []string{"letters", "subscriptions"} {
		if n := column(t, conn, "SELECT count(*)::text FROM "+table); n[0] != "1" {
			t.Errorf("%s rows are left in %s", n[0], table)
		}
	}
}
