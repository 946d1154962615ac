package membership_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

func TestOverageIsResolvedOnBehalfOfThePerson(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[1], true)
	m, until := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())
	expect(t, m, b.groups[1], authz.Member, authz.SourceGraph, b.clock())
	if !until.Equal(b.clock().Add(soft)) {
		t.Errorf("fresh until %s", until)
	}
	x := b.tokens.seen[0]
	if x.Assertion.Reveal() != "inbound" || x.Organization != b.org || x.Identity.OID != b.person || strings.Join(x.Scopes, " ") != "User.Read GroupMember.Read.All" {
		t.Errorf("exchanged %v for %v", x.Assertion, x.Scopes)
	}
	if b.graph.last.Priority != graph.High {
		t.Errorf("priority %q, want high: somebody waits", b.graph.last.Priority)
	}
	if by := b.store.by.Identity(); by.Kind != authz.System || by.Org != b.org.ID {
		t.Errorf("record was saved by %+v", by)
	}
}

func TestUpToTwentyGroupsAreCheckedMoreAreListed(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{20: "check", 21: "get all"} {
		b := newBench(t)
		b.groups = nil
		for range n {
			b.groups = append(b.groups, tenants.NewGUID())
		}
		b.graph.put(b.groups[n-1], true)
		b.graph.put(tenants.NewGUID(), true)
		m, _ := b.ask(t, b.overage())
		if got := strings.Join(b.graph.calls, ","); got != want {
			t.Errorf("%d groups: %s, want %s", n, got, want)
		}
		if m.Of(b.groups[n-1]) != authz.Member || m.Of(b.groups[0]) != authz.NotMember || len(m.Groups) != n {
			t.Errorf("%d groups: %v", n, m.Groups)
		}
		if len(b.store.records[b.person].Answers) != n {
			t.Errorf("%d groups: the record keeps %d", n, len(b.store.records[b.person].Answers))
		}
	}
}

func TestPersonInMoreGroupsThanGraphListsIsCheckedByTwenties(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.groups = nil
	for range 45 {
		b.groups = append(b.groups, tenants.NewGUID())
	}
	b.graph.put(b.groups[44], true)
	b.graph.fail(callError{"get all", fault.Wrap(fault.Upstream, "x", &graph.Error{Status: 400, Code: "Directory_ResultSizeLimitExceeded"})})
	m, _ := b.ask(t, b.overage())
	if m.Of(b.groups[44]) != authz.Member || m.Of(b.groups[0]) != authz.NotMember {
		t.Errorf("answers %v", m.Groups)
	}
	if got := strings.Join(b.graph.calls, ","); got != "get all,check,check,check" {
		t.Errorf("asked %s", got)
	}
}

func TestSoftAndHardLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	first := b.clock()
	b.ask(t, b.overage())
	b.graph.put(b.groups[0], false)

	b.advance(soft)
	m, until := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, first)
	if b.graph.asked() != 1 || until.After(first.Add(soft)) {
		t.Fatalf("at the soft limit: asked %d times, fresh until %s", b.graph.asked(), until)
	}

	b.advance(time.Second)
	m, until = b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, first)
	if until.Sub(b.clock()) > 10*time.Second {
		t.Errorf("past the soft limit the answer may be reused for %s", until.Sub(b.clock()))
	}
	b.settle(t)
	if b.graph.asked() != 2 || b.graph.last.Priority != graph.Low {
		t.Fatalf("asked %d times, last with priority %q; want a refresh with low priority", b.graph.asked(), b.graph.last.Priority)
	}
	m, _ = b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.NotMember, authz.SourceGraph, b.clock())

	b.advance(hard + time.Second)
	b.graph.put(b.groups[0], true)
	m, _ = b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
	if b.graph.asked() != 3 {
		t.Errorf("asked %d times, want 3", b.graph.asked())
	}
}

func TestBetweenTheLimitsAFailingGraphDoesNotMatterAndIsLeftInPeace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	first := b.clock()
	b.ask(t, b.overage())
	b.graph.fail(fault.New(fault.Unavailable, "Microsoft Graph is not available"))
	b.advance(soft + time.Second)
	b.ask(t, b.overage())
	poll(t, func() bool { return strings.Contains(b.log.String(), "membership not refreshed") })
	asked := b.graph.asked()
	b.advance(20 * time.Second)
	m, _ := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, first)
	b.settle(t)
	if b.graph.asked() != asked {
		t.Error("a refresh was tried again 20 seconds after it failed")
	}
}

