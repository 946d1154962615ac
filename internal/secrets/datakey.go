package secrets

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"gatehouse/internal/tenants"
)

// DataKey encrypts much of one sort for an organization: what its log says, or what
// the log says of one person. It is immutable and safe for concurrent use. Nonces are
// random, so that one key is good for 2^32 encryptions (NIST SP 800-38D §8.3).
type DataKey struct {
	org  tenants.ID
	data tink.AEAD
}

func newDataKey(org tenants.ID, raw []byte) (*DataKey, error) {
	data, err := subtle.NewAESGCM(raw)
	if err != nil {
		return nil, fmt.Errorf("create cipher: %w", err)
	}
	return &DataKey{org, data}, nil
}

// Log encrypts what an organization's log says and belongs to nobody.
func (k *OrgKey) Log() *DataKey { return k.log }

// NewDataKey makes a random key and returns it encrypted for its row, under the
// organization's. Whoever destroys that destroys what the key has encrypted.
func (k *OrgKey) NewDataKey(l Label) ([]byte, *DataKey, error) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	encrypted, err := k.Encrypt(l, raw[:])
	if err != nil {
		return nil, nil, err
	}
	key, err := newDataKey(k.org, raw[:])
	return encrypted, key, err
}

// OpenDataKey returns the key that NewDataKey has encrypted for the same row.
// Otherwise ErrAltered is in the error's chain.
func (k *OrgKey) OpenDataKey(l Label, encrypted []byte) (*DataKey, error) {
	raw, err := k.Decrypt(l, encrypted)
	if err != nil {
		return nil, err
	}
	return newDataKey(k.org, raw)
}

// Encrypt is OrgKey.Encrypt under this key.
func (k *DataKey) Encrypt(l Label, plaintext []byte) ([]byte, error) {
	return encrypt(k.org, k.data, l, plaintext)
}

// Decrypt is OrgKey.Decrypt under this key.
func (k *DataKey) Decrypt(l Label, ciphertext []byte) ([]byte, error) {
	return decrypt(k.org, k.data, l, ciphertext)
}

// Format hides the key from every verb of fmt.
func (*DataKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "•••") }

// LogValue hides the key.
func (*DataKey) LogValue() slog.Value { return slog.StringValue("•••") }

// MarshalText hides the key.
func (*DataKey) MarshalText() ([]byte, error) { return []byte("•••"), nil }
