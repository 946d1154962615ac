package audit

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/tenants"
)

// Row is one record as a store keeps it. Payload is what Encode wrote; the other
// fields repeat what a store needs to find it.
type Row struct {
	ID      ID
	Org     tenants.ID
	At      time.Time
	Kind    Kind
	Payload []byte
	Bodies  []Body // that are stored with it; nearly always none
}

// size is how much a row adds to a batch.
func (r *Row) size() int {
	n := len(r.Payload)
	for i := range r.Bodies {
		n += len(r.Bodies[i].Encrypted)
	}
	return n
}

// Outbox is the durable end of a Log.
//
// Append stores all rows with their bodies, or none, for many organizations at once, and returns
// nil only when they are durable. It must give up when ctx is done and must not
// keep the slice or the payloads after it returns. An empty batch asks whether
// rows could be stored now: it makes the same round trip and stores nothing.
//
// A *PoisonError means: none is stored, and it is the data of at least one row
// that was refused, so that the others may succeed without it. Any other error
// means that it is unknown whether the rows are stored; they are not appended
// again.
type Outbox interface {
	Append(ctx context.Context, batch []Row) error
}

// PoisonError is how an Outbox tells that a batch was refused for its data.
type PoisonError struct {
	Code  string // a short word without data, such as a SQLSTATE; it is recorded
	Cause error  // for the log of the process only
}

// Error implements error.
func (e *PoisonError) Error() string { return fmt.Sprintf("rows refused (%s): %v", e.Code, e.Cause) }

// Unwrap returns the cause.
func (e *PoisonError) Unwrap() error { return e.Cause }
