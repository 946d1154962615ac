// Package demo is the world that a laptop and the tests play with: two
// organizations with the same cast of people, one Entra tenant that nobody has
// registered, and the emulator and database rows that make them true.
//
// It joins what production keeps apart: the emulator, the throw-away servers and
// the application. Only gatehouse-dev, the benchmark and tests import it.
package demo
