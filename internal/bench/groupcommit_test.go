package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/authz"
)

// trial makes one migrated database on a server of its own.
func trial(t *testing.T) database {
	t.Helper()
	all, err := openDatabases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := all.close(); err != nil {
			t.Error(err)
		}
	})
	made, err := all.make(t.Context(), "trial")
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestBothWaysOfWritingStoreWhatTheyCount(t *testing.T) {
	t.Parallel()
	in := trial(t)
	g, err := openGroupCommit(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	callers, err := auditCallers()
	if err != nil {
		t.Fatal(err)
	}
	if err := g.call(t.Context(), callers[0]); err != nil {
		t.Fatal(err)
	}
	for _, by := range callers {
		if err := g.insert(t.Context(), by); err != nil {
			t.Fatal(err)
		}
	}
	var rows, sizes int
	if err := g.owner.QueryRow(t.Context(), "SELECT count(*), count(DISTINCT octet_length(payload)) FROM audit_outbox").Scan(&rows, &sizes); err != nil {
		t.Fatal(err)
	}
	if rows != 1+auditWriters || sizes != 1 {
		t.Errorf("%d records of %d lengths, want %d of one", rows, sizes, 1+auditWriters)
	}
	single, grouped, err := g.compare(t.Context(), 2, minDuration)
	if err != nil {
		t.Fatal(err)
	}
	if len(single) != 2 || len(grouped) != 2 || single[1] <= 0 || grouped[1] <= 0 {
		t.Errorf("rates %v and %v, want two of each", single, grouped)
	}
	if g.seen.rows.Load() <= g.seen.commits.Load() {
		t.Errorf("%d records in %d commits: nobody shared one", g.seen.rows.Load(), g.seen.commits.Load())
	}
	if err := g.close(); err != nil {
		t.Error(err)
	}
}

func TestWriterThatFailsEndsTheRound(t *testing.T) {
	t.Parallel()
	callers, err := auditCallers()
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	_, err = together(t.Context(), callers, time.Minute, func(context.Context, authz.Caller) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("error = %v, want the writer's", err)
	}
}
