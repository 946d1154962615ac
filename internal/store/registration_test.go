package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

func aRegistration(now time.Time) connections.Registered {
	letters := strings.ReplaceAll(tenants.NewGUID().String(), "-", "")[:26]
	return connections.Registered{
		ID: connections.RegisteredPrefix + letters, Name: "Editor", Redirects: []string{"http://127.0.0.1/callback", "https://editor.example/callback"},
		CreatedAt: now, ExpiresAt: now.Add(connections.UnusedLife),
	}
}

func registered(t *testing.T, db *store.DB, o tenants.Organization, now time.Time) connections.Registered {
	t.Helper()
	c := aRegistration(now)
	must(t, db.Register(t.Context(), caller(o), c))
	return c
}

func TestARegistrationIsKeptUntilItExpires(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	c := registered(t, db, o, clock.now())
	got, err := db.Registered(t.Context(), o.ID, c.ID)
	if err != nil || got.ID != c.ID || got.Name != c.Name || !slices.Equal(got.Redirects, c.Redirects) || !got.CreatedAt.Equal(c.CreatedAt) || !got.UsedAt.IsZero() || !got.ExpiresAt.Equal(c.ExpiresAt) {
		t.Errorf("%+v %v", got, err)
	}
	if r := last(t, db, o); r.Kind != audit.ClientRegistration || r.Target != "client registered" || r.Detail != c.ID || !strings.Contains(r.After, "https://editor.example/callback") {
		t.Errorf("%+v", r)
	}
	clock.advance(connections.UnusedLife - time.Microsecond)
	if _, err := db.Registered(t.Context(), o.ID, c.ID); err != nil {
		t.Error(err)
	}
	clock.advance(time.Microsecond)
	if _, err := db.Registered(t.Context(), o.ID, c.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("it has expired: %v", err)
	}
	clock.advance(time.Microsecond)
	registered(t, db, o, clock.now())
	if n := count(t, d, "registered_clients"); n != "1" {
		t.Errorf("%s registrations are kept", n)
	}
}

func TestARegistrationThatIsAgreedToLivesOn(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c, other := registered(t, db, o, clock.now()), registered(t, db, o, clock.now())
	clock.advance(time.Hour)
	connected(t, db, o, aConnection(tenants.NewGUID(), c.ID), aGrant(clock.now()))
	got, err := db.Registered(t.Context(), o.ID, c.ID)
	if err != nil || !got.UsedAt.Equal(clock.now()) || !got.ExpiresAt.Equal(clock.now().Add(connections.RegisteredLife)) {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := db.Registered(t.Context(), o.ID, other.ID); err != nil || !got.ExpiresAt.Equal(other.ExpiresAt) {
		t.Errorf("another lives on: %+v %v", got, err)
	}
}

func TestRegistrationsOfAnOrganizationAreBounded(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	fill := func(n int, expires time.Time) {
		t.Helper()
		_, err := connect(t, d.Superuser).Exec(t.Context(), `INSERT INTO registered_clients
			SELECT org_id, 'gh_' || left(md5(random()::text || n), 26), '', '{x}', $2, $2, $3 FROM organizations, generate_series(1, $1) n`, n, clock.now(), expires)
		must(t, err)
	}
	fill(connections.MaxRegistered-1, clock.now().Add(time.Hour))
	fill(150, clock.now().Add(-time.Hour)) // more than one sweep removes, and none of them counts
	c := registered(t, db, o, clock.now())
	later := registered(t, db, o, clock.now().Add(time.Minute))
	if _, err := db.Registered(t.Context(), o.ID, c.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("one that nobody has agreed to makes no room: %v", err)
	}
	c = later
	connected(t, db, o, aConnection(tenants.NewGUID(), c.ID), aGrant(clock.now()))
	records := len(stored(t, db, o))
	err := db.Register(t.Context(), caller(o), aRegistration(clock.now()))
	refused(t, err, fault.Limited, "too many clients have registered")
	if fault.RetryAfter(err) <= 0 || len(stored(t, db, o)) != records {
		t.Errorf("it does not say when to try again, or is recorded: %v", err)
	}
	if _, err := db.Registered(t.Context(), o.ID, c.ID); err != nil {
		t.Error(err)
	}
	clock.advance(2 * time.Hour)
	registered(t, db, o, clock.now())
}