func TestBeyondTheHardLimitASilentGraphMeansUnknown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	b.ask(t, b.overage())
	b.graph.fail(fault.New(fault.Limited, "Microsoft Graph is limiting requests; try again in 17 seconds").RetryAfter(17 * time.Second))
	b.advance(hard + time.Second)
	m, _, err := b.Resolve(t.Context(), b.overage())
	if err == nil || fault.KindOf(err) != fault.Forbidden {
		t.Fatalf("error = %v, want forbidden", err)
	}
	if m.Of(b.groups[0]) != authz.Unknown {
		t.Error("an answer beyond the hard limit was given")
	}
	if !strings.Contains(fault.Public(err), "17 seconds") || fault.RetryAfter(err) != 17*time.Second {
		t.Errorf("%q, retry after %s", fault.Public(err), fault.RetryAfter(err))
	}

	asked := b.graph.asked()
	b.advance(16 * time.Second)
	if _, _, err := b.Resolve(t.Context(), b.overage()); err == nil || b.graph.asked() != asked {
		t.Errorf("Graph was asked before it wanted to be: %v", err)
	}
	b.graph.fail(nil)
	b.advance(time.Second)
	b.ask(t, b.overage())
}

func TestRecordAnswersOnlyTheGroupsItWasAskedAbout(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(t, b.overage())
	added := tenants.NewGUID()
	b.graph.put(added, true)
	b.groups = append(b.groups, added)
	m, _ := b.ask(t, b.overage())
	if m.Of(added) != authz.Member || b.graph.asked() != 2 {
		t.Errorf("answer %d after %d asks", m.Of(added), b.graph.asked())
	}
}

func TestRecordSurvivesARestart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	b.ask(t, b.overage())
	b.restart(t)
	m, _ := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
	if b.graph.asked() != 1 {
		t.Errorf("asked %d times, want 1", b.graph.asked())
	}
}

func TestRecordThatCannotBeSavedIsUsedAndLogged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.saveErr = errors.New("disk full")
	b.graph.put(b.groups[0], true)
	m, _ := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
	if !strings.Contains(b.log.String(), "disk full") {
		t.Errorf("log: %s", b.log)
	}
}

func TestUnknownSaysWhatEntraOrGraphSaidAndWhatHelps(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		entra, graph error
		kind         fault.Kind
		text         string
	}{
		"consent":     {entra: fault.New(fault.Forbidden, "consent is missing"), kind: fault.Forbidden, text: "consent is missing (needed: the delegated Microsoft Graph permissions User.Read and GroupMember.Read.All)"},
		"interaction": {entra: fault.New(fault.Unauthenticated, "Entra asks for another sign-in step"), kind: fault.Forbidden, text: "another sign-in step"},
		"graph":       {graph: fault.New(fault.Unavailable, "Microsoft Graph is not available"), kind: fault.Forbidden, text: "Microsoft Graph is not available"},
		"our bug":     {entra: errors.New("nil map"), kind: fault.Internal, text: "internal error"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.tokens.fail(row.entra)
			b.graph.fail(row.graph)
			m, _, err := b.Resolve(t.Context(), b.overage())
			if err == nil || fault.KindOf(err) != row.kind || !strings.Contains(fault.Public(err), row.text) {
				t.Errorf("error %v (%q)", err, fault.Public(err))
			}
			if m.Of(b.groups[0]) != authz.Unknown {
				t.Error("an answer was given")
			}
		})
	}
}

func TestUnknownWithoutAGraphSourceSendsTheClientForANewToken(t *testing.T) {
	t.Parallel()
	for _, kind := range []membership.ClaimKind{membership.Overage, membership.Absent} {
		b := newBench(t)
		b.org.Connection.GroupSource = tenants.TokenOnly
		q := b.overage()
		q.Groups.Kind = kind
		_, _, err := b.Resolve(t.Context(), q)
		if err == nil || fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("error = %v, want unauthenticated", err)
		}
		if len(b.tokens.seen) != 0 {
			t.Error("Entra was asked")
		}
	}
}

func TestOwnFailureIsNotBlamedOnTheCaller(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.tokens.reads = true
	q := b.overage()
	q.Credential = credential{fault.New(fault.Unavailable, "the key service does not answer")}
	_, _, err := b.Resolve(t.Context(), q)
	if err == nil || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("error = %v, want unavailable", err)
	}
	q.Credential, q.Identity.OID = nil, tenants.NewGUID()
	if _, _, err := b.Resolve(t.Context(), q); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("without a credential: %v, want internal", err)
	}
}

func TestCloudWithoutAGraphIsOurFault(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.org.Connection.Cloud = tenants.ChinaCloud
	_, _, err := b.Resolve(t.Context(), b.overage())
	if err == nil || fault.KindOf(err) != fault.Internal || len(b.tokens.seen) != 0 {
		t.Errorf("error = %v after %d exchanges", err, len(b.tokens.seen))
	}
}

