package membership_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// TestRemovalOutlivesAGroupThatIsUnmappedForAMoment: by what is stored, and by what the
// process remembers.
func TestRemovalOutlivesAGroupThatIsUnmappedForAMoment(t *testing.T) {
	t.Parallel()
	left, other := 0, 1
	for name, forget := range map[string]func(t *testing.T, b *bench){
		"in one process": func(*testing.T, *bench) {},
		"in another":     func(t *testing.T, b *bench) { t.Helper(); b.restart(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			q := b.overage()
			b.ask(t, q) // Graph says that they are in neither
			b.quiet(t)
			b.advance(2 * hard)
			q = b.overage()
			q.Mapped = b.groups[other:]
			b.ask(t, q) // the other alone
			b.quiet(t)
			if r := b.store.record(b.person); r.Answers[b.groups[left]] != authz.Unknown {
				t.Fatalf("%+v", r)
			}
			forget(t, b)
			asked := b.clock()
			b.advance(time.Second)
			m, _ := b.ask(t, b.listing(b.groups...))
			expect(t, m, b.groups[left], authz.NotMember, authz.SourceGraph, asked)
			b.quiet(t)
			b.graph.put(b.groups[left], true)
			b.advance(time.Minute)
			if _, err := b.FreshLook(t.Context(), b.listing(b.groups...)); err != nil {
				t.Fatal(err)
			}
			m, _ = b.ask(t, b.listing(b.groups...))
			expect(t, m, b.groups[left], authz.Member, authz.SourceGraph, b.clock())
			if r := b.store.record(b.person); len(r.Removed) != 0 {
				t.Errorf("Graph says member again, and remembered is %v", r.Removed)
			}
		})
	}
}

func TestRemovalsOfGroupsThatAreGoneAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 30 {
		q := b.overage()
		q.Mapped = nil
		for range 50 {
			q.Mapped = append(q.Mapped, tenants.NewGUID())
		}
		b.ask(t, q)
		b.quiet(t)
		b.advance(soft)
	}
	if n := len(b.store.record(b.person).Removed); n > 1000 {
		t.Errorf("%d are remembered", n)
	}
}
