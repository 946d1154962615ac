package secrets

import (
	"context"
	"fmt"
)

// Previous is a key-encryption key that only unwraps what it wrapped once.
type Previous interface {
	// Holds reports whether a version is one of the key's.
	Holds(version string) bool
	// Unwrap is that of KEK.
	Unwrap(ctx context.Context, w Wrapped, binding []byte) ([]byte, error)
}

var (
	_ Previous = (*LocalKEK)(nil)
	_ Previous = (*Vault)(nil)
)

// WithPrevious returns a KEK that wraps with current and unwraps what current or
// any of the previous has wrapped: what moving from one kind of key-encryption
// key to another needs until Rotate has been through.
func WithPrevious(current KEK, previous ...Previous) KEK {
	if len(previous) == 0 {
		return current
	}
	return succession{current, previous}
}

type succession struct {
	KEK
	previous []Previous
}

// Unwrap implements KEK.
func (s succession) Unwrap(ctx context.Context, w Wrapped, binding []byte) ([]byte, error) {
	for _, p := range s.previous {
		if p.Holds(w.Version) {
			return p.Unwrap(ctx, w, binding)
		}
	}
	return s.KEK.Unwrap(ctx, w, binding)
}

func unknownVersion(version string) error {
	return fmt.Errorf("unwrap key: it was wrapped with key-encryption key %q, which is not configured; add it to the previous ones", version)
}
