package entra

import (
	"fmt"
	"io"
	"log/slog"
)

// dots stand wherever a secret would be printed.
const dots = "•••"

// Secret is text that nothing prints: it is dots in every format, log and
// document. The zero Secret is none.
type Secret struct{ text string }

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text. Only whoever sends or encrypts it has a reason to ask.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == "" }

// String implements fmt.Stringer without revealing anything.
func (Secret) String() string { return dots }

// Format implements fmt.Formatter without revealing anything, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, dots) }

// LogValue implements slog.LogValuer without revealing anything.
func (Secret) LogValue() slog.Value { return slog.StringValue(dots) }

// MarshalText implements encoding.TextMarshaler without revealing anything.
func (Secret) MarshalText() ([]byte, error) { return []byte(dots), nil }

// RefreshToken is what new tokens of a person are got with, in their tenant and
// by the app it was issued to. It prints as dots everywhere.
type RefreshToken struct{ Secret }

// NewRefreshToken wraps a refresh token that was kept.
func NewRefreshToken(text string) RefreshToken { return RefreshToken{Secret{text}} }