func TestClaimsChallengeIsAnsweredOnceWithATokenThatHasThem(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`
	challenge := fault.Wrap(fault.Unauthenticated, "a newer sign-in is needed", &graph.Error{Status: 401, Claims: claims})
	b.graph.fail(challenge)
	b.tokens.gate = func(x membership.Exchange) {
		if x.Claims == claims {
			b.graph.fail(nil)
		}
	}
	b.graph.put(b.groups[0], true)
	m, _ := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())

	c := newBench(t)
	c.graph.fail(challenge)
	if _, _, err := c.Resolve(t.Context(), c.overage()); err == nil || c.graph.asked() != 2 {
		t.Errorf("challenged again and again: %d asks, %v", c.graph.asked(), err)
	}
}

func TestRefusedTokenDoesNotBlockTheNextOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.tokens.fail(fault.New(fault.Unauthenticated, "the sign-in has expired"))
	if _, _, err := b.Resolve(t.Context(), b.overage()); err == nil {
		t.Fatal("no error")
	}
	if _, _, err := b.Resolve(t.Context(), b.overage()); err == nil || len(b.tokens.seen) != 1 {
		t.Fatalf("the same token was exchanged %d times", len(b.tokens.seen))
	}
	b.tokens.fail(nil)
	q := b.overage()
	q.Identity.TokenID = "uti-2"
	b.ask(t, q)
}

func TestStampedeAsksGraphOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	b.graph.gate = make(chan struct{})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			m, _, err := b.Resolve(t.Context(), b.overage())
			if err != nil || m.Of(b.groups[0]) != authz.Member {
				t.Errorf("answer %d, %v", m.Of(b.groups[0]), err)
			}
		})
	}
	poll(t, func() bool { return b.graph.asked() == 1 })
	close(b.graph.gate)
	wg.Wait()
	if b.graph.asked() != 1 {
		t.Errorf("Graph was asked %d times", b.graph.asked())
	}
}

func TestAnswerThatArrivedMeanwhileIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	b.store.held = make(chan error)
	late := make(chan authz.Membership, 1)
	go func() {
		m, _, err := b.Resolve(t.Context(), b.overage())
		if err != nil {
			t.Error(err)
		}
		late <- m
	}()
	poll(t, func() bool { return b.store.waiting() })
	b.ask(t, b.overage())
	b.store.held <- errors.New("connection refused") // the late one knows of no record
	m := <-late
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
	if b.graph.asked() != 1 {
		t.Errorf("Graph was asked %d times", b.graph.asked())
	}
}

func TestStampedeBehindAnswersRefreshesOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(t, b.overage())
	b.advance(soft + time.Second)
	b.graph.gate = make(chan struct{})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, _, err := b.Resolve(t.Context(), b.overage()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait() // nobody waits for Graph
	other := b.listing()
	other.Identity.OID, other.Identity.IssuedAt = tenants.NewGUID(), b.clock().Add(-2*soft)
	b.ask(t, other)
	close(b.graph.gate)
	b.settle(t)
	if b.graph.asked() != 3 {
		t.Errorf("Graph was asked %d times; want once, once behind the hundred, and once about somebody else", b.graph.asked())
	}
}

func TestCallerThatGivesUpDoesNotTakeTheAnswerAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	b.graph.gate = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, _, err := b.Resolve(ctx, b.overage())
		gone <- err
	}()
	poll(t, func() bool { return b.graph.asked() == 1 })
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want canceled", err)
	}
	close(b.graph.gate)
	m, _ := b.ask(t, b.overage())
	if m.Of(b.groups[0]) != authz.Member || b.graph.asked() != 1 {
		t.Errorf("answer %d after %d asks", m.Of(b.groups[0]), b.graph.asked())
	}
}

func TestRefreshBehindAnAnswerOutlivesTheRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(t, b.overage())
	b.advance(soft + time.Second)
	b.graph.put(b.groups[0], true)
	b.graph.gate = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	if _, _, err := b.Resolve(ctx, b.overage()); err != nil {
		t.Fatal(err)
	}
	poll(t, func() bool { return b.graph.asked() == 2 })
	cancel()
	close(b.graph.gate)
	b.settle(t)
	m, _ := b.ask(t, b.overage())
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
}

func TestRefreshesBehindAnswersAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.gate = make(chan struct{})
	for range 60 {
		q := b.listing()
		q.Identity.OID = tenants.NewGUID()
		q.Identity.IssuedAt = b.clock().Add(-2 * soft)
		b.ask(t, q)
	}
	close(b.graph.gate)
	b.settle(t)
	if n := b.graph.asked(); n != 16 {
		t.Errorf("%d refreshes ran at a time, want 16", n)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := membership.New(membership.Options{}); err == nil || fault.KindOf(err) != fault.Invalid {
		t.Errorf("New of nothing: %v", err)
	}
}

// poll waits for a condition another goroutine brings about.
func poll(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("the condition never held")
		}
	}
}
