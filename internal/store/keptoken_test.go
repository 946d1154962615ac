package store_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

func kept(t *testing.T, db *store.DB, o tenants.Organization, person tenants.GUID) []membership.KeptToken {
	t.Helper()
	list, err := db.KeptTokens(t.Context(), o.ID, person)
	must(t, err)
	return list
}

func TestKeptTokenGivesWayToALaterOne(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	person := tenants.NewGUID()
	first := aKeptToken(o, person, clock.now())
	later := aKeptToken(o, person, clock.now().Add(time.Minute))
	later.TokenID, later.Ciphertext = "uti-2", []byte("later")
	must(t, db.KeepToken(t.Context(), caller(o), first))
	must(t, db.KeepToken(t.Context(), caller(o), later))
	must(t, db.KeepToken(t.Context(), caller(o), first))
	renewed := first
	renewed.Ciphertext = []byte("of the first")
	must(t, db.RenewToken(t.Context(), caller(o), renewed))
	must(t, db.DropToken(t.Context(), caller(o), first))
	if got := kept(t, db, o, person); len(got) != 1 || got[0].TokenID != "uti-2" || string(got[0].Ciphertext) != "later" || !got[0].MadeAt.Equal(later.MadeAt) {
		t.Fatalf("%+v", got)
	}
	later.Ciphertext, later.UsedAt = []byte("its successor"), clock.now().Add(time.Hour)
	must(t, db.RenewToken(t.Context(), caller(o), later))
	if got := kept(t, db, o, person); string(got[0].Ciphertext) != "its successor" || !got[0].UsedAt.Equal(later.UsedAt) {
		t.Errorf("%+v", got)
	}
	must(t, db.DropToken(t.Context(), caller(o), later))
	must(t, db.RenewToken(t.Context(), caller(o), later))
	if got := kept(t, db, o, person); len(got) != 0 {
		t.Errorf("what was dropped is back: %+v", got)
	}
}

// TestNothingIsKeptAfterARevocation: neither what was kept before, nor what is on its
// way then; what comes of a later sign-in is.
func TestNothingIsKeptAfterARevocation(t *testing.T) {
	t.Parallel()
	for _, kind := range []authz.RevocationKind{authz.RevokePerson, authz.RevokeOrganization} {
		db, clock, o, _ := atOneTime(t)
		person, bystander := tenants.NewGUID(), tenants.NewGUID()
		must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, person, clock.now())))
		must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, bystander, clock.now())))
		subject := ""
		if kind == authz.RevokePerson {
			subject = person.String()
		}
		clock.advance(time.Minute)
		must(t, db.Revoke(t.Context(), caller(o), authz.CutOff(kind, subject, clock.now())))
		if got := kept(t, db, o, person); len(got) != 0 {
			t.Errorf("%s: kept before: %+v", kind, got)
		}
		if got := kept(t, db, o, bystander); (len(got) == 1) != (kind == authz.RevokePerson) {
			t.Errorf("%s: somebody else's: %+v", kind, got)
		}
		must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, person, clock.now())))
		if got := kept(t, db, o, person); len(got) != 0 {
			t.Errorf("%s: on its way then: %+v", kind, got)
		}
		must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, person, clock.now().Add(authz.CutAhead))))
		if got := kept(t, db, o, person); len(got) != 1 {
			t.Errorf("%s: kept since: %+v", kind, got)
		}
	}
}

func TestKeptTokensBelongToTheAppRegistration(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		edit func(*tenants.Organization)
		left int
	}{
		"another name": {func(o *tenants.Organization) { o.Name = "Contoso Ltd" }, 1},
		"another app registration": {func(o *tenants.Organization) {
			o.Connection.ID, o.Connection.ClientID = tenants.NewGUID(), tenants.NewGUID()
		}, 0},
		"Graph is not allowed": {func(o *tenants.Organization) { o.Connection.GroupSource = tenants.TokenOnly }, 0},
	} {
		db, clock, o, _ := atOneTime(t)
		person := tenants.NewGUID()
		must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, person, clock.now())))
		if _, err := db.EditOrganization(t.Context(), caller(o), "edited", func(now *tenants.Organization) error {
			row.edit(now)
			return nil
		}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := kept(t, db, o, person); len(got) != row.left {
			t.Errorf("%s: %d are kept", name, len(got))
		}
	}
}

