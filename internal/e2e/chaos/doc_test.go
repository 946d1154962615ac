// Package chaos_test breaks the production binaries on purpose and looks at what
// they promised: cmd/api is killed and stopped under load, cut from PostgreSQL,
// flooded, started with settings it must refuse; two replicas are held to the
// same changes; cmd/worker, Redis and PostgreSQL are killed at random. The processes
// are real, PostgreSQL waits for its disk
// (fsync=on), and Entra ID and Microsoft Graph are the emulator in this process.
//
// It owns the harness for that and nothing that ships:
//
//	main_test.go      one PostgreSQL and one build of the binaries for the package
//	world_test.go     a database, an emulator and two organizations for one test
//	replica_test.go   a cmd/api process: start, kill, stop
//	client_test.go    a client of one replica, and what it was answered
//	load_test.go      many clients at once
//	crowd_test.go     many people, their tokens and their streams
//	ledger_test.go    the log, held against what clients and Graph have seen
//	timeline_test.go  the order in which a replica showed a change
//	victim_test.go    cmd/worker as an orchestrator keeps it up, and who kills it
//	flock_test.go     people who come, change groups and are disowned
//	till_test.go      Entra ID's memory of the refresh tokens it has given
//	seal_kill_test.go who writes the log and who seals it, killed
//	size_soak_test.go a log of 5,000,000 records: filled, searched, counted and exported
//	proxy_test.go     the wire between a replica and PostgreSQL, with scissors
//
// What no process can be made to do from outside, a read that a change overtakes,
// is tried with the same packages inside the test (view_test.go).
//
// Deadlines are ten times what is usual: a test that misses one found a fault,
// not a slow machine. The long form runs under the build tag soak.
package chaos_test
