//go:build soak

package chaos_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// changesMeasured is how many changes are followed in each of the two ways.
const changesMeasured = 500

// changeLimit is how soon a change has to be in effect on another replica.
const changeLimit = time.Second

// TestSoakChangesAreInEffectWithinASecond gives a role and takes it away, again
// and again, while somebody on another replica calls: with notifications, and
// with polling alone.
func TestSoakChangesAreInEffectWithinASecond(t *testing.T) {
	w := newWorld(t)
	wire := startProxy(t)
	wire.set(deaf)
	began := time.Now()
	notified := w.delays(t, startReplica(t, w.environment()))
	polled := w.delays(t, startReplica(t, w.environment("GATEHOUSE_DATABASE_URL="+wire.through(t, w.api))))
	if t.Failed() {
		return
	}
	rows := circumstances(t, time.Since(began))
	rows = append(rows, [2]string{"changes followed, each way", fmt.Sprint(changesMeasured)})
	for _, way := range []struct {
		name string
		took []time.Duration
	}{{"with notifications", notified}, {"with notifications cut", polled}} {
		for _, share := range []int{50, 99, 100} {
			rows = append(rows, [2]string{fmt.Sprintf("%s, p%d", way.name, share), percentile(way.took, share).Round(100 * time.Microsecond).String()})
		}
	}
	section{
		title: "A change on another replica",
		about: "A tool role is changed in the database while a person it concerns calls through another replica without pause. Measured is the time " +
			"from the commit of the change to the end of the first call that shows it, the call itself included.",
		rows: rows,
	}.write(t)
}

// delays returns how long each change took to show on a replica.
func (w *world) delays(t *testing.T, r *replica) []time.Duration {
	t.Helper()
	alice := r.client(contoso(), w.token(t, contoso(), "alice", demo.VisualStudioCode))
	ways := []struct {
		change func(context.Context, *world) error
		shown  func(reply) bool
	}{
		{setRules(t, func(tool string) bool { return tool != whoami }), unknownTool},
		{setRules(t, func(string) bool { return true }), worked},
	}
	eventually(t, replicaLimit, "a first call", func() bool { return worked(alice.call(whoami)) })
	all := make([]time.Duration, 0, changesMeasured)
	for i := range changesMeasured {
		way := ways[i%len(ways)]
		must(t, way.change(t.Context(), w))
		committed := time.Now()
		eventually(t, takenWithin, "change", func() bool { return way.shown(alice.call(whoami)) })
		took := time.Since(committed)
		if took > changeLimit {
			t.Errorf("change %d took %s", i, took)
		}
		all = append(all, took)
	}
	return all
}

// percentile returns the smallest of the values that a share of them does not
// exceed.
func percentile(values []time.Duration, share int) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, (len(sorted)*share+99)/100-1)]
}
