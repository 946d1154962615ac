package membership_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// look looks again and fails the test on an error.
func (b *bench) look(t *testing.T, q membership.Question) membership.Record {
	t.Helper()
	r, err := b.FreshLook(t.Context(), q)
	if err != nil {
		t.Fatalf("look: %v", err)
	}
	return r
}

func TestOutdatedIsAnOldNoWhereGraphMayBeAsked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, row := range map[string]struct {
		change func(q *membership.Question, m *authz.Membership)
		want   bool
	}{
		"half a minute old": {func(*membership.Question, *authz.Membership) {}, true},
		"younger":           {func(_ *membership.Question, m *authz.Membership) { m.At = m.At.Add(time.Millisecond) }, false},
		"in every group":    {func(_ *membership.Question, m *authz.Membership) { m.Groups[b.groups[0]] = authz.Member }, false},
		"nothing is asked":  {func(_ *membership.Question, m *authz.Membership) { m.Groups = nil }, false},
		"an app":            {func(q *membership.Question, _ *authz.Membership) { q.Identity.Delegated = false }, false},
		"Graph is not allowed": {func(q *membership.Question, _ *authz.Membership) {
			org := *q.Organization
			org.Connection.GroupSource = tenants.TokenOnly
			q.Organization = &org
		}, false},
	} {
		q := b.overage()
		m := authz.Membership{Groups: map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.Member}, At: b.clock().Add(-30 * time.Second)}
		row.change(&q, &m)
		if got := q.Outdated(m, b.clock()); got != row.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestFreshLookAsksInTheForegroundAndAnswersWhatFollows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(t, b.overage())
	b.graph.put(b.groups[0], true)
	b.advance(30 * time.Second)
	m, _ := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock().Add(-30*time.Second))
	if r := b.look(t, b.overage()); r.Answers[b.groups[0]] != authz.Member || !r.AskedAt.Equal(b.clock()) {
		t.Errorf("%+v", r)
	}
	if b.graph.asked() != 2 || b.graph.last.Priority != graph.High {
		t.Errorf("asked %d times, last with priority %q", b.graph.asked(), b.graph.last.Priority)
	}
	m, _ = b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
	earlier := b.listing() // a token that does not name the group
	earlier.Identity.IssuedAt = b.clock().Add(-time.Minute)
	m, _ = b.ask(t, earlier)
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
	if b.store.records[b.person].Answers[b.groups[0]] != authz.Member {
		t.Error("other replicas do not learn of it")
	}
}

// TestPersonHasGraphAskedOnceInHalfAMinute, whatever comes of it, whichever way and
// with whichever token.
func TestPersonHasGraphAskedOnceInHalfAMinute(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{"answered": nil, "refused": fault.New(fault.Forbidden, "not with this token")} {
		b := newBench(t)
		b.ask(t, b.overage())
		b.graph.fail(failure)
		tokens := 0
		look := func(person tenants.GUID) (membership.Record, error) {
			tokens++
			q := b.overage()
			q.Identity.OID, q.Identity.TokenID = person, fmt.Sprintf("token %d", tokens)
			b.LookBehind(t.Context(), q)
			return b.FreshLook(t.Context(), q)
		}
		counts := func(want int) {
			t.Helper()
			if got := b.graph.asked() - 1; got != want {
				t.Fatalf("%s: asked %d times, want %d", name, got, want)
			}
		}
		b.advance(time.Minute)
		first, another := b.clock(), tenants.NewGUID()
		_, _ = look(b.person)
		for range 29 {
			b.advance(time.Second)
			if r, err := look(b.person); failure == nil && (err != nil || !r.AskedAt.Equal(first)) {
				t.Errorf("what is known is from %s: %v", r.AskedAt, err)
			}
		}
		counts(1)
		_, _ = look(another) // one person's look is not another's
		counts(2)
		b.advance(time.Second)
		_, _ = look(b.person)
		_, _ = look(another)
		counts(3)
		for range 10 { // what is remembered of looks is forgotten in time, and not before
			b.advance(29 * time.Second)
			_, _ = look(another)
			_, _ = look(b.person)
			b.advance(time.Second)
			_, _ = look(another)
			_, _ = look(b.person)
		}
		counts(3 + 2*10)
		b.settle(t)
	}
}

