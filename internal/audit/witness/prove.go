package witness

import (
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// Tree reads the hashes of subtrees of a log, in the order in which they are asked for.
type Tree func([]proof.Subtree) ([]proof.Hash, error)

// ReadHashes implements tlog.HashReader.
func (t Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	all := make([]proof.Subtree, len(indexes))
	for i, at := range indexes {
		all[i].Level, all[i].Index = tlog.SplitStoredHashIndex(at)
	}
	return t(all)
}

var errRange = fault.New(fault.Invalid, "the log does not reach so far")

// Inclusion returns what proves that a leaf is entry seq of the tree of a size (RFC 6962
// §2.1.1). An entry that the tree does not have is Invalid.
func Inclusion(t Tree, seq, size int64) ([]proof.Hash, error) {
	if seq < 0 || seq >= size {
		return nil, errRange
	}
	return tlog.ProveRecord(size, seq, t)
}

// Consistency returns what proves that the tree of a size begins with that of a smaller
// one (RFC 6962 §2.1.2). A size that the tree has not reached is Invalid.
func Consistency(t Tree, before, size int64) ([]proof.Hash, error) {
	switch {
	case before < 1 || before > size:
		return nil, errRange
	case before == size:
		return nil, nil
	}
	return tlog.ProveTree(size, before, t)
}

// RootAt returns the root of the tree of a size.
func RootAt(t Tree, size int64) (proof.Hash, error) { return tlog.TreeHash(size, t) }

var (
	errNotIn   = errors.New("the entry is not in the tree")
	errNotGrew = errors.New("the tree does not begin with the other")
)

// checkInclusion is the other side of Inclusion.
func checkInclusion(path []proof.Hash, in proof.Checkpoint, seq int64, leaf proof.Hash) error {
	if seq < 0 || seq >= in.Size || tlog.CheckRecord(path, in.Size, in.Root, seq, leaf) != nil {
		return errNotIn
	}
	return nil
}

// checkConsistency is the other side of Consistency.
func checkConsistency(path []proof.Hash, before, after proof.Checkpoint) error {
	if before.Size == after.Size {
		if before.Root != after.Root || len(path) > 0 {
			return errNotGrew
		}
		return nil
	}
	if before.Size < 1 || before.Size > after.Size || tlog.CheckTree(path, after.Size, after.Root, before.Size, before.Root) != nil {
		return errNotGrew
	}
	return nil
}
