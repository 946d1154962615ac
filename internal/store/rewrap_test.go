package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestEveryOrganizationsKeyIsRewrapped(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	all := []tenants.Organization{p.a, p.b}
	for n := range 5 {
		o := organization(fmt.Sprintf("more-%d", n))
		create(t, p.db, o)
		all = append(all, o)
	}
	must(t, edit(t.Context(), p.db, p.b, func(o *tenants.Organization) { must(t, o.Delete(time.Now())) }))
	var seen []tenants.ID
	var after tenants.ID
	for {
		keys, err := p.db.WrappedKeys(t.Context(), after, 3)
		must(t, err)
		if len(keys) == 0 {
			break
		}
		for _, k := range keys {
			if string(k.Wrapped) != "wrapped" {
				t.Errorf("%s has %q", k.Org, k.Wrapped)
			}
			seen, after = append(seen, k.Org), k.Org
		}
	}
	if len(seen) != len(all) || slices.ContainsFunc(all, func(o tenants.Organization) bool { return !slices.Contains(seen, o.ID) }) {
		t.Errorf("seen %v", seen)
	}
	before, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	must(t, p.db.Rewrapped(t.Context(), caller(p.a), []byte("again")))
	now, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	if string(now.WrappedKey) != "again" || now.Version != before.Version+1 || now.Decisions != before.Decisions {
		t.Errorf("%q, version %d after %d, decisions %d after %d", now.WrappedKey, now.Version, before.Version, now.Decisions, before.Decisions)
	}
	if r := last(t, p.db, p.a); r.Target != "organization key rewrapped" {
		t.Errorf("%+v", r)
	}
	refused(t, p.db.Rewrapped(t.Context(), caller(p.a), nil), fault.Invalid, "wrapped key is empty")
	refused(t, p.db.Rewrapped(t.Context(), caller(organization("nobody")), []byte("x")), fault.NotFound, "there is no such organization")
}