func TestLookThatFailsIsALook(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{
		"busy":    fault.New(fault.Unavailable, "Microsoft Graph is not available"),
		"refused": fault.New(fault.Forbidden, "consent is missing"),
	} {
		b := newBench(t)
		b.ask(t, b.overage())
		first := b.clock()
		b.graph.fail(failure)
		b.advance(time.Minute)
		for range 5 {
			if r, err := b.FreshLook(t.Context(), b.overage()); err == nil {
				t.Errorf("%s: %+v", name, r)
			}
			b.advance(time.Second)
		}
		if b.graph.asked() != 2 {
			t.Errorf("%s: asked %d times", name, b.graph.asked())
		}
		b.advance(30 * time.Second)
		if _, err := b.FreshLook(t.Context(), b.overage()); err == nil || b.graph.asked() != 2 {
			t.Errorf("%s: asked %d times though it has just failed", name, b.graph.asked())
		}
		m, _ := b.ask(t, b.overage())
		expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, first)
		b.settle(t)
	}
}

func TestWhatAnotherReplicaLearnedAMomentAgoIsFreshEnough(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(t, b.overage())
	b.advance(40 * time.Second)
	b.store.put(b.person, b.clock().Add(-29*time.Second), map[tenants.GUID]authz.Answer{b.groups[0]: authz.Member, b.groups[1]: authz.NotMember})
	if r := b.look(t, b.overage()); r.Answers[b.groups[0]] != authz.Member || b.graph.asked() != 1 {
		t.Errorf("%+v, asked %d times", r, b.graph.asked())
	}
	b.advance(30 * time.Second)
	if b.look(t, b.overage()); b.graph.asked() != 2 {
		t.Error("an old answer of another replica is fresh enough")
	}
}

func TestManyLooksOfOnePersonAreOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.ask(t, b.overage())
		b.advance(time.Minute)
		b.graph.put(b.groups[0], true)
		b.graph.gate = make(chan struct{})
		b.LookBehind(t.Context(), b.overage())
		synctest.Wait()
		if b.graph.asked() != 2 || b.graph.last.Priority != graph.Low {
			t.Errorf("asked %d times, last with priority %q; nobody waits", b.graph.asked(), b.graph.last.Priority)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if r, err := b.FreshLook(t.Context(), b.overage()); err != nil || r.Answers[b.groups[0]] != authz.Member {
					t.Errorf("%+v %v", r, err)
				}
			})
		}
		synctest.Wait() // all wait for the look that is under way
		close(b.graph.gate)
		all.Wait()
		b.settle(t)
		if b.graph.asked() != 2 {
			t.Errorf("asked %d times", b.graph.asked())
		}
	})
}

// TestOrganizationWithASlowGraphHasAShareOfTheLooks behind answers.
func TestOrganizationWithASlowGraphHasAShareOfTheLooks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	gate := make(chan struct{})
	b.graph.gate = gate
	behind := func(org *tenants.Organization) {
		q := b.overage()
		q.Organization, q.Identity.Org, q.Identity.OID = org, org.ID, tenants.NewGUID()
		b.LookBehind(t.Context(), q)
	}
	for range 20 {
		behind(b.org)
	}
	poll(t, func() bool { return b.graph.asked() == 4 })
	other := *b.org
	other.ID = tenants.NewID()
	behind(&other)
	poll(t, func() bool { return b.graph.asked() == 5 })
	for range 20 {
		third := other
		third.ID = tenants.NewID()
		behind(&third)
	}
	poll(t, func() bool { return b.graph.asked() == 16 })
	close(gate)
	poll(t, func() bool {
		behind(b.org) // places are given back
		return b.graph.asked() > 16
	})
	b.settle(t)
}

func TestLookWithoutGraphIsNone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.org.Connection.GroupSource = tenants.TokenOnly
	b.LookBehind(t.Context(), b.overage())
	if r, err := b.FreshLook(t.Context(), b.overage()); err == nil {
		t.Errorf("%+v", r)
	}
	b.settle(t)
	if b.graph.asked() != 0 || len(b.tokens.seen) != 0 {
		t.Error("Graph is asked where the organization does not allow it")
	}
}

func TestLookBehindThatFailsIsLogged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(t, b.overage())
	b.advance(time.Minute)
	b.graph.fail(fault.New(fault.Unavailable, "Microsoft Graph is not available"))
	b.LookBehind(t.Context(), b.overage())
	b.settle(t)
	if !strings.Contains(b.log.String(), "membership not looked at again") {
		t.Errorf("%s", b.log)
	}
}
