//go:build soak

package chaos_test

import (
	"debug/buildinfo"
	"fmt"
	"testing"
	"time"
)

// TestSoakKilledReplicaLosesNothing is the long form: more kills, more clients,
// minutes of load. It ends by writing its report.
func TestSoakKilledReplicaLosesNothing(t *testing.T) {
	w := newWorld(t)
	p := plan{rounds: 20, clients: 16, shortest: time.Second, longest: 12 * time.Second}
	began := time.Now()
	sum := killRounds(t, w, p)
	sum.mustMeanSomething(t)
	if t.Failed() {
		return
	}
	sum.section(t, p, time.Since(began)).write(t)
}

// section returns the report of a run that had no complaint.
func (s tally) section(t *testing.T, p plan, took time.Duration) section {
	t.Helper()
	return section{
		title: "cmd/api killed under load",
		about: fmt.Sprintf("One `cmd/api` process at a time is killed with SIGKILL at a random moment while %d clients call a tool that reads (`%s`) and one "+
			"whose effect is write (`%s`, on behalf of the person, through the emulated Entra ID and Graph). PostgreSQL runs outside it and waits "+
			"for its disk (`fsync=on`, `synchronous_commit=on`).", p.clients, whoami, profile),
		rows: append(circumstances(t, took), [][2]string{
			{"rounds, each with one SIGKILL", fmt.Sprint(p.rounds)},
			{"time under load before the kills", s.underLoad.Round(time.Second).String()},
			{"calls that returned a result", fmt.Sprint(len(s.receipts))},
			{"calls cut off without a reply", fmt.Sprint(s.interrupted)},
			{"calls answered with an error", fmt.Sprint(s.answered)},
			{"runs of the writing tool that reached Graph", fmt.Sprint(len(s.ran))},
			{"records in the log", fmt.Sprint(s.ledger.records)},
			{"calls with an intent and no outcome: begun, and the kill came first", fmt.Sprint(s.ledger.open())},
			{"**results without their record: lost**", fmt.Sprintf("**%d**", len(s.ledger.complaints(s.receipts, nil)))},
			{"**runs of the writing tool without an intent: lost**", fmt.Sprintf("**%d**", len(s.ledger.complaints(nil, s.ran)))},
			{"**records that cannot be read**", fmt.Sprintf("**%d**", len(s.ledger.unreadable))},
		}...),
	}
}

// commitOf returns the commit that the binary was built from, and says so when
// the tree had changes.
func commitOf(t *testing.T) string {
	t.Helper()
	info, err := buildinfo.ReadFile(binary(t, "api"))
	must(t, err)
	commit, changes := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changes = ", with changes"
		}
	}
	return "`" + commit + "`" + changes
}
