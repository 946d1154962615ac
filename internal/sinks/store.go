package sinks

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Due is a sink whose turn has come.
type Due struct {
	Org  tenants.ID
	Sink tenants.GUID
	Slow bool // its last attempt took long, or failed
}

// Room is how many sinks may be due at a time.
type Room struct {
	Each int // of an organization
	Fast int
	Slow int
}

// State is how far a sink has come.
type State struct {
	Next     int64 // the first record that has not arrived
	Most     int   // records that the next batch may have
	Anchored int64 // size of the last checkpoint that arrived

	Checkpoint   []byte // that checkpoint; nil: none has
	AnchoredAt   time.Time
	AnchorDue    time.Time
	Due          time.Time
	Failures     int       // in a row
	FailingSince time.Time // zero: it works
	Slow         bool
	Trouble      string // of the last attempt
	TriedAt      time.Time
	ArrivedAt    time.Time // when something last did
	Delivered    int64     // records, repetitions not counted
}

// Task is a sink that is this process's for a while.
type Task struct {
	Sink       tenants.Sink
	Ciphertext []byte // of its secret; nil: it has none
	State      State
}

// Store keeps how far sinks have come. What does not exist is NotFound.
type Store interface {
	// DueSinks returns sinks that have something waiting whose time has come, of each
	// organization as many as there is room for, the longest due first.
	DueSinks(ctx context.Context, now time.Time, r Room) ([]Due, error)
	// TakeSink makes a sink that is due at now due again at until, for whoever has
	// taken it. One that is not due is NotFound: somebody else has it.
	TakeSink(ctx context.Context, by authz.Caller, sink tenants.GUID, now, until time.Time) (Task, error)
	// PutSinkState keeps what has become of a sink that was taken until an instant. It
	// is NotFound if it is not so taken any more: it was changed, or somebody else has
	// it.
	PutSinkState(ctx context.Context, by authz.Caller, sink tenants.GUID, taken time.Time, s State) error
}

// Head is where a log is.
type Head struct {
	Origin     string
	Size       int64 // records that are sealed
	First      int64 // records below it are gone
	SealedAt   time.Time
	Checkpoint []byte

	Platform     []byte // the newest checkpoint of the platform's own log; nil: there is none
	PlatformSize int64
}

// Log reads what is sealed of an organization.
type Log interface {
	// Head is the zero Head of a log in which nothing is sealed yet.
	Head(ctx context.Context, org tenants.ID) (Head, error)
	// Entries calls each with the records from, but not to, in order.
	Entries(ctx context.Context, org tenants.ID, from, to int64, each func(Entry) error) error
}
