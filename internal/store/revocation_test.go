package store_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// TestARevocationEndsGrantsForGood: a grant outlives the revocation, and nobody goes
// on with it once that is forgotten.
func TestARevocationEndsGrantsForGood(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(person, connection tenants.GUID) authz.Revocation{
		"person": func(person, _ tenants.GUID) authz.Revocation {
			return authz.Revocation{Kind: authz.RevokePerson, Subject: person.String()}
		},
		"connection": func(_, connection tenants.GUID) authz.Revocation {
			return authz.Revocation{Kind: authz.RevokeConnection, Subject: connection.String()}
		},
		"software": func(_, _ tenants.GUID) authz.Revocation {
			return authz.Revocation{Kind: authz.RevokeClient, Subject: "https://editor.example"}
		},
		"document": func(_, _ tenants.GUID) authz.Revocation {
			return authz.Revocation{Kind: authz.RevokeClient, Subject: editor}
		},
		"connections": func(_, _ tenants.GUID) authz.Revocation {
			return authz.Revocation{Kind: authz.RevokeConnections}
		},
		"organization": func(_, _ tenants.GUID) authz.Revocation {
			return authz.Revocation{Kind: authz.RevokeOrganization}
		},
	} {
		db, clock, o, _ := atOneTime(t)
		g, other, later := aGrant(clock.now()), aGrant(clock.now()), aGrant(clock.now())
		c := connected(t, db, o, aConnection(tenants.NewGUID(), editor), g)
		bystander := aConnection(tenants.NewGUID(), "gh_aaaaaaaaaaaaaaaaaaaaaaaaaa")
		bystander.Software = "Editor <https://editor.example/callback>"
		connected(t, db, o, bystander, other)
		clock.advance(time.Minute)
		r := of(c.Person.OID, c.ID)
		r.ID, r.NotBefore, r.ExpiresAt = tenants.NewGUID(), clock.now(), clock.now().Add(time.Hour)
		must(t, db.Revoke(t.Context(), caller(o), r))
		connected(t, db, o, aConnection(c.Person.OID, editor), later)
		clock.advance(2 * time.Hour)
		if _, err := db.Rotate(t.Context(), caller(o), g.ID, 1, clock.now()); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: its grant goes on after the revocation is forgotten: %v", name, err)
		}
		if _, err := db.Rotate(t.Context(), caller(o), later.ID, 1, clock.now()); err != nil {
			t.Errorf("%s: a grant made since: %v", name, err)
		}
		if _, err := db.Rotate(t.Context(), caller(o), other.ID, 1, clock.now()); err != nil && r.Kind != authz.RevokeOrganization && r.Kind != authz.RevokeConnections {
			t.Errorf("%s: another's grant: %v", name, err)
		}
	}
}

func TestARevocationOfASessionEndsNoGrant(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	g := aGrant(clock.now())
	connected(t, db, o, aConnection(tenants.NewGUID(), editor), g)
	clock.advance(time.Minute)
	must(t, db.Revoke(t.Context(), caller(o), authz.Revocation{
		ID: tenants.NewGUID(), Kind: authz.RevokeSession, Subject: "sid", NotBefore: clock.now(), ExpiresAt: clock.now().Add(time.Hour),
	}))
	_, err := db.Rotate(t.Context(), caller(o), g.ID, 1, clock.now())
	must(t, err)
}

