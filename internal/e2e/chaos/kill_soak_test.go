//go:build soak

package chaos_test

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// soakReport is where the figures of a run without a fault are kept.
const soakReport = "../../../docs/soak.md"

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
	must(t, os.WriteFile(soakReport, []byte(sum.report(t, p, time.Since(began))), 0o600))
	must(t, os.Chmod(soakReport, 0o644))
}

// report returns the page of a run that had no complaint.
func (s tally) report(t *testing.T, p plan, took time.Duration) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# Soak\n\n")
	fmt.Fprintf(&b, "The long forms of the tests, as `make soak` last ran them without a fault. The page is written by the run itself.\n\n")
	fmt.Fprintf(&b, "## cmd/api killed under load\n\n")
	fmt.Fprintf(&b, "One `cmd/api` process at a time is killed with SIGKILL at a random moment while %d clients call a tool that reads (`%s`) and one "+
		"whose effect is write (`%s`, on behalf of the person, through the emulated Entra ID and Graph). PostgreSQL runs outside it and waits "+
		"for its disk (`fsync=on`, `synchronous_commit=on`).\n\n", p.clients, whoami, profile)
	fmt.Fprintf(&b, "| | |\n|---|---:|\n")
	for _, row := range [][2]string{
		{"commit of the binary", commitOf(t)},
		{"machine", fmt.Sprintf("%d shared cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())},
		{"day", time.Now().UTC().Format(time.DateOnly)},
		{"whole run", took.Round(time.Second).String()},
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
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	return b.String()
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
