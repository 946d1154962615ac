package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// TestSpansTellWhatWasSaidWhen gives a person's answers one after the other, and asks
// what had been said last by each instant.
func TestSpansTellWhatWasSaidWhen(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	db, o := d.Open(t), organization("contoso")
	create(t, db, o)
	person, group := tenants.NewGUID(), tenants.NewGUID()
	began := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	at := func(minutes float64) time.Time { return began.Add(time.Duration(minutes * float64(time.Minute))) }
	token := func(minutes float64, answer authz.Answer) {
		t.Helper()
		must(t, db.Testify(t.Context(), caller(o), membership.Testimony{
			Person: person, Kind: authz.User, Name: "Alice", At: at(minutes), Source: authz.SourceToken, Answers: map[tenants.GUID]authz.Answer{group: answer},
		}))
	}
	graph := func(minutes float64, answer authz.Answer) {
		t.Helper()
		_, err := db.SaveMembership(t.Context(), caller(o), membership.Record{
			Person: person, Answers: map[tenants.GUID]authz.Answer{group: answer}, AskedAt: at(minutes), SeenAt: at(minutes),
		}, time.Time{})
		must(t, err)
	}
	token(0, authz.Member)
	graph(5, authz.Member)
	token(10, authz.Member)
	graph(9.99, authz.NotMember) // its answer was on its way
	graph(20, authz.NotMember)
	token(12, authz.Member) // comes much too late
	graph(40, authz.Member)
	for _, want := range []struct {
		at           float64
		answer       authz.Answer
		since, until float64
		last         authz.Source
	}{
		{0, authz.Member, 0, 10, authz.SourceToken},
		{10, authz.Member, 0, 10, authz.SourceToken},
		{11, authz.NotMember, 10, 20, authz.SourceGraph},
		{39, authz.NotMember, 10, 20, authz.SourceGraph},
		{40, authz.Member, 40, 40, authz.SourceGraph},
	} {
		people, err := db.PeopleAt(t.Context(), o.ID, asof.PeopleQuery{At: at(want.at), Most: 9})
		must(t, err)
		if len(people) != 1 || people[0].Said == nil {
			t.Fatalf("at %v: %+v", want.at, people)
		}
		p, said := people[0], people[0].Said
		if p.OID != person || p.Kind != authz.User || p.Name != "Alice" || said.Answers[group] != want.answer || said.LastSource != want.last ||
			said.Since.Sub(at(want.since)).Abs() > time.Second || said.Until.Sub(at(want.until)).Abs() > time.Second {
			t.Errorf("at %v: %+v said %+v", want.at, p, said)
		}
	}
	if people, err := db.PeopleAt(t.Context(), o.ID, asof.PeopleQuery{At: at(-1), Most: 9}); err != nil || len(people) != 0 {
		t.Errorf("before they came: %+v %v", people, err)
	}
	must(t, db.ForgetSpans(t.Context(), caller(o), at(39)))
	people, err := db.PeopleAt(t.Context(), o.ID, asof.PeopleQuery{At: at(39), Most: 9})
	if err != nil || len(people) != 1 || people[0].Said != nil {
		t.Errorf("what is forgotten is told: %+v %v", people, err)
	}
	must(t, db.ForgetPerson(t.Context(), caller(o), person))
	if people, err := db.PeopleAt(t.Context(), o.ID, asof.PeopleQuery{At: at(99), Most: 9}); err != nil || len(people) != 0 {
		t.Errorf("who is forgotten is told of: %+v %v", people, err)
	}
}

func TestPeopleComeInPagesAndByID(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	db, o := d.Open(t), organization("contoso")
	create(t, db, o)
	now := time.Now()
	for range 5 {
		must(t, db.Testify(t.Context(), caller(o), membership.Testimony{Person: tenants.NewGUID(), Kind: authz.Guest, At: now, Source: authz.SourceNone}))
	}
	all, err := db.PeopleAt(t.Context(), o.ID, asof.PeopleQuery{At: now, Most: 9})
	must(t, err)
	var paged []asof.Person
	for q := (asof.PeopleQuery{At: now, Most: 2}); ; q.After = paged[len(paged)-1].OID {
		page, err := db.PeopleAt(t.Context(), o.ID, q)
		must(t, err)
		if len(page) == 0 {
			break
		}
		paged = append(paged, page...)
	}
	if len(all) != 5 || len(paged) != 5 || paged[4].OID != all[4].OID || all[0].Kind != authz.Guest || all[0].Said != nil {
		t.Errorf("all %+v, in pages %+v", all, paged)
	}
	one, err := db.PeopleAt(t.Context(), o.ID, asof.PeopleQuery{At: now, Most: 9, People: []tenants.GUID{all[3].OID, tenants.NewGUID()}})
	if err != nil || len(one) != 1 || one[0].OID != all[3].OID {
		t.Errorf("by id: %+v %v", one, err)
	}
}

// TestHistoryGoesWithTheLog: what was said before the records that are kept, and, once
// a person's key is destroyed, all that was said of them.
func TestHistoryGoesWithTheLog(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	person, group := tenants.NewGUID(), tenants.NewGUID()
	start := k.aged()
	for _, at := range []time.Time{start, time.Now()} {
		must(t, k.api.Testify(t.Context(), caller(k.org), membership.Testimony{
			Person: person, Kind: authz.User, At: at, Source: authz.SourceToken, Answers: map[tenants.GUID]authz.Answer{group: authz.Member, tenants.NewGUID(): authz.NotMember},
		}))
	}
	said := func(at time.Time) bool {
		people, err := k.api.PeopleAt(t.Context(), k.org.ID, asof.PeopleQuery{At: at, Most: 9})
		must(t, err)
		return len(people) == 1 && people[0].Said != nil
	}
	if !said(start) || !said(time.Now()) {
		t.Fatal("nothing is there to go")
	}
	_, err := k.keeper.RemovePast(t.Context(), k.org.ID)
	must(t, err)
	if said(start) || !said(time.Now()) {
		t.Error("what was said before the records that are kept is there, or what was said since is not")
	}
	number := k.number("SELECT min(person) FROM audit_people")
	k.exec("UPDATE audit_people SET oid = $1 WHERE person = $2", person.String(), number)
	must(t, k.worker.DestroyKeys(t.Context(), caller(k.org), []int32{int32(number)}))
	if people, err := k.api.PeopleAt(t.Context(), k.org.ID, asof.PeopleQuery{At: time.Now(), Most: 9}); err != nil || len(people) != 0 {
		t.Errorf("who was erased is told of: %+v %v", people, err)
	}
}
