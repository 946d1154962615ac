package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	keeping "gatehouse/internal/audit/keep"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

func init() {
	refused := func(t *testing.T, err error) {
		t.Helper()
		if fault.KindOf(err) != fault.Internal {
			t.Errorf("the role of the api may: %v", err)
		}
	}
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"Holds": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.Holds(t.Context(), p.b.ID); err != nil || len(all) != 0 {
				t.Errorf("%v, %v", all, err)
			}
		},
		"SetHold": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.SetHold(t.Context(), caller(p.b), tenants.Hold{ID: tenants.NewGUID(), Reason: "a lawsuit"}))
		},
		"LiftHold": func(t *testing.T, p pair) {
			t.Helper()
			h := tenants.Hold{ID: tenants.NewGUID(), Reason: "a lawsuit"}
			must(t, p.db.SetHold(t.Context(), caller(p.b), h))
			must(t, p.db.LiftHold(t.Context(), caller(p.b), h.ID, "settled"))
		},
		"RestoreHold": func(t *testing.T, p pair) {
			t.Helper()
			if err := p.db.RestoreHold(t.Context(), caller(p.b), tenants.NewGUID()); fault.KindOf(err) != fault.NotFound {
				t.Error(err)
			}
		},
		"KnowsPerson": func(t *testing.T, p pair) {
			t.Helper()
			if known, err := p.db.KnowsPerson(t.Context(), p.b.ID, tenants.NewGUID()); err != nil || known {
				t.Errorf("%t, %v", known, err)
			}
		},
		"WaitsFrom": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, second(p.db.WaitsFrom(t.Context(), p.b.ID, time.Now())))
		},
		"NamesOfOthers": func(t *testing.T, p pair) {
			t.Helper()
			of := func(org tenants.ID) []string {
				names, err := p.db.NamesOfOthers(t.Context(), org, p.person)
				must(t, err)
				return names
			}
			if names := of(p.b.ID); !slices.Contains(names, "Olivia") || len(names) > len(of(p.a.ID))+2 {
				t.Errorf("B reads %q, A %q", names, of(p.a.ID))
			}
			if names := of(tenants.NewID()); len(names) > 0 {
				t.Errorf("nobody's are %q", names)
			}
		},
		"LogWords": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.LogWords(t.Context(), p.b.ID); err != nil || slices.Contains(all, p.a.Slug.String()) {
				t.Errorf("%v, %v", all, err)
			}
		},
		"Farewells": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.Farewells(t.Context(), p.b.ID); err != nil || len(all) != 0 {
				t.Errorf("%v, %v", all, err)
			}
		},
		"EndFarewell": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.EndFarewell(t.Context(), caller(p.b), sinks.Farewell{ID: tenants.NewGUID()}, sinks.Arrived))
		},
		"Erasures": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.Erasures(t.Context(), p.b.ID); err != nil || len(all) != 0 {
				t.Errorf("%v, %v", all, err)
			}
		},
		"ErasedSince": func(t *testing.T, p pair) {
			t.Helper()
			if erased, err := p.db.ErasedSince(t.Context(), p.b.ID, time.Unix(0, 0)); err != nil || erased {
				t.Errorf("%t, %v", erased, err)
			}
		},
		"AskErasure": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.AskErasure(t.Context(), caller(p.b), tenants.NewGUID(), p.person, []byte("x")))
		},
		"ApproveErasure": func(t *testing.T, p pair) {
			t.Helper()
			if err := p.db.ApproveErasure(t.Context(), caller(p.b), tenants.NewGUID(), p.person); fault.KindOf(err) != fault.NotFound {
				t.Error(err)
			}
		},
		"WithdrawErasure": func(t *testing.T, p pair) {
			t.Helper()
			if err := p.db.WithdrawErasure(t.Context(), caller(p.b), tenants.NewGUID()); fault.KindOf(err) != fault.NotFound {
				t.Error(err)
			}
		},
		"CheckKept": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.CheckKept(t.Context(), p.b.ID, 0, time.Time{}))
		},
		"LogPeopleAfter": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.LogPeopleAfter(t.Context(), p.b.ID, 0, 10); err != nil || len(all) != 1 || all[0].OID != p.logged(p.b) {
				t.Errorf("%v, %v", all, err)
			}
		},
		"RemovePast": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, second(p.db.RemovePast(t.Context(), caller(p.b), 10, 0)))
		},
		"StoreErased": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, p.db.StoreErased(t.Context(), caller(p.b), keeping.Step{Rows: []seal.Row{{Seq: 1}}}))
		},
		"FinishErasure": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, second(p.db.FinishErasure(t.Context(), caller(p.b), keeping.Step{})))
		},
		"DestroyKeys": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, p.db.DestroyKeys(t.Context(), caller(p.b), []int32{1}))
		},
		"DueKeeping": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, second(p.db.DueKeeping(t.Context(), "x", time.Now(), 1)))
		},
		"Tombstones": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, second(p.db.Tombstones(t.Context(), keeping.Buried{}, 1)))
		},
		"AddTombstone": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, p.db.AddTombstone(t.Context(), keeping.Buried{Org: p.b.ID, ID: tenants.NewGUID(), Line: "x"}))
		},
		"Applied": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, p.db.Applied(t.Context(), keeping.Buried{Org: p.b.ID}))
		},
		"BeginDeparture": func(t *testing.T, p pair) {
			t.Helper()
			refused(t, second(p.db.BeginDeparture(t.Context(), caller(p.b), keeping.Departure{Again: true})))
		},
		"EmptyLog": func(t *testing.T, p pair) {
			t.Helper()
			if _, err := p.db.EmptyLog(t.Context(), caller(p.b), 1); fault.KindOf(err) != fault.Conflict {
				t.Errorf("an organization with its key is emptied: %v", err)
			}
		},
		"ForgetOrganization": func(t *testing.T, p pair) {
			t.Helper()
			if err := p.db.ForgetOrganization(t.Context(), caller(p.b)); fault.KindOf(err) != fault.Conflict {
				t.Errorf("an organization with its key is forgotten: %v", err)
			}
		},
	})
}
