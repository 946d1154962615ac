package store_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
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
