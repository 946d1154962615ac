package store_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools/upstream"
)

func TestUpstreamSessionsAreFoundUntilTheyExpire(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	key := upstream.SessionKey{Session: session, Source: notes}
	put := func(text string, expires time.Time) error {
		return p.db.PutUpstreamSession(t.Context(), caller(p.a), upstream.StoredSession{SessionKey: key, Ciphertext: []byte(text), ExpiresAt: expires})
	}
	find := func(want string) {
		t.Helper()
		got, err := p.db.UpstreamSession(t.Context(), p.a.ID, key)
		if string(got) != want || want == "" && fault.KindOf(err) != fault.NotFound || want != "" && err != nil {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	find("")
	must(t, put("one", time.Now().Add(time.Hour)))
	find("one")
	must(t, put("two", time.Now().Add(time.Hour)))
	find("two")
	must(t, p.db.RemoveUpstreamSession(t.Context(), caller(p.a), key))
	find("")
	must(t, put("old", time.Now().Add(time.Hour)))
	_, err := connect(t, d.Superuser).Exec(t.Context(), "UPDATE upstream_sessions SET expires_at = now() - interval '1 s'")
	must(t, err)
	find("")
	if err := put(strings.Repeat("x", 16<<10+1), time.Now().Add(time.Hour)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a session of more than 16 KiB: %v", err)
	}
	key.Source = tenants.NewGUID()
	if err := put("x", time.Now().Add(time.Hour)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a session with no source: %v", err)
	}
}

func TestUpstreamSessionsArePrunedAndSwept(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	conn := connect(t, d.Superuser)
	alice, bob := person(t, p.a, p.a.TID, "Alice"), person(t, p.a, p.a.TID, "Bob")
	fill := func(person tenants.GUID, n int, expires string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), `INSERT INTO upstream_sessions (org_id, session, source_id, person, put_at, expires_at, ciphertext)
			SELECT $1, gen_random_uuid(), $2, $3, now() - n * interval '1 s', now() + $4::interval, 'x' FROM generate_series(1, $5) n`,
			p.a.ID.String(), notes.String(), person.String(), expires, n)
		must(t, err)
	}
	fill(alice.Identity().OID, 205, "1 hour")
	fill(bob.Identity().OID, 3, "1 hour")
	fill(bob.Identity().OID, 50, "-1 hour")
	newest := upstream.SessionKey{Session: tenants.NewGUID(), Source: notes}
	must(t, p.db.PutUpstreamSession(t.Context(), alice, upstream.StoredSession{SessionKey: newest, Ciphertext: []byte("x"), ExpiresAt: time.Now().Add(time.Hour)}))
	for who, want := range map[tenants.GUID]int{alice.Identity().OID: 200, bob.Identity().OID: 3} {
		if n := len(column(t, conn, "SELECT session::text FROM upstream_sessions WHERE person = $1", who.String())); n != want {
			t.Errorf("%d are left, want %d", n, want)
		}
	}
	if _, err := p.db.UpstreamSession(t.Context(), p.a.ID, newest); err != nil {
		t.Errorf("the newest is gone: %v", err)
	}
}
