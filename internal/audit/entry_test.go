package audit_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestReadCallLeavesOneRecordOfEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &outbox{}
		log, org := start(t, store, options()), tenants.NewID()
		entry, err := log.Begin(t.Context(), alice(t, org), attempt("roll_dice"))
		if err != nil {
			t.Fatal(err)
		}
		if err := entry.Intend(t.Context(), audit.Read); err != nil {
			t.Fatal(err)
		}
		if n := store.appends(); n != 0 {
			t.Fatalf("a read's intent made %d commits", n)
		}
		<-time.After(1500 * time.Microsecond)
		if err := entry.End(t.Context(), audit.Ending{Outcome: audit.ToolError, Reason: "no_dice"}); err != nil {
			t.Fatal(err)
		}
		records := store.records(t)
		if len(records) != 1 {
			t.Fatalf("%d records, want 1", len(records))
		}
		r := records[0]
		if r.ID.String() != entry.ID() || r.Call != r.ID || r.Org != org || r.Kind != audit.ToolCall || r.Phase != audit.Result {
			t.Errorf("identity of the record: %+v", r)
		}
		if r.Actor.Kind != "user" || !r.Actor.Delegated || r.Actor.Name != "Alice" ||
			r.Actor.OID.String() != "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee" || r.Actor.TID.String() != "11111111-2222-4333-8444-555555555555" {
			t.Errorf("actor: %+v", r.Actor)
		}
		if r.Client != "aebc6443-996d-45c2-90f0-388ff96faa56" || r.TokenID != "uti-1" || r.TokenSession != "sid-1" ||
			strings.Join(r.Scopes, " ") != "access_as_user" {
			t.Errorf("client and token: %+v", r)
		}
		if strings.Join(r.Roles, " ") != "staff" || r.MembershipSource != authz.SourceToken || r.MembershipAgeSeconds != 90 || r.Policy != 7 {
			t.Errorf("decision: %+v", r)
		}
		if r.Endpoint != "/t/contoso/mcp" || r.Method != "tools/call" || r.Tool != "roll_dice" || r.TraceID == "" {
			t.Errorf("request: %+v", r)
		}
		if r.Effect != audit.Read || r.Outcome != audit.ToolError || r.Reason != "no_dice" || r.DurationMicros != 1500 {
			t.Errorf("result: %+v", r)
		}
		if r.ArgumentsBytes != 11 || r.DigestSalt == (audit.Salt{}) || r.ArgumentsDigest != audit.DigestArguments(r.DigestSalt, []byte(`{"sides":6}`)) {
			t.Errorf("arguments: %+v", r)
		}
	})
}

func TestEqualArgumentsHaveDifferentDigests(t *testing.T) {
	t.Parallel()
	store := &outbox{}
	log, by := start(t, store, options()), alice(t, tenants.NewID())
	for range 2 {
		if err := call(t.Context(), log, by, "roll_dice"); err != nil {
			t.Fatal(err)
		}
	}
	r := store.records(t)
	if r[0].ArgumentsDigest == r[1].ArgumentsDigest || r[0].DigestSalt == r[1].DigestSalt {
		t.Errorf("two calls share a salt or digest: %v %v", r[0], r[1])
	}
}

func TestIntentIsDurableBeforeAWriteMayRun(t *testing.T) {
	t.Parallel()
	for _, effect := range []audit.Effect{audit.Write, audit.Destructive} {
		t.Run(string(effect), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				commits := make(gate)
				store := &outbox{before: commits.before}
				log := start(t, store, options())
				entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("notes_create"))
				if err != nil {
					t.Fatal(err)
				}
				intended := make(chan error, 1)
				go func() { intended <- entry.Intend(t.Context(), effect) }()
				synctest.Wait()
				if len(intended) != 0 {
					t.Fatal("Intend returned before its record was durable")
				}
				commits <- struct{}{}
				if err := <-intended; err != nil {
					t.Fatal(err)
				}
				intent := store.records(t)[0]
				if intent.Phase != audit.Intent || intent.Call.String() != entry.ID() || intent.ID == intent.Call ||
					intent.Effect != effect || intent.Outcome != "" {
					t.Errorf("intent: %+v", intent)
				}
				endAfter(t, commits, entry)
				outcome := store.records(t)[1]
				if outcome.ID.String() != entry.ID() || outcome.Phase != audit.Result || outcome.Outcome != audit.OK || outcome.Effect != effect {
					t.Errorf("outcome: %+v", outcome)
				}
				if intent.ID.String() >= outcome.ID.String() {
					t.Error("the intent does not sort before the outcome")
				}
			})
		})
	}
}

