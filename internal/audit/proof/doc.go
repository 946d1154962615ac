// Package proof is what makes an organization's log evidence: how a record becomes
// a leaf, leaves a tree, and a tree a signed checkpoint. It is pure, so that whoever
// seals and whoever verifies do the same thing.
//
//	field.go       Salt and Commit: one field, committed to by itself
//	entry.go       Entry and Leaf: a record as the tree sees it
//	record.go      Record: a record with some of its fields open
//	frontier.go    Frontier: the root of a tree of which only some parts are known
//	checkpoint.go  Checkpoint: what is signed about a tree
//	key.go         Signer, and Succession: how one key names the next
//
// The tree is that of RFC 6962 §2.1, the checkpoint the note that transparency logs
// sign (C2SP tlog-checkpoint), so that others' tools can read both.
package proof
