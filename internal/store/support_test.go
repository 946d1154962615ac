package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// person is somebody who administers an organization, of whichever tenant.
func person(t *testing.T, o tenants.Organization, tid tenants.TID, name string) authz.Caller {
	t.Helper()
	return authz.Actor(authz.Identity{Org: o.ID, TID: tid, OID: tenants.NewGUID(), Kind: authz.User, Delegated: true, Name: name})
}

func TestSupportLooksInsideOnlyWhileApproved(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	p := newPair(t, d)
	db := openAt(t, d, c)
	oscar := person(t, p.a, tenants.TID{GUID: tenants.NewGUID()}, "Oscar")
	olivia := person(t, p.a, p.a.TID, "Olivia")

	asked, err := db.RequestSupport(t.Context(), oscar, tenants.NewGUID(), "  ticket 7 ")
	must(t, err)
	if asked.Open(c.now()) || asked.Reason != "ticket 7" || asked.Operator.OID != oscar.Identity().OID || asked.Operator.Name != "Oscar" {
		t.Errorf("%+v", asked)
	}
	_, err = db.ApproveSupport(t.Context(), oscar, asked.ID, time.Hour)
	refused(t, err, fault.Forbidden, "approved by somebody of the organization's own directory")
	colleague := person(t, p.a, oscar.Identity().TID, "Otto")
	_, err = db.ApproveSupport(t.Context(), colleague, asked.ID, time.Hour)
	refused(t, err, fault.Forbidden, "approved by somebody of the organization's own directory")
	_, err = db.ApproveSupport(t.Context(), olivia, asked.ID, tenants.SupportLimit+time.Second)
	refused(t, err, fault.Invalid, "at most 8 hours")
	_, err = db.ApproveSupport(t.Context(), olivia, asked.ID, 0)
	refused(t, err, fault.Invalid, "more than none")
	approved, err := db.ApproveSupport(t.Context(), olivia, asked.ID, tenants.SupportLimit)
	must(t, err)
	if !approved.Open(c.now()) || approved.Open(c.now().Add(tenants.SupportLimit)) || approved.ApprovedBy != (tenants.Person{OID: olivia.Identity().OID, Name: "Olivia"}) {
		t.Errorf("%+v", approved)
	}
	_, err = db.ApproveSupport(t.Context(), olivia, asked.ID, tenants.SupportLimit)
	refused(t, err, fault.Conflict, "let the operator ask again")
	revoked, err := db.RevokeSupport(t.Context(), olivia, asked.ID)
	must(t, err)
	again, err := db.RevokeSupport(t.Context(), oscar, asked.ID)
	must(t, err)
	if revoked.Open(c.now()) || again != revoked {
		t.Errorf("%+v, then %+v", revoked, again)
	}
	list, err := db.SupportAccesses(t.Context(), p.a.ID)
	if err != nil || len(list) != 1 || list[0] != revoked {
		t.Errorf("%+v %v", list, err)
	}
	_, err = db.ApproveSupport(t.Context(), olivia, asked.ID, time.Hour)
	refused(t, err, fault.Conflict, "ended and cannot be approved")
	if n := len(stored(t, db, p.a)); n != 5 { // the pair's two, asked, approved, revoked
		t.Errorf("%d records", n)
	}
}

func TestOwnPersonCannotApproveWhatTheyAskedFor(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	both := person(t, p.a, p.a.TID, "Operator of our own")
	asked, err := p.db.RequestSupport(t.Context(), both, tenants.NewGUID(), "curious")
	must(t, err)
	_, err = p.db.ApproveSupport(t.Context(), both, asked.ID, time.Hour)
	refused(t, err, fault.Forbidden, "who did not ask for it")
}

func TestDeclinedSupportStaysDeclined(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	asked, err := p.db.RequestSupport(t.Context(), person(t, p.a, p.b.TID, "Oscar"), tenants.NewGUID(), "ticket 7")
	must(t, err)
	olivia := person(t, p.a, p.a.TID, "Olivia")
	_, err = p.db.RevokeSupport(t.Context(), olivia, asked.ID)
	must(t, err)
	_, err = p.db.ApproveSupport(t.Context(), olivia, asked.ID, time.Hour)
	refused(t, err, fault.Conflict, "refused and cannot be approved")
	_, err = p.db.RequestSupport(t.Context(), olivia, tenants.NewGUID(), " ")
	refused(t, err, fault.Invalid, "reason must have 1 to 500 characters")
}

func TestWhatIsOverStaysAsItEnded(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	p := newPair(t, d)
	db := openAt(t, d, c)
	olivia, access := person(t, p.a, p.a.TID, "Olivia"), tenants.NewGUID()
	_, err := db.RequestSupport(t.Context(), person(t, p.a, p.b.TID, "Oscar"), access, "ticket 7")
	must(t, err)
	_, err = db.RequestSupport(t.Context(), person(t, p.a, p.b.TID, "Oscar"), access, "ticket 7")
	refused(t, err, fault.Conflict, "asked for already")
	_, err = db.ApproveSupport(t.Context(), olivia, access, time.Hour)
	must(t, err)
	c.advance(time.Hour)
	_, err = db.ApproveSupport(t.Context(), olivia, access, time.Hour)
	refused(t, err, fault.Conflict, "ended and cannot be approved")
	over, err := db.RevokeSupport(t.Context(), olivia, access)
	if err != nil || !over.RevokedAt.IsZero() || over.State(c.now()) != tenants.SupportEnded {
		t.Errorf("%+v %v", over, err)
	}
}
