package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

const editor = "https://editor.example/client.json"

// aConnection is what a person agrees to.
func aConnection(person tenants.GUID, client string) connections.Connection {
	return connections.Connection{
		ID: tenants.NewGUID(), Person: connections.Person{OID: person, Name: "Alice", Username: "alice@contoso.example"}, Client: client,
		Software: "https://editor.example", Name: "Editor", Host: "editor.example", Redirect: "127.0.0.1", Agreed: [32]byte{1},
		Entra: []byte("encrypted"), EntraAt: time.Now().Truncate(time.Microsecond).UTC(),
	}
}

func aGrant(from time.Time) connections.Grant {
	return connections.Grant{ID: tenants.NewGUID(), Toolset: "desk", Scopes: []string{"access_as_user"}, Contexts: []string{"c1"}, EndsAt: from.Add(connections.AbsoluteLife)}
}

func connected(tb testing.TB, db *store.DB, o tenants.Organization, c connections.Connection, g connections.Grant) connections.Connection {
	tb.Helper()
	made, err := db.Connect(tb.Context(), caller(o), c, g)
	must(tb, err)
	return made
}

// atOneTime is a store of its own clock, with one organization.
func atOneTime(t *testing.T) (*store.DB, *clock, tenants.Organization, storetest.Database) {
	t.Helper()
	d, c := storetest.New(t), newClock()
	db, o := openAt(t, d, c), organization("contoso")
	create(t, db, o)
	return db, c, o, d
}

func TestWhatAPersonAgreesToIsKept(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c, g := aConnection(tenants.NewGUID(), editor), aGrant(clock.now())
	c.Person.Guest = true
	made := connected(t, db, o, c, g)
	want := c
	want.MadeAt, want.UsedAt = clock.now(), clock.now()
	grant, held, err := db.Grant(t.Context(), o.ID, g.ID)
	must(t, err)
	byPerson, err := db.Agreement(t.Context(), o.ID, c.Person.OID, editor)
	must(t, err)
	byID, err := db.Connection(t.Context(), o.ID, c.ID)
	must(t, err)
	for at, got := range []connections.Connection{made, held, byPerson, byID} {
		if string(got.Entra) != string(want.Entra) {
			t.Errorf("%d: Entra's token is %q", at, got.Entra)
		}
		got.Entra, want.Entra = nil, nil
		if !equal(got, want) {
			t.Errorf("%d: %+v\nwant %+v", at, got, want)
		}
		want.Entra = c.Entra
	}
	if grant.Generation != 1 || grant.Connection != c.ID || grant.Toolset != "desk" || !slices.Equal(grant.Scopes, g.Scopes) || !slices.Equal(grant.Contexts, g.Contexts) ||
		!grant.MadeAt.Equal(clock.now()) || !grant.RotatedAt.Equal(clock.now()) || !grant.EndsAt.Equal(g.EndsAt) {
		t.Errorf("%+v", grant)
	}
	r := last(t, db, o)
	if r.Kind != audit.Consent || r.Outcome != audit.OK || r.Target != "connection "+c.ID.String() || r.Detail != c.Software || r.Before != "" || r.Subject.OID != c.Person.OID {
		t.Errorf("%+v", r)
	}
	for _, part := range []string{g.ID.String(), editor, "access_as_user", "desk", `"asked":true`} {
		if !strings.Contains(r.After, part) {
			t.Errorf("the record %s does not say %s", r.After, part)
		}
	}
	if strings.Contains(r.After, "encrypted") {
		t.Errorf("the record has Entra's token: %s", r.After)
	}
	again := aGrant(clock.now())
	again.Unasked = true
	connected(t, db, o, c, again)
	if r = last(t, db, o); !strings.Contains(r.After, `"asked":false`) {
		t.Errorf("the record %s does not say that nobody was asked", r.After)
	}
}

func equal(a, b connections.Connection) bool {
	return a.ID == b.ID && a.Person == b.Person && a.Client == b.Client && a.Software == b.Software && a.Name == b.Name && a.Host == b.Host &&
		a.Redirect == b.Redirect && a.Agreed == b.Agreed && a.EntraAt.Equal(b.EntraAt) && a.MadeAt.Equal(b.MadeAt) && a.UsedAt.Equal(b.UsedAt)
}

