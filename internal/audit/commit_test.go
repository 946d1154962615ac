package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestConcurrentWritersShareCommits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const writers, each = 64, 20
		store := &outbox{before: func(context.Context, []audit.Row) error {
			<-time.After(time.Millisecond)
			return nil
		}}
		log, began := start(t, store, options()), time.Now()
		var group sync.WaitGroup
		for range writers {
			by := alice(t, tenants.NewID())
			group.Go(func() {
				for range each {
					if err := call(t.Context(), log, by, "whoami"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if n := len(store.records(t)); n != writers*each {
			t.Errorf("%d records, want %d", n, writers*each)
		}
		// Whoever does not make it into a commit is in the next one.
		if n, most := store.appends(), 2*each+2; n > most {
			t.Errorf("%d commits for %d records, want at most %d", n, writers*each, most)
		}
		if took := time.Since(began); took > (2*each+2)*time.Millisecond {
			t.Errorf("took %v: commits wait for something besides the store", took)
		}
	})
}

func TestLoneWriterWaitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, by, began := start(t, &outbox{}, options()), alice(t, tenants.NewID()), time.Now()
		for range 10 {
			if err := call(t.Context(), log, by, "whoami"); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("waited %v beyond the store", took)
		}
	})
}

func TestBatchesRespectRowsAndBytes(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*audit.Options) int{
		"rows":         func(o *audit.Options) int { o.MaxBatchRows = 10; return 10 },
		"bytes":        func(o *audit.Options) int { o.MaxBatchBytes = 3000; return 4 },
		"one too long": func(o *audit.Options) int { o.MaxBatchBytes = 1; return 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, limits := &outbox{}, options()
				most := limit(&limits)
				queued(t, store, limits, 50)
				for _, n := range store.sizes {
					if n > most {
						t.Fatalf("batch of %d rows, want at most %d", n, most)
					}
				}
				if n := len(store.records(t)); n != 51 {
					t.Errorf("%d records, want 51", n)
				}
			})
		})
	}
}

// queued commits one record slowly while n others gather, and waits for all.
func queued(t *testing.T, store *outbox, limits audit.Options, n int) {
	t.Helper()
	hold := make(chan struct{})
	store.before = func(context.Context, []audit.Row) error { <-hold; return nil }
	log := start(t, store, limits)
	var group sync.WaitGroup
	for range n + 1 {
		by := alice(t, tenants.NewID())
		group.Go(func() {
			if err := call(t.Context(), log, by, "whoami"); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
	}
	close(hold)
	group.Wait()
}

var errSyntax = errors.New("invalid byte sequence for encoding")

// refuseTool refuses every batch that holds a call of a tool.
func refuseTool(name string) func(context.Context, []audit.Row) error {
	return func(_ context.Context, batch []audit.Row) error {
		for _, row := range batch {
			if bytes.Contains(row.Payload, []byte(`"tool":"`+name+`"`)) {
				return fmt.Errorf("append rows: %w", &audit.PoisonError{Code: "22021", Cause: errSyntax})
			}
		}
		return nil
	}
}

func TestPoisonedRecordIsFoundAndReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const innocents = 63
		hold, refuse := make(chan struct{}), refuseTool("poison")
		store := &outbox{before: func(ctx context.Context, batch []audit.Row) error { <-hold; return refuse(ctx, batch) }}
		seen, limits := &watch{}, options()
		limits.Observe = seen.observe
		log, guilty := start(t, store, limits), tenants.NewID()
		var group sync.WaitGroup
		innocent := func() {
			by := alice(t, tenants.NewID())
			group.Go(func() {
				if err := call(t.Context(), log, by, "whoami"); err != nil {
					t.Errorf("an innocent record: %v", err)
				}
			})
		}
		innocent() // keeps the store busy while the batch gathers
		synctest.Wait()
		for range innocents {
			innocent()
		}
		answer := make(chan error, 1)
		go func() { answer <- call(t.Context(), log, alice(t, guilty), "poison") }()
		synctest.Wait()
		close(hold)
		group.Wait()
		err := <-answer
		if fault.KindOf(err) != fault.Internal || fault.Public(err) != "internal error" {
			t.Errorf("the poisoned record's writer got %v", err)
		}
		checkRejection(t, store, guilty)
		// The busy one, the batch of 64, two halves on each of log2(64) levels, the
		// record that stands in.
		if n, most := store.appends(), 1+1+2*6+1; n > most {
			t.Errorf("%d commits, want at most %d", n, most)
		}
		if n := seen.rows(audit.Rejected); n != 1 {
			t.Errorf("%d rejections observed, want 1", n)
		}
		if load := log.Load(); load.Rows != 0 || load.Bytes != 0 || load.Failing {
			t.Errorf("load afterwards: %+v", load)
		}
	})
}

