package audit_test

import (
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/tenants"
)

// TestKeptFieldsHaveRoomOfTheirOwn in the intent and the outcome, whatever they hold.
func TestKeptFieldsHaveRoomOfTheirOwn(t *testing.T) {
	t.Parallel()
	store := &outbox{}
	log := start(t, store, options())
	quotes := strings.Repeat(`"`, audit.KeptLimit)
	for _, row := range []struct{ arguments, result, shown string }{
		{quotes, quotes, quotes},
		{quotes + "x", quotes + "x", quotes[:audit.KeptLimit-len("…")] + "…"},
	} {
		entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("notes_write"))
		if err != nil {
			t.Fatal(err)
		}
		before := log.Load()
		entry.Keep(row.arguments)
		if grown := log.Load().Bytes - before.Bytes; grown < 4*audit.KeptLimit {
			t.Errorf("the room has grown by %d bytes", grown)
		}
		if err := entry.Intend(t.Context(), audit.Write); err != nil {
			t.Fatal(err)
		}
		if err := entry.End(t.Context(), audit.Ending{Outcome: audit.OK, Kept: row.result}); err != nil {
			t.Fatal(err)
		}
		records := store.records(t)
		intent, outcome := records[len(records)-2], records[len(records)-1]
		if intent.ArgumentsKept != row.shown || intent.ResultKept != "" || outcome.ArgumentsKept != row.shown || outcome.ResultKept != row.shown {
			t.Errorf("%d, %d and %d bytes are kept", len(intent.ArgumentsKept), len(outcome.ArgumentsKept), len(outcome.ResultKept))
		}
		if altered := len(outcome.Altered) > 0; altered != (row.arguments != row.shown) {
			t.Errorf("altered: %v", outcome.Altered)
		}
	}
	if load := log.Load(); load.Rows != 0 || load.Bytes != 0 {
		t.Errorf("left behind: %+v", load)
	}
}
