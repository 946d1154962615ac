package chaos_test

import (
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator"
)

// stopMargin is what the end of a replica may take beyond its timeout: writing
// the last records, which has its own limit of 5 s, and the process itself.
const stopMargin = 10 * time.Second

// underWay starts n calls that Graph holds for a while, and returns when all of
// them have reached it. The replies come on the channel.
func (w *world) underWay(t *testing.T, r *replica, hold time.Duration, n int) <-chan reply {
	t.Helper()
	clients := w.staff(t, r, n)
	for _, c := range clients { // their tokens are known and exchanged
		if got := c.call(profile); !worked(got) {
			t.Fatalf("before: %s", got)
		}
	}
	must(t, w.emulator.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph, Latency: hold}))
	seen := len(w.witness.seen())
	replies := make(chan reply, n)
	var calls sync.WaitGroup
	for _, c := range clients {
		calls.Go(func() { replies <- c.call(profile) })
	}
	go func() {
		calls.Wait()
		close(replies)
	}()
	eventually(t, replicaLimit, "arrival of the calls", func() bool { return len(w.witness.seen()) == seen+n })
	return replies
}

func TestStoppedReplicaFinishesCallsUnderWay(t *testing.T) {
	t.Parallel()
	const grace = 20 * time.Second
	w := newWorld(t)
	r := startReplica(t, w.environment("GATEHOUSE_SHUTDOWN_TIMEOUT="+grace.String()))
	replies := w.underWay(t, r, 2*time.Second, 6)
	r.interrupt(t)
	var receipts []receipt
	for got := range replies {
		record, ok := got.result()
		if !ok || !worked(got) {
			t.Errorf("a call under way was answered %s", got)
		}
		receipts = append(receipts, receipt{profile, record})
	}
	if code := r.waitFor(t, grace+stopMargin); code != 0 {
		t.Errorf("exit code %d:\n%s", code, r.log.text())
	}
	readLedger(t, w, contoso()).check(t, receipts, w.witness.seen())
}

// TestStoppedReplicaRecordsCallsItCutsOff gives calls less time than they need:
// they get no answer, but the log says how they ended.
func TestStoppedReplicaRecordsCallsItCutsOff(t *testing.T) {
	t.Parallel()
	const grace = 500 * time.Millisecond
	w := newWorld(t)
	r := startReplica(t, w.environment("GATEHOUSE_SHUTDOWN_TIMEOUT="+grace.String()))
	replies := w.underWay(t, r, time.Minute, 6)
	r.interrupt(t)
	for got := range replies {
		if got.err == nil {
			t.Errorf("a call was answered %s", got)
		}
	}
	if code := r.waitFor(t, grace+stopMargin); code != 1 {
		t.Errorf("exit code %d, want 1: calls were cut off:\n%s", code, r.log.text())
	}
	l := readLedger(t, w, contoso())
	l.check(t, nil, w.witness.seen())
	if l.open() > 0 {
		t.Errorf("%d calls have an intent and no outcome, though the replica had time to write it", l.open())
	}
}