// TestWhatIsCutOffNeverComesBack: neither when the organization is brokered again, nor
// where it has been so all the time. Another's goes on.
func TestWhatIsCutOffNeverComesBack(t *testing.T) {
	t.Parallel()
	edits := map[string]func(db *store.DB, o tenants.Organization, edit func(*tenants.Organization)) error{
		"by itself": func(db *store.DB, o tenants.Organization, edit func(*tenants.Organization)) error {
			_, err := db.EditOrganization(t.Context(), caller(o), "sign-in", func(now *tenants.Organization) error { edit(now); return nil })
			return err
		},
		"with all else": func(db *store.DB, o tenants.Organization, edit func(*tenants.Organization)) error {
			_, err := db.EditWhole(t.Context(), caller(o), "applied", func(w *access.Whole) error { edit(&w.Organization); return nil })
			return err
		},
	}
	for name, edit := range edits {
		for _, mode := range []tenants.AuthMode{tenants.Direct, tenants.Brokered} {
			db, clock, o, d := atOneTime(t)
			other := organization("fabrikam")
			create(t, db, other)
			g, theirs := aGrant(clock.now()), aGrant(clock.now())
			c := connected(t, db, o, aConnection(tenants.NewGUID(), editor), g)
			connected(t, db, other, aConnection(tenants.NewGUID(), editor), theirs)
			turn := func(to tenants.AuthMode, then func(*tenants.Organization)) {
				t.Helper()
				clock.advance(time.Minute)
				must(t, edit(db, o, func(now *tenants.Organization) {
					now.SetSignIn(tenants.SignIn{Mode: to, UnknownClients: tenants.Refuse}, clock.now())
					then(now)
				}))
			}
			stay := func(*tenants.Organization) {}
			turn(tenants.Brokered, stay)
			turn(mode, stay)
			if _, err := db.Rotate(t.Context(), caller(o), g.ID, 1, clock.now()); err != nil {
				t.Errorf("%s, %s: %v", name, mode, err)
			}
			turn(mode, (*tenants.Organization).CutOff)
			at := clock.now()
			snapshot, err := db.LoadSnapshot(t.Context(), o.ID)
			must(t, err)
			cut := authz.IndexRevocations(snapshot.Revocations)
			ours := authz.Identity{Org: o.ID, OID: c.Person.OID, Connection: c.ID, IssuedAt: at.Add(-time.Second)}
			if !cut.Covers(ours) || snapshot.Decisions != snapshot.Version {
				t.Errorf("%s, %s: tokens of ours are good: %+v", name, mode, snapshot.Revocations)
			}
			if r := last(t, db, o); !strings.Contains(r.After, "cut-off") {
				t.Errorf("%s, %s: the record says %s", name, mode, r.After)
			}
			turn(tenants.Brokered, stay)
			if _, err := db.Rotate(t.Context(), caller(o), g.ID, 2, clock.now()); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s, %s: it goes on: %v", name, mode, err)
			}
			if _, err := db.Rotate(t.Context(), caller(other), theirs.ID, 1, clock.now()); err != nil {
				t.Errorf("%s, %s: another organization's: %v", name, mode, err)
			}
			if count(t, d, "grants") != "1" {
				t.Errorf("%s, %s: grants are left", name, mode)
			}
			ours.IssuedAt = at
			if connected(t, db, o, c, aGrant(clock.now())); cut.Covers(ours) {
				t.Errorf("%s, %s: what is issued since is cut off", name, mode)
			}
		}
	}
}

