package store_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// preregistered registers a confidential client with a secret, as an admin does.
func preregistered(t *testing.T, db *store.DB, o tenants.Organization, now time.Time) connections.Preregistration {
	t.Helper()
	now = now.UTC().Truncate(time.Second)
	secret, _ := connections.NewSecret(tenants.NewGUID(), now, connections.SecretLife)
	e := connections.Preregistration{ID: connections.PreregisteredID(tenants.NewGUID()), Kind: connections.Confidential, MadeAt: now, Redirects: []string{"https://desk.example/callback"}, KeysURL: "https://desk.example/keys"}
	_, err := db.EditAccess(t.Context(), caller(o), "client registered", func(c *access.Configuration) error {
		if err := c.Preregister(e, access.PreregistrationSettings{Name: "Desk", Redirects: e.Redirects, KeysURL: e.KeysURL}); err != nil {
			return err
		}
		return c.AddSecret(e.ID, secret, now)
	})
	must(t, err)
	e.Secrets = []connections.Secret{secret}
	return e
}

func TestPreregisteredClientsAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	e := preregistered(t, db, o, clock.now())
	got, err := db.Preregistered(t.Context(), o.ID, e.ID)
	if err != nil || got.Name != "Desk" {
		t.Fatalf("%+v %v", got, err)
	}
	if !reflect.DeepEqual(got.Preregistration, e) {
		t.Errorf("%+v, not %+v", got.Preregistration, e)
	}
	c, err := db.Access(t.Context(), o.ID)
	must(t, err)
	if !reflect.DeepEqual(c.Preregistered, []connections.Preregistration{e}) {
		t.Errorf("%+v", c.Preregistered)
	}
	r := last(t, db, o)
	if r.Kind != audit.ConfigChange || r.Target != "client registered" || !strings.Contains(r.After, "registered client "+e.ID) || !strings.Contains(r.After, e.Secrets[0].Hint) ||
		!strings.Contains(r.After, "https://desk.example/callback") {
		t.Errorf("%+v", r)
	}
	agent := connections.Preregistration{ID: connections.PreregisteredID(tenants.NewGUID()), Kind: connections.Headless, Agent: tenants.NewGUID(), MadeAt: e.MadeAt}
	edit := func(change func(*access.Configuration) error) {
		t.Helper()
		_, err := db.EditAccess(t.Context(), caller(o), "changed", change)
		must(t, err)
	}
	edit(func(c *access.Configuration) error {
		return c.Preregister(agent, access.PreregistrationSettings{Name: "Nightly"})
	})
	edit(func(c *access.Configuration) error {
		return c.PutPreregistered(e.ID, access.PreregistrationSettings{Name: "Desk 2", Redirects: []string{"https://desk.example/two"}})
	})
	edit(func(c *access.Configuration) error { return c.RemoveSecret(e.ID, e.Secrets[0].ID) })
	if got, err := db.Preregistered(t.Context(), o.ID, agent.ID); err != nil || got.Agent != agent.Agent || got.Kind != connections.Headless || got.Name != "Nightly" {
		t.Errorf("%+v %v", got, err)
	}
	got, err = db.Preregistered(t.Context(), o.ID, e.ID)
	if err != nil || got.Name != "Desk 2" || len(got.Secrets) > 0 || got.Redirects[0] != "https://desk.example/two" || count(t, d, "client_secrets") != "0" {
		t.Errorf("%+v %v", got, err)
	}
}

// TestARemovedClientIsCutOff takes it off the list, as the console and a document
// do.
func TestARemovedClientIsCutOff(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	e := preregistered(t, db, o, clock.now())
	person := tenants.NewGUID()
	mine := aConnection(person, e.ID)
	mine.Software = e.ID
	connected(t, db, o, mine, aGrant(clock.now()))
	connected(t, db, o, aConnection(person, "another"), aGrant(clock.now()))
	_, err := db.EditAccess(t.Context(), caller(o), "client deleted", func(c *access.Configuration) error { return c.RemoveClient(e.ID) })
	must(t, err)
	if _, err := db.Preregistered(t.Context(), o.ID, e.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("it is there: %v", err)
	}
	for table, rows := range map[string]string{"preregistered_clients": "0", "client_secrets": "0", "connections": "1", "grants": "1", "revocations": "1"} {
		if n := count(t, d, table); n != rows {
			t.Errorf("%s has %s rows, not %s", table, n, rows)
		}
	}
	after, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	cuts := authz.IndexRevocations(after.Revocations)
	of := func(client string, issued time.Time) authz.Identity {
		return authz.Identity{Org: o.ID, OID: person, Client: client, IssuedAt: issued}
	}
	if !cuts.Covers(of(e.ID, clock.now())) || !cuts.Covers(of(e.ID, clock.now().Add(5*time.Second))) || cuts.Covers(of("another", clock.now())) {
		t.Errorf("%+v does not cut off its tokens, those on their way, and no others", after.Revocations)
	}
	if left := after.Revocations[0].ExpiresAt.Sub(clock.now()); left < 11*time.Minute {
		t.Errorf("it is forgotten after %s", left)
	}
}

func TestConnectionsOfClientsWithKeysSaySo(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	c := aConnection(tenants.NewGUID(), editor)
	for _, proves := range []bool{false, true, false} {
		c.Proves = proves
		g := aGrant(clock.now())
		connected(t, db, o, c, g)
		if _, kept, err := db.Grant(t.Context(), o.ID, g.ID); err != nil || kept.Proves != proves {
			t.Errorf("%v, not %v: %v", kept.Proves, proves, err)
		}
	}
}

func TestAClientIsRegisteredOnce(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	e := preregistered(t, db, o, clock.now())
	_, err := db.EditAccess(t.Context(), caller(o), "again", func(c *access.Configuration) error {
		return c.Preregister(e, access.PreregistrationSettings{Name: "Desk"})
	})
	refused(t, err, fault.Conflict, "registered already with this Idempotency-Key")
	_, err = db.EditAccess(t.Context(), caller(o), "again", func(c *access.Configuration) error { return c.AddSecret(e.ID, e.Secrets[0], clock.now()) })
	refused(t, err, fault.Conflict, "made already with this Idempotency-Key")
}
