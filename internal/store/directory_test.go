package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/membership"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

func init() {
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"TakeMoreDue": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			taken, err := p.db.TakeMoreDue(t.Context(), caller(p.b), time.Now(), time.Now().Add(time.Hour), 100)
			must(t, err)
			if !slices.ContainsFunc(taken, func(r membership.Record) bool { return r.Person == person }) {
				t.Errorf("B takes %v", taken)
			}
		},
		"KnownMembers": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			if known, err := p.db.KnownMembers(t.Context(), p.a.ID, []tenants.GUID{person}); err != nil || len(known) != 0 {
				t.Errorf("A knows %v %v", known, err)
			}
			if known, err := p.db.KnownMembers(t.Context(), p.b.ID, []tenants.GUID{person}); err != nil || len(known) != 1 {
				t.Errorf("B knows %v %v", known, err)
			}
		},
		"Doubt": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			d, err := p.db.Doubt(t.Context(), caller(p.a), []tenants.GUID{person}, time.Now(), time.Now().Add(-time.Hour))
			must(t, err)
			if r, err := p.db.LoadMembership(t.Context(), p.b.ID, person); err != nil || !r.DoubtedAt.IsZero() || len(d.First) != 0 {
				t.Errorf("A doubts B's: %+v %+v %v", d, r, err)
			}
		},
		"Trust": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			_, err := p.db.Doubt(t.Context(), caller(p.b), []tenants.GUID{person}, time.Now(), time.Now().Add(-time.Hour))
			must(t, err)
			must(t, p.db.Trust(t.Context(), caller(p.a), person))
			if r, err := p.db.LoadMembership(t.Context(), p.b.ID, person); err != nil || r.DoubtedAt.IsZero() {
				t.Errorf("A trusts B's: %+v %v", r, err)
			}
		},
		"EndSessions": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			if ended, err := p.db.EndSessions(t.Context(), caller(p.a), person, time.Now(), "x"); err != nil || ended {
				t.Errorf("A ends B's: %t %v", ended, err)
			}
			if r, err := p.db.LoadMembership(t.Context(), p.b.ID, person); err != nil || !r.ValidFrom.IsZero() {
				t.Errorf("%+v %v", r, err)
			}
		},
		"HurryMembers": func(t *testing.T, p pair) {
			t.Helper()
			hurriesOnly(t, p, func(person tenants.GUID) error {
				return p.db.HurryMembers(t.Context(), caller(p.a), []tenants.GUID{person}, time.Now())
			})
		},
		"HurryUnasked": func(t *testing.T, p pair) {
			t.Helper()
			hurriesOnly(t, p, func(tenants.GUID) error {
				return p.db.HurryUnasked(t.Context(), caller(p.a), time.Now().Add(time.Hour), time.Now())
			})
		},
		"Followed": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.SaveFollowed(t.Context(), caller(p.b), []byte("of B")))
			for org, want := range map[tenants.ID]string{p.a.ID: "of contoso", p.b.ID: "of B"} {
				if got, err := p.db.Followed(t.Context(), org); err != nil || string(got) != want {
					t.Errorf("%s %v, want %s", got, err, want)
				}
			}
		},
		"SaveFollowed": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.SaveFollowed(t.Context(), caller(p.b), []byte("of B")))
			if got, err := p.db.Followed(t.Context(), p.a.ID); err != nil || string(got) != "of contoso" {
				t.Errorf("B writes A's: %s %v", got, err)
			}
		},
	})
}

// hurriesOnly has A hurry while B has somebody who is due later.
func hurriesOnly(t *testing.T, p pair, hurry func(person tenants.GUID) error) {
	t.Helper()
	person, later := rememberPerson(t, p), time.Now().Add(time.Hour)
	must(t, p.db.PutOff(t.Context(), caller(p.b), person, later, membership.Failure{}))
	must(t, hurry(person))
	if r, err := p.db.LoadMembership(t.Context(), p.b.ID, person); err != nil || r.DueAt.Before(time.Now().Add(time.Minute)) {
		t.Errorf("A hurries B's: %+v %v", r, err)
	}
}

func TestTwentyAreTakenTogether(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	for i := range 25 {
		must(t, m.db.SeeMember(t.Context(), caller(m.org), tenants.NewGUID(), m.now.Add(-time.Duration(i)*time.Second)))
	}
	first, err := m.db.TakeMoreDue(t.Context(), caller(m.org), m.now, m.now.Add(time.Minute), 20)
	must(t, err)
	rest, err := m.db.TakeMoreDue(t.Context(), caller(m.org), m.now, m.now.Add(time.Minute), 20)
	must(t, err)
	if len(first) != 20 || len(rest) != 5 {
		t.Fatalf("taken are %d and %d", len(first), len(rest))
	}
	for _, r := range first {
		for _, other := range rest {
			if r.Person == other.Person || r.DueAt.After(other.DueAt) {
				t.Errorf("%s due %s is taken before %s due %s", r.Person, r.DueAt, other.Person, other.DueAt)
			}
		}
	}
	unseen, err := m.db.TakeMoreDue(t.Context(), caller(m.org), m.now.Add(membership.SeenLife), m.now.Add(24*time.Hour), 20)
	must(t, err)
	if len(unseen) != 0 {
		t.Errorf("%d are taken who are not seen any more", len(unseen))
	}
}