// TestAPersonCutOffLeavesNothingToGoOnWith: neither what Entra has given nor what was
// remembered of their consent, and the log says how much, who and why.
func TestAPersonCutOffLeavesNothingToGoOnWith(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	person := tenants.NewGUID()
	keep := func(person tenants.GUID) tenants.GUID {
		c := aConnection(person, editor)
		c.Entra, c.EntraAt, c.Agreed = []byte("encrypted"), clock.now(), [32]byte{1}
		return connected(t, db, o, c, aGrant(clock.now())).ID
	}
	mine, other := keep(person), keep(tenants.NewGUID())
	clock.advance(time.Minute)
	r := authz.CutOff(authz.RevokePerson, person.String(), clock.now())
	r.Why = "laptop stolen"
	by := authz.Actor(authz.Identity{Org: o.ID, OID: tenants.NewGUID(), Kind: authz.User, Name: "Carol"})
	must(t, db.Revoke(t.Context(), by, r))
	c, err := db.Connection(t.Context(), o.ID, mine)
	must(t, err)
	if c.Entra != nil || c.Agreed != [32]byte{} || c.Withdrawn() {
		t.Errorf("%+v is kept", c)
	}
	if c, err = db.Connection(t.Context(), o.ID, other); err != nil || c.Entra == nil || c.Agreed == [32]byte{} {
		t.Errorf("of somebody else %+v is left, %v", c, err)
	}
	l := last(t, db, o)
	if l.Kind != audit.Revocation || l.Target != "revoked person" || l.Subject.OID != person || l.Detail != "laptop stolen" || l.Actor.Name != "Carol" || !strings.Contains(l.After, `"grants":1`) {
		t.Errorf("%+v", l)
	}
	all, err := db.Revocations(t.Context(), o.ID)
	must(t, err)
	if len(all) != 1 || all[0].Why != "laptop stolen" || all[0].By != (authz.Revoker{OID: by.Identity().OID, Kind: "user", Name: "Carol"}) || !all[0].MadeAt.Equal(clock.now().Truncate(time.Microsecond)) ||
		all[0].Kind != authz.RevokePerson || all[0].Subject != person.String() || !all[0].NotBefore.Equal(r.NotBefore.Truncate(time.Microsecond)) {
		t.Errorf("%+v", all)
	}
	clock.advance(authz.CutLife + authz.CutAhead + time.Second)
	if all, err = db.Revocations(t.Context(), o.ID); err != nil || len(all) != 0 {
		t.Errorf("in force are %+v, %v", all, err)
	}
}

func TestPersonIsCutOffSinceTheySignedIn(t *testing.T) {
	t.Parallel()
	for kind, subject := range map[authz.RevocationKind]bool{authz.RevokePerson: true, authz.RevokeOrganization: false} {
		db, clock, o, _ := atOneTime(t)
		person := tenants.NewGUID()
		is := func(who tenants.GUID, since time.Time, want bool) {
			t.Helper()
			if cut, err := db.PersonCutOff(t.Context(), o.ID, who, since); err != nil || cut != want {
				t.Errorf("%s: %t, want %t; %v", kind, cut, want, err)
			}
		}
		is(person, clock.now(), false)
		of := ""
		if subject {
			of = person.String()
		}
		must(t, db.Revoke(t.Context(), caller(o), authz.CutOff(kind, of, clock.now())))
		is(person, clock.now(), true)
		is(tenants.NewGUID(), clock.now(), !subject)
		is(person, clock.now().Add(authz.CutAhead+time.Second), false)
	}
}

// TestWhatIsGivenWaitsForARevocation under way: neither would see the other, and what
// was given would outlive it.
func TestWhatIsGivenWaitsForARevocation(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	for name, give := range map[string]func() error{
		"a grant": func() error {
			_, err := db.Connect(t.Context(), caller(o), aConnection(tenants.NewGUID(), editor), aGrant(clock.now()))
			return err
		},
		"a sign-in at a source": func() error {
			err := db.AuthorizeSource(t.Context(), caller(o), authorizations.Authorization{
				ID: tenants.NewGUID(), Person: authorizations.Person{OID: tenants.NewGUID()}, Source: tenants.NewGUID(), Credential: tenants.NewGUID(), Kept: []byte("x"),
			})
			if fault.KindOf(err) == fault.NotFound { // there is no source, which is found out after
				return nil
			}
			return err
		},
	} {
		under, err := connect(t, d.Superuser).Begin(t.Context())
		must(t, err)
		_, err = under.Exec(t.Context(), "UPDATE organizations SET version = version") // as a revocation begins
		must(t, err)
		given := make(chan error, 1)
		go func() { given <- give() }()
		watch := connect(t, d.Superuser)
		for waiting := 0; waiting == 0; {
			select {
			case err := <-given:
				t.Fatalf("%s does not wait: %v", name, err)
			default:
			}
			must(t, watch.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting))
		}
		must(t, under.Commit(t.Context()))
		must(t, <-given)
	}
}
