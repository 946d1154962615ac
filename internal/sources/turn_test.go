package sources_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/sources"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// call has somebody call the tool search at a replica, and returns why there is no
// answer.
func (w *world) call(t *testing.T, r *replica) error {
	t.Helper()
	snap, err := r.leases.Of(t.Context(), w.org.ID)
	must(t, err)
	server, known := snap.Server(w.source.ID)
	if !known {
		t.Fatal("the replica does not know the source")
	}
	_, err = server.Exchange(t.Context(), w.admin(), tools.Target{Method: wire.MethodToolsCall, Name: "search"}, tools.Call{Arguments: []byte("{}"), Now: w.clock.now(), Client: tools.Client{Era: wire.Modern}})
	if _, answered := errors.AsType[*wire.Error](err); answered {
		return nil
	}
	return err
}

// TestWhatCallsFindIsKnownToAllReplicas: one replica reads the source in vain, and
// calls of another work.
func TestWhatCallsFindIsKnownToAllReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, held)
	w.server.offer("search", "", nil)
	w.server.set(func(u *upstreamServer) { u.shut = http.StatusUnauthorized })
	if _, err := w.refresher.Refresh(t.Context(), w.admin(), w.source.ID); err == nil {
		t.Fatal("the source could be read")
	}
	if s := w.state(t); s.Trouble == "" {
		t.Fatalf("%+v", s)
	}
	w.server.set(func(u *upstreamServer) { u.shut = 0 })
	other := w.another(t)
	if err := w.call(t, other); err != nil {
		t.Fatal(err)
	}
	eventually(t, "everybody knows that calls work", func() bool {
		s := w.state(t)
		return s.TurnedTo == "" && s.TurnedAt.After(s.TriedAt)
	})
	before := w.state(t)
	w.clock.advance(time.Minute)
	for range 20 {
		must(t, w.call(t, other))
	}
	w.server.set(func(u *upstreamServer) { u.shut = http.StatusInternalServerError })
	if err := w.call(t, other); err == nil {
		t.Fatal("a call of a source that is down has worked")
	}
	eventually(t, "everybody knows that calls fail", func() bool {
		s := w.state(t)
		return strings.Contains(s.TurnedTo, "source notes failed (HTTP 500)") && s.TurnedAt.After(before.TurnedAt)
	})
	if s := w.state(t); s.Trouble != before.Trouble || !s.TriedAt.Equal(before.TriedAt) {
		t.Errorf("calls have changed what reading found: %+v, was %+v", s, before)
	}
}

// ledger keeps what is written of turns.
type ledger struct {
	sources.Store
	refuse error
	turns  []sources.Turn
	tried  int
}

func (l *ledger) NoteTurn(_ context.Context, _ authz.Caller, t sources.Turn) error {
	l.tried++
	if l.refuse == nil {
		l.turns = append(l.turns, t)
	}
	return l.refuse
}

// noting is a refresher that writes to a ledger, and a clock.
func noting(t *testing.T) (*sources.Refresher, *ledger, *clock) {
	t.Helper()
	kept, c := &ledger{}, &clock{}
	r, err := sources.New(sources.Options{Store: kept, Views: &snapshot.Leases{}, Now: c.now, Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	return r, kept, c
}

func TestASourceThatTurnsAllTheTimeIsNotedOnceInAWhile(t *testing.T) {
	t.Parallel()
	r, kept, clock := noting(t)
	org, source := tenants.NewID(), tenants.NewGUID()
	var now upstream.Health
	turn := func(trouble string) {
		now = upstream.Health{LastError: trouble, At: clock.now()}
		r.Turned(org, source, func() upstream.Health { return now })
	}
	r.NoteTurns(t.Context())
	for range 100 {
		turn("it is away\x00")
		turn("")
		turn("it is away\x00")
		r.NoteTurns(t.Context())
	}
	if len(kept.turns) != 1 || kept.turns[0].Trouble != "it is away\ufffd" || kept.turns[0].Source != source || !kept.turns[0].At.Before(now.At) {
		t.Errorf("%+v", kept.turns)
	}
	clock.advance(29 * time.Second)
	r.NoteTurns(t.Context())
	if len(kept.turns) != 1 {
		t.Errorf("too early: %+v", kept.turns)
	}
	clock.advance(time.Second)
	turn("")
	for range 3 {
		r.NoteTurns(t.Context())
		clock.advance(time.Minute)
	}
	if len(kept.turns) != 2 || kept.turns[1].Trouble != "" {
		t.Errorf("the last turn is not noted, or more than once: %+v", kept.turns)
	}
}

func TestTurnsOfManySourcesAreNotedByAndBy(t *testing.T) {
	t.Parallel()
	r, kept, _ := noting(t)
	for range sources.MostTurns + 5 {
		r.Turned(tenants.NewID(), tenants.NewGUID(), func() upstream.Health { return upstream.Health{At: time.Now()} })
	}
	r.NoteTurns(t.Context())
	if len(kept.turns) != sources.MostTurns {
		t.Errorf("%d with one look", len(kept.turns))
	}
	r.NoteTurns(t.Context())
	if len(kept.turns) != sources.MostTurns+5 {
		t.Errorf("%d with two", len(kept.turns))
	}
}

func TestATurnThatCannotBeNotedIsTriedAgain(t *testing.T) {
	t.Parallel()
	r, kept, clock := noting(t)
	for range 5 {
		r.Turned(tenants.NewID(), tenants.NewGUID(), func() upstream.Health { return upstream.Health{At: time.Now()} })
	}
	kept.refuse = errors.New("the database is away")
	r.NoteTurns(t.Context())
	if kept.tried != 1 {
		t.Errorf("a database that is away is asked %d times with one look", kept.tried)
	}
	kept.refuse = nil
	clock.advance(time.Minute)
	r.NoteTurns(t.Context())
	if len(kept.turns) != 5 {
		t.Errorf("%d of 5 are noted in the end", len(kept.turns))
	}
	kept.refuse = fault.New(fault.NotFound, "there is no such source")
	r.Turned(tenants.NewID(), tenants.NewGUID(), func() upstream.Health { return upstream.Health{At: time.Now()} })
	for range 3 {
		r.NoteTurns(t.Context())
		clock.advance(time.Minute)
	}
	if kept.tried != 7 {
		t.Errorf("what is gone is tried again: %d", kept.tried)
	}
}
