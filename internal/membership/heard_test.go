package membership_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// late is a store in which something happens once a record was read.
type late struct {
	*store
	during func()
}

func (l *late) LoadMembership(ctx context.Context, org tenants.ID, person tenants.GUID) (membership.Record, error) {
	r, err := l.store.LoadMembership(ctx, org, person)
	if during := l.during; during != nil {
		l.during = nil
		during()
	}
	return r, err
}

func TestChangeThatIsHeardOfWhileARecordIsReadIsNotLost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	l := &late{store: b.store}
	r, err := membership.New(membership.Options{
		Graph:  map[tenants.Cloud]membership.Graph{tenants.PublicCloud: b.graph},
		Tokens: b.tokens, Store: l, Now: b.clock, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Resolver = r
	in := map[tenants.GUID]authz.Answer{b.groups[0]: authz.Member, b.groups[1]: authz.NotMember}
	out := map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.NotMember}
	read := map[string]func(){
		"an answer": func() { b.ask(t, b.overage()) },
		"a look":    func() { b.look(t, b.overage()) },
	}
	for name, read := range read {
		b.store.put(b.person, b.clock().Add(-time.Second), in)
		b.Forget(b.org.ID, b.person)
		l.during = func() {
			b.store.put(b.person, b.clock(), out)
			b.Forget(b.org.ID, b.person)
		}
		read()
		m, _ := b.ask(t, b.overage())
		expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())
		if b.graph.asked() != 0 {
			t.Errorf("%s: Graph was asked", name)
		}
		b.advance(time.Minute)
	}
}

// TestChangeThatIsHeardOfDuringAnAskIsNotLost: another replica has asked later and
// was answered sooner.
func TestChangeThatIsHeardOfDuringAnAskIsNotLost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	b.tokens.gate = func(membership.Exchange) {
		b.tokens.gate = nil
		b.store.put(b.person, b.clock().Add(time.Second), map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.NotMember})
		b.Forget(b.org.ID, b.person)
	}
	b.ask(t, b.overage())
	b.store.put(b.person, b.clock().Add(time.Second), map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.NotMember}) // which stands against the older answer
	m, _ := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock().Add(time.Second))
}

// TestAfterAChangeNothingOlderCounts: what is remembered stands in for a store that
// fails, but not where it is known to be out of date.
func TestAfterAChangeNothingOlderCounts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.put(b.person, b.clock(), map[tenants.GUID]authz.Answer{b.groups[0]: authz.Member, b.groups[1]: authz.NotMember})
	b.ask(t, b.listing(b.groups[0]))
	b.store.mu.Lock()
	b.store.loadErr = errors.New("no database")
	b.store.mu.Unlock()
	b.advance(time.Minute)
	b.ask(t, b.listing(b.groups[0]))
	b.Forget(b.org.ID, tenants.NewGUID())
	b.ask(t, b.listing(b.groups[0]))
	b.Forget(b.org.ID, b.person)
	if m, _, err := b.Resolve(t.Context(), b.listing(b.groups[0])); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("%+v, %v", m, err)
	}
}
