package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
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
		if _, err := db.Rotate(t.Context(), caller(o), other.ID, 1, clock.now()); err != nil && r.Kind != authz.RevokeOrganization {
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
