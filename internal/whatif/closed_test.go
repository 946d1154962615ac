package whatif_test

import (
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/whatif"
)

// TestWhoMayNotReadTheLogLearnsNoArgument: a condition that looks at one is not decided
// for them, so that nobody finds a value by asking for it.
func TestWhoMayNotReadTheLogLearnsNoArgument(t *testing.T) {
	t.Parallel()
	was, would, call := whole(), whole(), plain("pay")
	grant(&was, "staff", group(0), allow("pay", "read"))
	call.kept = `{"/amount":4}`
	record := call.record(t, courtOf(t, was), nil)
	for _, condition := range []string{"args.amount == 4", "args.amount == 5"} {
		would = whole()
		proposed(&would, condition)
		tally := replayed(t, whatif.Parts{Proposed: basis(t, would), Present: basis(t, was), Closed: true}, record)
		if tally.CannotTell != 1 || tally.Reasons[whatif.ArgumentsUnknown] != 1 || tally.Rows[0].Rule != (whatif.Rule{}) {
			t.Errorf("%s: %+v", condition, tally)
		}
	}
	would = whole()
	proposed(&would, "args.amount == 4")
	if tally := replayed(t, whatif.Parts{Proposed: basis(t, would), Present: basis(t, was)}, record); tally.CannotTell != 0 || len(tally.Rows) != 1 {
		t.Errorf("who may read it is told %+v", tally)
	}
}

func proposed(w *access.Whole, condition string) {
	grant(w, "staff", group(0), allow("pay", "read"), authz.Permission{Effect: authz.Deny, Patterns: []string{"pay"}, Condition: condition})
}
