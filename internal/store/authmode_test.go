package store_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// TestHowTokensAreDecidedAboutIsKept with since when: an edit says so, and may cut
// off what was issued before.
func TestHowTokensAreDecidedAboutIsKept(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db, o := openAt(t, d, c), organization("contoso")
	create(t, db, o)
	for _, step := range []struct {
		name   string
		change func(*tenants.Organization)
	}{
		{"brokered", func(o *tenants.Organization) { o.Mode, o.ModeSince = tenants.Brokered, c.now() }},
		{"accepts", func(o *tenants.Organization) { o.AcceptEntraTokens = true }},
		{"unknown clients", func(o *tenants.Organization) { o.UnknownClients = tenants.Admit }},
		{"cut off", func(o *tenants.Organization) { o.ModeSince = time.Time{} }},
		{"facade", func(o *tenants.Organization) {
			o.Mode, o.AcceptEntraTokens, o.ModeSince = tenants.Facade, false, c.now()
		}},
	} {
		c.advance(time.Minute)
		before, err := db.LoadSnapshot(t.Context(), o.ID)
		must(t, err)
		want := before.Organization
		step.change(&want)
		_, err = db.EditOrganization(t.Context(), caller(o), step.name, func(o *tenants.Organization) error { step.change(o); return nil })
		must(t, err)
		after, err := db.LoadSnapshot(t.Context(), o.ID)
		must(t, err)
		got := after.Organization
		if got.Mode != want.Mode || got.AcceptEntraTokens != want.AcceptEntraTokens || got.UnknownClients != want.UnknownClients || !got.ModeSince.Equal(want.ModeSince) {
			t.Errorf("%s: %+v, want %+v", step.name, got, want)
		}
		if after.Decisions != before.Version+1 {
			t.Errorf("%s: decisions %d after version %d", step.name, after.Decisions, before.Version)
		}
	}
	if r := last(t, db, o); !strings.Contains(r.After, "authModeSince") || !strings.Contains(r.After, "facade") {
		t.Errorf("the record says %s", r.After)
	}
}

func TestHowTokensAreDecidedAboutIsKeptOfAWhole(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db, o := openAt(t, d, c), organization("contoso")
	o.ModeSince = c.now() // nothing has changed when it is claimed
	create(t, db, o)
	if got, err := db.Organization(t.Context(), o.ID); err != nil || !got.ModeSince.IsZero() {
		t.Errorf("%s %v", got.ModeSince, err)
	}
	_, err := db.EditWhole(t.Context(), caller(o), "applied", func(w *access.Whole) error {
		w.Organization.Mode, w.Organization.AcceptEntraTokens, w.Organization.ModeSince = tenants.Brokered, true, c.now()
		return nil
	})
	must(t, err)
	got, err := db.Organization(t.Context(), o.ID)
	if err != nil || got.Mode != tenants.Brokered || !got.AcceptEntraTokens || !got.ModeSince.Equal(c.now()) {
		t.Errorf("%+v %v", got, err)
	}
	_, err = db.EditOrganization(t.Context(), caller(o), "mode", func(o *tenants.Organization) error { o.Mode = "x"; return nil })
	refused(t, err, fault.Invalid, "auth mode must be brokered, facade or direct")
}
