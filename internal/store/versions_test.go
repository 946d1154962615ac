package store_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestPollFindsWhatCommittedLate(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	_, since, err := p.db.Changes(t.Context(), "")
	must(t, err)

	slow := connect(t, d.API) // assigns its version first and commits last
	must(t, begin(t.Context(), slow, p.a.ID))
	_, err = slow.Exec(t.Context(), "UPDATE organizations SET version = version + 1, version_xid = pg_current_xact_id()")
	must(t, err)
	must(t, setState(t.Context(), p.db, p.b, tenants.Suspended))

	changes, since, err := p.db.Changes(t.Context(), since)
	must(t, err)
	if !hears(changes, p.b, 3) || hears(changes, p.a, 3) {
		t.Fatalf("before the slow commit the poll hears %v", changes)
	}
	_, err = slow.Exec(t.Context(), "COMMIT")
	must(t, err)
	changes, _, err = p.db.Changes(t.Context(), since)
	must(t, err)
	if !hears(changes, p.a, 3) {
		t.Errorf("the slow transaction's change is lost: %v", changes)
	}
}

func hears(changes []snapshot.Change, o tenants.Organization, version int64) bool {
	return slices.Contains(changes, snapshot.Change{Org: o.ID, Version: version})
}

func begin(ctx context.Context, conn *pgx.Conn, org tenants.ID) error {
	if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "SELECT set_config('app.org_id', $1, true)", org.String())
	return err
}

func TestVersionsRiseUnderTheRowLock(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	before, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	const writers = 8
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			if err := rename(t.Context(), p.db, p.a); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	after, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	if after.Version != before.Version+writers {
		t.Errorf("version %d after %d changes of %d", after.Version, writers, before.Version)
	}
}

func TestNotificationsCarryIdsOnly(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	conn := connect(t, d.API)
	_, err := conn.Exec(t.Context(), "LISTEN gatehouse_changes")
	must(t, err)
	must(t, setState(t.Context(), p.db, p.a, tenants.Suspended))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	n, err := conn.WaitForNotification(ctx)
	must(t, err)
	if n.Payload != p.a.ID.String() {
		t.Errorf("the notification says %q", n.Payload)
	}
}

// TestNotifyStaysOutOfTheWritingTransaction holds because NOTIFY takes, at
// commit, a lock that is one for the whole server.
func TestNotifyStaysOutOfTheWritingTransaction(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	watch := &statements{}
	db, err := store.OpenTraced(t.Context(), d.API, watch)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	must(t, setState(t.Context(), db, p.a, tenants.Suspended))
	notified := false
	for _, s := range watch.list {
		notify := strings.Contains(s.sql, "pg_notify")
		notified = notified || notify
		if notify && s.inside {
			t.Errorf("inside a transaction: %s", s.sql)
		}
	}
	if !notified {
		t.Error("nobody was notified")
	}
}

// statements notes what is executed, and whether in a transaction.
type statements struct {
	mu   sync.Mutex
	list []statement
}

type statement struct {
	sql    string
	inside bool
}

func (s *statements) TraceQueryStart(ctx context.Context, conn *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, statement{q.SQL, conn.PgConn().TxStatus() != 'I'})
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestPollHearsWhoseMembershipsHaveChanged(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	person, group, now := tenants.NewGUID(), tenants.NewGUID(), time.Now()
	save := func(asked time.Time, answer authz.Answer) {
		t.Helper()
		_, err := p.db.SaveMembership(t.Context(), caller(p.a), membership.Record{
			Person: person, Answers: map[tenants.GUID]authz.Answer{group: answer}, AskedAt: asked,
		}, asked.Add(time.Minute))
		must(t, err)
	}
	save(now, authz.Member)
	all, since, err := p.db.Changes(t.Context(), "")
	must(t, err)
	if of := changesOf(all, person); len(of) != 0 {
		t.Errorf("the first poll tells of memberships, of which nobody knows anything yet: %v", of)
	}
	long := connect(t, d.API) // holds the position back
	must(t, begin(t.Context(), long, p.b.ID))
	_, err = long.Exec(t.Context(), "UPDATE organizations SET version = version")
	must(t, err)
	save(now.Add(time.Second), authz.NotMember)
	heard, since, err := p.db.Changes(t.Context(), since)
	must(t, err)
	again, since, err := p.db.Changes(t.Context(), since)
	must(t, err)
	first, second := changesOf(heard, person), changesOf(again, person)
	if len(first) != 1 || !slices.Equal(first, second) || first[0].Org != p.a.ID || first[0].Moment == 0 {
		t.Fatalf("a change that is heard of twice is not known by its name: %v, %v", first, second)
	}
	save(now.Add(2*time.Second), authz.Member)
	_, err = long.Exec(t.Context(), "COMMIT")
	must(t, err)
	heard, _, err = p.db.Changes(t.Context(), since)
	must(t, err)
	if next := changesOf(heard, person); len(next) != 1 || next[0].Moment == first[0].Moment {
		t.Errorf("the next change is not told from the one before: %v", next)
	}
}

func changesOf(all []snapshot.Change, person tenants.GUID) (of []snapshot.Change) {
	for _, c := range all {
		if c.Person == person {
			of = append(of, c)
		}
	}
	return of
}
