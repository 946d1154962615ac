package store_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// wish is a request of somebody, and who they are to the store.
func wish(o tenants.Organization, name string) (tenants.AccessRequest, authz.Caller) {
	r := tenants.AccessRequest{ID: tenants.NewGUID(), Person: tenants.Person{OID: tenants.NewGUID(), Name: name}, Username: name + "@x.example", Reason: "I do payroll now"}
	return r, authz.Actor(authz.Identity{Org: o.ID, TID: o.TID, OID: r.Person.OID, Kind: authz.User, Delegated: true, Name: name})
}

func TestAccessIsAskedForOnceAndAnswered(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	before, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	r, bob := wish(o, "Bob")
	_, carol := wish(o, "Carol")
	must(t, db.AskAccess(t.Context(), bob, r))
	if e := last(t, db, o); e.Kind != audit.ConfigChange || e.Target != "access requested" || !strings.Contains(e.After, "I do payroll now") {
		t.Errorf("%+v", e)
	}
	refused(t, db.AskAccess(t.Context(), bob, r), fault.Conflict, "you have asked already")
	list, err := db.AccessRequests(t.Context(), o.ID)
	must(t, err)
	if len(list) != 1 || list[0].ID != r.ID || list[0].Person != r.Person || list[0].ExpiresAt.Sub(list[0].MadeAt) != tenants.AccessRequestLife || !list[0].Waits(clock.now()) {
		t.Fatalf("%+v", list)
	}
	must(t, db.AnswerAccess(t.Context(), carol, r.ID, tenants.AccessDismissed, "ask in March"))
	if e := last(t, db, o); e.Target != "access request dismissed" || e.Subject.OID != r.Person.OID || !strings.Contains(e.After, "ask in March") {
		t.Errorf("%+v", e)
	}
	refused(t, db.AnswerAccess(t.Context(), carol, r.ID, tenants.AccessApproved, ""), fault.NotFound, "no such request")
	got, err := db.AccessRequestOf(t.Context(), o.ID, r.Person.OID)
	if err != nil || got.State != tenants.AccessDismissed || got.Answer != "ask in March" || got.AnswerBy.Name != "Carol" || got.AnswerAt.Sub(clock.now()).Abs() > time.Millisecond {
		t.Errorf("%+v %v", got, err)
	}
	refused(t, db.AskAccess(t.Context(), bob, r), fault.Limited, "wait ten minutes")
	clock.advance(tenants.AccessRequestPause)
	must(t, db.AskAccess(t.Context(), bob, r))
	if after, err := db.LoadSnapshot(t.Context(), o.ID); err != nil || after.Decisions != before.Decisions {
		t.Errorf("requests decide: %v", err)
	}
}

func TestAccessRequestsAreOnesOwnAndOver(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	mine, bob := wish(o, "Bob")
	theirs, eve := wish(o, "Eve")
	must(t, db.AskAccess(t.Context(), bob, mine))
	must(t, db.AskAccess(t.Context(), eve, theirs))
	refused(t, db.AnswerAccess(t.Context(), eve, mine.ID, tenants.AccessWithdrawn, ""), fault.NotFound, "no such request")
	must(t, db.AnswerAccess(t.Context(), bob, mine.ID, tenants.AccessWithdrawn, ""))
	clock.advance(tenants.AccessRequestLife)
	if list, err := db.AccessRequests(t.Context(), o.ID); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	refused(t, db.AnswerAccess(t.Context(), eve, theirs.ID, tenants.AccessWithdrawn, ""), fault.NotFound, "no such request")
	clock.advance(tenants.AccessRequestLife + time.Second)
	must(t, db.AskAccess(t.Context(), bob, mine))
	if _, err := db.AccessRequestOf(t.Context(), o.ID, theirs.Person.OID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("what is long over is kept: %v", err)
	}
}