func TestDoubtsAreCountedInARound(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	var people []tenants.GUID
	for range 6 {
		m.person = tenants.NewGUID()
		people = append(people, m.person)
		must(t, m.db.SeeMember(t.Context(), caller(m.org), m.person, m.now))
		m.save(t, authz.Member, m.now.Add(-time.Minute), m.now)
	}
	doubt := func(at time.Time, who ...tenants.GUID) membership.Doubts {
		t.Helper()
		d, err := m.db.Doubt(t.Context(), caller(m.org), who, at, at.Add(-time.Hour))
		must(t, err)
		return d
	}
	if d := doubt(m.now, people[0], people[1]); d.Doubted != 2 || d.Known != 6 || d.Pending != 4 || !d.Since.Equal(m.now) || !d.First[people[1]].Equal(m.now) {
		t.Errorf("at first: %+v", d)
	}
	m.person = people[2]
	m.save(t, authz.Member, m.now.Add(time.Second), m.now.Add(time.Hour))
	must(t, m.db.LoseMember(t.Context(), caller(m.org), people[3], m.now, "x"))
	later := m.now.Add(time.Minute)
	d := doubt(later, people[1], people[4])
	if d.Doubted != 3 || d.Known != 6 || d.Pending != 1 || !d.Since.Equal(m.now) || !d.First[people[1]].Equal(m.now) || !d.First[people[4]].Equal(later) {
		t.Errorf("one was asked about, one is lost: %+v", d)
	}
	must(t, m.db.Trust(t.Context(), caller(m.org), people[0]))
	if d := doubt(later, people[4]); d.Doubted != 2 {
		t.Errorf("who is trusted is no doubt: %+v", d)
	}
	if d := doubt(m.now.Add(2*time.Hour), people[1]); d.Doubted != 1 || !d.First[people[1]].Equal(m.now.Add(2*time.Hour)) {
		t.Errorf("a doubt lasts: %+v", d)
	}
}

func TestWhoeverIsConcernedIsDueAtOnce(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	later, taken := m.now.Add(5*time.Minute), m.now.Add(membership.Taken-time.Second)
	due := func(who tenants.GUID) time.Time {
		m.person = who
		return m.load(t).DueAt
	}
	put := func(asked, next time.Time) tenants.GUID {
		m.person = tenants.NewGUID()
		must(t, m.db.SeeMember(t.Context(), caller(m.org), m.person, m.now))
		m.save(t, authz.Member, asked, next)
		return m.person
	}
	one, other, underWay, lost := put(m.now, later), put(m.now, later), put(m.now, taken), put(m.now, later)
	must(t, m.db.LoseMember(t.Context(), caller(m.org), lost, m.now, "x"))
	must(t, m.db.HurryMembers(t.Context(), caller(m.org), []tenants.GUID{one, lost, tenants.NewGUID()}, m.now.Add(time.Second)))
	if !due(one).Equal(m.now.Add(time.Second)) || !due(other).Equal(later) || !due(lost).IsZero() {
		t.Errorf("one due %s, another %s, lost %s", due(one), due(other), due(lost))
	}
	asked := put(m.now.Add(2*time.Second), later)
	must(t, m.db.HurryUnasked(t.Context(), caller(m.org), m.now.Add(time.Second), m.now))
	if !due(other).Equal(m.now) || !due(asked).Equal(later) || !due(underWay).Equal(taken) || !due(lost).IsZero() {
		t.Errorf("not asked: due %s, asked: %s, being asked about: %s, lost: %s", due(other), due(asked), due(underWay), due(lost))
	}
}

