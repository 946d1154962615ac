package seal

import (
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

// Row is a record of a log as it is stored. What it says only an Opener reads.
type Row struct {
	Seq        int64
	ID         audit.ID
	At         time.Time // when the record was made
	SealedAt   time.Time
	Person     int32  // who did it; 0: nobody
	Subject    int32  // whom it is about; 0: nobody
	Own        []byte // the fields that belong to nobody
	Personal   []byte // those that belong to the person; nil: none, or erased
	Concerning []byte // those that belong to the subject; likewise
}

// Person is somebody of whom a log says something. Somebody who comes back after what
// was said of them was erased has another number.
type Person struct {
	Number int32
	TID    tenants.TID
	OID    tenants.GUID
	Key    []byte // encrypted under the organization's; empty: destroyed, and what it encrypted is erased
}

// Head is how far a log reaches.
type Head struct {
	Origin     string // proof.Origin; empty: nothing has been sealed yet
	Size       int64  // how many records there are, or have been
	First      int64  // records below it are gone
	SealedAt   time.Time
	Key        string // of the checkpoint, as proof.ParseKey reads it
	Checkpoint []byte // of the whole tree, signed
	Waiting    Waiting

	People int32 // the highest number that a person has
}

// Waiting is what is recorded and not sealed yet.
type Waiting struct {
	Records int64     // MostCounted: that many or more
	Since   time.Time // since when the first of them does; zero: none does
}

// MostCounted is how far waiting records are counted.
const MostCounted = 100_000

// LogKey is a key of a log's checkpoints.
type LogKey struct {
	Seq       int64  // the first record sealed under it
	Key       string // as proof.ParseKey reads it
	Signature []byte // of the key before it, as proof.Succession has it; nil: it is the first
}

// Query asks for records.
type Query struct {
	From, To int64   // From..To-1
	People   []int32 // who did it, or whom it is about; nil: anybody
}

// Tile is part of a tree: up to TileWidth hashes, side by side, of the subtrees of
// TileWidth^Level leaves from N·TileWidth on.
type Tile struct {
	Level      int
	N          int64
	Hashes     []proof.Hash
	SealedFrom time.Time // when the first of its records was sealed; of level 0 only
}

// TileWidth is how many hashes a tile has when it is whole: tiles are of height 8.
const TileWidth = 256