func TestAConnectionIsRenewedWithItsGrants(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	person := tenants.NewGUID()
	first, g := aConnection(person, editor), aGrant(clock.now())
	connected(t, db, o, first, g)
	began := clock.now()
	clock.advance(time.Hour)

	again := aConnection(person, editor)
	again.ID, again.Entra, again.Agreed, again.Name, again.Redirect = tenants.NewGUID(), nil, [32]byte{}, "Editor 2", "vscode"
	made := connected(t, db, o, again, aGrant(clock.now()))
	if made.ID != first.ID || made.Name != "Editor 2" || made.Redirect != "vscode" || made.Agreed != [32]byte{} || !made.MadeAt.Equal(began) || !made.UsedAt.Equal(clock.now()) {
		t.Errorf("%+v", made)
	}
	if string(made.Entra) != "encrypted" || !made.EntraAt.Equal(first.EntraAt) {
		t.Errorf("Entra's token is %q of %s", made.Entra, made.EntraAt)
	}
	if count(t, d, "connections") != "1" || count(t, d, "grants") != "2" {
		t.Error("it is not one connection with both grants")
	}
	other := connected(t, db, o, aConnection(tenants.NewGUID(), editor), aGrant(clock.now()))
	if other.ID == first.ID {
		t.Error("another person gets the same connection")
	}

	foreign := aConnection(person, editor) // its token is encrypted for an id that the connection does not have
	foreign.Entra, foreign.EntraAt = []byte("for another"), clock.now()
	if made = connected(t, db, o, foreign, aGrant(clock.now())); made.ID != first.ID || string(made.Entra) != "encrypted" || !made.EntraAt.Equal(first.EntraAt) {
		t.Errorf("it has a token that nobody can open: %q of %s", made.Entra, made.EntraAt)
	}
	renewed := aConnection(person, editor)
	renewed.ID, renewed.Entra, renewed.EntraAt = first.ID, []byte("newer"), clock.now()
	if made = connected(t, db, o, renewed, aGrant(clock.now())); string(made.Entra) != "newer" || !made.EntraAt.Equal(clock.now()) || made.Agreed != [32]byte{1} {
		t.Errorf("%+v", made)
	}
}

