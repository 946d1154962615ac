package store_test

import (
	"maps"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func init() {
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"AskAccess": func(t *testing.T, p pair) {
			t.Helper()
			r := p.wish
			same := authz.Actor(authz.Identity{Org: p.b.ID, TID: p.b.TID, OID: r.Person.OID, Kind: authz.User, Delegated: true, Name: "Bob"})
			must(t, p.db.AskAccess(t.Context(), same, r)) // its own, though id and person are the same
		},
		"AccessRequests": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.AccessRequests(t.Context(), p.b.ID); err != nil || len(all) != 1 || all[0].ID == p.wish.ID {
				t.Errorf("%+v, %v", all, err)
			}
		},
		"AccessRequestOf": func(t *testing.T, p pair) {
			t.Helper()
			r := p.wish
			if _, err := p.db.AccessRequestOf(t.Context(), p.b.ID, r.Person.OID); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%v", err)
			}
		},
		"AnswerAccess": func(t *testing.T, p pair) {
			t.Helper()
			r := p.wish
			if err := p.db.AnswerAccess(t.Context(), caller(p.b), r.ID, tenants.AccessDismissed, "no"); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%v", err)
			}
		},
		"ApproveAccess": func(t *testing.T, p pair) {
			t.Helper()
			err := p.db.ApproveAccess(t.Context(), caller(p.b), p.wish.ID, "", func(*access.Configuration, tenants.AccessRequest) error {
				t.Error("another organization's request is read")
				return nil
			})
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("%v", err)
			}
		},
	})
}
