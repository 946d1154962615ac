package membership_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// seen resolves and waits until what is done behind the answer is done.
func (b *bench) seen(t *testing.T, q membership.Question) {
	t.Helper()
	b.ask(t, q)
	b.quiet(t)
}

// quiet waits until nothing is done behind answers.
func (b *bench) quiet(t *testing.T) {
	t.Helper()
	poll(t, func() bool { return b.Behind() == 0 })
}

func (b *bench) counts() (sightings, exchanges int) {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	b.tokens.mu.Lock()
	defer b.tokens.mu.Unlock()
	return b.store.sightings, len(b.tokens.seen)
}

// TestWhoShowsATokenIsSeenNowAndThen: also where the token itself says everything,
// because without an exchange there would be nothing to ask with later.
func TestWhoShowsATokenIsSeenNowAndThen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.listing(b.groups[0])
	q.Organization.Membership.Soft = time.Hour
	for _, step := range []struct {
		after                time.Duration
		token                string
		sightings, exchanges int
	}{
		{0, "uti-1", 1, 1},
		{membership.SeenEvery - time.Second, "uti-1", 1, 1},
		{time.Second, "uti-1", 2, 1}, // exchanged already
		{time.Second, "uti-2", 3, 2},
		{time.Second, "uti-2", 3, 2},
	} {
		b.advance(step.after)
		q.Identity.TokenID, q.Identity.IssuedAt = step.token, b.clock()
		b.seen(t, q)
		if sightings, exchanges := b.counts(); sightings != step.sightings || exchanges != step.exchanges {
			t.Fatalf("%+v: %d sightings, %d exchanges", step, sightings, exchanges)
		}
		b.store.keepAs(q)
	}
	if b.graph.asked() != 0 {
		t.Error("Graph was asked though the token says everything")
	}
}

// TestWhatIsLeftIsKeptBeforeASightingMakesARefreshDue: a refresh that found only what
// is older could take a dead token for its person.
func TestWhatIsLeftIsKeptBeforeASightingMakesARefreshDue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.listing(b.groups[0])
	exchanged := 0
	b.store.sighted = func() {
		b.tokens.mu.Lock()
		defer b.tokens.mu.Unlock()
		exchanged = len(b.tokens.seen)
	}
	b.seen(t, q)
	if sightings, _ := b.counts(); sightings != 1 || exchanged != 1 {
		t.Errorf("%d sightings, after %d exchanges", sightings, exchanged)
	}
}

// keepAs keeps what an exchange of the question's token brings.
func (s *store) keepAs(q membership.Question) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = []membership.KeptToken{{Person: q.Identity.OID, Client: q.Organization.Connection.ClientID, TokenID: q.Identity.TokenID}}
}

func TestAnswerOfGraphSaysThatSomebodyIsSeen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.seen(t, b.overage())
	if sightings, exchanges := b.counts(); sightings != 0 || exchanges != 1 {
		t.Errorf("%d sightings, %d exchanges beside a record that was just saved", sightings, exchanges)
	}
	if r := b.store.records[b.person]; !r.SeenAt.Equal(b.clock()) || r.DueAt.Before(b.clock().Add(soft*7/10)) || r.DueAt.After(b.clock().Add(soft*8/10)) {
		t.Errorf("seen at %s, due at %s", r.SeenAt, r.DueAt)
	}
}

func TestNobodyIsSeenForNothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*membership.Question){
		"an app": func(q *membership.Question) { q.Identity.Delegated, q.Identity.Kind = false, authz.App },
		"Graph is not allowed": func(q *membership.Question) {
			q.Organization.Connection.GroupSource = tenants.TokenOnly
		},
	} {
		b := newBench(t)
		q := b.listing(b.groups[0])
		change(&q)
		b.seen(t, q)
		if sightings, exchanges := b.counts(); sightings != 0 || exchanges != 0 {
			t.Errorf("%s: %d sightings, %d exchanges", name, sightings, exchanges)
		}
	}
}

// TestTokenOfOursIsNotExchanged: it would prove nothing to Entra, and the connection
// keeps what does.
func TestTokenOfOursIsNotExchanged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(t, b.overage())
	b.restart(t)
	b.advance(time.Second)
	q := b.overage()
	q.Identity.Connection = tenants.NewGUID()
	b.seen(t, q)
	if sightings, exchanges := b.counts(); sightings != 1 || exchanges != 1 {
		t.Errorf("%d sightings, %d exchanges", sightings, exchanges)
	}
	q.Identity.TokenID = "uti-2"
	b.seen(t, q)
	if sightings, _ := b.counts(); sightings != 1 {
		t.Errorf("each token of ours is a sighting: %d", sightings)
	}
}

func TestSightingThatFailsIsTriedAgainAndHarmsNoAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.tokens.fail(fault.New(fault.Forbidden, "consent is missing"))
	q := b.listing(b.groups[0])
	b.seen(t, q)
	b.seen(t, q)
	if sightings, exchanges := b.counts(); sightings != 2 || exchanges != 1 {
		t.Errorf("%d sightings, %d exchanges", sightings, exchanges)
	}
	if !strings.Contains(b.log.String(), "membership will not be kept up to date") {
		t.Error("nobody is told")
	}
	b.store.mu.Lock()
	b.store.seeErr = errors.New("database is gone")
	b.store.mu.Unlock()
	b.advance(membership.SeenEvery)
	b.seen(t, q)
}

func TestForgottenPersonIsReadAgainAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	m, _ := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
	b.advance(time.Second)
	b.store.put(b.person, b.clock(), map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.NotMember})
	m, _ = b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock().Add(-time.Second))
	b.Forget(tenants.NewID(), b.person)
	m, _ = b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock().Add(-time.Second))
	b.Forget(b.org.ID, b.person)
	m, _ = b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())

	newer := b.listing(b.groups...)
	newer.Identity.IssuedAt = b.clock().Add(time.Minute)
	m, _ = b.ask(t, newer)
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())
}

// TestForgettingIsNotOverwrittenByAReadUnderWay: what was read before the change is
// good for that answer only.
func TestForgettingIsNotOverwrittenByAReadUnderWay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.held = make(chan error)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _, _ = b.Resolve(t.Context(), b.listing(b.groups[0]))
	}()
	poll(t, b.store.waiting)
	b.Forget(b.org.ID, b.person)
	b.store.held <- fault.New(fault.NotFound, "no record")
	<-answered
	b.store.put(b.person, b.clock(), map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.NotMember})
	m, _ := b.ask(t, b.listing(b.groups[0]))
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())
}

// TestForgottenPersonIsLetInByNoTokenWhileTheStoreFails: what is remembered is known to
// be out of date, and what replaces it may be a removal.
func TestForgottenPersonIsLetInByNoTokenWhileTheStoreFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(t, b.overage())
	b.Forget(b.org.ID, b.person)
	b.store.mu.Lock()
	b.store.loadErr = fault.New(fault.Unavailable, "database is gone")
	b.store.mu.Unlock()
	if m, _, err := b.Resolve(t.Context(), b.listing(b.groups...)); fault.KindOf(err) != fault.Unavailable || m.Of(b.groups[0]) == authz.Member {
		t.Errorf("%+v, %v", m, err)
	}
	b.store.mu.Lock()
	b.store.loadErr = nil
	b.store.mu.Unlock()
	m, _ := b.ask(t, b.listing(b.groups...))
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())
}