func TestAnAgreementIsOfOnePersonAndOneClient(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := connected(t, db, o, aConnection(tenants.NewGUID(), editor), aGrant(clock.now()))
	for name, ask := range map[string]func() error{
		"another person": func() error {
			_, err := db.Agreement(t.Context(), o.ID, tenants.NewGUID(), editor)
			return err
		},
		"another client": func() error {
			_, err := db.Agreement(t.Context(), o.ID, c.Person.OID, editor+"2")
			return err
		},
		"another id": func() error {
			_, err := db.Connection(t.Context(), o.ID, tenants.NewGUID())
			return err
		},
	} {
		if err := ask(); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConnectionsAreListedByUse(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	alice, bob := tenants.NewGUID(), tenants.NewGUID()
	var all, hers []tenants.GUID
	for n, person := range []tenants.GUID{alice, bob, alice, bob, alice} {
		if n != 2 { // two have the same instant
			clock.advance(time.Second)
		}
		c := connected(t, db, o, aConnection(person, editor+string(rune('a'+n))), aGrant(clock.now()))
		all = append(all, c.ID)
		if person == alice {
			hers = append(hers, c.ID)
		}
	}
	read := func(f connections.Filter) (ids []tenants.GUID) {
		t.Helper()
		for range 10 {
			page, err := db.Connections(t.Context(), o.ID, f)
			must(t, err)
			if len(page) > f.Most {
				t.Fatalf("%d on a page of %d", len(page), f.Most)
			}
			for i, c := range page {
				if i > 0 && c.UsedAt.After(page[i-1].UsedAt) {
					t.Errorf("%s was used after the one before it", c.ID)
				}
				ids, f.After = append(ids, c.ID), c.ID
			}
			if len(page) == 0 {
				return ids
			}
		}
		t.Fatal("the pages do not end")
		return nil
	}
	for _, most := range []int{1, 2, 100} {
		if got := read(connections.Filter{Most: most}); len(got) != 5 || got[0] != all[4] || !sameIDs(got, all) {
			t.Errorf("pages of %d: %v, want %v", most, got, all)
		}
		if got := read(connections.Filter{Most: most, Person: alice}); got[0] != all[4] || !sameIDs(got, hers) {
			t.Errorf("hers in pages of %d: %v, want %v", most, got, hers)
		}
	}
	_, err := db.Connections(t.Context(), o.ID, connections.Filter{Most: 1, After: tenants.NewGUID()})
	refused(t, err, fault.NotFound, "list them from the first")
}

func sameIDs(a, b []tenants.GUID) bool {
	order := func(x, y tenants.GUID) int { return strings.Compare(x.String(), y.String()) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}

func TestWhoIsDisconnectedIsCutOff(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	c, g := aConnection(tenants.NewGUID(), editor), aGrant(clock.now())
	connected(t, db, o, c, g)
	other := connected(t, db, o, aConnection(c.Person.OID, "another"), aGrant(clock.now()))
	before, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)

	must(t, db.Disconnect(t.Context(), caller(o), c.ID))
	after, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	if after.Version != before.Version+1 || after.Decisions != after.Version || len(after.Revocations) != 1 {
		t.Fatalf("version %d after %d, decisions %d, %v", after.Version, before.Version, after.Decisions, after.Revocations)
	}
	cuts := authz.IndexRevocations(after.Revocations)
	of := func(connection tenants.GUID, issued time.Time) authz.Identity {
		return authz.Identity{Org: o.ID, OID: c.Person.OID, Connection: connection, IssuedAt: issued}
	}
	if !cuts.Covers(of(c.ID, clock.now())) || !cuts.Covers(of(c.ID, clock.now().Add(5*time.Second))) || cuts.Covers(of(other.ID, clock.now())) {
		t.Errorf("%+v does not cut off its tokens, those on their way, and no others", after.Revocations)
	}
	if left := after.Revocations[0].ExpiresAt.Sub(clock.now()); left < 10*time.Minute+time.Minute {
		t.Errorf("it is forgotten after %s", left)
	}
	if count(t, d, "connections") != "1" || count(t, d, "grants") != "1" {
		t.Error("the connection or its grants are there")
	}
	r := last(t, db, o)
	if r.Kind != audit.Revocation || r.Target != "revoked connection" || r.Detail != c.ID.String() || !strings.Contains(r.Before, editor) || r.Subject.OID != c.Person.OID || r.Subject.Name != c.Person.Name || strings.Contains(r.Before, c.Person.OID.String()) {
		t.Errorf("%+v", r)
	}
	refused(t, db.Disconnect(t.Context(), caller(o), c.ID), fault.NotFound, "there is no such")
	if again, err := db.LoadSnapshot(t.Context(), o.ID); err != nil || again.Version != after.Version {
		t.Errorf("what is not there raises the version: %v", err)
	}
	clock.advance(61 * time.Minute)
	must(t, db.Disconnect(t.Context(), caller(o), other.ID))
	if n := count(t, d, "revocations"); n != "1" {
		t.Errorf("%s revocations are kept", n)
	}
}

func TestNewerTokenOfEntraStays(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := aConnection(tenants.NewGUID(), editor)
	c.EntraAt = clock.now()
	connected(t, db, o, c, aGrant(clock.now()))
	keep := func(token string, shown time.Time) {
		t.Helper()
		answer := connections.Answer{Shown: shown}
		if token != "" {
			answer.Entra = []byte(token)
		}
		must(t, db.KeepEntra(t.Context(), caller(o), c.ID, answer))
	}
	has := func(token string, at time.Time) connections.Connection {
		t.Helper()
		got, err := db.Connection(t.Context(), o.ID, c.ID)
		if err != nil || string(got.Entra) != token || (got.Entra == nil) != (token == "") || !got.EntraAt.Equal(at) {
			t.Errorf("%q of %s, want %q of %s; %v", got.Entra, got.EntraAt, token, at, err)
		}
		return got
	}
	records := len(stored(t, db, o))
	keep("same instant", c.EntraAt)
	has("same instant", c.EntraAt)
	clock.advance(time.Minute)
	keep("later", c.EntraAt)
	later := clock.now()
	has("later", later)
	clock.advance(time.Minute)
	keep("earlier", later.Add(-time.Microsecond))
	keep("", later.Add(-time.Microsecond))
	keep("", time.Time{})
	has("later", later)
	clock.advance(-time.Hour)
	keep("by another clock", later)
	has("by another clock", later)
	if n := len(stored(t, db, o)); n != records {
		t.Errorf("%d records more", n-records)
	}
	refused(t, db.KeepEntra(t.Context(), caller(o), tenants.NewGUID(), connections.Answer{Shown: later, Entra: []byte("x")}), fault.NotFound, "there is no such thing")
	refused(t, db.KeepEntra(t.Context(), caller(o), c.ID, connections.Answer{Shown: later, Entra: make([]byte, 16<<10+1)}), fault.Invalid, "more than 16 KiB")
}

// TestEntraSaysWhoSomebodyIsNow: what it does not say stays.
func TestEntraSaysWhoSomebodyIsNow(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := aConnection(tenants.NewGUID(), editor)
	connected(t, db, o, c, aGrant(clock.now()))
	want := connections.Person{OID: c.Person.OID, Name: "Alice\uFFFDAdams", Username: "a@contoso.example", Guest: true}
	said := want
	said.OID, said.Name = tenants.NewGUID(), "Alice\x00Adams" // whose it is never changes
	must(t, db.KeepEntra(t.Context(), caller(o), c.ID, connections.Answer{Shown: c.EntraAt, Entra: []byte("next"), Who: &said}))
	for range 2 {
		got, err := db.Connection(t.Context(), o.ID, c.ID)
		must(t, err)
		if got.Person != want {
			t.Errorf("%+v, want %+v", got.Person, want)
		}
		must(t, db.KeepEntra(t.Context(), caller(o), c.ID, connections.Answer{Shown: got.EntraAt, Entra: []byte("next")}))
	}
}

// TestWhomEntraRefusesIsInTheLog once, whoever hears of it and how often.
func TestWhomEntraRefusesIsInTheLog(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := aConnection(tenants.NewGUID(), editor)
	connected(t, db, o, c, aGrant(clock.now()))
	records := len(stored(t, db, o))
	clock.advance(time.Hour)
	for range 2 {
		must(t, db.KeepEntra(t.Context(), caller(o), c.ID, connections.Answer{Shown: clock.now()}))
	}
	got, err := db.Connection(t.Context(), o.ID, c.ID)
	must(t, err)
	if !got.Withdrawn() || !got.EntraAt.Equal(clock.now()) {
		t.Errorf("%+v", got)
	}
	r := last(t, db, o)
	if r.Kind != audit.Revocation || r.Target != "withdrawn connection" || !strings.Contains(r.Detail, "Entra") || !strings.Contains(r.After, c.ID.String()) ||
		r.Subject.OID != c.Person.OID || !strings.Contains(r.After, editor) || strings.Contains(r.After, "encrypted") {
		t.Errorf("%+v", r)
	}
	if n := len(stored(t, db, o)); n != records+1 {
		t.Errorf("%d records more", n-records)
	}
}

// TestConnectionsOfOnePersonAreBounded: what another person has stays.
func TestConnectionsOfOnePersonAreBounded(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	alice := tenants.NewGUID()
	his := connected(t, db, o, aConnection(tenants.NewGUID(), editor), aGrant(clock.now()))
	oldest := connected(t, db, o, aConnection(alice, editor), aGrant(clock.now()))
	clock.advance(time.Second)
	second := connected(t, db, o, aConnection(alice, editor+"2"), aGrant(clock.now()))
	conn := connect(t, d.Superuser)
	_, err := conn.Exec(t.Context(), `INSERT INTO connections SELECT org_id, gen_random_uuid(), person, '', '', false, 'client ' || n, 'x', '', '', '', NULL, NULL, NULL, $1, $1
		FROM connections, generate_series(1, 198) n WHERE id = $2`, clock.now().Add(time.Second), second.ID.String())
	must(t, err)
	clock.advance(2 * time.Second)
	newest := connected(t, db, o, aConnection(alice, editor+"3"), aGrant(clock.now()))
	for id, want := range map[tenants.GUID]bool{his.ID: true, oldest.ID: false, second.ID: true, newest.ID: true} {
		if _, err := db.Connection(t.Context(), o.ID, id); (err == nil) != want {
			t.Errorf("%s is kept: %v", id, err)
		}
	}
}

func TestConnectionsThatNobodyUsesGo(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	g := aGrant(clock.now())
	c := connected(t, db, o, aConnection(tenants.NewGUID(), editor), g)
	clock.advance(connections.AbsoluteLife)
	connected(t, db, o, aConnection(tenants.NewGUID(), editor), aGrant(clock.now()))
	if _, err := db.Connection(t.Context(), o.ID, c.ID); err != nil {
		t.Errorf("it goes while a grant of it may be alive: %v", err)
	}
	clock.advance(time.Hour + time.Second)
	connected(t, db, o, aConnection(tenants.NewGUID(), editor), aGrant(clock.now()))
	if _, err := db.Connection(t.Context(), o.ID, c.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("it is there: %v", err)
	}
	if _, _, err := db.Grant(t.Context(), o.ID, g.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("its grant is there: %v", err)
	}
}

// TestWhoSignsInAgainIsNotWithdrawnAnyMore, also where Entra gave nothing to go on
// with: nobody would get past that otherwise.
func TestWhoSignsInAgainIsNotWithdrawnAnyMore(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := aConnection(tenants.NewGUID(), editor)
	connected(t, db, o, c, aGrant(clock.now()))
	must(t, db.KeepEntra(t.Context(), caller(o), c.ID, connections.Answer{Shown: c.EntraAt}))
	if got, err := db.Connection(t.Context(), o.ID, c.ID); err != nil || !got.Withdrawn() {
		t.Errorf("%+v %v", got, err)
	}
	c.Entra = nil
	if got := connected(t, db, o, c, aGrant(clock.now())); got.Withdrawn() {
		t.Errorf("%+v", got)
	}
}
