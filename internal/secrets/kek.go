package secrets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// KEK is a key-encryption key in all its versions. Implementations are safe for
// concurrent use and return a fault of kind Unavailable when the service that
// holds the key cannot be asked.
type KEK interface {
	// Current identifies the version that Wrap uses, such as a Key Vault key
	// identifier. It is at most 255 bytes long.
	Current() string
	// Wrap encrypts key under the current version, bound to binding.
	Wrap(ctx context.Context, key, binding []byte) (Wrapped, error)
	// Unwrap returns what Wrap was given, or an error when the version is
	// not known, anything was altered or the binding is another one.
	Unwrap(ctx context.Context, w Wrapped, binding []byte) ([]byte, error)
}

// Wrapped is a key encrypted under one version of a KEK.
type Wrapped struct {
	Version    string
	Ciphertext []byte
}

// LocalKEK holds key-encryption keys in this process's memory. It is meant for
// development and for operators who accept that whoever reads its configuration
// opens every organization's secrets.
type LocalKEK struct {
	current string
	keys    map[string]tink.AEAD
}

var _ KEK = (*LocalKEK)(nil)

// NewLocalKEK returns a KEK that wraps with current and still unwraps what any
// of previous has wrapped.
func NewLocalKEK(current [32]byte, previous ...[32]byte) (*LocalKEK, error) {
	k := &LocalKEK{current: localVersion(current), keys: map[string]tink.AEAD{}}
	for _, key := range append(previous, current) {
		if key == [32]byte{} {
			return nil, fmt.Errorf("create local key-encryption key: the key is all zero")
		}
		cipher, err := subtle.NewAESGCM(key[:])
		if err != nil {
			return nil, fmt.Errorf("create local key-encryption key: %w", err)
		}
		k.keys[localVersion(key)] = cipher
	}
	return k, nil
}

// localVersion names a key by a digest of it, so that nobody has to number keys
// and a wrong key is recognised before anything is decrypted with it.
func localVersion(key [32]byte) string {
	digest := sha256.Sum256(append([]byte("gatehouse local kek\x00"), key[:]...))
	return "local:" + hex.EncodeToString(digest[:8])
}

// Current implements KEK.
func (k *LocalKEK) Current() string { return k.current }

// Holds implements Previous.
func (k *LocalKEK) Holds(version string) bool { return k.keys[version] != nil }

// Wrap implements KEK.
func (k *LocalKEK) Wrap(_ context.Context, key, binding []byte) (Wrapped, error) {
	ciphertext, err := k.keys[k.current].Encrypt(key, binding)
	if err != nil {
		return Wrapped{}, fmt.Errorf("wrap key: %w", err)
	}
	return Wrapped{Version: k.current, Ciphertext: ciphertext}, nil
}

// Unwrap implements KEK.
func (k *LocalKEK) Unwrap(_ context.Context, w Wrapped, binding []byte) ([]byte, error) {
	cipher, ok := k.keys[w.Version]
	if !ok {
		return nil, unknownVersion(w.Version)
	}
	key, err := cipher.Decrypt(w.Ciphertext, binding)
	if err != nil {
		return nil, fmt.Errorf("unwrap key: %w", err)
	}
	return key, nil
}
