package store_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func openOperators(t *testing.T, d storetest.Database) *store.Operators {
	t.Helper()
	o, err := store.OpenOperators(t.Context(), d.Operator)
	must(t, err)
	t.Cleanup(func() { must(t, o.Close()) })
	return o
}

func TestOperatorsSeeNamesStatesAndNumbers(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	waiting := claimed()
	must(t, p.db.ClaimOrganization(t.Context(), caller(waiting), tenants.NewOrganization{Organization: waiting, WrappedKey: []byte("w")}))
	operators := openOperators(t, d)
	var slugs []string
	var at tenants.ListingCursor
	for {
		page, err := operators.List(t.Context(), at, 2)
		must(t, err)
		for _, l := range page {
			slugs, at = append(slugs, l.Slug.String()), l.After()
		}
		if len(page) < 2 {
			break
		}
	}
	if !slices.Equal(slugs, []string{"contoso", "fabrikam", "northwind"}) {
		t.Errorf("%v", slugs)
	}
	first, err := operators.List(t.Context(), tenants.ListingCursor{}, 1)
	must(t, err)
	if l := first[0]; l.ID != p.a.ID || l.Name != p.a.Name || l.TID != p.a.TID || l.State != tenants.Active || l.Version != 2 || l.CreatedAt.IsZero() {
		t.Errorf("%+v", l)
	}
	for limit, want := range map[int]int{-1: 1, 0: 1, 1 << 40: 3} {
		if page, err := operators.List(t.Context(), tenants.ListingCursor{}, limit); err != nil || len(page) != want {
			t.Errorf("limit %d: %d organizations %v", limit, len(page), err)
		}
	}
	counts, err := operators.Count(t.Context())
	if err != nil || len(counts) != 2 || counts[tenants.Active] != 2 || counts[tenants.Pending] != 1 {
		t.Errorf("%v %v", counts, err)
	}
}

func TestListingGoesOnBetweenOrganizationsOfOneInstant(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	newPair(t, d)
	_, err := connect(t, d.Superuser).Exec(t.Context(), "UPDATE organizations SET created_at = '2026-01-01'")
	must(t, err)
	operators := openOperators(t, d)
	first, err := operators.List(t.Context(), tenants.ListingCursor{}, 1)
	must(t, err)
	second, err := operators.List(t.Context(), first[0].After(), 1)
	must(t, err)
	if len(second) != 1 || second[0].ID == first[0].ID {
		t.Errorf("%+v %+v", first, second)
	}
}

// TestOperatorRoleReadsTheListedColumnsOnly asks for each column, each way to
// write and each function that the catalog knows.
func TestOperatorRoleReadsTheListedColumnsOnly(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	newPair(t, d)
	super, conn := connect(t, d.Superuser), connect(t, d.Operator)
	allowed := []string{
		"organizations.org_id", "organizations.slug", "organizations.name", "organizations.entra_tid", "organizations.state",
		"organizations.created_at", "organizations.version",
	}
	denied := func(sql string) {
		if _, err := conn.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	columns := column(t, super, "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'")
	if len(columns) < 100 {
		t.Fatalf("the catalog knows %d columns", len(columns))
	}
	for _, name := range columns {
		table, col, _ := strings.Cut(name, ".")
		if !slices.Contains(allowed, name) {
			denied("SELECT " + col + " FROM " + table)
		} else if _, err := conn.Exec(t.Context(), "SELECT "+col+" FROM "+table); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		denied("UPDATE " + table + " SET " + col + " = DEFAULT")
	}
	for _, table := range column(t, super, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'") {
		denied("DELETE FROM " + table)
		denied("TRUNCATE " + table)
		denied("INSERT INTO " + table + " DEFAULT VALUES")
	}
	for _, f := range column(t, super, "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef") {
		name, arguments, _ := strings.Cut(strings.TrimSuffix(f, ")"), "(")
		denied("SELECT " + name + "(NULL::" + strings.ReplaceAll(arguments, ",", ", NULL::") + ")")
	}
}
