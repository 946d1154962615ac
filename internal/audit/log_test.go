package audit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// begin opens entries until the log refuses and returns them with the refusal.
func begin(t *testing.T, log *audit.Log, org tenants.ID, most int) (entries []*audit.Entry, refusal error) {
	t.Helper()
	by := alice(t, org)
	for range most {
		e, err := log.Begin(t.Context(), by, attempt("whoami"))
		if err != nil {
			return entries, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func end(t *testing.T, entries ...*audit.Entry) {
	t.Helper()
	for _, e := range entries {
		if err := e.End(t.Context(), audit.Ending{Outcome: audit.OK}); err != nil {
			t.Error(err)
		}
	}
}

func wantUnavailable(t *testing.T, err error, sentence string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != fault.Unavailable || fault.RetryAfter(err) <= 0 || !strings.Contains(fault.Public(err), sentence) {
		t.Errorf("%v, want Unavailable with a retry hint, saying %q", err, sentence)
	}
}

func TestFullLogRefusesBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*audit.Options){
		"rows":  func(o *audit.Options) { o.QueueRows = 20 },
		"bytes": func(o *audit.Options) { o.QueueBytes = audit.MaxPayload },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, limits := &outbox{}, options()
			limits.OrganizationShare = 1
			limit(&limits)
			log := start(t, store, limits)
			entries, err := begin(t, log, tenants.NewID(), 100)
			wantUnavailable(t, err, "is full")
			if n := len(entries); n < 10 || n > 45 {
				t.Errorf("%d entries before the log is full", n)
			}
			err = entries[0].Intend(t.Context(), audit.Write)
			wantUnavailable(t, err, "is full")
			if n := store.appends(); n != 0 {
				t.Errorf("%d commits", n)
			}
			end(t, entries...)
			if n := len(store.records(t)); n != len(entries) {
				t.Errorf("%d records of %d entries: room was promised and not kept", n, len(entries))
			}
			if load := log.Load(); load.Rows != 0 || load.Bytes != 0 {
				t.Errorf("load afterwards: %+v", load)
			}
			more, _ := begin(t, log, tenants.NewID(), 1)
			end(t, more...)
		})
	}
}

func TestOrganizationCannotUseMoreThanItsShare(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*audit.Options){
		"rows":  func(o *audit.Options) { o.QueueRows = 40 },
		"bytes": func(o *audit.Options) { o.QueueBytes = 4 * audit.MaxPayload },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := options()
			limit(&limits)
			log := start(t, &outbox{}, limits)
			greedy, err := begin(t, log, tenants.NewID(), 100)
			wantUnavailable(t, err, "share")
			others, err := begin(t, log, tenants.NewID(), 5)
			if err != nil {
				t.Errorf("another organization: %v", err)
			}
			end(t, append(greedy, others...)...)
		})
	}
}

func TestLongQueueOfOneOrganizationDelaysNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		store := &outbox{before: func(context.Context, []audit.Row) error { <-hold; return nil }}
		limits := options()
		limits.MaxBatchRows = 10
		log, greedy, modest := start(t, store, limits), tenants.NewID(), tenants.NewID()
		var group sync.WaitGroup
		write := func(org tenants.ID) {
			by := alice(t, org)
			group.Go(func() {
				if err := call(t.Context(), log, by, "whoami"); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		for range 501 {
			write(greedy)
		}
		write(modest)
		close(hold)
		group.Wait()
		for i, r := range store.records(t) {
			if r.Org == modest && i > 10 {
				t.Errorf("row %d of 502 is the modest organization's: it waited for the long queue", i)
			}
		}
	})
}

func TestRowsOfOneOrganizationKeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		store := &outbox{before: func(context.Context, []audit.Row) error { <-hold; return nil }}
		limits := options()
		limits.MaxBatchRows = 7
		log, org := start(t, store, limits), tenants.NewID()
		var group sync.WaitGroup
		for i := range 40 {
			by := alice(t, org)
			group.Go(func() {
				if err := call(t.Context(), log, by, fmt.Sprintf("tool_%02d", i)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		close(hold)
		group.Wait()
		for i, r := range store.records(t) {
			if want := fmt.Sprintf("tool_%02d", i); r.Tool != want {
				t.Fatalf("row %d is of %s, want %s", i, r.Tool, want)
			}
		}
	})
}

func TestCloseWaitsForOpenEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &outbox{before: func(context.Context, []audit.Row) error {
			<-time.After(10 * time.Millisecond)
			return nil
		}}
		log := start(t, store, options())
		entries, _ := begin(t, log, tenants.NewID(), 3)
		closed := make(chan error, 1)
		go func() { closed <- log.Close(t.Context()) }()
		synctest.Wait()
		_, err := begin(t, log, tenants.NewID(), 1)
		wantUnavailable(t, err, "stopping")
		end(t, entries[:2]...)
		if len(closed) != 0 {
			t.Fatal("Close left an open entry behind")
		}
		end(t, entries[2])
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if n := len(store.records(t)); n != 3 {
			t.Errorf("%d records, want 3", n)
		}
	})
}

