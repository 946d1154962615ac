// Package platform keeps the platform's own log: one Merkle tree in which the newest
// checkpoints of all organizations are, so that whoever holds one of its checkpoints is
// a witness of everybody's log, and no two of them can be shown different ones without
// finding out.
//
//	store.go     Store: what has to be kept, and what is read
//	recorder.go  Recorder: takes checkpoints, and adds them once an hour
//	grow.go      one transaction's worth: the tree, the key, the checkpoint
//	prover.go    Prover: proofs about it, for organizations and for everybody
//	handler.go   Handler: what everybody may ask, without an account
//	courier.go   Courier: the platform's checkpoints, to where the operator wants them
//
// Entries are salted: nobody can tell from a hash whose checkpoint it is of. What an
// organization has in the log lies in rows of its own.
package platform
