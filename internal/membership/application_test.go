package membership_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// every is how long after an answer the next is due.
const every = soft * 8 / 10

// crew is a desk of an organization that asks as the app, with people who are members
// of a group and due.
type crew struct {
	*desk
	people []tenants.GUID
}

func newCrew(t *testing.T, n int) *crew {
	t.Helper()
	c := &crew{desk: newDesk(t, nil)}
	c.org.Connection.Background = tenants.Application
	c.store.records = map[tenants.GUID]membership.Record{}
	for range n {
		p := tenants.NewGUID()
		c.people = append(c.people, p)
		c.roster.seat(p, c.groups[0])
		c.store.records[p] = membership.Record{Person: p, Answers: map[tenants.GUID]authz.Answer{c.groups[0]: authz.Member, c.groups[1]: authz.NotMember}, AskedAt: c.clock().Add(-time.Minute)}
		c.due(t, p)
	}
	return c
}

// round refreshes everybody who is due, one task for each, and counts what has come of
// it.
func (c *crew) round(t *testing.T) map[membership.Result]int {
	t.Helper()
	count := map[membership.Result]int{}
	for _, p := range c.people {
		out := c.refreshOf(t, p)
		for _, o := range append(out.With, out) {
			count[o.Result]++
		}
	}
	delete(count, membership.NotDue)
	return count
}

// out has people in no group any more.
func (c *crew) out(people ...tenants.GUID) {
	for _, p := range people {
		c.roster.seat(p)
	}
}

// lost are those whose answers say that they are in no group.
func (c *crew) lost() (n int) {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	for _, r := range c.store.records {
		if r.Answers[c.groups[0]] == authz.NotMember {
			n++
		}
	}
	return n
}

func (c *crew) expect(t *testing.T, got map[membership.Result]int, want map[membership.Result]int) {
	t.Helper()
	for result, n := range want {
		if got[result] != n {
			t.Errorf("%d are %s, want %d: %v", got[result], result, n, got)
		}
	}
}

func TestTwentyAreAskedAboutAtOnce(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 45)
	c.out(c.people[7])
	c.expect(t, c.round(t), map[membership.Result]int{membership.Changed: 1, membership.Unchanged: 44})
	if len(c.roster.batches) != 3 || len(c.roster.batches[0]) != 20 || len(c.roster.batches[2]) != 5 || c.lost() != 1 {
		t.Errorf("asked about in %d batches, %d have lost", len(c.roster.batches), c.lost())
	}
	if len(c.pocket.redeems) != 0 {
		t.Error("somebody was asked about as themselves")
	}
}

// TestNobodyIsGoneOnOneAnswer: what Graph reads may lag behind a sign-in.
func TestNobodyIsGoneOnOneAnswer(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 1)
	delete(c.roster.people, c.people[0])
	out := c.refreshOf(t, c.people[0])
	if wait := out.Next.Sub(c.clock()); out.Result != membership.Delayed || wait > 10*time.Second || wait < 9*time.Second || len(c.store.lost) != 0 {
		t.Fatalf("at first: %+v, lost: %q", out, c.store.lost)
	}
	c.advance(10 * time.Second)
	if out := c.refreshOf(t, c.people[0]); out.Result != membership.CutOff || !slices.Equal(c.store.lost, []string{"Microsoft Entra ID does not let the person go on: the account does not exist any more"}) {
		t.Errorf("and then: %+v, lost: %q", out, c.store.lost)
	}
}

func TestWhoeverIsDisabledOrRevokedIsCutOffByTheRound(t *testing.T) {
	t.Parallel()
	for why, change := range map[string]func(*graph.Person, time.Time){
		entra.AccountDisabled: func(p *graph.Person, _ time.Time) { p.Enabled = false },
		entra.SessionsRevoked: func(p *graph.Person, now time.Time) { p.ValidFrom = now.Add(-time.Second) },
	} {
		c := newCrew(t, 1)
		one := c.roster.people[c.people[0]]
		change(&one, c.clock())
		c.roster.people[c.people[0]] = one
		if out := c.refreshOf(t, c.people[0]); out.Result != membership.CutOff || len(c.store.lost) != 1 || !strings.HasSuffix(c.store.lost[0], ": "+why) {
			t.Errorf("%s: %+v, lost: %q", why, out, c.store.lost)
		}
		c.due(t, c.people[0])
		if one.Enabled {
			if out := c.refreshOf(t, c.people[0]); out.Result != membership.Unchanged || len(c.store.lost) != 1 {
				t.Errorf("%s, a second time: %+v, lost: %q", why, out, c.store.lost)
			}
		}
	}
}

