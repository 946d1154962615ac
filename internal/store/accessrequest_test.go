package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
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
	refused(t, db.AnswerAccess(t.Context(), carol, r.ID, tenants.AccessApproved, ""), fault.Conflict, "does not wait any more")
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

// giving is an approval with a role, and its callback.
func giving(role tenants.GUID, now time.Time) func(*access.Configuration, tenants.AccessRequest) error {
	return func(c *access.Configuration, r tenants.AccessRequest) error {
		return c.GiveRole(authz.Assignment{Role: role, Subject: authz.Subject{Kind: authz.SubjectPerson, Value: r.Person.OID.String()}, Name: r.Person.Name}, now)
	}
}

// TestAccessIsGivenWithItsAnswer has two admins answer who choose different roles: one
// after the other, and at once.
func TestAccessIsGivenWithItsAnswer(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	payroll, notes := tenants.NewGUID(), tenants.NewGUID()
	_, err := db.EditAccess(t.Context(), caller(o), "roles", func(c *access.Configuration) error {
		for id, name := range map[tenants.GUID]string{payroll: "payroll", notes: "notes"} {
			c.Rules.Roles = append(c.Rules.Roles, authz.Role{ID: id, Name: name, Permissions: allow("whoami")})
		}
		return nil
	})
	must(t, err)
	held := func(p tenants.GUID) (roles []tenants.GUID) {
		c, err := db.Access(t.Context(), o.ID)
		must(t, err)
		for _, a := range c.Rules.Assignments {
			if a.Subject.Value == p.String() {
				roles = append(roles, a.Role)
			}
		}
		return roles
	}
	r, bob := wish(o, "Bob")
	_, carol := wish(o, "Carol")
	_, dan := wish(o, "Dan")
	must(t, db.AskAccess(t.Context(), bob, r))
	before, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	refused(t, db.ApproveAccess(t.Context(), carol, r.ID, "", giving(tenants.NewGUID(), clock.now())), fault.Invalid, "role")
	if got, err := db.AccessRequestOf(t.Context(), o.ID, r.Person.OID); err != nil || got.State != tenants.AccessAsked || len(held(r.Person.OID)) > 0 {
		t.Errorf("what could not be given is answered: %+v %v", got, err)
	}
	must(t, db.ApproveAccess(t.Context(), carol, r.ID, "go on", giving(payroll, clock.now())))
	if e := last(t, db, o); e.Target != "access request approved" || e.Subject.OID != r.Person.OID || !strings.Contains(e.After, "go on") || !strings.Contains(e.After, payroll.String()) {
		t.Errorf("%+v", e)
	}
	if after, err := db.LoadSnapshot(t.Context(), o.ID); err != nil || after.Decisions == before.Decisions {
		t.Errorf("what was given does not decide: %v", err)
	}
	refused(t, db.ApproveAccess(t.Context(), dan, r.ID, "", giving(notes, clock.now())), fault.Conflict, "does not wait any more")
	refused(t, db.ApproveAccess(t.Context(), dan, tenants.NewGUID(), "", giving(notes, clock.now())), fault.NotFound, "no such request")
	if got := held(r.Person.OID); !slices.Equal(got, []tenants.GUID{payroll}) {
		t.Errorf("Bob has %v", got)
	}

	second, eve := wish(o, "Eve")
	must(t, db.AskAccess(t.Context(), eve, second))
	answers := make(chan error, 2)
	for _, role := range []tenants.GUID{payroll, notes} {
		go func() { answers <- db.ApproveAccess(t.Context(), dan, second.ID, "", giving(role, clock.now())) }()
	}
	one, other := <-answers, <-answers
	if one == nil {
		one, other = other, one
	}
	if fault.KindOf(one) != fault.Conflict || other != nil || len(held(second.Person.OID)) != 1 {
		t.Errorf("of two at once: %v, %v, and Eve has %v", one, other, held(second.Person.OID))
	}
}
