//go:build soak

package chaos_test

import (
	"fmt"
	"testing"
	"time"
)

// TestSoakLogIsSealedOnceWhateverIsKilled is the long form. It ends by writing its
// report.
func TestSoakLogIsSealedOnceWhateverIsKilled(t *testing.T) {
	const during = 5 * time.Minute
	began := time.Now()
	sum := killSealing(t, during)
	sum.mustMeanSomething(t)
	if t.Failed() {
		return
	}
	section{
		title: "The log, while who writes it, who seals it and where it lies are killed at random",
		about: "`cmd/api`, two `cmd/worker` processes and their PostgreSQL are killed with SIGKILL, each at moments of its own, under load. There is no Redis. PostgreSQL waits for its disk (`fsync=on`).",
		rows: append(circumstances(t, time.Since(began)), [][2]string{
			{"seed", fmt.Sprint(sum.seed)},
			{"time in which everything was killed", during.String()},
			{"kills of the api", fmt.Sprint(sum.counts["api"])},
			{"kills of a worker", fmt.Sprint(sum.counts["worker"])},
			{"kills of PostgreSQL", fmt.Sprint(sum.counts["PostgreSQL"])},
			{"results that clients hold", fmt.Sprint(len(sum.receipts))},
			{"calls cut off", fmt.Sprint(sum.interrupted)},
			{"runs of a tool that writes", fmt.Sprint(sum.ran)},
			{"records sealed", fmt.Sprint(sum.records)},
			{"checkpoints seen", fmt.Sprint(sum.checkpoints)},
			{"consistency proofs between every two of them", fmt.Sprint(sum.proofs)},
			{"from the last call to when nothing waited", sum.caught.Round(time.Millisecond).String()},
			{"**results without their record, or with two; runs without an intent; proofs that fail**", "**0**"},
		}...),
	}.write(t)
}