// TestReadIsForetoldBeforeAnythingOfItLeaves: Commit makes the intent durable that
// Intend leaves out, once.
func TestReadIsForetoldBeforeAnythingOfItLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		commits := make(gate)
		store := &outbox{before: commits.before}
		log := start(t, store, options())
		entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("notes_search"))
		if err != nil {
			t.Fatal(err)
		}
		if err := entry.Commit(t.Context()); fault.KindOf(err) != fault.Internal {
			t.Fatalf("commit before intend: %v", err)
		}
		subject := audit.Called{Origin: tenants.NewGUID(), OwnName: "search", Definition: audit.Digest{7}}
		entry.About(subject)
		if err := entry.Intend(t.Context(), audit.Read); err != nil {
			t.Fatal(err)
		}
		committed := make(chan error, 1)
		go func() { committed <- entry.Commit(t.Context()) }()
		synctest.Wait()
		if len(committed) != 0 {
			t.Fatal("Commit returned before the intent was durable")
		}
		commits <- struct{}{}
		if err := errors.Join(<-committed, entry.Commit(t.Context())); err != nil {
			t.Fatal(err)
		}
		endAfter(t, commits, entry)
		records := store.records(t)
		if len(records) != 2 || records[0].Phase != audit.Intent || records[0].Effect != audit.Read || records[1].Phase != audit.Result {
			t.Fatalf("%+v", records)
		}
		for _, r := range records {
			if (audit.Called{Origin: r.Origin, OwnName: r.OwnName, Definition: r.Definition}) != subject {
				t.Errorf("about: %+v", r)
			}
		}
		if err := entry.Commit(t.Context()); fault.KindOf(err) != fault.Internal {
			t.Errorf("commit after the end: %v", err)
		}
	})
}

// TestIntentThatFailedIsNotWrittenAgain: one id, one record.
func TestIntentThatFailedIsNotWrittenAgain(t *testing.T) {
	t.Parallel()
	store := &outbox{before: func(context.Context, []audit.Row) error { return errors.New("the disk is full") }}
	log := start(t, store, options())
	entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("notes_search"))
	if err != nil {
		t.Fatal(err)
	}
	if err := entry.Intend(t.Context(), audit.Read); err != nil {
		t.Fatal(err)
	}
	first := entry.Commit(t.Context())
	if second := entry.Commit(t.Context()); first == nil || !errors.Is(second, first) {
		t.Errorf("%v, then %v", first, second)
	}
	_ = entry.End(t.Context(), audit.Ending{Outcome: audit.Unknown})
}

// endAfter ends an entry and sees that End waits for the commit.
func endAfter(t *testing.T, commits gate, entry *audit.Entry) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- entry.End(t.Context(), audit.Ending{Outcome: audit.OK}) }()
	synctest.Wait()
	if len(ended) != 0 {
		t.Fatal("End returned before its record was durable")
	}
	commits <- struct{}{}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestGoneClientKeepsItsRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		commits := make(gate)
		store := &outbox{before: commits.before}
		log := start(t, store, options())
		ctx, leave := context.WithCancel(t.Context())
		entry, err := log.Begin(ctx, alice(t, tenants.NewID()), attempt("whoami"))
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- entry.End(ctx, audit.Ending{Outcome: audit.Unknown, Reason: "client_gone"}) }()
		synctest.Wait()
		leave()
		synctest.Wait()
		if len(ended) != 0 {
			t.Fatal("End left with the client")
		}
		commits <- struct{}{}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if r := store.records(t); len(r) != 1 || r[0].Reason != "client_gone" {
			t.Errorf("records: %+v", r)
		}
	})
}

