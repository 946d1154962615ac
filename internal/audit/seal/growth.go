package seal

import (
	"time"

	"gatehouse/internal/audit/proof"
)

// Growth is what becomes of a tree that leaves are added to.
type Growth struct {
	Before proof.Hash // the root, as it was
	After  proof.Hash
	Size   int64
	Tiles  []Tile // new ones, and those that have grown
}

// Grow adds leaves to a tree of a size, of which LastTiles are given. Tiles that are not
// those are Internal.
func Grow(size int64, last []Tile, leaves []proof.Hash) (g Growth, err error) {
	t, err := newTree(size, last)
	if err != nil {
		return g, err
	}
	if g.Before, err = t.root(); err != nil {
		return g, err
	}
	for _, leaf := range leaves {
		t.append(leaf, time.Time{})
	}
	g.Size, g.Tiles = t.size, t.tiles()
	g.After, err = t.root()
	return g, err
}