func TestKeptTokenThatNobodyUsesGoesInTime(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	unused, used, other := tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID()
	must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, unused, clock.now())))
	inUse := aKeptToken(o, used, clock.now())
	must(t, db.KeepToken(t.Context(), caller(o), inUse))
	clock.advance(90*24*time.Hour + time.Second)
	inUse.UsedAt = clock.now().Add(-time.Hour)
	must(t, db.RenewToken(t.Context(), caller(o), inUse))
	must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, other, clock.now())))
	if len(kept(t, db, o, unused)) != 0 || len(kept(t, db, o, used)) != 1 {
		t.Error("what was not used for 90 days is kept, or what was is not")
	}
}

// TestPersonWhomEntraDisownsLosesEverythingAtOnce: tokens, grants, what is kept, and
// what they let Gatehouse do elsewhere; and the log says why.
func TestPersonWhomEntraDisownsLosesEverythingAtOnce(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	person := tenants.NewGUID()
	g := aGrant(clock.now())
	connection := aConnection(person, editor)
	connection.EntraAt = clock.now()
	c := connected(t, db, o, connection, g)
	must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, person, clock.now())))
	must(t, db.SeeMember(t.Context(), caller(o), person, clock.now()))
	clock.advance(time.Minute)
	since := clock.now()
	by := authz.SystemCaller(o.ID, "membership refresh")
	must(t, db.LoseMember(t.Context(), by, person, since, "Microsoft Entra ID says no: the account is disabled (AADSTS50057)"))

	snapshot, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	cut := authz.IndexRevocations(snapshot.Revocations)
	if !cut.Covers(authz.Identity{Org: o.ID, OID: person, IssuedAt: clock.now()}) || cut.Covers(authz.Identity{Org: o.ID, OID: tenants.NewGUID(), IssuedAt: clock.now()}) {
		t.Errorf("revocations: %+v", snapshot.Revocations)
	}
	if _, err := db.Rotate(t.Context(), caller(o), g.ID, 1, clock.now()); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the grant goes on: %v", err)
	}
	if got, err := db.Connection(t.Context(), o.ID, c.ID); err != nil || got.Entra != nil {
		t.Errorf("the connection: %+v %v", got, err)
	}
	if got := kept(t, db, o, person); len(got) != 0 {
		t.Errorf("kept: %+v", got)
	}
	if r, err := db.LoadMembership(t.Context(), o.ID, person); err != nil || !r.DueAt.IsZero() || r.Failure != membership.Lost {
		t.Errorf("%+v %v", r, err)
	}
	r := last(t, db, o)
	if r.Kind != audit.Revocation || r.Target != "revoked person" || !strings.HasSuffix(r.Detail, "the account is disabled (AADSTS50057)") || strings.Contains(r.Detail, person.String()) || r.Subject.OID != person {
		t.Errorf("the log says %s %q: %s", r.Kind, r.Target, r.Detail)
	}
}

