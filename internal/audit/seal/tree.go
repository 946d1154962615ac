package seal

import (
	"fmt"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

const (
	tileHeight = 8
	tileLevels = 8 // more leaves than an int64 counts
)

// tree is a tree that grows: the last tile of each level, whole or not, of which the
// leaves before it need not be known.
type tree struct {
	size    int64
	last    [tileLevels]Tile
	changed []Tile // tiles that became whole
	dirty   [tileLevels]bool
}

// LastTiles lists the tiles that a tree of a size goes on from: of each level the one
// that is not whole.
func LastTiles(size int64) (tiles []Tile) {
	for level := range tileLevels {
		width := size >> (level * tileHeight)
		if width%TileWidth > 0 {
			tiles = append(tiles, Tile{Level: level, N: width / TileWidth})
		}
	}
	return tiles
}

// newTree returns the tree of a size, with the tiles that LastTiles lists, in whatever
// order. Tiles that are missing, or of another width, are Internal.
func newTree(size int64, tiles []Tile) (*tree, error) {
	t := &tree{size: size}
	for level := range tileLevels {
		t.last[level] = Tile{Level: level, N: size >> (level * tileHeight) / TileWidth}
	}
	for _, tile := range tiles {
		if tile.Level < 0 || tile.Level >= tileLevels || t.last[tile.Level].N != tile.N {
			return nil, fault.Newf(fault.Internal, "tile %d of level %d is none of the last of %d records", tile.N, tile.Level, size)
		}
		t.last[tile.Level] = tile
	}
	for level, tile := range t.last {
		if want := size >> (level * tileHeight) % TileWidth; int64(len(tile.Hashes)) != want {
			return nil, fault.Newf(fault.Internal, "tile %d of level %d has %d hashes, and %d records need %d", tile.N, level, len(tile.Hashes), size, want)
		}
	}
	return t, nil
}

// append adds a leaf that is sealed at an instant.
func (t *tree) append(leaf proof.Hash, at time.Time) {
	t.size++
	for level, h := 0, leaf; ; level++ {
		tile := &t.last[level]
		if level == 0 && len(tile.Hashes) == 0 {
			tile.SealedFrom = at
		}
		tile.Hashes, t.dirty[level] = append(tile.Hashes, h), true
		if len(tile.Hashes) < TileWidth {
			return
		}
		h = rootOf(tile.Hashes)
		t.changed = append(t.changed, *tile)
		t.last[level], t.dirty[level] = Tile{Level: level, N: tile.N + 1}, false
	}
}

// tiles are those that are new or have grown.
func (t *tree) tiles() []Tile {
	all := t.changed
	for level, tile := range t.last {
		if t.dirty[level] {
			all = append(all, tile)
		}
	}
	return all
}

// root returns the root of the tree.
func (t *tree) root() (proof.Hash, error) {
	var f proof.Frontier
	for _, s := range proof.Cover(0, t.size) {
		h, err := SubtreeIn(t.last[s.Level/tileHeight], s)
		if err == nil {
			err = f.AppendSubtree(s.Level, h)
		}
		if err != nil {
			return proof.Hash{}, err
		}
	}
	return f.Root(), nil
}

// TileOf returns which tile a subtree lies in.
func TileOf(s proof.Subtree) Tile {
	return Tile{Level: s.Level / tileHeight, N: s.Index << (s.Level % tileHeight) / TileWidth}
}

// SubtreeIn returns the hash of a subtree that lies in a tile. One that does not, or of
// which the tile does not have all hashes, is Internal.
func SubtreeIn(tile Tile, s proof.Subtree) (proof.Hash, error) {
	if in := TileOf(s); in.Level != tile.Level || in.N != tile.N {
		return proof.Hash{}, fmt.Errorf("subtree %d of level %d is not in tile %d of level %d", s.Index, s.Level, tile.N, tile.Level)
	}
	width := 1 << (s.Level % tileHeight)
	from := int(s.Index<<(s.Level%tileHeight) - tile.N*TileWidth)
	if from+width > len(tile.Hashes) {
		return proof.Hash{}, fault.Newf(fault.Internal, "tile %d of level %d has %d hashes only", tile.N, tile.Level, len(tile.Hashes))
	}
	return rootOf(tile.Hashes[from : from+width]), nil
}

// rootOf returns the root of nodes side by side.
func rootOf(nodes []proof.Hash) proof.Hash {
	var f proof.Frontier
	for _, n := range nodes {
		f.Append(n)
	}
	return f.Root()
}
