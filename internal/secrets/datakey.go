package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"

	"gatehouse/internal/tenants"
)

// DataKey encrypts much of one sort for an organization: what its log says, or what
// the log says of one person. It is immutable and safe for concurrent use. Nonces are
// random, so that one key is good for 2^32 encryptions (NIST SP 800-38D §8.3).
//
// What it makes has the form of OrgKey.Encrypt. It goes to the standard library
// directly: a log is read and written record by record, and each has several keys.
type DataKey struct {
	org  tenants.ID
	data cipher.AEAD
}

func newDataKey(org tenants.ID, raw []byte) (*DataKey, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("create cipher: %w", err)
	}
	data, err := cipher.NewGCMWithRandomNonce(block)
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

// Overhead is how much longer than its plaintext a ciphertext of a DataKey is: the
// form, the nonce and the tag.
const Overhead = 1 + 12 + 16

// Encrypt is OrgKey.Encrypt under this key.
func (k *DataKey) Encrypt(l Label, plaintext []byte) ([]byte, error) {
	return k.AppendEncrypt(make([]byte, 0, Overhead+len(plaintext)), l.Kind, []byte(l.ID), plaintext)
}

// Decrypt is OrgKey.Decrypt under this key.
func (k *DataKey) Decrypt(l Label, ciphertext []byte) ([]byte, error) {
	return k.AppendDecrypt(nil, l.Kind, []byte(l.ID), ciphertext)
}

// AppendEncrypt is Encrypt for the label of a kind and an id, behind what dst holds. Dst
// and plaintext do not overlap.
func (k *DataKey) AppendEncrypt(dst []byte, kind string, id, plaintext []byte) ([]byte, error) {
	b := bindings.Get().(*binding) //nolint:forcetypeassert // nothing else is in there
	defer bindings.Put(b)
	if err := b.to(k.org, kind, id); err != nil {
		return nil, err
	}
	return k.data.Seal(append(dst, dataFormat), nil, plaintext, b.bytes), nil //nolint:gosec // its own random nonce: cipher.NewGCMWithRandomNonce
}

// AppendDecrypt is Decrypt for the label of a kind and an id, behind what dst holds. Dst
// and ciphertext do not overlap.
func (k *DataKey) AppendDecrypt(dst []byte, kind string, id, ciphertext []byte) ([]byte, error) {
	b := bindings.Get().(*binding) //nolint:forcetypeassert // nothing else is in there
	defer bindings.Put(b)
	if err := b.to(k.org, kind, id); err != nil {
		return nil, err
	}
	if len(ciphertext) < Overhead || ciphertext[0] != dataFormat {
		return nil, fmt.Errorf("decrypt %s %s: %w", kind, id, ErrAltered)
	}
	plaintext, err := k.data.Open(dst, nil, ciphertext[1:], b.bytes)
	if err != nil {
		return nil, fmt.Errorf("decrypt %s %s: %w", kind, id, ErrAltered)
	}
	return plaintext, nil
}

// binding is what bindingOf returns, in room that is used again.
type binding struct{ bytes []byte }

var bindings = sync.Pool{New: func() any { return new(binding) }}

func (b *binding) to(org tenants.ID, kind string, id []byte) error {
	if kind == "" || len(id) == 0 {
		return errors.New("label secret: kind and id are both required")
	}
	of := org.Bytes()
	b.bytes = append(binary.BigEndian.AppendUint32(b.bytes[:0], uint32(len(bindingDomain))), bindingDomain...)
	b.bytes = append(binary.BigEndian.AppendUint32(b.bytes, uint32(len(of))), of[:]...)
	b.bytes = append(binary.BigEndian.AppendUint32(b.bytes, uint32(len(kind))), kind...) //nolint:gosec // a constant of the code
	b.bytes = append(binary.BigEndian.AppendUint32(b.bytes, uint32(len(id))), id...)     //nolint:gosec // an id
	return nil
}

// Format hides the key from every verb of fmt.
func (*DataKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "•••") }

// LogValue hides the key.
func (*DataKey) LogValue() slog.Value { return slog.StringValue("•••") }

// MarshalText hides the key.
func (*DataKey) MarshalText() ([]byte, error) { return []byte("•••"), nil }
