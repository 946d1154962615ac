// Package door_test runs the whole api process, with a real PostgreSQL and the
// emulator, in one test binary, and holds what stands in front of the tools to
// its rules over real HTTP: who is let in, who sees and calls what, what is
// recorded, and what both eras of the protocol look like on the wire.
//
//	stack_test.go   the process and its surroundings
//	person_test.go  tokens and requests
//	record_test.go  the log
package door_test

import (
	"testing"

	"gatehouse/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Run(m) }
