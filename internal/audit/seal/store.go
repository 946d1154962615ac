package seal

import (
	"context"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Store is where logs and what is to become of them lie.
type Store interface {
	// WaitingLogs returns, in order of their ids after a given one, organizations of
	// which records wait, and since when the first does.
	WaitingLogs(ctx context.Context, after tenants.ID, most int) ([]WaitingLog, error)
	// LogsUnderAnotherKey returns organizations whose last checkpoint another key has
	// signed.
	LogsUnderAnotherKey(ctx context.Context, key string, most int) ([]tenants.ID, error)
	// WrappedKey returns an organization's own key.
	WrappedKey(ctx context.Context, org tenants.ID) ([]byte, error)
	// SealLog gives fn the next records to seal and stores what it returns, all in one
	// transaction: none of it, or all of it, and nobody else seals meanwhile. It is
	// NotFound while somebody else does.
	SealLog(ctx context.Context, by authz.Caller, origin string, most Limits, fn func(ctx context.Context, b Batch) (Sealed, error)) error
}

// WaitingLog is an organization of which records wait to be sealed.
type WaitingLog struct {
	Org   tenants.ID
	Since time.Time
}

// Limits bounds what one transaction seals. At least one record it does.
type Limits struct{ Records, Bytes int }

// Keys are those that checkpoints are signed with.
type Keys interface {
	// Current returns the one that signs now, or the last one that has signed, if that is
	// known to begin later: keys never go back. Without a last one it is a zero Key.
	Current(ctx context.Context, last proof.Key) (proof.Signer, error)
	// Former returns one that has signed before, or is NotFound.
	Former(ctx context.Context, key proof.Key) (proof.Signer, error)
}
