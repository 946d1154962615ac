package demo

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gatehouse/internal/secrets"
)

// Key is what every secret of one world derives from.
type Key [32]byte

// Text implements Secrets.
func (k Key) Text(name string) string {
	b := k.bytes(name)
	return hex.EncodeToString(b[:16])
}

// bytes derives a key for one purpose (RFC 5869).
func (k Key) bytes(name string) [32]byte {
	derived, err := hkdf.Key(sha256.New, k[:], nil, "gatehouse demo: "+name, len(k))
	if err != nil {
		panic(err) // thirty-two bytes are within what HKDF gives
	}
	return [32]byte(derived)
}

// NewKey returns a random key.
func NewKey() (k Key) {
	_, _ = rand.Read(k[:]) // it ends the process rather than return an error
	return k
}

// LoadKey returns the key kept in a directory, and makes one if there is none.
func LoadKey(dir string) (Key, error) {
	path := filepath.Join(dir, "key")
	raw, err := os.ReadFile(path) //nolint:gosec // the directory is the developer's own
	if err == nil && len(raw) == len(Key{}) {
		return Key(raw), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return Key{}, fmt.Errorf("read key: %w", err)
	}
	k := NewKey()
	if err := os.WriteFile(path, k[:], 0o600); err != nil {
		return Key{}, fmt.Errorf("keep key: %w", err)
	}
	return k, nil
}

// Box is what the keys of organizations lie in.
func (k Key) Box() (*secrets.Box, error) {
	kek, err := secrets.NewLocalKEK(k.bytes("key-encryption key"))
	if err != nil {
		return nil, err
	}
	return secrets.NewBox(kek)
}
