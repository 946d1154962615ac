package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/devstack"
)

// The pace at which whoever writes the log and whoever seals it is killed.
var (
	ofWriters = pace{up: span{time.Second, 4 * time.Second}, down: span{10 * time.Millisecond, 500 * time.Millisecond}}
	ofSealers = pace{up: span{500 * time.Millisecond, 3 * time.Second}, down: span{10 * time.Millisecond, 500 * time.Millisecond}}
)

// nowhere is a Redis that is not there: sealing needs none.
const nowhere = "redis://localhost:1/0"

// sealing is a cmd/api and two cmd/worker on a PostgreSQL of their own.
type sealing struct {
	w        *world
	postgres *devstack.Postgres
	api      *service
	workers  []*service
	clients  []*client
}

func newSealing(t *testing.T) *sealing {
	t.Helper()
	server, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Durability: devstack.Durable})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop()) })
	must(t, server.CreateDatabase(t.Context(), template))
	must(t, migrate(t.Context(), server, template))
	s := &sealing{w: worldOn(t, server, template), postgres: server}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := free.Addr().String()
	must(t, free.Close())
	s.api = startService(t, binary(t, "api"), s.w.environment("GATEHOUSE_LISTEN="+address))
	for range 2 {
		s.workers = append(s.workers, startService(t, binary(t, "worker"), append(s.w.workerEnvironment(nowhere), "GATEHOUSE_SEAL_INTERVAL=100ms")))
	}
	at := &replica{address: address}
	ready := at.client(contoso(), "")
	eventually(t, replicaLimit, "readiness", func() bool { return ready.get(t, "/readyz").status == http.StatusOK })
	s.clients = s.w.staff(t, at, 6)
	return s
}

// witnessed are the checkpoints that somebody saw who looked all the time.
type witnessed struct {
	mu   sync.Mutex
	seen map[int64][]byte // by size
	odd  []string
}

