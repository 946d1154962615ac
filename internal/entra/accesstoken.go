package entra

import (
	"log/slog"
	"time"
)

// AccessToken is a token for somebody else's API. It prints as dots everywhere.
type AccessToken struct {
	token     string
	ExpiresAt time.Time
}

// Reveal returns the token. Only a request to the API it is for has a reason to
// ask.
func (t AccessToken) Reveal() string { return t.token }

// String implements fmt.Stringer without revealing anything.
func (t AccessToken) String() string { return dots }

// GoString implements fmt.GoStringer without revealing anything.
func (t AccessToken) GoString() string { return dots }

// LogValue implements slog.LogValuer without revealing anything.
func (t AccessToken) LogValue() slog.Value { return slog.StringValue(dots) }

// MarshalText implements encoding.TextMarshaler without revealing anything.
func (t AccessToken) MarshalText() ([]byte, error) { return []byte(dots), nil }
