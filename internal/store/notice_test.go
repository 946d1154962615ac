package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// recovered makes somebody an owner in the way that the others are told of.
func (p pair) recovered(t *testing.T, by authz.Caller, note func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) error {
	t.Helper()
	return p.db.TellRoleGrants(t.Context(), by, tenants.OwnershipRecovered, "ownership recovered", note)
}

func adding(by authz.Caller) func([]tenants.RoleGrant) ([]tenants.RoleGrant, error) {
	return func(all []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
		return append(all, tenants.RoleGrant{Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: by.Identity().OID}}), nil
	}
}

func TestNoticeStandsUntilAnotherDismissesIt(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	p := newPair(t, d)
	p.db = openAt(t, d, c)
	rory, olivia := person(t, p.a, p.a.TID, "Rory"), person(t, p.a, p.a.TID, "Olivia")

	must(t, p.recovered(t, rory, adding(rory)))
	list, err := p.db.Notices(t.Context(), p.a.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	n := list[0]
	if n.Kind != tenants.OwnershipRecovered || n.By != (tenants.Person{OID: rory.Identity().OID, Name: "Rory"}) || n.ByTID != p.a.TID || !n.At.Equal(c.now()) {
		t.Errorf("%+v", n)
	}
	refused(t, p.db.DismissNotice(t.Context(), rory, n.ID), fault.Forbidden, "another owner or admin dismisses it")
	before := len(stored(t, p.db, p.a))
	must(t, p.db.DismissNotice(t.Context(), olivia, n.ID))
	records := stored(t, p.db, p.a)
	tells := func(r store.StoredRecord) bool {
		return strings.Contains(string(r.Payload), `"target":"notice dismissed"`) && strings.Contains(string(r.Payload), "Rory")
	}
	if len(records) != before+1 || !slices.ContainsFunc(records, tells) {
		t.Errorf("%d records, then %d", before, len(records))
	}
	refused(t, p.db.DismissNotice(t.Context(), olivia, n.ID), fault.NotFound, "")
	if list, err = p.db.Notices(t.Context(), p.a.ID); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestNobodyIsToldOfWhatDidNotHappen(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	rory := person(t, p.a, p.a.TID, "Rory")
	must(t, p.recovered(t, rory, func(all []tenants.RoleGrant) ([]tenants.RoleGrant, error) { return all, nil }))
	failed := errors.New("no")
	if err := p.recovered(t, rory, func([]tenants.RoleGrant) ([]tenants.RoleGrant, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	if list, err := p.db.Notices(t.Context(), p.a.ID); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestRequestToLookInsideLeavesANotice(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	oscar := person(t, p.a, p.b.TID, "Oscar")
	_, err := p.db.RequestSupport(t.Context(), oscar, tenants.NewGUID(), " ticket 7 ")
	must(t, err)
	list, err := p.db.Notices(t.Context(), p.a.ID)
	if err != nil || len(list) != 1 || list[0].Kind != tenants.SupportRequested || list[0].Reason != "ticket 7" || list[0].By.Name != "Oscar" || list[0].ByTID != p.b.TID {
		t.Errorf("%+v %v", list, err)
	}
}
