package oauth

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that nobody reads in a log, an error or a JSON document. The
// form to be stored is that of whatever it belongs to, as MarshalBinary returns it.
type Secret string

const hidden = "•••"

// Reveal returns the text, to be sent where it belongs.
func (s Secret) Reveal() string { return string(s) }

// String hides the text.
func (Secret) String() string { return hidden }

// Format hides the text from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the text.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the text.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
