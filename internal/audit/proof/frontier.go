package proof

import (
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/internal/fault"
)

// Frontier computes the root of a tree from left to right, from leaves and from the
// hashes of whole subtrees in place of leaves that need not be seen. Its zero value
// is the empty tree.
type Frontier struct {
	size  int64
	parts []Hash // whole subtrees, the largest first: one for each bit of size
}

// Size is how many leaves the tree has.
func (f *Frontier) Size() int64 { return f.size }

// Append adds a leaf.
func (f *Frontier) Append(leaf Hash) { f.push(leaf, 0) }

// AppendSubtree adds the hash of a whole subtree of 2^level leaves. One that does not
// begin where such a subtree can is Invalid.
func (f *Frontier) AppendSubtree(level int, h Hash) error {
	if level < 0 || level > 62 || f.size&(1<<level-1) != 0 || f.size+1<<level <= 0 {
		return fault.Newf(fault.Invalid, "no subtree of level %d begins at leaf %d", level, f.size)
	}
	f.push(h, level)
	return nil
}

func (f *Frontier) push(h Hash, level int) {
	grown := f.size + 1<<level
	for at := level; f.size&(1<<at) != 0; at++ {
		last := len(f.parts) - 1
		h, f.parts = tlog.NodeHash(f.parts[last], h), f.parts[:last]
	}
	f.parts, f.size = append(f.parts, h), grown
}

// Root returns the root of the tree as it is now: that of RFC 6962 §2.1.
func (f *Frontier) Root() Hash {
	if f.size == 0 {
		root, _ := tlog.TreeHash(0, nil)
		return root
	}
	last := len(f.parts) - 1
	root := f.parts[last]
	for i := last - 1; i >= 0; i-- {
		root = tlog.NodeHash(f.parts[i], root)
	}
	return root
}

// Subtree names a whole subtree: that of 2^Level leaves from Index·2^Level on.
type Subtree struct {
	Level int
	Index int64
}

// Cover lists the subtrees that stand for the leaves from..to-1, left to right, each
// as large as it can be. From and to are not negative.
func Cover(from, to int64) (all []Subtree) {
	for from < to {
		level := bits.Len64(uint64(to-from)) - 1 //nolint:gosec // it is positive
		if from > 0 {
			level = min(level, bits.TrailingZeros64(uint64(from)))
		}
		all = append(all, Subtree{level, from >> level})
		from += 1 << level
	}
	return all
}
