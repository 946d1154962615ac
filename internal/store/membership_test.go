package store_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func init() {
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"SeeMember": func(t *testing.T, p pair) {
			t.Helper()
			person := tenants.NewGUID()
			must(t, p.db.SeeMember(t.Context(), caller(p.b), person, time.Now()))
			must(t, p.db.SeeMember(t.Context(), caller(p.b), p.person, time.Now()))
			if _, err := p.db.LoadMembership(t.Context(), p.a.ID, person); fault.KindOf(err) != fault.NotFound {
				t.Errorf("A has seen B's person: %v", err)
			}
		},
		"TakeDue": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			if _, err := p.db.TakeDue(t.Context(), caller(p.a), person, time.Now(), time.Now().Add(time.Hour)); fault.KindOf(err) != fault.NotFound {
				t.Errorf("A takes B's: %v", err)
			}
			if _, err := p.db.TakeDue(t.Context(), caller(p.b), person, time.Now(), time.Now().Add(time.Hour)); err != nil {
				t.Errorf("B takes its own: %v", err)
			}
		},
		"PutOff": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			must(t, p.db.PutOff(t.Context(), caller(p.a), person, time.Time{}, membership.Failure{Class: "blocked"}))
			if r, err := p.db.LoadMembership(t.Context(), p.b.ID, person); err != nil || r.DueAt.IsZero() || r.Failure != "" {
				t.Errorf("A puts B's off: %+v %v", r, err)
			}
		},
		"LoseMember": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.LoseMember(t.Context(), caller(p.b), p.person, time.Now().Add(time.Hour), "disabled"))
		},
		"KeptTokens": func(t *testing.T, p pair) {
			t.Helper()
			person := tenants.NewGUID()
			keep(t, p.db, p.b, person, time.Now())
			if kept, err := p.db.KeptTokens(t.Context(), p.a.ID, person); err != nil || len(kept) != 0 {
				t.Errorf("A reads %v %v", kept, err)
			}
		},
		"KeepToken": func(t *testing.T, p pair) {
			t.Helper()
			keep(t, p.db, p.b, p.person, time.Now())
		},
		"RenewToken": func(t *testing.T, p pair) {
			t.Helper()
			at := time.Now()
			person := tenants.NewGUID()
			keep(t, p.db, p.b, person, at)
			renewed := aKeptToken(p.b, person, at)
			renewed.Ciphertext = []byte("of A")
			must(t, p.db.RenewToken(t.Context(), caller(p.a), renewed))
			if kept, err := p.db.KeptTokens(t.Context(), p.b.ID, person); err != nil || string(kept[0].Ciphertext) != "encrypted" {
				t.Errorf("A renews B's: %v", err)
			}
		},
		"DropToken": func(t *testing.T, p pair) {
			t.Helper()
			person := tenants.NewGUID()
			keep(t, p.db, p.b, person, time.Now())
			must(t, p.db.DropToken(t.Context(), caller(p.a), aKeptToken(p.b, person, time.Now())))
			if kept, err := p.db.KeptTokens(t.Context(), p.b.ID, person); err != nil || len(kept) != 1 {
				t.Errorf("A drops B's: %d, %v", len(kept), err)
			}
		},
		"DueMemberships": func(t *testing.T, p pair) {
			t.Helper()
			if _, err := p.db.DueMemberships(t.Context(), time.Now(), 1, 1); fault.KindOf(err) != fault.Internal {
				t.Errorf("the role of the api asks across organizations: %v", err)
			}
		},
	})
}

func aKeptToken(o tenants.Organization, person tenants.GUID, at time.Time) membership.KeptToken {
	return membership.KeptToken{
		Person: person, Client: o.Connection.ClientID, Resource: "https://graph.microsoft.com",
		Ciphertext: []byte("encrypted"), TokenID: "uti-1", MadeAt: at, UsedAt: at,
	}
}

func keep(t *testing.T, db *store.DB, o tenants.Organization, person tenants.GUID, at time.Time) {
	t.Helper()
	must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, person, at)))
}

// members is an organization with a store whose rows are of one person at first.
type members struct {
	storetest.Database
	db     *store.DB
	org    tenants.Organization
	person tenants.GUID
	now    time.Time
	group  tenants.GUID
}

func newMembers(t *testing.T) *members {
	t.Helper()
	d := storetest.New(t)
	m := &members{
		Database: d, db: d.Open(t), org: organization("contoso"), person: tenants.NewGUID(), group: tenants.NewGUID(), now: time.Now().UTC().Truncate(time.Microsecond),
	}
	create(t, m.db, m.org)
	return m
}