func TestClientGoneBeforeBeginRunsNothing(t *testing.T) {
	t.Parallel()
	log := start(t, &outbox{}, options())
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := log.Begin(ctx, alice(t, tenants.NewID()), attempt("whoami")); !errors.Is(err, context.Canceled) {
		t.Errorf("Begin: %v, want context.Canceled", err)
	}
	if load := log.Load(); load.Rows != 0 {
		t.Errorf("room taken: %+v", load)
	}
}

func TestSlowStoreIsWaitedForOnlySoLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &outbox{before: func(context.Context, []audit.Row) error {
			<-time.After(2 * time.Second)
			return nil
		}}
		limits := options()
		limits.WaitTimeout = time.Second
		log := start(t, store, limits)
		began := time.Now()
		err := call(t.Context(), log, alice(t, tenants.NewID()), "whoami")
		if fault.KindOf(err) != fault.Unavailable || fault.RetryAfter(err) <= 0 {
			t.Errorf("End: %v, want Unavailable with a retry hint", err)
		}
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("waited %v, want 1s", waited)
		}
		<-time.After(2 * time.Second)
		if n, load := len(store.records(t)), log.Load(); n != 1 || load.Rows != 0 {
			t.Errorf("%d records, load %+v: the record left behind is appended and its room freed", n, load)
		}
	})
}

func TestEntryStepsOutOfOrderAreFaults(t *testing.T) {
	t.Parallel()
	store := &outbox{}
	log, ctx := start(t, store, options()), t.Context()
	entry, err := log.Begin(ctx, alice(t, tenants.NewID()), attempt("whoami"))
	if err != nil {
		t.Fatal(err)
	}
	wantInternal := func(what string, err error) {
		t.Helper()
		if err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v, want an internal fault", what, err)
		}
	}
	wantInternal("unknown effect", entry.Intend(ctx, "harmless"))
	if err := entry.Intend(ctx, audit.Write); err != nil {
		t.Fatal(err)
	}
	wantInternal("second intend", entry.Intend(ctx, audit.Write))
	if err := entry.End(ctx, audit.Ending{Outcome: audit.OK}); err != nil {
		t.Fatal(err)
	}
	wantInternal("second end", entry.End(ctx, audit.Ending{Outcome: audit.OK}))
	wantInternal("intend after end", entry.Intend(ctx, audit.Write))
	if n, load := len(store.records(t)), log.Load(); n != 2 || load.Rows != 0 || load.Bytes != 0 {
		t.Errorf("%d records, load %+v; want 2 and nothing held", n, load)
	}
}

func TestBeginRefusesWhatCannotBecomeARecord(t *testing.T) {
	t.Parallel()
	log, by := start(t, &outbox{}, options()), alice(t, tenants.NewID())
	wrongKind := attempt("whoami")
	wrongKind.Kind = audit.ConfigChange
	negative := attempt("whoami")
	negative.Policy = -1
	for name, row := range map[string]struct {
		by authz.Caller
		a  audit.Attempt
	}{
		"no organization": {authz.Caller{}, attempt("whoami")},
		"not a call":      {by, wrongKind},
		"negative number": {by, negative},
	} {
		if _, err := log.Begin(t.Context(), row.by, row.a); err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v, want an internal fault", name, err)
		}
	}
	if load := log.Load(); load.Rows != 0 {
		t.Errorf("room taken: %+v", load)
	}
}

func TestOutcomeOutsideTheClosedSetIsUnknown(t *testing.T) {
	t.Parallel()
	store := &outbox{}
	log := start(t, store, options())
	entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("whoami"))
	if err != nil {
		t.Fatal(err)
	}
	if err := entry.End(t.Context(), audit.Ending{Outcome: "splendid", Reason: "bad\x00word"}); err != nil {
		t.Fatal(err)
	}
	r := store.records(t)[0]
	if r.Outcome != audit.Unknown || r.Reason != "bad\uFFFDword" || len(r.Altered) != 1 || r.Altered[0] != "reason" {
		t.Errorf("record: %+v", r)
	}
}