// watch looks at the log's head until ctx ends. While PostgreSQL is down there is
// nothing to see.
func (o *witnessed) watch(ctx context.Context, s *sealing) {
	for ctx.Err() == nil {
		if h, err := s.w.store.LogHead(ctx, contoso().Org); err == nil && h.Size > 0 {
			o.note(h)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (o *witnessed) note(h seal.Head) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if before, there := o.seen[h.Size]; there && string(before) != string(h.Checkpoint) {
		o.odd = append(o.odd, fmt.Sprintf("two checkpoints of %d records:\n%s\n%s", h.Size, before, h.Checkpoint))
	}
	o.seen[h.Size] = h.Checkpoint
}

// sealed is what the log came to.
type sealed struct {
	seed        uint64
	counts      map[string]int
	receipts    []receipt
	interrupted int
	ran         int
	records     int
	checkpoints int
	proofs      int
	caught      time.Duration // how long it took until nothing waited any more
}

// killSealing kills at random who writes the log, who seals it, and where it lies.
func killSealing(t *testing.T, during time.Duration) sealed {
	t.Helper()
	sum := sealed{seed: *killSeed}
	if sum.seed == 0 {
		sum.seed = rand.Uint64()
	}
	t.Logf("go test -run %s ./internal/e2e/chaos -kill-seed %d kills at the same moments", t.Name(), sum.seed)
	s := newSealing(t)
	load := startLoad(s.clients, whoami, profile)
	eventually(t, replicaLimit, "results", func() bool { return load.results() > 20 })
	o := &witnessed{seen: map[int64][]byte{}}
	watching, enough := context.WithCancel(t.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() { o.watch(watching, s) })

	all := begin(t, sum.seed, killing("api", s.api, ofWriters), killing("PostgreSQL", s.postgres, ofPostgreSQL),
		killing("worker", s.workers[0], ofSealers), killing("worker", s.workers[1], ofSealers))
	<-time.After(during)
	sum.counts = all.end()
	before := load.results()
	eventually(t, replicaLimit, "results afterwards", func() bool { return load.results() > before+20 })
	load.stop()
	began := time.Now()
	eventually(t, 2*replicaLimit, "that nothing waits", func() bool {
		h, err := s.w.store.LogHead(t.Context(), contoso().Org)
		return err == nil && h.Waiting.Records == 0
	})
	sum.caught = time.Since(began)
	enough()
	watcher.Wait()
	sum.receipts, sum.interrupted = load.receipts, load.interrupted
	s.check(t, o, &sum)
	t.Logf("killed %v; %d results, %d calls cut off, %d runs seen by Graph, %d records, %d checkpoints, %d consistency proofs; sealed %s after the last call",
		sum.counts, len(sum.receipts), sum.interrupted, sum.ran, sum.records, sum.checkpoints, sum.proofs, sum.caught.Round(time.Millisecond))
	return sum
}

// check holds the log against what clients and Graph have seen, and against every
// checkpoint that was.
func (s *sealing) check(t *testing.T, o *witnessed, sum *sealed) {
	t.Helper()
	ran := s.w.witness.seen()
	readLedger(t, s.w, contoso()).check(t, sum.receipts, ran)
	times, stored, sizes := map[string]int{}, hashes{}, int64(0)
	opener := s.opener(t)
	must(t, s.w.store.SealedRows(t.Context(), contoso().Org, seal.Query{To: 1 << 40}, func(row seal.Row, leaf proof.Hash) error {
		r, err := opener.Open(row, leaf)
		if err != nil {
			return err
		}
		if got, err := r.Recomputed(contoso().Org); err != nil || got != leaf || row.Seq != sizes {
			t.Errorf("record %d, the %dth, does not have the leaf that the tree has: %v", row.Seq, sizes, err)
		}
		more, err := tlog.StoredHashesForRecordHash(sizes, leaf, stored)
		stored = append(stored, more...)
		sizes++
		times[row.ID.String()]++
		return err
	}))
	for _, r := range sum.receipts {
		if n := times[r.record]; n != 1 {
			t.Errorf("the record %q of a result of %s is sealed %d times", r.record, r.tool, n)
		}
	}
	if int(sizes) != len(times) {
		t.Errorf("%d records have %d ids", sizes, len(times))
	}
	sum.ran, sum.records, sum.checkpoints = len(ran), int(sizes), len(o.seen)
	sum.proofs = o.check(t, s.keys(t), stored)
}

// check wants every checkpoint to be signed, and of every two of them a proof that the
// later tree has grown out of the earlier.
func (o *witnessed) check(t *testing.T, keys []proof.Key, stored hashes) (proofs int) {
	t.Helper()
	for _, odd := range o.odd {
		t.Error(odd)
	}
	var all []proof.Checkpoint
	for _, signed := range o.seen {
		c, err := proof.OpenCheckpoint(signed, proof.Origin("localhost:7777", contoso().Org), keys...)
		must(t, err)
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b proof.Checkpoint) int { return int(a.Size - b.Size) })
	for i, later := range all {
		for _, earlier := range all[:i] {
			p, err := tlog.ProveTree(later.Size, earlier.Size, stored)
			if err == nil {
				err = tlog.CheckTree(p, later.Size, later.Root, earlier.Size, earlier.Root)
			}
			if err != nil || later.At.Before(earlier.At) {
				t.Errorf("the checkpoint of %d records of %s does not follow from that of %d of %s: %v", later.Size, later.At, earlier.Size, earlier.At, err)
			}
			proofs++
		}
	}
	return proofs
}

// hashes are those of a tree, as tlog stores them.
type hashes []tlog.Hash

// ReadHashes implements tlog.HashReader.
func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at >= int64(len(h)) {
			return nil, fmt.Errorf("there is no hash %d", at)
		}
		out[i] = h[at]
	}
	return out, nil
}

func (s *sealing) opener(t *testing.T) *seal.Opener {
	t.Helper()
	wrapped, err := s.w.store.WrappedKey(t.Context(), contoso().Org)
	must(t, err)
	key, err := s.w.box(t).Open(t.Context(), contoso().Org, wrapped)
	must(t, err)
	return seal.NewOpener(key, func(number int32) (seal.Person, error) {
		return s.w.store.LogPerson(t.Context(), contoso().Org, number)
	})
}

func (s *sealing) keys(t *testing.T) (keys []proof.Key) {
	t.Helper()
	all, err := s.w.store.LogKeys(t.Context(), contoso().Org)
	must(t, err)
	for _, k := range all {
		key, err := proof.ParseKey(k.Key)
		must(t, err)
		keys = append(keys, key)
	}
	return keys
}

// mustMeanSomething fails a run that killed nothing, or nothing that worked.
func (s sealed) mustMeanSomething(t *testing.T) {
	t.Helper()
	for _, name := range []string{"api", "worker", "PostgreSQL"} {
		if s.counts[name] == 0 {
			t.Errorf("the %s was never killed", name)
		}
	}
	if s.interrupted == 0 || s.ran == 0 || s.checkpoints < 5 || s.proofs == 0 {
		t.Errorf("the kills met no work: %+v", s)
	}
}

// TestLogIsSealedOnceWhateverIsKilled: cmd/api, cmd/worker and PostgreSQL are killed
// with SIGKILL under load. Afterwards there is one sealed record for each result that a
// client holds, an intent for each run of a tool that is not classed as read, and
// between every two checkpoints that anybody saw a proof that the log only grew.
func TestLogIsSealedOnceWhateverIsKilled(t *testing.T) {
	t.Parallel()
	killSealing(t, 12*time.Second).mustMeanSomething(t)
}
