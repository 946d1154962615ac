package wire

import "slices"

// The protocol revisions that Gatehouse speaks.
const (
	Revision20260728 = "2026-07-28"
	Revision20251125 = "2025-11-25"
	Revision20250618 = "2025-06-18"
	Revision20250326 = "2025-03-26"
)

// FirstModern is the revision that replaced the handshake by metadata on every
// request. Revisions are dates, so those of the modern era sort at or after it.
const FirstModern = Revision20260728

// NewestLegacy is what an initialize request is answered with when it asks for
// a revision that is not spoken here.
const NewestLegacy = Revision20251125

var supported = [...]string{Revision20260728, Revision20251125, Revision20250618, Revision20250326}

// Supported returns the revisions spoken here, newest first, as a fresh slice.
func Supported() []string { return slices.Clone(supported[:]) }

// IsLegacy reports whether revision is spoken here and opens with initialize.
func IsLegacy(revision string) bool {
	return revision < FirstModern && slices.Contains(supported[:], revision)
}

// IsModern reports whether revision is spoken here and carries its metadata on
// every request.
func IsModern(revision string) bool {
	return revision >= FirstModern && slices.Contains(supported[:], revision)
}
