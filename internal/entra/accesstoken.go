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

// Audience returns whom the token says it is for, as it spells that; empty: it is
// not a token that says so. Nothing is proven by it.
func (t AccessToken) Audience() string {
	if len(t.token) > maxToken {
		return ""
	}
	p, ok := cut(t.token)
	if !ok {
		return ""
	}
	c, err := payload(p.payload)
	if err != nil {
		return ""
	}
	return c.aud
}

// String implements fmt.Stringer without revealing anything.
func (t AccessToken) String() string { return dots }

// GoString implements fmt.GoStringer without revealing anything.
func (t AccessToken) GoString() string { return dots }

// LogValue implements slog.LogValuer without revealing anything.
func (t AccessToken) LogValue() slog.Value { return slog.StringValue(dots) }

// MarshalText implements encoding.TextMarshaler without revealing anything.
func (t AccessToken) MarshalText() ([]byte, error) { return []byte(dots), nil }
