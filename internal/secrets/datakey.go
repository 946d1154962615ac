package secrets

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"strconv"

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

// stretch is how many records of a log share a key, as a power of two: few enough that
// each may be encrypted anew, parts of it being erased, without reaching what a key is
// good for.
const stretch = 30

// stretchKey is the key of one stretch of a log.
type stretchKey struct {
	number int64
	key    *DataKey
}

// Log returns the key that encrypts what the record with a number says and what belongs
// to nobody. The key of the last stretch that was asked for is at hand.
func (k *OrgKey) Log(record int64) (*DataKey, error) {
	number := record >> stretch
	if last := k.log.Load(); last != nil && last.number == number {
		return last.key, nil
	}
	raw, err := derive(k.org, k.logs, "log stretch "+strconv.FormatInt(number, 10))
	if err != nil {
		return nil, err
	}
	key, err := newDataKey(k.org, raw)
	if err != nil {
		return nil, err
	}
	k.log.Store(&stretchKey{number, key})
	return key, nil
}

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
