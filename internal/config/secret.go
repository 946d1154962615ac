package config

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden stands wherever a secret would be printed.
const hidden = "•••"

// Secret is text that no log, error or JSON document shows. Reveal is the only
// way to its value; internal/app calls it where it hands the value on.
type Secret string

// Reveal returns the value.
func (s Secret) Reveal() string { return string(s) }

// String hides the value.
func (Secret) String() string { return hidden }

// Format hides the value from every verb, %x and %#v included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value, in JSON too.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Key is a 32-byte key that no log, error or JSON document shows.
type Key struct{ bytes *[32]byte }

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.bytes == nil }

// Reveal returns the key; all zero if there is none.
func (k Key) Reveal() [32]byte {
	if k.bytes == nil {
		return [32]byte{}
	}
	return *k.bytes
}

// String hides the key.
func (Key) String() string { return hidden }

// Format hides the key from every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the key, in JSON too.
func (Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }
