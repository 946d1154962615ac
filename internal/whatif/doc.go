// Package whatif replays recorded calls under rules that are only proposed, and says
// whose calls would have been decided otherwise.
//
//	call.go      Call: what a record of the log says that decides
//	basis.go     Basis: a configuration, compiled, with what makes two of them equal for a call
//	evidence.go  what is known of a caller's groups and app roles when they called
//	door.go      who would not have got in at all
//	judge.go     what a Basis decides about a call, in every world that what is known leaves open
//	rule.go      by which rule
//	resource.go  reads of resources, whose URIs lead to what decides about them
//	replay.go    Replay: record by record
//	tally.go     Tally: added up, by person, thing and rule
//	access.go    Compare: who could use more or less, called or not
//
// It decides nothing itself: each verdict is that of package authz, and where what the
// log does not say could change it, there is none. It reads no database and knows no
// clock; a Replay holds a bounded part of what it has seen.
package whatif
