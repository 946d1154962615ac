package audit_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestIdentifiersAscendWhateverTheClockDoes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 5, 0, 0, 123_456_789, time.UTC)
	steps := []time.Duration{0, 0, time.Millisecond, -time.Hour, 0, time.Nanosecond, 2 * time.Hour, -time.Minute}
	scribe := audit.NewScribe(func() time.Time { return at })
	by, last := alice(t, tenants.NewID()), ""
	for i, step := range steps {
		at = at.Add(step)
		row := must(scribe.Row(by, audit.Event{Kind: audit.ConfigChange}))
		id := row.ID.String()
		if id <= last {
			t.Errorf("%d: %s does not follow %s", i, id, last)
		}
		if row.ID[6]>>4 != 7 || row.ID[8]>>6 != 2 {
			t.Errorf("%s is not a UUID of version 7", id)
		}
		last = id
	}
	row := must(audit.NewScribe(func() time.Time { return at }).Row(by, audit.Event{Kind: audit.ConfigChange}))
	ms := int64(row.ID[0])<<40 | int64(row.ID[1])<<32 | int64(row.ID[2])<<24 | int64(row.ID[3])<<16 | int64(row.ID[4])<<8 | int64(row.ID[5])
	if ms != at.UnixMilli() {
		t.Errorf("the identifier says %d ms, the clock %d", ms, at.UnixMilli())
	}
}

func TestIdentifiersNeverRepeat(t *testing.T) {
	t.Parallel()
	scribe, by := audit.NewScribe(time.Now), alice(t, tenants.NewID())
	rows := make([][]audit.ID, 8)
	var group sync.WaitGroup
	for i := range rows {
		group.Go(func() {
			for range 500 {
				rows[i] = append(rows[i], must(scribe.Row(by, audit.Event{Kind: audit.ConfigChange})).ID)
			}
		})
	}
	group.Wait()
	seen := map[audit.ID]bool{}
	for _, ids := range rows {
		for _, id := range ids {
			if seen[id] {
				t.Fatalf("%v twice", id)
			}
			seen[id] = true
		}
		if !slices.IsSortedFunc(ids, func(a, b audit.ID) int { return slices.Compare(a[:], b[:]) }) {
			t.Error("the identifiers of one writer do not ascend")
		}
	}
}

func TestRowOfAChangeIsReadyForItsTransaction(t *testing.T) {
	t.Parallel()
	at, org := time.Date(2026, 11, 21, 5, 0, 0, 123_456_789, time.FixedZone("CET", 3600)), tenants.NewID()
	scribe := audit.NewScribe(func() time.Time { return at })
	row := must(scribe.Row(authz.SystemCaller(org, "membership refresh"), audit.Event{
		Kind: audit.ConfigChange, Target: "role finance", Detail: "renamed\x00", Outcome: audit.OK,
	}))
	r := must(audit.Decode(row.Payload))
	if row.Org != org || row.Kind != audit.ConfigChange || row.ID != r.ID || !row.At.Equal(at.Truncate(time.Microsecond)) || !r.At.Equal(row.At) {
		t.Errorf("row %+v", row)
	}
	if r.Actor.Kind != "system" || r.Actor.Name != "membership refresh" || r.Target != "role finance" || r.Detail != "renamed\ufffd" ||
		!slices.Equal(r.Altered, []string{"detail"}) || r.Phase != audit.Instant {
		t.Errorf("record %+v", r)
	}
}

func TestRowOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	scribe, by := audit.NewScribe(time.Now), alice(t, tenants.NewID())
	for name, row := range map[string]struct {
		by authz.Caller
		e  audit.Event
	}{
		"no organization": {authz.Caller{}, audit.Event{Kind: audit.ConfigChange}},
		"no kind":         {by, audit.Event{}},
		"a call":          {by, audit.Event{Kind: audit.ToolCall}},
		"unknown outcome": {by, audit.Event{Kind: audit.ConfigChange, Outcome: "splendid"}},
	} {
		if _, err := scribe.Row(row.by, row.e); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
}

func TestEventIsDurableBeforeItReturns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		commits := make(gate)
		store := &outbox{before: commits.before}
		log, by := start(t, store, options()), alice(t, tenants.NewID())
		written := make(chan error, 1)
		go func() {
			written <- log.Event(t.Context(), by, audit.Event{Kind: audit.Authentication, Endpoint: "/t/contoso/mcp", Outcome: audit.OK})
		}()
		synctest.Wait()
		if len(written) != 0 {
			t.Fatal("Event returned before its record was durable")
		}
		commits <- struct{}{}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		r := store.records(t)[0]
		if r.Kind != audit.Authentication || r.TokenID != "uti-1" || r.Endpoint != "/t/contoso/mcp" || !slices.Equal(r.Roles, []string{"staff"}) {
			t.Errorf("record %+v", r)
		}
		ctx, leave := context.WithCancel(t.Context())
		go func() { written <- log.Event(ctx, by, audit.Event{Kind: audit.SessionEnd}) }()
		synctest.Wait()
		leave()
		wantUnavailable(t, <-written, "durable")
		commits <- struct{}{}
	})
}

func TestRefusedIdentityIsRecorded(t *testing.T) {
	t.Parallel()
	store := &outbox{}
	log, id := start(t, store, options()), alice(t, tenants.NewID()).Identity()
	if err := log.Refused(t.Context(), id, audit.Event{Kind: audit.ToolCall, Reason: "client_not_listed", Outcome: audit.OK}); err != nil {
		t.Fatal(err)
	}
	r := store.records(t)[0]
	if r.Kind != audit.RefusedRequest || r.Outcome != audit.Refused || r.Reason != "client_not_listed" || r.Actor.Name != "Alice" || r.Roles != nil {
		t.Errorf("record %+v", r)
	}
	if err := log.Refused(t.Context(), authz.Identity{}, audit.Event{}); fault.KindOf(err) != fault.Internal {
		t.Errorf("nobody's refusal: %v, want an internal fault", err)
	}
}

func TestSubmittedEventSharesTheCommitOfTheCallBehindIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		commits := make(gate)
		store := &outbox{before: commits.before}
		log := start(t, store, options())
		by := alice(t, tenants.NewID())
		blocker, err := log.Submit(by, audit.Event{Kind: audit.SessionEnd}) // occupies the store meanwhile
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		accepted, err := log.Submit(by, audit.Event{Kind: audit.Authentication})
		if err != nil {
			t.Fatal(err)
		}
		entry, err := log.Begin(t.Context(), by, attempt("whoami"))
		if err != nil {
			t.Fatal(err)
		}
		ended, waited := make(chan error, 1), make(chan error, 1)
		go func() { ended <- entry.End(t.Context(), audit.Ending{Outcome: audit.OK}) }()
		go func() { waited <- accepted.Wait(t.Context()) }()
		synctest.Wait()
		if len(ended)+len(waited) != 0 {
			t.Fatal("a record counts as durable before its commit")
		}
		commits <- struct{}{}
		commits <- struct{}{}
		for _, err := range []error{blocker.Wait(t.Context()), <-ended, <-waited} {
			if err != nil {
				t.Error(err)
			}
		}
		if got := store.appends(); got != 2 {
			t.Errorf("%d commits for one event and then two records", got)
		}
	})
}

func TestNoPendingRecordIsDurable(t *testing.T) {
	t.Parallel()
	if err := (audit.Pending{}).Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
