package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// hold locks the rows of organizations until it is told to let go.
func hold(t *testing.T, d storetest.Database, ids ...tenants.ID) (letGo func()) {
	t.Helper()
	conn := connect(t, d.Superuser)
	tx, err := conn.Begin(t.Context())
	must(t, err)
	for _, id := range ids {
		_, err := tx.Exec(t.Context(), "SELECT 1 FROM organizations WHERE org_id = $1 FOR NO KEY UPDATE", id.String())
		must(t, err)
	}
	return func() { must(t, tx.Rollback(t.Context())) }
}

// blocked counts the connections that wait for a lock.
func blocked(t *testing.T, conn *pgx.Conn) (n int) {
	t.Helper()
	must(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n))
	return n
}

// untilBlocked waits for so many connections to wait for a lock.
func untilBlocked(t *testing.T, conn *pgx.Conn, n int) {
	t.Helper()
	for end := time.Now().Add(4 * time.Second); blocked(t, conn) < n; {
		if time.Now().After(end) {
			t.Fatalf("%d connections wait for a lock, want %d", blocked(t, conn), n)
		}
	}
}

// othersLive does what must never queue behind edits: a poll of versions,
// snapshots, the reading of a session.
func othersLive(t *testing.T, db *store.DB, session [32]byte, orgs ...tenants.Organization) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, _, err := db.Changes(ctx, "")
	must(t, err)
	_, _, err = db.FindSession(ctx, session)
	must(t, err)
	for _, o := range orgs {
		_, err = db.LoadSnapshot(ctx, o.ID)
		must(t, err)
	}
}

func TestEditsOfOneOrganizationKeepNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	session := [32]byte{7}
	must(t, p.db.SaveSession(t.Context(), session, time.Now().Add(time.Hour), []byte("session")))
	before, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	watch := connect(t, d.Superuser)
	letGo := hold(t, d, p.a.ID)

	const edits, admitted = 40, 1 + store.MaxWaiting
	results := make(chan error, edits)
	for range edits {
		go func() { results <- rename(t.Context(), p.db, p.a) }()
	}
	for range edits - admitted {
		err := <-results
		refused(t, err, fault.Limited, "many changes of this organization are under way")
		if fault.RetryAfter(err) <= 0 {
			t.Error("it does not say when to try again")
		}
	}
	untilBlocked(t, watch, 1)
	othersLive(t, p.db, session, p.a, p.b)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	must(t, rename(ctx, p.db, p.b))
	if n := blocked(t, watch); n != 1 {
		t.Errorf("edits of one organization keep %d connections waiting", n)
	}

	letGo()
	for range admitted {
		must(t, <-results)
	}
	after, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	if after.Version != before.Version+admitted || after.Organization.Name != before.Organization.Name+strings.Repeat("!", admitted) {
		t.Errorf("after %d edits, version %d is %d and the name %q", admitted, before.Version, after.Version, after.Organization.Name)
	}
	must(t, rename(t.Context(), p.db, p.a))
}

func TestEditsOfManyOrganizationsLeaveConnectionsToReads(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	session := [32]byte{7}
	must(t, p.db.SaveSession(t.Context(), session, time.Now().Add(time.Hour), []byte("session")))
	many := make([]tenants.Organization, 2*store.MaxChanging)
	ids := make([]tenants.ID, len(many))
	for i := range many {
		many[i] = organization(fmt.Sprintf("hostile-%d", i))
		ids[i] = many[i].ID
		create(t, p.db, many[i])
	}
	watch := connect(t, d.Superuser)
	letGo := hold(t, d, ids...)
	var wg sync.WaitGroup
	for _, o := range many {
		wg.Go(func() {
			if err := rename(t.Context(), p.db, o); err != nil {
				t.Error(err)
			}
		})
	}
	untilBlocked(t, watch, store.MaxChanging)
	othersLive(t, p.db, session, p.a, p.b)
	if n := blocked(t, watch); n != store.MaxChanging {
		t.Errorf("%d edits have a connection", n)
	}
	letGo()
	wg.Wait()
}

func TestSessionsEndWhileTheOrganizationIsEdited(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	end, err := store.TakeTurn(t.Context(), p.db, p.a.ID)
	must(t, err)
	defer end()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	must(t, p.db.EndSession(ctx, caller(p.a), authz.EndedSession{
		Session: tenants.NewGUID(), Person: tenants.NewGUID(), EndedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
	}))
}

func TestTurnsComeInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db, org := store.Idle(), tenants.NewID()
		end, err := store.TakeTurn(t.Context(), db, org)
		must(t, err)
		var order []int
		for i := range store.MaxWaiting {
			go func() {
				end, err := store.TakeTurn(t.Context(), db, org)
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i)
				end()
			}()
			synctest.Wait()
		}
		end()
		synctest.Wait()
		for i, who := range order {
			if who != i {
				t.Fatalf("%v", order)
			}
		}
		if len(order) != store.MaxWaiting {
			t.Errorf("%d had a turn", len(order))
		}
	})
}

func TestWaitForATurnEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db, org := store.Idle(), tenants.NewID()
		end, err := store.TakeTurn(t.Context(), db, org)
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = store.TakeTurn(ctx, db, org)
		refused(t, err, fault.Unavailable, "try again")
		_, err = store.TakeTurn(t.Context(), db, org)
		refused(t, err, fault.Limited, "many changes of this organization are under way")

		end() // neither of them stands in line any more
		end, err = store.TakeTurn(t.Context(), db, org)
		must(t, err)
		end()
	})
}

func TestWaitForAConnectionEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := store.Idle()
		var ends []func()
		for range store.MaxChanging {
			end, err := store.TakeTurn(t.Context(), db, tenants.NewID())
			must(t, err)
			ends = append(ends, end)
		}
		last := tenants.NewID()
		_, err := store.TakeTurn(t.Context(), db, last)
		refused(t, err, fault.Limited, "many organizations are being changed")
		ends[0]()
		end, err := store.TakeTurn(t.Context(), db, last)
		must(t, err)
		end()
	})
}
