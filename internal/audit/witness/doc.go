// Package witness is what makes the platform's own log evidence: the log of all
// organizations' checkpoints, of which everybody holds the same checkpoints. It is
// pure, so that whoever adds to the log and whoever verifies do the same thing.
//
//	entry.go   Entry: how an organization's checkpoint becomes a leaf
//	prove.go   Inclusion and Consistency: which hashes prove something
//	file.go    Proof: the file that shows it
//	verify.go  Verify: what it comes to, for whoever relies on some keys
//
// The tree, the checkpoints and the keys are those of package proof.
package witness