// checkRejection looks for 64 innocent records and the one that stands in.
func checkRejection(t *testing.T, store *outbox, guilty tenants.ID) {
	t.Helper()
	calls, rejections := 0, 0
	for _, r := range store.records(t) {
		if r.Kind == audit.ToolCall {
			calls++
			continue
		}
		rejections++
		if r.Kind != audit.RecordRejected || r.Org != guilty || r.Call.IsZero() || r.Reason != "22021" || r.Target != "tool_call" ||
			r.RejectedBytes < 500 || r.Tool != "" || r.Actor.Kind != "system" || r.Actor.Name != "audit log" {
			t.Errorf("rejection: %+v", r)
		}
	}
	if calls != 64 || rejections != 1 {
		t.Errorf("%d calls and %d rejections, want 64 and 1", calls, rejections)
	}
}

func TestOrganizationOfAPoisonedRecordTravelsApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refuse := refuseTool("poison")
		store := &outbox{before: func(ctx context.Context, batch []audit.Row) error {
			<-time.After(time.Millisecond)
			return refuse(ctx, batch)
		}}
		log, guilty, other := start(t, store, options()), alice(t, tenants.NewID()), alice(t, tenants.NewID())
		if err := call(t.Context(), log, guilty, "poison"); err == nil {
			t.Fatal("the poisoned record is durable")
		}
		if together(t, store, log, guilty, other) {
			t.Error("its rows share a batch with another organization's")
		}
		<-time.After(2 * time.Minute)
		if !together(t, store, log, guilty, other) {
			t.Error("its rows travel apart for ever")
		}
	})
}

// together makes two organizations write at the same time and reports whether
// any of their rows shared a batch.
func together(t *testing.T, store *outbox, log *audit.Log, a, b authz.Caller) bool {
	t.Helper()
	from := len(store.stored)
	var group sync.WaitGroup
	for range 8 {
		for _, by := range []authz.Caller{a, b} {
			group.Go(func() {
				if err := call(t.Context(), log, by, "whoami"); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
	return store.mixed(from) > 0
}

func TestRowsAlreadyQueuedTravelApartToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold, refuse := make(chan struct{}), refuseTool("poison")
		store := &outbox{before: func(ctx context.Context, batch []audit.Row) error { <-hold; return refuse(ctx, batch) }}
		limits := options()
		limits.MaxBatchRows = 2
		log, guilty, other := start(t, store, limits), alice(t, tenants.NewID()), alice(t, tenants.NewID())
		var group sync.WaitGroup
		write := func(by authz.Caller, tool string) {
			group.Go(func() { _ = call(t.Context(), log, by, tool) })
			synctest.Wait()
		}
		write(other, "whoami")
		write(guilty, "poison")
		for range 20 {
			write(other, "whoami")
			write(guilty, "whoami")
		}
		close(hold)
		group.Wait()
		rejected := slices.IndexFunc(store.stored, func(batch []audit.Row) bool { return batch[0].Kind == audit.RecordRejected })
		if rejected < 0 || len(store.records(t)) != 42 {
			t.Fatalf("rejection is batch %d of %d records", rejected, len(store.records(t)))
		}
		if n := store.mixed(rejected); n != 0 {
			t.Errorf("%d batches of both organizations after the rejection", n)
		}
	})
}

func TestBisectionLeavesLaterWritersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refuse := refuseTool("poison")
		store := &outbox{before: func(ctx context.Context, batch []audit.Row) error {
			<-time.After(time.Millisecond)
			return refuse(ctx, batch)
		}}
		log, want := start(t, store, options()), map[string]bool{}
		var mu sync.Mutex
		var group sync.WaitGroup
		for range 32 {
			group.Go(func() {
				if by := alice(t, tenants.NewID()); call(t.Context(), log, by, "poison") == nil {
					t.Error("a poisoned record is durable")
				}
			})
		}
		for i := range 64 {
			by := alice(t, tenants.NewID())
			group.Go(func() {
				<-time.After(time.Duration(i/32) * 3 * time.Millisecond) // the second half comes during the bisection
				for range 5 {
					e, err := log.Begin(t.Context(), by, attempt("whoami"))
					if err != nil {
						t.Error(err)
						return
					}
					end(t, e)
					mu.Lock()
					want[e.ID()] = true
					mu.Unlock()
				}
			})
		}
		group.Wait()
		calls := 0
		for _, r := range store.records(t) {
			if r.Kind == audit.ToolCall {
				calls++
				delete(want, r.ID.String())
			}
		}
		if calls != 320 || len(want) != 0 {
			t.Errorf("%d calls stored, want 320; %d called durable are not", calls, len(want))
		}
	})
}

