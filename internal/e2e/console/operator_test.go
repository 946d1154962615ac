package console_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/demo"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// waiting makes an organization that waits for its admission.
func waiting(t *testing.T, slug string) tenants.ID {
	t.Helper()
	address, err := os.ReadFile(filepath.Join(data, "database.url"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := demo.LoadKey(data)
	if err != nil {
		t.Fatal(err)
	}
	box, err := key.Box()
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), string(address), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.KeepHistory(box)
	o := tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug(slug), Name: "Northwind", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Pending, Mode: tenants.Brokered,
		UnknownClients: tenants.Refuse, Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
	if err := demo.Create(t.Context(), db, box, demo.New{Organization: o}); err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// TestOperatorAdmitsAndAsks walks as an operator of the platform, and as Carol, to whom
// nothing there belongs. The organization's own log has what was done, and why.
func TestOperatorAdmitsAndAsks(t *testing.T) {
	t.Parallel()
	const slug = "northwind"
	waiting(t, slug)
	w := walk(t, "operator", map[string]string{"slug": slug, "operator": demo.Platform().Person.OID.String(), "carol": user(t, "carol").OID})
	w.holds(t, 12)
	var log strings.Builder
	if err := demo.PrintLog(context.WithoutCancel(t.Context()), demo.LogQuery{Data: data, Slug: slug, Whole: true}, &log); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"organization admitted by an operator", "a customer since Monday", "organization suspended by an operator", "does not answer", "support access requested"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the organization's log does not say %q:\n%s", part, log.String())
		}
	}
}