// TestSessionsEndExactlyWhereTheyWereRevoked: once, and only if there is something
// older.
func TestSessionsEndExactlyWhereTheyWereRevoked(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	must(t, m.db.SeeMember(t.Context(), caller(m.org), m.person, m.now))
	end := func(at time.Time) bool {
		t.Helper()
		ended, err := m.db.EndSessions(t.Context(), caller(m.org), m.person, at, "they were revoked")
		must(t, err)
		return ended
	}
	long := m.now.Add(-100 * 24 * time.Hour)
	if end(long) || !m.load(t).ValidFrom.Equal(long) {
		t.Error("nobody has anything that old")
	}
	keep(t, m.db, m.org, m.person, m.now.Add(-48*time.Hour))
	if !end(m.now.Add(-40 * time.Hour)) {
		t.Error("what is kept is older")
	}
	if kept, err := m.db.KeptTokens(t.Context(), m.org.ID, m.person); err != nil || len(kept) != 0 {
		t.Errorf("kept is %v %v", kept, err)
	}
	keep(t, m.db, m.org, m.person, m.now)
	recent := m.now.Add(-time.Hour)
	if !end(recent) || end(recent) || end(long) {
		t.Error("a token may be older, and the second time it is known")
	}
	list, err := m.db.Revocations(t.Context(), m.org.ID)
	if err != nil || len(list) != 1 || !list[0].NotBefore.Equal(recent) || list[0].Why != "they were revoked" || list[0].Subject != m.person.String() {
		t.Errorf("in force are %+v %v", list, err)
	}
	if kept, err := m.db.KeptTokens(t.Context(), m.org.ID, m.person); err != nil || len(kept) != 1 {
		t.Errorf("what was given since is %v %v", kept, err)
	}
}

// TestTokenOfOursEndsWithTheSignInItRestsOn: also one that was issued at a refresh
// after the sessions were revoked, and before that was known; not where they have signed
// in since.
func TestTokenOfOursEndsWithTheSignInItRestsOn(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	person := tenants.NewGUID()
	must(t, db.SeeMember(t.Context(), caller(o), person, clock.now()))
	stolen, again := aConnection(person, editor), aConnection(person, "https://another.example/client")
	others := aConnection(tenants.NewGUID(), editor)
	stolen = connected(t, db, o, stolen, aGrant(clock.now()))
	again = connected(t, db, o, again, aGrant(clock.now()))
	others = connected(t, db, o, others, aGrant(clock.now()))
	clock.advance(time.Hour)
	revokedAt := clock.now()
	clock.advance(30 * time.Second)
	refreshed := clock.now() // with the sign-in of an hour ago
	clock.advance(10 * time.Second)
	again = connected(t, db, o, again, aGrant(clock.now()))
	signedIn := clock.now().Truncate(time.Second)
	clock.advance(20 * time.Second)
	if ended, err := db.EndSessions(t.Context(), caller(o), person, revokedAt, "they were revoked"); err != nil || !ended {
		t.Fatal(ended, err)
	}
	list, err := db.Revocations(t.Context(), o.ID)
	must(t, err)
	var in []authz.Revocation
	for _, r := range list {
		in = append(in, r.Revocation)
	}
	covers := func(c connections.Connection, issued time.Time) bool {
		return authz.IndexRevocations(in).Covers(authz.Identity{OID: c.Person.OID, Connection: c.ID, IssuedAt: issued})
	}
	if !covers(stolen, refreshed) || !covers(again, refreshed) || !covers(stolen, clock.now()) {
		t.Error("what a refresh has issued meanwhile is still good")
	}
	if covers(again, signedIn) || covers(stolen, clock.now().Add(time.Minute)) || covers(others, refreshed) || covers(connections.Connection{Person: connections.Person{OID: person}}, refreshed) {
		t.Error("what was issued for a sign-in since, or to somebody else, is not")
	}
}

// TestChangesAreReadAnewWhereAskingAsTheAppBeginsOrEnds.
func TestChangesAreReadAnewWhereAskingAsTheAppBeginsOrEnds(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	set := func(edit func(*tenants.Organization)) {
		t.Helper()
		_, err := m.db.EditOrganization(t.Context(), caller(m.org), "edited", func(o *tenants.Organization) error { edit(o); return nil })
		must(t, err)
	}
	followed := func() bool {
		_, err := m.db.Followed(t.Context(), m.org.ID)
		return err == nil
	}
	take := func(after time.Duration) bool {
		_, err := m.db.TakeChore(t.Context(), caller(m.org), store.FollowChore, time.Now().Add(after), m.now.Add(time.Hour))
		return err == nil
	}
	const soon = 5 * time.Second // no worker has a view from before then
	if !take(0) || take(soon) {
		t.Fatal("the chore is taken once")
	}
	set(func(o *tenants.Organization) { o.Connection.Background = tenants.Application })
	if take(0) || !take(soon) {
		t.Error("it is not due soon, or done by what was true before")
	}
	must(t, m.db.SaveFollowed(t.Context(), caller(m.org), []byte("x")))
	set(func(o *tenants.Organization) { o.Name = "Another" })
	if !followed() || take(soon) {
		t.Error("another change begins it anew")
	}
	set(func(o *tenants.Organization) { o.Connection.Background = tenants.Delegated })
	if followed() {
		t.Error("links are kept")
	}
}
