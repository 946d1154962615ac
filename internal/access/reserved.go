package access

import "slices"

// Moved reports whether two URLs lead to different places, so that a secret that
// was given for one may not be sent to the other.
func Moved(from, to string) bool { return origin(from) != origin(to) }

// ReservedToolsets returns the names that no toolset may have.
func ReservedToolsets() []string { return slices.Clone(reservedToolsets) }
