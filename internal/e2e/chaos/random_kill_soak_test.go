//go:build soak

package chaos_test

import (
	"fmt"
	"testing"
	"time"
)

// TestSoakWorkerRedisAndPostgreSQLKilledAtRandom is the long form. It ends by writing
// its report.
func TestSoakWorkerRedisAndPostgreSQLKilledAtRandom(t *testing.T) {
	h := havoc{during: 5 * time.Minute, at: 24, lost: 12, patience: 5 * taken}
	began := time.Now()
	sum := wreckHavoc(t, h)
	sum.mustMeanSomething(t)
	if t.Failed() {
		return
	}
	sum.section(t, h, time.Since(began)).write(t)
}

// section returns the report of a run that had no complaint.
func (s wreck) section(t *testing.T, h havoc, took time.Duration) section {
	t.Helper()
	return section{
		title: "Worker, Redis and PostgreSQL killed at random",
		about: fmt.Sprintf("Two `cmd/worker` processes and two workers with chores, their Redis and their PostgreSQL are killed with SIGKILL, and Redis is emptied, each at moments of its own, "+
			"while %d people are due every %s at the latest, arrive, change groups and are disabled, deleted or signed out. PostgreSQL waits for its disk "+
			"(`fsync=on`), Redis writes an append-only file. A refresh that a killed worker had in hand is another's after %s.", crowdSize, softLimit, taken),
		rows: append(circumstances(t, took), [][2]string{
			{"seed", fmt.Sprint(s.seed)},
			{"time in which everything was killed", h.during.String()},
			{"kills of a worker", fmt.Sprint(s.counts["worker"])},
			{"kills of Redis", fmt.Sprint(s.counts["Redis"])},
			{"Redis emptied", fmt.Sprint(s.counts["flush"])},
			{"kills of PostgreSQL", fmt.Sprint(s.counts["PostgreSQL"])},
			{"changes of groups in the directory", fmt.Sprint(s.changes)},
			{"people disabled, deleted or signed out, each cut off once", fmt.Sprint(s.gone)},
			{"kills of a worker with chores", fmt.Sprint(s.counts["worker with chores"])},
			{"chores begun", fmt.Sprint(s.chores)},
			{"of them, broken off by a kill", fmt.Sprint(s.broken)},
			{"refreshes", fmt.Sprint(s.questions)},
			{"of them, asked again because what had come of it was lost", fmt.Sprint(s.cut)},
			{"longest between two questions about a person", s.gap.Round(time.Millisecond).String()},
			{"from when all was there again to when everybody had been asked about", s.recovered.Round(time.Millisecond).String()},
			{"the next round", s.round.Round(time.Millisecond).String()},
			{"**people whose refresh was lost, answers that are not true, tokens that are lost or redeemed out of order, people cut off twice, chores done by two at a time or never again, tasks left over**", "**0**"},
		}...),
	}
}
