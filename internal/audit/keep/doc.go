// Package keep takes out of an organization's log what must not be in it any more:
// records whose time is over, what is said of people who are erased, and organizations
// that have left. What proves the log stays.
//
//	who.go        Who: a person, and what text may call them
//	vocabulary.go  Vocabulary: words that are no names, because the log has them for something else
//	tombstone.go  Tombstone: what has to go again where a backup brings it back
//	people.go     erasing people
//	names.go      by which names records are looked through for somebody
//	returned.go    people whom a backup has brought back
//	months.go     removing months past
//	bodies.go     removing bodies of calls past
//	departed.go   erasing organizations
//	ledger.go     the file of tombstones, and applying what it says
//
// The worker's chores run it; a store does what is decided here, each step in one
// transaction that a hold stops. It deletes nothing by itself.
package keep
