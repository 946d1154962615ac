package chaos_test

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/demo"
	"gatehouse/internal/devstack"
)

// leaseLife is how long a replica may serve what it last heard from PostgreSQL:
// the product's promise, written out so that no change of it goes unnoticed.
const leaseLife = 3 * time.Second

// lapsedWithin is how soon it must be seen refusing.
const lapsedWithin = leaseLife + takenWithin

// recoveredWithin is how soon it must serve again: longest after a black hole,
// where each dead connection costs a timeout of its own.
const recoveredWithin = 30 * time.Second

// unavailable reports whether a replica says that it cannot serve now, and when
// to come back.
func unavailable(r reply) bool {
	return r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") != ""
}

// between tells two states apart.
func between(before, after func(reply) bool) func(reply) state {
	return step{before: before, after: after}.show
}

// listed reports whether a list of tools was answered.
func listed(r reply) bool {
	_, ok := r.result()
	return ok
}

func (c *client) list() reply { return c.post("tools/list", "", `{`+meta+`}`) }

func TestReplicaCutFromPostgreSQLRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]mode{"connections refused": refuse, "black hole": blackHole} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			wire := startProxy(t)
			far := startReplica(t, w.environment("GATEHOUSE_DATABASE_URL="+wire.through(t, w.api), "GATEHOUSE_AUDIT_DATABASE_URL="+wire.through(t, w.audit)))
			near := startReplica(t, w.environment())
			alice, dan := w.token(t, contoso(), "alice", demo.VisualStudioCode), w.token(t, contoso(), "dan", demo.VisualStudioCode)
			elsewhere := near.client(contoso(), dan)
			other := watch("the other replica", elsewhere.list, spareOf(listed))
			defer other.stop()

			w.lapse(t, far.client(contoso(), alice), far.client(contoso(), dan), func() { wire.set(cut) })
			far.mustRefuseEverything(t, alice)
			must(t, setRules(t, func(tool string) bool { return tool != whoami })(t.Context(), w))
			eventually(t, takenWithin, "the change on the other replica", func() bool { return unknownTool(elsewhere.call(whoami)) })
			serveAgain(t, far.client(contoso(), alice), func() { wire.set(carry) })

			other.stop()
			report(t, other)
		})
	}
}

// lapse cuts a replica off and holds it to its lease: what began later than the
// lease's life after the cut is not served, whatever it is. Somebody whom the
// replica does not know yet is told so too, and does not hang.
func (w *world) lapse(t *testing.T, known, unknown *client, cut func()) {
	t.Helper()
	if r := known.call(whoami); !worked(r) {
		t.Fatalf("before the cut: %s", r)
	}
	lists := watch("a list after the cut", known.list, between(listed, unavailable))
	defer lists.stop()
	calls := watch("a call after the cut", func() reply { return known.call(whoami) }, between(worked, unavailable))
	defer calls.stop()
	for _, l := range []*timeline{lists, calls} {
		eventually(t, replicaLimit, l.name+": the state before", func() bool { return l.count(older) > 0 })
	}
	cut()
	at := time.Now()
	first := make(chan reply, 1)
	go func() { first <- unknown.call(whoami) }()
	for _, l := range []*timeline{lists, calls} {
		eventually(t, lapsedWithin-time.Since(at), l.name, func() bool { return l.count(newer) > 0 })
	}
	eventually(t, replicaLimit, "the end of the lease", func() bool { return time.Since(at) > leaseLife && lists.count(newer) > 10 })
	if r := <-first; !unavailable(r) {
		t.Errorf("a token first seen after the cut: %s", r)
	}
	for _, l := range []*timeline{lists, calls} {
		l.stop()
		report(t, l)
		if late := l.lastOf(older); late.Sub(at) > leaseLife {
			t.Errorf("%s: served a request that began %s after the cut", l.name, late.Sub(at))
		}
	}
}

// mustRefuseEverything asks for everything the replica offers.
func (r *replica) mustRefuseEverything(t *testing.T, token string) {
	t.Helper()
	c := r.client(contoso(), token)
	const metadata = "/.well-known/oauth-protected-resource/t/"
	for name, got := range map[string]reply{
		"call": c.call(whoami), "list": c.list(), "stranger": r.client(contoso(), "").list(), "GET": c.get(t, "/t/contoso/mcp"),
		"unknown organization": c.get(t, "/t/nobody/mcp"), "metadata": c.get(t, metadata+"contoso/mcp"),
		"unknown metadata": c.get(t, metadata+"nobody/mcp"), "readiness": c.get(t, "/readyz"),
	} {
		if !unavailable(got) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := c.get(t, "/healthz"); got.status != http.StatusOK {
		t.Errorf("health: %s", got)
	}
}

// serveAgain mends the wire and waits until the replica serves what changed
// while it was cut off. It must not show the old state even once.
func serveAgain(t *testing.T, c *client, mend func()) {
	t.Helper()
	calls := watch("a call after mending", func() reply { return c.call(whoami) }, between(unavailable, unknownTool))
	defer calls.stop()
	mend()
	eventually(t, recoveredWithin, calls.name, func() bool { return calls.count(newer) > 10 })
	eventually(t, recoveredWithin, "readiness", func() bool { return c.get(t, "/readyz").status == http.StatusOK })
	calls.stop()
	report(t, calls)
}

func report(t *testing.T, l *timeline) {
	t.Helper()
	for _, c := range l.complaints() {
		t.Error(c)
	}
}

// TestStoppedPostgreSQLComesBack stops the server under load and starts it
// again. What was promised before, meanwhile and afterwards is in the log.
func TestStoppedPostgreSQLComesBack(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	t.Cleanup(func() {
		if err := devstack.Discard(data); err != nil {
			t.Error(err)
		}
	})
	server := startKept(t, data)
	must(t, server.CreateDatabase(t.Context(), template))
	must(t, migrate(t.Context(), server, template))
	wire := startProxy(t)
	w := worldOn(t, server, template)
	w.api, w.audit = wire.through(t, w.api), wire.through(t, w.audit)
	r := startReplica(t, w.environment())
	token := w.token(t, contoso(), "alice", demo.VisualStudioCode)
	asking := r.client(contoso(), token)
	l := startLoad(w.staff(t, r, 4), whoami, profile)
	defer l.stop()
	eventually(t, replicaLimit, "results before", func() bool { return l.results() > 50 })

	must(t, server.Stop())
	eventually(t, lapsedWithin, "refusal", func() bool { return unavailable(asking.get(t, "/.well-known/oauth-protected-resource"+asking.path)) })
	r.mustRefuseEverything(t, token)

	before := l.results()
	server = startKept(t, data)
	wire.through(t, server.URL(template)) // it has another port now
	eventually(t, recoveredWithin, "results afterwards", func() bool { return l.results() > before+50 })
	l.stop()
	w.store = openStore(t, w.api)
	readLedger(t, w, contoso()).check(t, l.receipts, w.witness.seen())
	if l.interrupted > 0 {
		t.Errorf("%d calls had no reply at all", l.interrupted)
	}
}

// startKept starts a server of the test's own, whose files outlive it.
func startKept(t *testing.T, data string) *devstack.Postgres {
	t.Helper()
	server, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Data: data, Durability: devstack.Durable})
	must(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}