func TestFloodOfPoisonCostsOthersOneCommitInTwo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refuse := refuseTool("poison")
		store := &outbox{before: func(ctx context.Context, batch []audit.Row) error {
			<-time.After(time.Millisecond)
			return refuse(ctx, batch)
		}}
		log, guilty, other := start(t, store, options()), alice(t, tenants.NewID()), alice(t, tenants.NewID())
		if err := call(t.Context(), log, guilty, "poison"); err == nil {
			t.Fatal("the poisoned record is durable")
		}
		var flood sync.WaitGroup
		for range 200 {
			flood.Go(func() { _ = call(t.Context(), log, guilty, "poison") })
		}
		synctest.Wait()
		for range 20 {
			began := time.Now()
			if err := call(t.Context(), log, other, "whoami"); err != nil {
				t.Fatal(err)
			}
			// The commit under way, and its own; a rejection is two.
			if took := time.Since(began); took > 3*time.Millisecond {
				t.Errorf("another organization waited %v, want at most 3 commits", took)
			}
		}
		flood.Wait()
	})
}

func TestUnstorableRejectionIsLostAloud(t *testing.T) {
	t.Parallel()
	store := &outbox{before: func(_ context.Context, batch []audit.Row) error {
		if len(batch) == 0 {
			return nil
		}
		return &audit.PoisonError{Code: "23514", Cause: errSyntax}
	}}
	seen, limits := &watch{}, options()
	limits.Observe = seen.observe
	log := start(t, store, limits)
	if err := call(t.Context(), log, alice(t, tenants.NewID()), "whoami"); fault.KindOf(err) != fault.Internal {
		t.Errorf("writer got %v, want an internal fault", err)
	}
	if lost, load := seen.rows(audit.Lost), log.Load(); lost != 1 || load.Rows != 0 {
		t.Errorf("%d lost, load %+v; want 1 and nothing held", lost, load)
	}
}

func TestFailingStoreRefusesFastAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		store := &outbox{before: func(context.Context, []audit.Row) error {
			if down.Load() {
				return errors.New("connection reset by peer")
			}
			return nil
		}}
		seen, limits := &watch{}, options()
		limits.Observe = seen.observe
		log, by, ctx := start(t, store, limits), alice(t, tenants.NewID()), t.Context()
		running, err := log.Begin(ctx, by, attempt("whoami"))
		if err != nil {
			t.Fatal(err)
		}
		down.Store(true)
		if err := call(ctx, log, by, "whoami"); fault.KindOf(err) != fault.Unavailable || fault.RetryAfter(err) <= 0 {
			t.Fatalf("a record that failed: %v, want Unavailable with a retry hint", err)
		}
		commits := store.appends()
		for range 100 {
			if err := call(ctx, log, by, "whoami"); fault.KindOf(err) != fault.Unavailable {
				t.Fatalf("Begin while the store fails: %v, want Unavailable", err)
			}
		}
		if n := store.appends(); n != commits || seen.rows(audit.TurnedAway) != 100 || !log.Load().Failing {
			t.Errorf("refused callers made %d commits, %d turned away", n-commits, seen.rows(audit.TurnedAway))
		}
		<-time.After(limits.ProbeInterval*5 + time.Millisecond)
		if n := store.appends() - commits; n != 5 {
			t.Errorf("%d probes in 5 intervals", n)
		}
		down.Store(false)
		<-time.After(limits.ProbeInterval)
		if err := call(ctx, log, by, "whoami"); err != nil {
			t.Errorf("after recovery: %v", err)
		}
		if err := running.End(ctx, audit.Ending{Outcome: audit.OK}); err != nil {
			t.Errorf("an entry open all the while: %v", err)
		}
		for id, n := range store.tried {
			if n != 1 {
				t.Errorf("record %v was appended %d times", id, n)
			}
		}
	})
}

func TestOpenEntryIsTriedWhileTheStoreFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failures := 1
		store := &outbox{before: func(context.Context, []audit.Row) error {
			if failures > 0 {
				failures--
				return errors.New("connection reset by peer")
			}
			return nil
		}}
		log, by, ctx := start(t, store, options()), alice(t, tenants.NewID()), t.Context()
		entry, err := log.Begin(ctx, by, attempt("whoami"))
		if err != nil {
			t.Fatal(err)
		}
		if err := call(ctx, log, by, "whoami"); fault.KindOf(err) != fault.Unavailable {
			t.Fatal(err)
		}
		if err := entry.End(ctx, audit.Ending{Outcome: audit.OK}); err != nil {
			t.Errorf("End: %v", err)
		}
		if log.Load().Failing {
			t.Error("a commit that succeeded does not end the failing")
		}
	})
}

func TestStuckAppendIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, began := start(t, &outbox{before: make(gate).before}, options()), time.Now()
		err := call(t.Context(), log, alice(t, tenants.NewID()), "whoami")
		if fault.KindOf(err) != fault.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("End: %v, want Unavailable for a deadline", err)
		}
		if took := time.Since(began); took != options().AppendTimeout {
			t.Errorf("took %v, want %v", took, options().AppendTimeout)
		}
	})
}
