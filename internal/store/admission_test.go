package store_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// olga runs the platform.
func olga() tenants.Operator {
	return tenants.Operator{TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID(), Name: "Olga"}
}

func invite(t *testing.T, db *store.DB, by tenants.Operator, expires time.Time, code [32]byte) tenants.Invitation {
	t.Helper()
	i, err := db.AddInvitation(t.Context(), by, tenants.Invitation{ID: tenants.NewGUID(), ExpiresAt: expires}, code)
	must(t, err)
	return i
}

func TestInvitationIsForOneTenant(t *testing.T) {
	t.Parallel()
	c := newClock()
	db := openAt(t, storetest.New(t), c)
	mine, other := tenants.TID{GUID: tenants.NewGUID()}, tenants.TID{GUID: tenants.NewGUID()}
	code, by := [32]byte{7}, olga()

	_, err := db.TakeInvitation(t.Context(), mine, code)
	refused(t, err, fault.NotFound, "no such invitation")
	invited := invite(t, db, by, c.now().Add(time.Hour), code)
	if invited.By != by || !invited.TakenBy.IsZero() || invited.State(c.now()) != tenants.InvitationOpen {
		t.Errorf("%+v", invited)
	}
	taken, err := db.TakeInvitation(t.Context(), mine, code)
	if err != nil || taken.ID != invited.ID || taken.By != by || taken.TakenBy != mine || taken.State(c.now()) != tenants.InvitationTaken {
		t.Errorf("%+v %v", taken, err)
	}
	c.advance(time.Minute)
	if again, err := db.TakeInvitation(t.Context(), mine, code); err != nil || again != taken { // a claim that failed afterwards is repeated
		t.Errorf("%+v %v", again, err)
	}
	_, err = db.TakeInvitation(t.Context(), other, code)
	refused(t, err, fault.NotFound, "no such invitation")
	c.advance(time.Hour)
	_, err = db.TakeInvitation(t.Context(), mine, code)
	refused(t, err, fault.NotFound, "no such invitation")
}

func TestInvitationsAreListedAndTakenBack(t *testing.T) {
	t.Parallel()
	c := newClock()
	db := openAt(t, storetest.New(t), c)
	short := invite(t, db, olga(), c.now().Add(time.Hour), [32]byte{1})
	c.advance(time.Minute)
	long := invite(t, db, olga(), c.now().Add(24*time.Hour), [32]byte{2})
	c.advance(2 * time.Hour)
	list, err := db.Invitations(t.Context())
	if err != nil || !slices.Equal(list, []tenants.Invitation{short, long}) {
		t.Fatalf("%+v %v", list, err)
	}
	if short.State(c.now()) != tenants.InvitationExpired || long.State(c.now()) != tenants.InvitationOpen {
		t.Errorf("%s and %s", short.State(c.now()), long.State(c.now()))
	}
	_, err = db.AddInvitation(t.Context(), olga(), tenants.Invitation{ID: long.ID, ExpiresAt: c.now().Add(time.Hour)}, [32]byte{3})
	refused(t, err, fault.Conflict, "exists already")
	must(t, db.DeleteInvitation(t.Context(), long.ID))
	_, err = db.TakeInvitation(t.Context(), tenants.TID{GUID: tenants.NewGUID()}, [32]byte{2})
	refused(t, err, fault.NotFound, "no such invitation")
	refused(t, db.DeleteInvitation(t.Context(), long.ID), fault.NotFound, "no such invitation")
	c.advance(31 * 24 * time.Hour)
	fresh := invite(t, db, olga(), c.now().Add(time.Hour), [32]byte{4})
	if list, err = db.Invitations(t.Context()); err != nil || !slices.Equal(list, []tenants.Invitation{fresh}) {
		t.Errorf("a month later: %+v %v", list, err)
	}
}

func TestApprovedSlugIsForOneTenant(t *testing.T) {
	t.Parallel()
	c := newClock()
	db := openAt(t, storetest.New(t), c)
	mine, other := tenants.TID{GUID: tenants.NewGUID()}, tenants.TID{GUID: tenants.NewGUID()}
	north, south, by := tenants.MustSlug("north"), tenants.MustSlug("south"), olga()

	first, err := db.ApproveSlug(t.Context(), by, mine, south)
	if err != nil || first.By != by || first.Slug != south || first.TID != mine || !first.ApprovedAt.Equal(c.now()) {
		t.Errorf("%+v %v", first, err)
	}
	second, err := db.ApproveSlug(t.Context(), by, mine, north)
	must(t, err)
	if again, err := db.ApproveSlug(t.Context(), olga(), mine, north); err != nil || again != second {
		t.Errorf("%+v %v", again, err)
	}
	_, err = db.ApproveSlug(t.Context(), by, other, north)
	refused(t, err, fault.Conflict, "slug is approved for another directory")
	_, err = db.ApproveSlug(t.Context(), by, tenants.TID{}, north)
	refused(t, err, fault.Invalid, "directory (tenant) ID")
	_, err = db.ApproveSlug(t.Context(), by, mine, tenants.Slug{})
	refused(t, err, fault.Invalid, "slug")
	if got, err := db.ApprovedSlugs(t.Context(), mine); err != nil || !slices.Equal(got, []tenants.SlugApproval{second, first}) {
		t.Errorf("%v %v", got, err)
	}
	if got, err := db.ApprovedSlugs(t.Context(), other); err != nil || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
	must(t, db.DeleteSlugApproval(t.Context(), north))
	refused(t, db.DeleteSlugApproval(t.Context(), north), fault.NotFound, "no such slug")
	if got, err := db.SlugApprovals(t.Context()); err != nil || !slices.Equal(got, []tenants.SlugApproval{first}) {
		t.Errorf("%v %v", got, err)
	}
}
