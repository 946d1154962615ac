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

func TestNothingMappedAsksNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.overage()
	q.Mapped = nil
	m, until := b.ask(t, q)
	if m.Source != authz.SourceNone || len(m.Groups) != 0 || !until.After(b.clock()) {
		t.Errorf("membership %+v until %s", m, until)
	}
	if b.graph.asked() != 0 || b.store.loads != 0 {
		t.Errorf("Graph asked %d times, store %d times", b.graph.asked(), b.store.loads)
	}
}

func TestAppOnlyCallersAreInNoGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	q := b.listing(b.groups[0]) // a claim an app token has no business to carry
	q.Identity.Kind, q.Identity.Delegated = authz.App, false
	m, _ := b.ask(t, q)
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceToken, b.clock())
	if b.graph.asked() != 0 {
		t.Error("Graph was asked about an app")
	}
}

func TestTokenAnswersForEveryMappedGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, until := b.ask(t, b.listing(b.groups[0], tenants.NewGUID()))
	expect(t, m, b.groups[0], authz.Member, authz.SourceToken, b.clock())
	expect(t, m, b.groups[1], authz.NotMember, authz.SourceToken, b.clock())
	if len(m.Groups) != len(b.groups) {
		t.Errorf("%d groups answered, want the %d mapped ones", len(m.Groups), len(b.groups))
	}
	if want := b.clock().Add(soft); !until.Equal(want) {
		t.Errorf("fresh until %s, want %s", until, want)
	}
	if b.graph.asked() != 0 {
		t.Error("Graph was asked although the token answers")
	}
}

func TestAbsentClaimMeansNoGroupsOnlyWhereItIsConfigured(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	q := b.overage()
	q.Groups = membership.GroupClaim{Kind: membership.Absent}
	m, _ := b.ask(t, q)
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())

	c := newBench(t)
	c.graph.put(c.groups[0], true)
	c.org.Connection.GroupsClaim = tenants.ClaimConfigured
	q = c.overage()
	q.Groups = membership.GroupClaim{Kind: membership.Absent}
	m, _ = c.ask(t, q)
	expect(t, m, c.groups[0], authz.NotMember, authz.SourceToken, c.clock())
}

// TestTokenOfOursSaysNothingOfGroups: that Entra would put a claim into its own
// tokens says nothing about ours.
func TestTokenOfOursSaysNothingOfGroups(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	b.org.Connection.GroupsClaim = tenants.ClaimConfigured
	q := b.overage()
	q.Groups, q.Identity.Connection = membership.GroupClaim{Kind: membership.Absent}, tenants.NewGUID()
	m, _ := b.ask(t, q)
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
}

func TestTokenOfOursIsNoUseToAnotherSignInWhereGraphMayNotBeAsked(t *testing.T) {
	t.Parallel()
	for connection, want := range map[tenants.GUID]fault.Kind{{}: fault.Unauthenticated, tenants.NewGUID(): fault.Forbidden} {
		b := newBench(t)
		b.org.Connection.GroupSource = tenants.TokenOnly
		q := b.overage()
		q.Groups, q.Identity.Connection = membership.GroupClaim{Kind: membership.Absent}, connection
		_, _, err := b.Resolve(t.Context(), q)
		if fault.KindOf(err) != want || !strings.Contains(fault.Public(err), "ask an admin to allow it") {
			t.Errorf("connection %s: %v, want %s", connection, err, want)
		}
	}
}

func TestRemovalLearnedFromGraphWinsOverOlderAndNewerTokens(t *testing.T) {
	t.Parallel()
	for name, issued := range map[string]time.Duration{"token older": -5 * time.Minute, "token newer": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			asked := b.clock().Add(-2 * time.Minute)
			b.store.put(b.person, asked, map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.Member})
			b.graph.fail(errors.New("not reachable"))
			q := b.listing(b.groups...)
			q.Identity.IssuedAt = b.clock().Add(issued)
			m, _ := b.ask(t, q)
			expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, asked)
			expect(t, m, b.groups[1], authz.Member, authz.SourceGraph, asked)
			b.settle(t)
		})
	}
}

func TestRemovalWinsBeyondTheHardLimitWhenGraphIsSilent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	asked := b.clock().Add(-3 * hard)
	b.store.put(b.person, asked, map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember})
	b.graph.fail(fault.New(fault.Unavailable, "Microsoft Graph is not available"))
	m, _ := b.ask(t, b.listing(b.groups[0]))
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, asked)
	if b.graph.asked() != 1 {
		t.Errorf("Graph was asked %d times, want 1", b.graph.asked())
	}
	b.settle(t)
}