func TestPersonWhoHasSignedInSinceIsNotCutOff(t *testing.T) {
	t.Parallel()
	for name, signIn := range map[string]func(db *store.DB, o tenants.Organization, person tenants.GUID, at time.Time){
		"with a token of Entra": func(db *store.DB, o tenants.Organization, person tenants.GUID, at time.Time) {
			must(t, db.KeepToken(t.Context(), caller(o), aKeptToken(o, person, at)))
		},
		"through Gatehouse": func(db *store.DB, o tenants.Organization, person tenants.GUID, at time.Time) {
			c := aConnection(person, editor)
			c.EntraAt = at
			connected(t, db, o, c, connections.Grant{ID: tenants.NewGUID(), Scopes: []string{}, EndsAt: at.Add(time.Hour)})
		},
	} {
		db, clock, o, _ := atOneTime(t)
		person, since := tenants.NewGUID(), clock.now()
		clock.advance(time.Second)
		signIn(db, o, person, clock.now())
		if err := db.LoseMember(t.Context(), caller(o), person, since, "disabled"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: %v", name, err)
		}
		if snapshot, err := db.LoadSnapshot(t.Context(), o.ID); err != nil || len(snapshot.Revocations) != 0 {
			t.Errorf("%s: %+v %v", name, snapshot.Revocations, err)
		}
		if err := db.LoseMember(t.Context(), caller(o), person, clock.now(), "disabled"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnswerOfEntraAfterARevocationIsNotKept: it was asked before.
func TestAnswerOfEntraAfterARevocationIsNotKept(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := aConnection(tenants.NewGUID(), editor)
	c.EntraAt = clock.now()
	c = connected(t, db, o, c, aGrant(clock.now()))
	clock.advance(time.Minute)
	must(t, db.Revoke(t.Context(), caller(o), authz.CutOff(authz.RevokePerson, c.Person.OID.String(), clock.now())))
	clock.advance(time.Second)
	must(t, db.KeepEntra(t.Context(), authz.SystemCaller(o.ID, "membership refresh"), c.ID, connections.Answer{Entra: []byte("successor"), Shown: c.EntraAt}))
	got, err := db.Connection(t.Context(), o.ID, c.ID)
	must(t, err)
	if got.Entra != nil {
		t.Errorf("what the revocation took away is back, of %s", got.EntraAt)
	}
}

// TestAnotherRegistrationLeavesNoTokenOfEntra that the one before was given.
func TestAnotherRegistrationLeavesNoTokenOfEntra(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := aConnection(tenants.NewGUID(), editor)
	c.EntraAt = clock.now()
	c = connected(t, db, o, c, aGrant(clock.now()))
	edit := func(change func(*tenants.Organization)) connections.Connection {
		_, err := db.EditOrganization(t.Context(), caller(o), "edited", func(now *tenants.Organization) error { change(now); return nil })
		must(t, err)
		got, err := db.Connection(t.Context(), o.ID, c.ID)
		must(t, err)
		return got
	}
	if got := edit(func(now *tenants.Organization) { now.Name = "Another name" }); got.Entra == nil {
		t.Fatal("any change takes the token away")
	}
	got := edit(func(now *tenants.Organization) {
		now.Connection.ID, now.Connection.ClientID = tenants.NewGUID(), tenants.NewGUID()
	})
	if got.Entra != nil || !got.Withdrawn() {
		t.Errorf("the token of another registration stays, of %s", got.EntraAt)
	}
}

// TestPersonIsCutOffOnceHoweverManyLearnOfIt, and again for what came after.
func TestPersonIsCutOffOnceHoweverManyLearnOfIt(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	person := tenants.NewGUID()
	standing := func() (n int) {
		list, err := db.Revocations(t.Context(), o.ID)
		must(t, err)
		return len(list)
	}
	since := clock.now()
	must(t, db.LoseMember(t.Context(), caller(o), person, since, "disabled"))
	clock.advance(time.Second)
	must(t, db.LoseMember(t.Context(), caller(o), person, since, "disabled"))
	must(t, db.LoseMember(t.Context(), caller(o), person, clock.now(), "disabled"))
	if n := standing(); n != 1 {
		t.Errorf("%d revocations of one disownment", n)
	}
	must(t, db.LoseMember(t.Context(), caller(o), tenants.NewGUID(), since, "disabled"))
	if n := standing(); n != 2 {
		t.Errorf("%d revocations of two people", n)
	}
	clock.advance(authz.CutAhead)
	must(t, db.LoseMember(t.Context(), caller(o), person, clock.now(), "disabled again"))
	if n := standing(); n != 3 {
		t.Errorf("%d revocations after another disownment", n)
	}
}
