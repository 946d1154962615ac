package tenants

import "time"

// ErasureWait is how long the erasure of a person waits for an owner's approval.
const ErasureWait = 30 * 24 * time.Hour

// ErasureAlone is how long an erasure waits that the same person has asked for and
// approved, because nobody else could approve it: for whoever is told to stop it.
const ErasureAlone = 7 * 24 * time.Hour

// Erasure is a person who is to be erased from an organization's log, or was.
type Erasure struct {
	ID         GUID
	Who        []byte // object ID and names, encrypted; nil: it is done
	AskedAt    time.Time
	AskedBy    GUID      // object ID of an admin, or of an automation's service principal
	ApprovedAt time.Time // zero: it waits for an owner
	ApprovedBy GUID
	DueAt      time.Time // since when it is to be done; until then it can be withdrawn
	Scanned    int64     // how many records have been looked through
	Records    int64     // of how many something was erased
	Fields     int64     // how many fields that were nobody's
	DoneAt     time.Time
}

// Due reports whether an erasure is to be done at an instant.
func (e Erasure) Due(now time.Time) bool {
	return !e.ApprovedAt.IsZero() && e.DoneAt.IsZero() && !now.Before(e.DueAt)
}