func TestOutcomeThatCannotBeEncodedGivesItsRoomBack(t *testing.T) {
	t.Parallel()
	var leap atomic.Int64
	now := func() time.Time { return time.Now().AddDate(int(leap.Load()), 0, 0) }
	log, err := audit.NewLog(&outbox{}, options(), audit.NewScribe(now), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- log.Run(t.Context()) }()
	entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("whoami"))
	if err != nil {
		t.Fatal(err)
	}
	leap.Store(9000)
	if err := entry.End(t.Context(), audit.Ending{Outcome: audit.OK}); fault.KindOf(err) != fault.Internal {
		t.Errorf("End in the year 11026: %v, want an internal fault", err)
	}
	if err := errors.Join(log.Close(t.Context()), <-ended); err != nil {
		t.Error(err)
	}
}

func TestHostileCallsFitTheRoomTheyReserve(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &outbox{}
			log := start(t, store, options())
			a := audit.Attempt{
				Kind: audit.ResourceRead, Endpoint: text, Method: text, Session: text, Source: text, Tool: text,
				Target: text, Arguments: []byte(text), TraceID: text, Policy: 1<<53 - 1,
			}
			entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), a)
			if err != nil {
				t.Fatal(err)
			}
			reserved := log.Load().Bytes
			entry.About(audit.Called{Origin: tenants.NewGUID(), OwnName: text, Definition: audit.Digest{1}})
			if err := entry.Intend(t.Context(), audit.Destructive); err != nil {
				t.Fatal(err)
			}
			if err := entry.End(t.Context(), audit.Ending{Outcome: audit.ToolError, Reason: text}); err != nil {
				t.Fatal(err)
			}
			for _, batch := range store.stored {
				checkPayload(t, name, batch[0].Payload)
				if n := len(batch[0].Payload); n > reserved {
					t.Errorf("a record of %d bytes in a room of %d", n, reserved)
				}
			}
			if r := store.records(t); len(r) != 2 || r[1].ArgumentsBytes != int64(len(text)) ||
				r[1].ArgumentsDigest != audit.DigestArguments(r[1].DigestSalt, []byte(text)) {
				t.Errorf("%d records, %d bytes of arguments", len(r), r[1].ArgumentsBytes)
			}
		})
	}
}

// TestCallAllocatesLittle is not parallel: allocations are counted for the whole
// process.
func TestCallAllocatesLittle(t *testing.T) {
	log, by, ctx, a := start(t, nowhere{}, options()), alice(t, tenants.NewID()), t.Context(), attempt("whoami")
	allocations := testing.AllocsPerRun(500, func() {
		e, err := log.Begin(ctx, by, a)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(e.Intend(ctx, audit.Read), e.End(ctx, audit.Ending{Outcome: audit.OK})); err != nil {
			t.Fatal(err)
		}
	})
	// Three of the call and four of its commit; the race detector empties pools.
	if allocations > 12 {
		t.Errorf("%v allocations a call, want at most 12", allocations)
	}
}

func TestCallThatIsRuledOnAgainTellsWhatThatRestsOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &outbox{}
		log, org := start(t, store, options()), tenants.NewID()
		nobody := authz.Actor(alice(t, org).Identity())
		entry, err := log.Begin(t.Context(), nobody, attempt("roll_dice"))
		if err != nil {
			t.Fatal(err)
		}
		entry.Decided(alice(t, org))
		if err := entry.End(t.Context(), audit.Ending{Outcome: audit.OK}); err != nil {
			t.Fatal(err)
		}
		r := store.records(t)[0]
		if strings.Join(r.Roles, " ") != "staff" || r.MembershipSource != authz.SourceToken || r.MembershipAgeSeconds != 90 || len(r.Altered) != 0 {
			t.Errorf("decision: %+v", r)
		}
	})
}
