// Package exports brings exports of organizations' logs to their sinks of kind storage.
//
//	store.go    Store: what has to be kept; Task: an export that is somebody's for a while
//	desk.go     Desk: what is asked for
//	schedule.go what is asked for by time
//	runner.go   Runner: which exports are at it, how many at once
//	slice.go    one export's turn: parts are made and brought
//	progress.go how the content goes on, as it is written down
//	end.go      how exports end: the object is made, or given up, or nothing is left
//
// An export is on record before any of it leaves. Its content follows from what was
// decided and the log, piece by piece (audit/search), and goes in parts. Each part is
// written down with how the content goes on behind it, so that whoever comes after a
// worker that died brings again what was not written down: the same part, by the same
// number. The object is there whole, or not at all.
//
// The worker runs a Runner, the management API has a Desk. The package knows no SQL and
// speaks to stores by way of sinks.
package exports