func TestGraphSayingMemberAgainEndsARemoval(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.put(b.person, b.clock().Add(-time.Minute), map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember})
	b.graph.put(b.groups[0], true)
	q := b.listing(b.groups[0])
	m, until := b.ask(t, q)
	if m.Of(b.groups[0]) != authz.NotMember {
		t.Fatal("the token won over Graph")
	}
	if until.Sub(b.clock()) > 10*time.Second {
		t.Errorf("a disputed answer may be reused for %s", until.Sub(b.clock()))
	}
	b.settle(t)
	m, _ = b.ask(t, q)
	if m.Of(b.groups[0]) != authz.Member {
		t.Error("Graph said member again and was not heard")
	}
}

func TestOldRemovalIsAskedAboutBeforeAnswering(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.put(b.person, b.clock().Add(-3*hard), map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.NotMember})
	b.graph.put(b.groups[0], true)
	q := b.listing(b.groups[0])
	b.advance(time.Minute)
	m, _ := b.ask(t, q)
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
}

func TestOfAnAdditionTheNewerWordWins(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		asked, issued time.Duration
		want          authz.Answer
	}{
		"Graph newer": {-time.Minute, -5 * time.Minute, authz.Member},
		"token newer": {-5 * time.Minute, -time.Minute, authz.NotMember},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.store.put(b.person, b.clock().Add(row.asked), map[tenants.GUID]authz.Answer{b.groups[0]: authz.Member, b.groups[1]: authz.NotMember})
			q := b.listing()
			q.Identity.IssuedAt = b.clock().Add(row.issued)
			m, _ := b.ask(t, q)
			if got := m.Of(b.groups[0]); got != row.want {
				t.Errorf("answer %d, want %d", got, row.want)
			}
			b.settle(t)
		})
	}
}

func TestAdditionBeyondTheHardLimitIsUnknownWhenGraphIsSilent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.put(b.person, b.clock().Add(-2*hard), map[tenants.GUID]authz.Answer{b.groups[0]: authz.Member})
	b.tokens.fail(fault.New(fault.Forbidden, "Microsoft Entra ID says consent is missing"))
	q := b.listing()
	q.Identity.IssuedAt = b.clock().Add(-3 * hard)
	m, _, err := b.Resolve(t.Context(), q)
	if err == nil || fault.KindOf(err) != fault.Forbidden || m.Of(b.groups[0]) != authz.Unknown || m.Of(b.groups[1]) != authz.NotMember {
		t.Errorf("answers %v, error %v", m.Groups, err)
	}
}

func TestTokenPastTheSoftLimitIsRefreshedBehindTheAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t) // removed in Entra since the token was issued
	q := b.listing(b.groups[0])
	b.advance(soft + time.Second)
	m, until := b.ask(t, q)
	expect(t, m, b.groups[0], authz.Member, authz.SourceToken, q.Identity.IssuedAt)
	if until.Sub(b.clock()) > 10*time.Second {
		t.Errorf("an answer past the soft limit may be reused for %s", until.Sub(b.clock()))
	}
	b.settle(t)
	m, _ = b.ask(t, q)
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())
}

func TestTokenOnlyOrganizationIsNeverAskedAbout(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.org.Connection.GroupSource = tenants.TokenOnly
	q := b.listing(b.groups[0])
	b.advance(2 * hard)
	m, until := b.ask(t, q)
	expect(t, m, b.groups[0], authz.Member, authz.SourceToken, q.Identity.IssuedAt)
	if !until.Equal(b.clock().Add(soft)) {
		t.Errorf("fresh until %s", until)
	}
	b.settle(t)
	if b.graph.asked() != 0 || len(b.tokens.seen) != 0 {
		t.Error("Graph or Entra was asked")
	}
}

func TestTokenIsNotBelievedWhileRemovalsCannotBeRead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.loadErr = errors.New("connection refused")
	_, _, err := b.Resolve(t.Context(), b.listing(b.groups[0]))
	if err == nil || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("error = %v, want unavailable", err)
	}
}

func TestRecordInMemoryOutlivesAStoreThatFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.put(b.person, b.clock(), map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.NotMember})
	b.ask(t, b.listing())
	b.store.loadErr = errors.New("connection refused")
	b.advance(time.Minute)
	m, _ := b.ask(t, b.listing(b.groups[0]))
	if m.Of(b.groups[0]) != authz.NotMember {
		t.Error("a known removal was forgotten with the store")
	}
	b.settle(t)
}

func TestRemovalStoredByAnotherReplicaIsSeen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.listing(b.groups[0])
	b.ask(t, q)
	b.advance(31 * time.Second)
	b.store.put(b.person, b.clock(), map[tenants.GUID]authz.Answer{b.groups[0]: authz.NotMember, b.groups[1]: authz.NotMember})
	m, _ := b.ask(t, q)
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())
}

func TestWhatIsRememberedOfPeopleIsBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	people := make([]tenants.GUID, 50_001)
	for i := range people {
		people[i] = tenants.NewGUID()
	}
	for range 2 {
		for _, person := range people {
			q := b.listing()
			q.Identity.OID = person
			b.ask(t, q)
		}
	}
	if b.store.loads <= len(people) {
		t.Errorf("%d people are all remembered after %d loads", len(people), b.store.loads)
	}
}
