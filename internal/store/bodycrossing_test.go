package store_test

import (
	"maps"
	"testing"
	"time"

	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// bodyGrant is a permission of a person nobody knows.
func bodyGrant() tenants.BodyGrant {
	return tenants.BodyGrant{
		ID: tenants.NewGUID(), Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.NewGUID()}, Name: "Dan", Reason: "to look into INC-4711", EndsAt: time.Now().Add(time.Hour),
	}
}

func init() {
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"MeetPerson": func(t *testing.T, p pair) {
			t.Helper()
			id := seal.PersonID{TID: p.a.TID, OID: p.logged(p.a)} // of whom A's log says something
			must(t, p.db.MeetPerson(t.Context(), p.b.ID, id, func(there []seal.Person, next int32) (seal.Person, error) {
				if len(there) != 0 {
					t.Errorf("B knows A's %v", there)
				}
				if next == 0 {
					return seal.Person{}, nil
				}
				return seal.Person{Number: next, TID: id.TID, OID: id.OID, Key: []byte("k")}, nil
			}))
		},
		"CallBodies": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.CallBodies(t.Context(), p.b.ID, idOf(p.a)); err != nil || len(all) != 0 {
				t.Errorf("%v, %v", all, err)
			}
		},
		"RemoveBodies": func(t *testing.T, p pair) {
			t.Helper()
			if removed, err := p.worker.RemoveBodies(t.Context(), caller(p.b), 10, 0); err != nil || removed != 0 {
				t.Errorf("%d, %v", removed, err)
			}
		},
		"BodyGrants": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.BodyGrants(t.Context(), p.b.ID); err != nil || len(all) != 0 {
				t.Errorf("%v, %v", all, err)
			}
		},
		"GrantBodies": func(t *testing.T, p pair) {
			t.Helper()
			_, err := p.db.GrantBodies(t.Context(), caller(p.b), bodyGrant())
			must(t, err)
		},
		"WithdrawBodies": func(t *testing.T, p pair) {
			t.Helper()
			if err := p.db.WithdrawBodies(t.Context(), caller(p.b), tenants.NewGUID()); fault.KindOf(err) != fault.NotFound {
				t.Error(err)
			}
		},
		"MayReadBodies": func(t *testing.T, p pair) {
			t.Helper()
			g := bodyGrant()
			_, err := p.db.GrantBodies(t.Context(), caller(p.b), g)
			must(t, err)
			if may, err := p.db.MayReadBodies(t.Context(), p.a.ID, g.Grantee); err != nil || may {
				t.Errorf("%v, %v", may, err)
			}
		},
	})
}
