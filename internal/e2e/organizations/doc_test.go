// Package organizations_test runs the whole platform in one test binary, the
// console on, with a real PostgreSQL and the emulator, and drives it through
// HTTP only: it takes a tenant that nobody has registered to a working call,
// tries what must not work, and asks what operators, automations and a second
// replica see.
//
//	stack_test.go    the process and its surroundings
//	world_test.go    who is there
//	client_test.go   one person's browser, or one automation
//	endpoint_test.go tokens for tools, and calls of them
//	worker_test.go   the worker beside it
package organizations_test

import (
	"os"
	"testing"

	"gatehouse/internal/store/storetest"
)

// TestMain gives the process the one managed identity endpoint that a host has:
// where it is stands in the environment, before anything runs.
func TestMain(m *testing.M) {
	for name, value := range machine.environ() {
		if err := os.Setenv(name, value); err != nil {
			panic(err) // no test could run
		}
	}
	storetest.Run(m)
}
