package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestEndsOfOnePersonsSessionsAreBounded(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	person, now := tenants.NewGUID(), time.Now()
	end := func(i int, who tenants.GUID) authz.EndedSession {
		e := authz.EndedSession{Session: tenants.NewGUID(), Person: who, EndedAt: now.Add(time.Duration(i) * time.Second), ExpiresAt: now.Add(time.Hour)}
		must(t, p.db.EndSession(t.Context(), caller(p.a), e))
		return e
	}
	oldest := end(0, person)
	for i := range 100 {
		end(i+1, person)
	}
	other := end(0, tenants.NewGUID())
	d, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	index := authz.IndexRevocations(d.Revocations)
	if len(d.Revocations) != 101 || index.CoversSession(oldest.Session.String(), now.Add(-time.Minute)) || !index.CoversSession(other.Session.String(), now.Add(-time.Minute)) {
		t.Errorf("%d ends are remembered", len(d.Revocations))
	}
}

func TestEndOfASessionDecidesNothing(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	before, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	must(t, p.db.EndSession(t.Context(), caller(p.a), authz.EndedSession{
		Session: tenants.NewGUID(), Person: tenants.NewGUID(), EndedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
	}))
	after, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	if after.Version <= before.Version || after.Decisions != before.Decisions {
		t.Errorf("version %d to %d, decisions %d to %d", before.Version, after.Version, before.Decisions, after.Decisions)
	}
	must(t, setState(t.Context(), p.db, p.a, tenants.Suspended))
	last, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	if last.Decisions != last.Version {
		t.Errorf("a change that decides leaves decisions at %d of %d", last.Decisions, last.Version)
	}
}
