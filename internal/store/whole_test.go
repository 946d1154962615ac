package store_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// three makes one change of each part.
func three(w *access.Whole) error {
	w.Organization.Name = "Renamed"
	if err := w.Access.RemoveClient("client-1"); err != nil {
		return err
	}
	w.RoleGrants = append(w.RoleGrants, owner())
	return nil
}

func TestWholeIsEditedInOneStepWithOneRecord(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	records, version := len(stored(t, p.db, p.a)), versionOf(t, p.db, p.a)
	got, err := p.db.EditWhole(t.Context(), caller(p.a), "all edited", three)
	must(t, err)
	now, err := p.db.Whole(t.Context(), p.a.ID)
	must(t, err)
	if got.Organization.Name != "Renamed" || now.Organization.Name != "Renamed" || len(now.Access.Clients) != 0 || len(now.RoleGrants) != 2 {
		t.Errorf("%+v", now)
	}
	if len(stored(t, p.db, p.a)) != records+1 || versionOf(t, p.db, p.a) != version+1 {
		t.Error("it was more than one change")
	}
	r := last(t, p.db, p.a)
	if r.Target != "all edited" || r.Detail != "1 added, 1 changed, 1 removed" || !strings.Contains(r.Before, "client-1") ||
		!strings.Contains(r.After, "Renamed") || !strings.Contains(r.After, "Olivia") {
		t.Errorf("%+v", r)
	}
}

func TestWholeThatIsTheSameLeavesNoTrace(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	records, version := len(stored(t, p.db, p.a)), versionOf(t, p.db, p.a)
	_, err := p.db.EditWhole(t.Context(), caller(p.a), "nothing edited", func(*access.Whole) error { return nil })
	must(t, err)
	if len(stored(t, p.db, p.a)) != records || versionOf(t, p.db, p.a) != version {
		t.Error("it left a trace")
	}
}

func TestTriedEditIsTakenBack(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	before, err := p.db.Whole(t.Context(), p.a.ID)
	must(t, err)
	records, version := len(stored(t, p.db, p.a)), versionOf(t, p.db, p.a)
	would, err := p.db.TryWhole(t.Context(), caller(p.a), three)
	must(t, err)
	now, err := p.db.Whole(t.Context(), p.a.ID)
	must(t, err)
	if would.Organization.Name != "Renamed" || !reflect.DeepEqual(before, now) {
		t.Errorf("it would be %+v and is %+v", would, now)
	}
	if len(stored(t, p.db, p.a)) != records || versionOf(t, p.db, p.a) != version {
		t.Error("it left a trace")
	}
}

// TestPartsOfAWholeKeepTheirRules spoils one part after the others were edited:
// everything stays as it was, whether the edit was meant or tried.
func TestPartsOfAWholeKeepTheirRules(t *testing.T) {
	t.Parallel()
	errOwn := fault.New(fault.Limited, "changed its mind")
	p := newPair(t, storetest.New(t))
	for name, c := range map[string]struct {
		spoil    func(*access.Whole) error
		kind     fault.Kind
		sentence string
	}{
		"own error": {func(*access.Whole) error { return errOwn }, fault.Limited, "changed its mind"},
		"slug":      {func(w *access.Whole) error { w.Organization.Slug = tenants.MustSlug("other"); return nil }, fault.Invalid, "slug never changes"},
		"unlisted client": {func(w *access.Whole) error {
			w.Access.Rules.ClientCeilings["x"] = authz.Ceiling{Patterns: []string{"*"}}
			return nil
		}, fault.Invalid, "client ceiling x"},
		"no owner": {func(w *access.Whole) error { w.RoleGrants = nil; return nil }, fault.Invalid, "at least one owner"},
		"taken client id": {func(w *access.Whole) error {
			w.Organization.Connection.ClientID, w.Organization.Connection.ID = p.b.Connection.ClientID, tenants.NewGUID()
			return nil
		}, fault.Conflict, "client id"},
		"one name twice": {func(w *access.Whole) error {
			again := w.Access.Rules.Roles[0]
			again.ID = tenants.NewGUID()
			w.Access.Rules.Roles = append(slices.Clone(w.Access.Rules.Roles), again)
			return nil
		}, fault.Conflict, "a role of this name exists already"},
		"one grant twice": {func(w *access.Whole) error {
			again := w.RoleGrants[0]
			again.ID = tenants.NewGUID()
			w.RoleGrants = append(w.RoleGrants, again)
			return nil
		}, fault.Conflict, "this grantee has the role already"},
	} {
		spoiled := func(w *access.Whole) error {
			if err := three(w); err != nil {
				return err
			}
			return c.spoil(w)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := p.db.EditWhole(t.Context(), caller(p.a), "spoiled", spoiled)
			refused(t, err, c.kind, c.sentence)
			_, err = p.db.TryWhole(t.Context(), caller(p.a), spoiled)
			refused(t, err, c.kind, c.sentence)
			now, err := p.db.Whole(t.Context(), p.a.ID)
			must(t, err)
			if now.Organization.Name == "Renamed" || len(now.Access.Clients) != 1 || len(now.RoleGrants) != 1 {
				t.Errorf("a part was written: %+v", now)
			}
		})
	}
}

func TestOrganizationWithoutOwnerCanBeEditedOtherwise(t *testing.T) {
	t.Parallel()
	db, o := storetest.New(t).Open(t), claimed()
	must(t, db.ClaimOrganization(t.Context(), caller(o), tenants.NewOrganization{Organization: o, WrappedKey: []byte("wrapped")}))
	_, err := db.EditWhole(t.Context(), caller(o), "client created", func(w *access.Whole) error {
		return w.Access.PutClient(tenants.Client{ID: tenants.NewGUID().String(), Name: "One"}, nil)
	})
	must(t, err)
	c, err := db.Access(t.Context(), o.ID)
	if err != nil || len(c.Clients) != 1 {
		t.Errorf("%+v %v", c, err)
	}
}

func versionOf(t *testing.T, db *store.DB, o tenants.Organization) int64 {
	t.Helper()
	data, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	return data.Version
}