// save stores an answer of Graph at an instant; the next is due then.
func (m *members) save(t *testing.T, answer authz.Answer, asked, next time.Time) bool {
	t.Helper()
	changed, err := m.db.SaveMembership(t.Context(), caller(m.org), membership.Record{
		Person: m.person, Answers: map[tenants.GUID]authz.Answer{m.group: answer}, AskedAt: asked,
	}, next)
	must(t, err)
	return changed
}

func (m *members) load(t *testing.T) membership.Record {
	t.Helper()
	r, err := m.db.LoadMembership(t.Context(), m.org.ID, m.person)
	must(t, err)
	return r
}

func (m *members) take(t *testing.T, now time.Time) error {
	t.Helper()
	_, err := m.db.TakeDue(t.Context(), caller(m.org), m.person, now, now.Add(time.Minute))
	return err
}

func (m *members) due(t *testing.T, now time.Time, each, most int) []membership.Due {
	t.Helper()
	list, err := m.OpenWorker(t).DueMemberships(t.Context(), now, each, most)
	must(t, err)
	return list
}

// heard is who the poll hears of since a position.
func (m *members) heard(t *testing.T, since string) []string {
	t.Helper()
	return column(t, connect(t, m.API), "SELECT person::text FROM membership_changes($1::xid8)", since)
}

// position is after everything that has been done.
func (m *members) position(t *testing.T) string {
	t.Helper()
	return column(t, connect(t, m.API), "SELECT pg_snapshot_xmax(pg_current_snapshot())::text")[0]
}

func TestChangedAnswersAreHeardOfAndNothingElse(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	for _, step := range []struct {
		what    string
		do      func() bool
		changed bool
	}{
		{"seen", func() bool { must(t, m.db.SeeMember(t.Context(), caller(m.org), m.person, m.now)); return false }, false},
		{"first answer", func() bool { return m.save(t, authz.Member, m.now, m.now) }, true},
		{"same answer", func() bool { return m.save(t, authz.Member, m.now.Add(time.Second), m.now) }, false},
		{"removal", func() bool { return m.save(t, authz.NotMember, m.now.Add(2*time.Second), m.now) }, true},
		{"older answer", func() bool { return m.save(t, authz.Member, m.now.Add(time.Second), m.now) }, false},
		{"taken", func() bool { must(t, m.take(t, m.now.Add(time.Minute))); return false }, false},
		{"put off", func() bool {
			must(t, m.db.PutOff(t.Context(), caller(m.org), m.person, m.now, membership.Failure{Class: "transient"}))
			return false
		}, false},
	} {
		since := m.position(t)
		if got := step.do(); got != step.changed {
			t.Errorf("%s: changed is %t", step.what, got)
		}
		if heard := m.heard(t, since); (len(heard) == 1) != step.changed {
			t.Errorf("%s: heard of %v", step.what, heard)
		}
	}
	if r := m.load(t); r.Answers[m.group] != authz.NotMember || r.Failures != 1 || r.Failure != "transient" {
		t.Errorf("%+v", r)
	}
	must(t, m.db.PutOff(t.Context(), caller(m.org), m.person, time.Time{}, membership.Failure{}))
	if r := m.load(t); r.Failures != 1 || r.Failure != "transient" || !r.DueAt.IsZero() {
		t.Errorf("nothing was asked: %+v", r)
	}
	m.save(t, authz.NotMember, m.now.Add(time.Minute), m.now.Add(time.Hour))
	if r := m.load(t); r.Failures != 0 || r.Failure != "" || !r.DueAt.Equal(m.now.Add(time.Hour)) {
		t.Errorf("after success: %+v", r)
	}
}

func TestRefreshIsTakenOnce(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	m.save(t, authz.Member, m.now, m.now.Add(time.Minute))
	if err := m.take(t, m.now.Add(59*time.Second)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("not due yet: %v", err)
	}
	taken := make(chan error, 8)
	for range cap(taken) {
		go func() {
			_, err := m.db.TakeDue(t.Context(), caller(m.org), m.person, m.now.Add(time.Minute), m.now.Add(2*time.Minute))
			taken <- err
		}()
	}
	n := 0
	for range cap(taken) {
		if err := <-taken; err == nil {
			n++
		} else if fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
	}
	if n != 1 {
		t.Errorf("%d have taken it", n)
	}
	if r := m.load(t); !r.DueAt.Equal(m.now.Add(2 * time.Minute)) {
		t.Errorf("due again at %s", r.DueAt)
	}
	if err := m.take(t, m.now.Add(2*time.Minute)); err != nil {
		t.Errorf("whoever took it has vanished: %v", err)
	}
}

