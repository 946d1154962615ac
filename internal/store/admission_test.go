package store_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestInvitationIsForOneTenant(t *testing.T) {
	t.Parallel()
	c := newClock()
	db := openAt(t, storetest.New(t), c)
	mine, other := tenants.TID{GUID: tenants.NewGUID()}, tenants.TID{GUID: tenants.NewGUID()}
	code := [32]byte{7}

	refused(t, db.TakeInvitation(t.Context(), mine, code), fault.NotFound, "no such invitation")
	must(t, db.AddInvitation(t.Context(), code, c.now().Add(time.Hour)))
	must(t, db.TakeInvitation(t.Context(), mine, code))
	must(t, db.TakeInvitation(t.Context(), mine, code)) // a claim that failed afterwards is repeated
	refused(t, db.TakeInvitation(t.Context(), other, code), fault.NotFound, "no such invitation")
	c.advance(time.Hour)
	refused(t, db.TakeInvitation(t.Context(), mine, code), fault.NotFound, "no such invitation")
	must(t, db.AddInvitation(t.Context(), [32]byte{8}, c.now().Add(time.Hour)))
}

func TestApprovedSlugIsForOneTenant(t *testing.T) {
	t.Parallel()
	db := openAt(t, storetest.New(t), newClock())
	mine, other := tenants.TID{GUID: tenants.NewGUID()}, tenants.TID{GUID: tenants.NewGUID()}
	north, south := tenants.MustSlug("north"), tenants.MustSlug("south")

	must(t, db.ApproveSlug(t.Context(), mine, south))
	must(t, db.ApproveSlug(t.Context(), mine, north))
	must(t, db.ApproveSlug(t.Context(), mine, north))
	refused(t, db.ApproveSlug(t.Context(), other, north), fault.Conflict, "slug is approved for another directory")
	refused(t, db.ApproveSlug(t.Context(), tenants.TID{}, north), fault.Invalid, "Entra tenant id")
	refused(t, db.ApproveSlug(t.Context(), mine, tenants.Slug{}), fault.Invalid, "slug")
	if got, err := db.ApprovedSlugs(t.Context(), mine); err != nil || !slices.Equal(got, []tenants.Slug{north, south}) {
		t.Errorf("%v %v", got, err)
	}
	if got, err := db.ApprovedSlugs(t.Context(), other); err != nil || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
}