func TestCloseGivesUpOnEntriesThatNeverEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := start(t, &outbox{}, options())
		entries, _ := begin(t, log, tenants.NewID(), 2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := log.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 records") {
			t.Errorf("Close: %v, want a deadline and 2 records", err)
		}
		synctest.Wait()
		wantUnavailable(t, entries[0].End(t.Context(), audit.Ending{Outcome: audit.OK}), "stopping")
	})
}

func TestStoppingCommitsWhatIsQueued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &outbox{before: func(context.Context, []audit.Row) error {
			<-time.After(10 * time.Millisecond)
			return nil
		}}
		log, err := audit.NewLog(store, options(), audit.NewScribe(time.Now), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- log.Run(ctx) }()
		var group sync.WaitGroup
		for range 20 {
			by := alice(t, tenants.NewID())
			group.Go(func() {
				if err := call(t.Context(), log, by, "whoami"); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		stop()
		group.Wait()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n := len(store.records(t)); n != 20 {
			t.Errorf("%d records, want 20", n)
		}
		_, err = begin(t, log, tenants.NewID(), 1)
		wantUnavailable(t, err, "stopping")
	})
}

func TestOptionsComplainAboutEverythingAtOnce(t *testing.T) {
	t.Parallel()
	_, err := audit.NewLog(&outbox{}, audit.Options{}, audit.NewScribe(time.Now), slog.New(slog.DiscardHandler))
	if fault.KindOf(err) != fault.Invalid {
		t.Fatalf("%v, want Invalid", err)
	}
	for _, name := range []string{
		"QueueRows", "OrganizationShare", "QueueBytes", "MaxBatchRows", "MaxBatchBytes", "AppendTimeout", "WaitTimeout", "ProbeInterval", "Observe",
	} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("no word of %s in: %v", name, err)
		}
	}
	small := options()
	small.QueueBytes = 2 * audit.MaxPayload
	if _, err := audit.NewLog(&outbox{}, small, audit.NewScribe(time.Now), slog.New(slog.DiscardHandler)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a share too small for one record: %v, want Invalid", err)
	}
}

// TestManyWritersAndAnUnreliableStore holds under the race detector that every
// call is answered once, and truthfully.
func TestManyWritersAndAnUnreliableStore(t *testing.T) {
	t.Parallel()
	refuse := refuseTool("poison")
	var mu sync.Mutex
	n := 0
	store := &outbox{before: func(ctx context.Context, batch []audit.Row) error {
		mu.Lock()
		n++
		unreliable := n%17 == 0
		mu.Unlock()
		if unreliable {
			return errors.New("connection reset by peer")
		}
		return refuse(ctx, batch)
	}}
	limits := options()
	limits.MaxBatchRows, limits.ProbeInterval = 16, time.Millisecond
	log := start(t, store, limits)
	var group sync.WaitGroup
	durable := make([]map[string]bool, 16)
	for i := range durable {
		durable[i] = map[string]bool{}
		by := alice(t, tenants.NewID())
		group.Go(func() {
			for j := range 200 {
				tool := "whoami"
				if i == 3 && j%5 == 0 {
					tool = "poison"
				}
				e, err := log.Begin(t.Context(), by, attempt(tool))
				if err != nil {
					continue
				}
				if e.Intend(t.Context(), []audit.Effect{audit.Read, audit.Write}[j%2]) == nil && e.End(t.Context(), audit.Ending{Outcome: audit.OK}) == nil {
					durable[i][e.ID()] = true
				} else {
					_ = e.End(t.Context(), audit.Ending{Outcome: audit.Failed})
				}
			}
		})
	}
	group.Wait()
	stored := map[string]bool{}
	for _, r := range store.records(t) {
		stored[r.ID.String()] = true
	}
	total := 0
	for _, ids := range durable {
		for id := range ids {
			total++
			if !stored[id] {
				t.Errorf("%s was called durable and is not stored", id)
			}
		}
	}
	if load := log.Load(); total == 0 || load.Rows != 0 || load.Bytes != 0 {
		t.Errorf("%d durable calls, load afterwards %+v", total, load)
	}
}