// TestLargeLossIsBelievedWhenItIsSaidTwice: of each alone, an interval later.
func TestLargeLossIsBelievedWhenItIsSaidTwice(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 60)
	c.out(c.people...)
	c.expect(t, c.round(t), map[membership.Result]int{membership.Changed: 20, membership.Doubted: 40})
	began := c.clock()
	for c.clock().Before(began.Add(every - 20*time.Second)) {
		c.advance(20 * time.Second)
		c.expect(t, c.round(t), map[membership.Result]int{membership.Changed: 0, membership.Doubted: 40})
	}
	if c.lost() != 20 || len(c.roster.alone) != 0 {
		t.Fatalf("%d have lost within the interval, %d were asked about alone", c.lost(), len(c.roster.alone))
	}
	c.advance(20 * time.Second)
	c.round(t)
	if c.lost() != 60 || len(c.roster.alone) != 40 {
		t.Errorf("%d have lost after it, %d were asked about alone", c.lost(), len(c.roster.alone))
	}
	if !strings.Contains(c.log.String(), "many people at once are to lose everything") {
		t.Errorf("the log says %s", c.log)
	}
}

// TestNobodyIsLostWhileItIsNotKnownHowMany: one batch after the other, each is less
// than half.
func TestNobodyIsLostWhileItIsNotKnownHowMany(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 200)
	c.out(c.people...)
	c.expect(t, c.round(t), map[membership.Result]int{membership.Changed: 20, membership.Doubted: 180})
}

// TestDoubtedLossThatWasAMistakeIsNone, and who is doubted anew gets the whole interval.
func TestDoubtedLossThatWasAMistakeIsNone(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 60)
	c.out(c.people...)
	c.round(t)
	for _, p := range c.people {
		c.roster.seat(p, c.groups[0])
	}
	c.advance(20 * time.Second)
	c.round(t)
	if c.lost() != 20 {
		t.Errorf("%d have lost", c.lost())
	}
	doubted := 0
	for _, r := range c.store.records {
		if !r.DoubtedAt.IsZero() {
			doubted++
		}
	}
	if doubted != 20 { // those who were believed wait for their turn
		t.Errorf("%d are still doubted", doubted)
	}
	c.advance(every)
	c.round(t)
	if c.lost() != 0 {
		t.Errorf("%d have not come back", c.lost())
	}
}

// TestManyWhoAreNotMostAreBelieved, once it is known that they are not most; everybody
// is asked about at once for that.
func TestManyWhoAreNotMostAreBelieved(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 100)
	for _, p := range c.people[45:] { // they are due later
		r := c.store.records[p]
		r.DueAt = c.clock().Add(every)
		c.store.records[p] = r
	}
	c.out(c.people[:45]...)
	c.round(t)
	c.advance(20 * time.Second)
	c.round(t)
	if c.lost() != 45 || len(c.roster.alone) != 0 {
		t.Errorf("%d have lost, %d were asked about alone", c.lost(), len(c.roster.alone))
	}
}

// TestAppThatMayNotAskIsNoLoss: everybody is asked about as by default, and the app is
// tried again later with another token, which may have the permissions.
func TestAppThatMayNotAskIsNoLoss(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 3)
	c.graph.put(c.groups[0], true)
	c.roster.err = errors.Join(&graph.Error{Status: http.StatusForbidden}, fault.New(fault.Forbidden, "no"))
	c.expect(t, c.round(t), map[membership.Result]int{membership.Unchanged: 3})
	if len(c.pocket.redeems) != 3 || len(c.apps.refused) != 1 || c.lost() != 0 {
		t.Errorf("%d were asked about as themselves, the app tried %d times, %d have lost", len(c.pocket.redeems), len(c.apps.refused), c.lost())
	}
	if !strings.Contains(c.log.String(), "GroupMember.Read.All and User.Read.All") {
		t.Errorf("the log says %s", c.log)
	}
	c.roster.err = nil
	c.advance(5 * time.Minute)
	for _, p := range c.people {
		c.due(t, p)
	}
	c.expect(t, c.round(t), map[membership.Result]int{membership.Unchanged: 3})
	if len(c.pocket.redeems) != 3 || !slices.Contains(c.apps.refused, "app token") {
		t.Errorf("%d were asked about as themselves, the app was told of %q", len(c.pocket.redeems), c.apps.refused)
	}
}

// TestWithoutAnotherWayTheyWait: nobody is forgotten where only the app could ask.
func TestWithoutAnotherWayTheyWait(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 1)
	c.org.Connection.GroupSource = tenants.TokenOnly
	c.roster.err = &graph.Error{Status: http.StatusForbidden}
	if out := c.refreshOf(t, c.people[0]); out.Result != membership.Delayed || out.Class != string(entra.Consent) || out.Next.IsZero() {
		t.Errorf("%+v", out)
	}
}

// TestWrongCredentialOfTheAppRestsEverybody as it does by default.
func TestWrongCredentialOfTheAppRestsEverybody(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 30)
	c.apps.err = refused(entra.Misconfigured)
	c.expect(t, c.round(t), map[membership.Result]int{membership.Delayed: 20, membership.Paused: 10})
	if c.lost() != 0 {
		t.Errorf("%d have lost", c.lost())
	}
}