func TestNobodyIsDueWhoIsNotSeen(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	must(t, m.db.SeeMember(t.Context(), caller(m.org), m.person, m.now))
	if got := m.due(t, m.now, 10, 10); !slices.Equal(got, []membership.Due{{Org: m.org.ID, Person: m.person}}) {
		t.Fatalf("whoever is seen first is due at once: %v", got)
	}
	later := m.now.Add(membership.SeenLife)
	m.save(t, authz.Member, m.now.Add(time.Minute), later)
	if r := m.load(t); !r.DueAt.IsZero() {
		t.Errorf("due at %s, not seen for %s", r.DueAt, membership.SeenLife)
	}
	must(t, m.db.SeeMember(t.Context(), caller(m.org), m.person, m.now.Add(time.Hour)))
	if r := m.load(t); !r.DueAt.Equal(m.now.Add(time.Hour)) || !r.SeenAt.Equal(r.DueAt) {
		t.Errorf("seen again: %+v", r)
	}
	must(t, m.db.SeeMember(t.Context(), caller(m.org), m.person, m.now.Add(time.Hour+membership.SeenEvery-time.Second)))
	if r := m.load(t); !r.SeenAt.Equal(m.now.Add(time.Hour)) {
		t.Errorf("written again within %s: %+v", membership.SeenEvery, r)
	}
	gone := m.now.Add(time.Hour + membership.SeenLife)
	if got := m.due(t, gone, 10, 10); len(got) != 0 {
		t.Errorf("due after %s: %v", membership.SeenLife, got)
	}
	if err := m.take(t, gone); fault.KindOf(err) != fault.NotFound {
		t.Errorf("taken after %s: %v", membership.SeenLife, err)
	}
	other := *m
	other.person = tenants.NewGUID()
	must(t, m.db.SeeMember(t.Context(), caller(m.org), other.person, gone))
	must(t, other.take(t, gone))
	if r := m.load(t); !r.DueAt.IsZero() {
		t.Error("who is not seen any more stays in the way of who is due")
	}
}

func TestNoOrganizationStarvesAnother(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	busy, quiet, closed := m.org, organization("fabrikam"), organization("adatum")
	create(t, m.db, quiet)
	create(t, m.db, closed)
	for i := range 5 {
		must(t, m.db.SeeMember(t.Context(), caller(busy), tenants.NewGUID(), m.now.Add(-time.Hour+time.Duration(i)*time.Second)))
	}
	must(t, m.db.SeeMember(t.Context(), caller(quiet), m.person, m.now))
	must(t, m.db.SeeMember(t.Context(), caller(closed), m.person, m.now.Add(-time.Hour)))
	must(t, setState(t.Context(), m.db, closed, tenants.Suspended))
	count := func(each, most int) (n [2]int) {
		for _, d := range m.due(t, m.now, each, most) {
			switch d.Org {
			case busy.ID:
				n[0]++
			case quiet.ID:
				n[1]++
			default:
				t.Errorf("an organization that is suspended is asked for: %v", d)
			}
		}
		return n
	}
	if got := count(2, 10); got != [2]int{2, 1} {
		t.Errorf("at most two each: %v", got)
	}
	if got := count(10, 3); got != [2]int{3, 0} {
		t.Errorf("the longest due first: %v", got)
	}
}

func TestDueMembershipsAreForTheWorker(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	for _, dsn := range []string{d.API, d.Audit, d.Operator} {
		if _, err := connect(t, dsn).Exec(t.Context(), "SELECT due_memberships(now(), 1, 1)"); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", pgxUser(t, dsn), err)
		}
	}
}

func pgxUser(t *testing.T, dsn string) string {
	t.Helper()
	conf, err := pgx.ParseConfig(dsn)
	must(t, err)
	return conf.User
}

// TestRemovalOutlivesAGroupThatIsNotAskedAbout, until Graph is asked about it again.
func TestRemovalOutlivesAGroupThatIsNotAskedAbout(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	person, left, other := tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID()
	for i, step := range []struct {
		answers map[tenants.GUID]authz.Answer
		removed []tenants.GUID
	}{
		{map[tenants.GUID]authz.Answer{left: authz.NotMember, other: authz.Member}, nil},
		{map[tenants.GUID]authz.Answer{other: authz.Member}, []tenants.GUID{left}},
		{map[tenants.GUID]authz.Answer{other: authz.Member}, []tenants.GUID{left}},
		{map[tenants.GUID]authz.Answer{left: authz.Member}, nil},
		{map[tenants.GUID]authz.Answer{other: authz.Member}, nil},
	} {
		clock.advance(time.Minute)
		_, err := db.SaveMembership(t.Context(), caller(o), membership.Record{Person: person, Answers: step.answers, AskedAt: clock.now(), SeenAt: clock.now()}, clock.now().Add(time.Minute))
		must(t, err)
		if r, err := db.LoadMembership(t.Context(), o.ID, person); err != nil || !slices.Equal(r.Removed, step.removed) || len(r.Answers) != len(step.answers) {
			t.Errorf("step %d: %+v, %v", i, r, err)
		}
	}
}
