package tools

import (
	"encoding/hex"
	"strings"

	"gatehouse/internal/fault"
)

// Hash is the SHA-256 of a definition's canonical form.
type Hash [32]byte

const hashPrefix = "sha256:"

// String returns "sha256:" and 64 hexadecimal digits.
func (h Hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// IsZero reports whether there is no hash.
func (h Hash) IsZero() bool { return h == Hash{} }

// ParseHash reads what String writes, and nothing else. The fault is Invalid.
func ParseHash(s string) (Hash, error) {
	var h Hash
	digits, ok := strings.CutPrefix(s, hashPrefix)
	if !ok || len(digits) != 2*len(h) || strings.ToLower(digits) != digits {
		return Hash{}, errHash(s)
	}
	if _, err := hex.Decode(h[:], []byte(digits)); err != nil {
		return Hash{}, errHash(s)
	}
	return h, nil
}

func errHash(s string) error {
	return fault.Newf(fault.Invalid, "%.80q is not a definition's hash; copy it from the review: sha256: and 64 hexadecimal digits in lower case", s)
}

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	parsed, err := ParseHash(string(text))
	if err == nil {
		*h = parsed
	}
	return err
}
