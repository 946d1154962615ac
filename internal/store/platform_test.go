package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// clock is a time that tests move.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Now().UnixMicro())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.at.Add(d.Microseconds()) }

func openAt(t *testing.T, d storetest.Database, c *clock) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), d.API, c.now)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func count(t *testing.T, d storetest.Database, table string) string {
	t.Helper()
	return column(t, connect(t, d.Superuser), "SELECT count(*)::text FROM "+table)[0]
}

func TestConsoleSessionLivesUntilItEndsOrExpires(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db := openAt(t, d, c)
	token, other := [32]byte{1}, [32]byte{2}
	must(t, db.SaveSession(t.Context(), token, c.now().Add(time.Hour), []byte("one")))
	must(t, db.SaveSession(t.Context(), token, c.now().Add(2*time.Hour), []byte("two")))
	must(t, db.SaveSession(t.Context(), other, c.now().Add(time.Minute), nil))
	c.advance(time.Hour)
	must(t, db.TouchSession(t.Context(), other, c.now().Add(time.Hour))) // it has expired
	if b, until, err := db.FindSession(t.Context(), token); err != nil || string(b) != "two" || !until.Equal(c.now().Add(time.Hour)) {
		t.Errorf("%q %s %v", b, until, err)
	}
	must(t, db.TouchSession(t.Context(), token, c.now().Add(90*time.Minute)))
	if b, until, err := db.FindSession(t.Context(), token); err != nil || string(b) != "two" || !until.Equal(c.now().Add(90*time.Minute)) {
		t.Errorf("touched: %q %s %v", b, until, err)
	}
	_, _, err := db.FindSession(t.Context(), other)
	refused(t, err, fault.NotFound, "the session has ended")
	must(t, db.DeleteSession(t.Context(), token))
	must(t, db.TouchSession(t.Context(), token, c.now().Add(time.Hour)))
	_, _, err = db.FindSession(t.Context(), token)
	refused(t, err, fault.NotFound, "the session has ended")
	refused(t, db.SaveSession(t.Context(), token, c.now().Add(time.Hour), []byte("back")), fault.NotFound, "the session has ended")
	_, _, err = db.FindSession(t.Context(), token)
	refused(t, err, fault.NotFound, "the session has ended")
	c.advance(2 * time.Hour)
	must(t, db.SaveSession(t.Context(), [32]byte{3}, c.now().Add(time.Hour), []byte("x")))
	if n := count(t, d, "console_sessions"); n != "1" {
		t.Errorf("%s sessions are left", n)
	}
}

func TestOneTimeIsTakenExactlyOnce(t *testing.T) {
	t.Parallel()
	db := storetest.New(t).Open(t)
	for round := range 5 {
		key := [32]byte{byte(round)}
		must(t, db.PutOneTime(t.Context(), key, time.Now().Add(time.Minute), []byte("state")))
		var wg sync.WaitGroup
		var taken atomic.Int64
		start := make(chan struct{})
		for range 20 {
			wg.Go(func() {
				<-start
				b, err := db.TakeOneTime(t.Context(), key)
				switch {
				case err == nil && string(b) == "state":
					taken.Add(1)
				case fault.KindOf(err) != fault.NotFound:
					t.Errorf("%q %v", b, err)
				}
			})
		}
		close(start)
		wg.Wait()
		if n := taken.Load(); n != 1 {
			t.Errorf("taken %d times", n)
		}
	}
}

func TestOneTimeExpiresAndIsSwept(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db := openAt(t, d, c)
	for n := range 105 {
		must(t, db.PutOneTime(t.Context(), [32]byte{byte(n)}, c.now().Add(time.Minute), []byte(fmt.Sprint(n))))
	}
	refused(t, db.PutOneTime(t.Context(), [32]byte{7}, c.now().Add(time.Minute), nil), fault.Conflict, "this state exists already")
	for after, want := range map[time.Duration]bool{0: true, 2 * time.Minute: false} {
		c.advance(after)
		if there, err := db.HasOneTime(t.Context(), [32]byte{7}); err != nil || there != want {
			t.Errorf("after %s: %t %v", after, there, err)
		}
		c.advance(-after)
	}
	c.advance(2 * time.Minute)
	_, err := db.TakeOneTime(t.Context(), [32]byte{7})
	refused(t, err, fault.NotFound, "too old; start again")
	must(t, db.PutOneTime(t.Context(), [32]byte{200}, c.now().Add(time.Minute), []byte("x")))
	if n := count(t, d, "one_time"); n != "6" { // a hundred at a time
		t.Errorf("%s are left", n)
	}
}

func TestSigningKeysSucceedEachOther(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db := openAt(t, d, c)
	key := func(kid string, from, retires time.Duration) store.SigningKey {
		return store.SigningKey{
			KID: kid, Purpose: "federation", Algorithm: "RS256", PublicKey: []byte("public " + kid), Ciphertext: []byte("private " + kid),
			CreatedAt: c.now(), NotBefore: c.now().Add(from), RetiresAt: c.now().Add(retires),
		}
	}
	first, second := key("first", 0, time.Hour), key("second", time.Minute, 3*time.Hour)
	must(t, db.AddSigningKey(t.Context(), first))
	must(t, db.AddSigningKey(t.Context(), second))
	other := key("other", 0, 3*time.Hour)
	other.Purpose = "sessions"
	must(t, db.AddSigningKey(t.Context(), other))
	keys, err := db.SigningKeys(t.Context(), "federation")
	if err != nil || fmt.Sprint(keys) != fmt.Sprint([]store.SigningKey{second, first}) {
		t.Errorf("%v %v", keys, err)
	}
	refused(t, db.AddSigningKey(t.Context(), key("rival", time.Minute, 3*time.Hour)), fault.Conflict, "another replica has added this signing key already")
	c.advance(time.Hour)
	if keys, err = db.SigningKeys(t.Context(), "federation"); err != nil || len(keys) != 1 || keys[0].KID != "second" {
		t.Errorf("%v %v", keys, err)
	}
	c.advance(time.Second)
	must(t, db.AddSigningKey(t.Context(), key("third", 0, 3*time.Hour)))
	if n := count(t, d, "signing_keys"); n != "3" {
		t.Errorf("%s keys are left", n)
	}
}
