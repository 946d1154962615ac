package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestOfTwoWhoReadTheSameSubscriptionsOneWrites(t *testing.T) {
	t.Parallel()
	here, there, o, _ := replicas(t)
	session, ends := tenants.NewGUID(), time.Now().Add(time.Hour)
	put := func(db *store.DB, revision int64, text string) error {
		return db.PutSubscriptions(t.Context(), caller(o), session, store.Subscribed{Revision: revision, Ciphertext: []byte(text)}, ends)
	}
	must(t, put(here, 1, "one"))
	refused(t, put(there, 1, "also one"), fault.Conflict, "have changed meanwhile")
	must(t, put(there, 2, "two"))
	refused(t, put(here, 2, "also two"), fault.Conflict, "have changed meanwhile")
	s, err := here.Subscriptions(t.Context(), o.ID, session)
	if err != nil || s.Revision != 2 || string(s.Ciphertext) != "two" {
		t.Errorf("%+v %v", s, err)
	}
}

func TestSubscriptionsEndWithTheirSession(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db, o := openAt(t, d, c), organization("contoso")
	create(t, db, o)
	session := tenants.NewGUID()
	must(t, db.PutSubscriptions(t.Context(), caller(o), session, store.Subscribed{Revision: 7, Ciphertext: []byte("x")}, c.now().Add(time.Minute)))
	c.advance(time.Minute)
	s, err := db.Subscriptions(t.Context(), o.ID, session)
	if err != nil || s.Revision != 0 || s.Ciphertext != nil {
		t.Errorf("%+v %v", s, err)
	}
	must(t, db.PutSubscriptions(t.Context(), caller(o), session, store.Subscribed{Revision: 1, Ciphertext: []byte("y")}, c.now().Add(time.Minute)))
}

// TestSubscriptionsOfOnePersonAreBounded in sessions and in bytes; what another
// person has stays.
func TestSubscriptionsOfOnePersonAreBounded(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ many, bytes, kept int }{
		"small notes": {103, 10, 100},
		"large notes": {12, 256 << 10, 8},
	} {
		d, c := storetest.New(t), newClock()
		db, o := openAt(t, d, c), organization("contoso")
		create(t, db, o)
		alice, bob := person(t, o, o.TID, "Alice"), person(t, o, o.TID, "Bob")
		put := func(by authz.Caller, bytes int) tenants.GUID {
			c.advance(time.Millisecond)
			session := tenants.NewGUID()
			must(t, db.PutSubscriptions(t.Context(), by, session, store.Subscribed{Revision: 1, Ciphertext: make([]byte, bytes)}, c.now().Add(time.Hour)))
			return session
		}
		his := put(bob, row.bytes)
		var hers []tenants.GUID
		for range row.many {
			hers = append(hers, put(alice, row.bytes))
		}
		has := func(session tenants.GUID) bool {
			s, err := db.Subscriptions(t.Context(), o.ID, session)
			must(t, err)
			return s.Revision == 1
		}
		for i, session := range hers {
			if want := i >= row.many-row.kept; has(session) != want {
				t.Errorf("%s: session %d of %d is kept: %v", name, i, row.many, !want)
			}
		}
		if !has(his) {
			t.Errorf("%s: another person's is gone", name)
		}
	}
}
