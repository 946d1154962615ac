package chaos_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/demo"
)

// plan is a series of kills.
type plan struct {
	rounds   int
	clients  int
	shortest time.Duration // of a round's load before the kill
	longest  time.Duration
}

// tally is what a series of kills came to.
type tally struct {
	receipts    []receipt
	ran         []string // calls that reached Graph
	answered    int
	interrupted int
	underLoad   time.Duration
	ledger      *ledger
}

// killRounds starts cmd/api, puts load on it, kills it at a random moment and
// looks at the log, as often as the plan says.
func killRounds(t *testing.T, w *world, p plan) tally {
	t.Helper()
	sum := tally{ledger: readLedger(t, w, contoso())}
	for round := range p.rounds {
		r := startReplica(t, w.environment())
		l := startLoad(w.staff(t, r, p.clients), whoami, profile)
		moment := p.shortest + rand.N(p.longest-p.shortest)
		eventually(t, replicaLimit, "a first result", func() bool { return l.results() > 0 })
		<-time.After(moment)
		r.kill(t)
		l.stop()
		sum.receipts = append(sum.receipts, l.receipts...)
		sum.answered, sum.interrupted = sum.answered+l.answered, sum.interrupted+l.interrupted
		sum.ran, sum.underLoad = w.witness.seen(), sum.underLoad+moment
		sum.ledger.readOn(t, w.store, contoso())
		sum.ledger.check(t, sum.receipts, sum.ran)
		t.Logf("round %d: killed after %s; so far %d results, %d calls cut off, %d runs seen by Graph, %d records, %d begun without outcome",
			round+1, moment.Round(time.Millisecond), len(sum.receipts), sum.interrupted, len(sum.ran), sum.ledger.records, sum.ledger.open())
	}
	return sum
}

// staff returns clients of contoso on a replica, for two people in turn.
func (w *world) staff(t *testing.T, r *replica, n int) []*client {
	t.Helper()
	tokens := []string{w.token(t, contoso(), "alice", demo.VisualStudioCode), w.token(t, contoso(), "dan", demo.AzureCLI)}
	clients := make([]*client, n)
	for i := range clients {
		clients[i] = r.client(contoso(), tokens[i%len(tokens)])
	}
	return clients
}

func TestKilledReplicaLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sum := killRounds(t, w, plan{rounds: 5, clients: 8, shortest: 300 * time.Millisecond, longest: 1500 * time.Millisecond})
	sum.mustMeanSomething(t)
}

// mustMeanSomething fails a series that killed nothing in the middle of its
// work, or that never called one of the tools.
func (s tally) mustMeanSomething(t *testing.T) {
	t.Helper()
	for _, tool := range []string{whoami, profile} {
		if !slices.ContainsFunc(s.receipts, func(r receipt) bool { return r.tool == tool }) {
			t.Errorf("no call of %s had a result", tool)
		}
	}
	if s.interrupted == 0 || len(s.ran) == 0 {
		t.Errorf("%d calls were cut off and %d reached Graph: the kills met no work", s.interrupted, len(s.ran))
	}
}

// TestLedgerReportsWhatIsMissing proves that the check above can fail: from a
// series without a complaint, each thing the log owes is taken away in turn.
func TestLedgerReportsWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := startReplica(t, w.environment())
	l := startLoad(w.staff(t, r, 2), whoami, profile)
	eventually(t, replicaLimit, "a few results", func() bool { return l.results() >= 6 })
	l.stop()
	ran := w.witness.seen()
	whole := func() *ledger { return readLedger(t, w, contoso()) }
	if c := whole().complaints(l.receipts, ran); len(c) > 0 || len(ran) == 0 {
		t.Fatalf("%d runs and complaints to begin with: %v", len(ran), c)
	}
	for name, damage := range map[string]func(*ledger) string{
		"outcome": func(l2 *ledger) string { delete(l2.outcomes, l.receipts[0].record); return l.receipts[0].record },
		"intent":  func(l2 *ledger) string { delete(l2.intents, ran[0]); return ran[0] },
		"bytes": func(l2 *ledger) string {
			l2.add("odd-record", []byte(`{"v":1}`))
			return "odd-record"
		},
		"tool": func(l2 *ledger) string {
			swapped := l2.outcomes[l.receipts[0].record]
			swapped.tool = "roll_dice"
			l2.outcomes[l.receipts[0].record] = swapped
			return "roll_dice"
		},
	} {
		damaged := whole()
		missing := damage(damaged)
		if c := damaged.complaints(l.receipts, ran); !slices.ContainsFunc(c, func(s string) bool { return strings.Contains(s, missing) }) {
			t.Errorf("%s: nobody misses %s: %v", name, missing, c)
		}
	}
	if c := whole().complaints(append(l.receipts, receipt{whoami, ""}), ran); len(c) != 1 {
		t.Errorf("a result without a record: %v", c)
	}
}

// TestIntentIsDurableBeforeTheToolRuns looks at the log at the very moment the
// tool reaches Graph.
func TestIntentIsDurableBeforeTheToolRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type sight struct {
		call   string
		intent bool
		open   bool
	}
	sights := make(chan sight, 1)
	w.witness.arrival = func(call string) {
		l := readLedger(t, w, contoso())
		intent, ok := l.intents[call]
		_, ended := l.outcomes[call]
		sights <- sight{call, ok && intent.tool == profile && intent.effect == audit.Write, !ended}
	}
	r := startReplica(t, w.environment())
	reply := w.staff(t, r, 1)[0].call(profile)
	record, ok := reply.result()
	if !ok || !reply.succeeded() {
		t.Fatalf("the call: %s", reply)
	}
	got := <-sights
	if got.call != record || !got.intent || !got.open {
		t.Errorf("when call %s reached Graph: %+v", record, got)
	}
}
