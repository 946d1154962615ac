package platform

import (
	"context"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/witness"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Store keeps the log.
type Store interface {
	Reader
	// MovedLogs returns, in order of their ids after a given one, organizations whose log
	// has grown since a checkpoint of theirs was last taken.
	MovedLogs(ctx context.Context, after tenants.ID, most int) ([]tenants.ID, error)
	// TakeCheckpoint keeps a checkpoint of an organization, whose leaf waits from then on.
	// One of that size is taken once.
	TakeCheckpoint(ctx context.Context, by authz.Caller, t Taken) error
	// GrowPlatformLog gives fn the log and up to so many leaves that wait, ascending, and
	// stores what it returns, all in one transaction. It is NotFound while somebody else is
	// at it.
	GrowPlatformLog(ctx context.Context, origin string, most int, fn func(ctx context.Context, b Batch) (Grown, error)) error
	// PlatformLogSent notes that the operator's sink has a checkpoint.
	PlatformLogSent(ctx context.Context, size int64) error
}

// Reader reads the log.
type Reader interface {
	// LogReach is how far an organization's own log reaches.
	LogReach(ctx context.Context, org tenants.ID) (seal.Head, error)
	LogSubtrees(ctx context.Context, org tenants.ID, all []proof.Subtree) ([]proof.Hash, error)
	// PlatformLog is the zero Head where nothing was ever added.
	PlatformLog(ctx context.Context) (Head, error)
	PlatformLogKeys(ctx context.Context) ([]seal.LogKey, error)
	PlatformSubtrees(ctx context.Context, all []proof.Subtree) ([]proof.Hash, error)
	// LoggedCheckpoint returns the first entry of an organization whose checkpoint has at
	// least so many records, or with 0 the last of all; without one it is NotFound.
	LoggedCheckpoint(ctx context.Context, org tenants.ID, atLeast int64) (Logged, error)
}

// Head is how far the log reaches.
type Head struct {
	Origin     string // empty: nothing was ever added
	Size       int64
	GrownAt    time.Time
	Key        string // of the checkpoint, as proof.ParseKey reads it
	Checkpoint []byte
	Sent       int64 // size of the last checkpoint that the operator's sink has
}

// Taken is an organization's checkpoint on its way into the log.
type Taken struct {
	Size int64
	Salt witness.Salt
	Note []byte
	Leaf proof.Hash
}

// Logged is an entry of the log, as its organization knows it.
type Logged struct {
	Taken
	Seq int64
}

// Batch is what a transaction adds to, and what it adds.
type Batch struct {
	Head   Head
	Tiles  []seal.Tile // seal.LastTiles
	Leaves []proof.Hash
	Keys   []seal.LogKey // that the log has had
}

// Grown is what a transaction stores. With the size that the log had it stores nothing.
type Grown struct {
	Head  Head
	Tiles []seal.Tile
	Keys  []seal.LogKey // new ones
}
