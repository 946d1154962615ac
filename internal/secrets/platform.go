package secrets

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"gatehouse/internal/fault"
)

// PlatformKeys is where the platform's own wrapped key is kept. There is one.
type PlatformKeys interface {
	// PlatformKey returns the wrapped key, or a fault of kind NotFound.
	PlatformKey(ctx context.Context) ([]byte, error)
	// CreatePlatformKey stores a wrapped key unless there is one, and returns
	// the one that is stored then.
	CreatePlatformKey(ctx context.Context, wrapped []byte) (winner []byte, err error)
}

// PlatformBox encrypts what belongs to no organization: console sessions,
// one-time states of sign-ins, signing keys. Its key is random, stored only
// wrapped by the key-encryption key, and made on first use; replicas that make it
// at once agree on one. Each kind of value has a key of its own, derived from it,
// and each ciphertext opens under its own label only.
//
// It is safe for concurrent use. The key-encryption key is asked once; a failure
// is not remembered.
type PlatformBox struct {
	kek  KEK
	keys PlatformKeys

	// turn is held by who reads root or loads it. It is a channel so that
	// waiting ends with the waiter's context.
	turn chan struct{}
	root []byte
}

// NewPlatformBox returns a box. It asks nobody for anything yet.
func NewPlatformBox(kek KEK, keys PlatformKeys) (*PlatformBox, error) {
	if kek == nil || keys == nil {
		return nil, errors.New("create platform box: a key-encryption key and a store are both required")
	}
	return &PlatformBox{kek: kek, keys: keys, turn: make(chan struct{}, 1)}, nil
}

// Encrypt encrypts a value (AES-256-GCM). Only Decrypt with the same label opens
// it. It fails with Unavailable when the key cannot be had.
func (b *PlatformBox) Encrypt(ctx context.Context, l Label, plaintext []byte) ([]byte, error) {
	cipher, binding, err := b.cipher(ctx, l)
	if err != nil {
		return nil, err
	}
	ciphertext, err := cipher.Encrypt(plaintext, binding)
	if err != nil {
		return nil, fmt.Errorf("encrypt %s: %w", l.Kind, err)
	}
	return append([]byte{dataFormat}, ciphertext...), nil
}

// Decrypt returns what Encrypt was given for the same label. Otherwise
// ErrAltered is in the error's chain, or the fault is Unavailable because the key
// cannot be had.
func (b *PlatformBox) Decrypt(ctx context.Context, l Label, ciphertext []byte) ([]byte, error) {
	cipher, binding, err := b.cipher(ctx, l)
	if err != nil {
		return nil, err
	}
	if len(ciphertext) == 0 || ciphertext[0] != dataFormat {
		return nil, fmt.Errorf("decrypt %s %s: %w", l.Kind, l.ID, ErrAltered)
	}
	plaintext, err := cipher.Decrypt(ciphertext[1:], binding)
	if err != nil {
		return nil, fmt.Errorf("decrypt %s %s: %w", l.Kind, l.ID, ErrAltered)
	}
	return plaintext, nil
}

// cipher returns the cipher of a label's kind, and the label as associated data.
func (b *PlatformBox) cipher(ctx context.Context, l Label) (tink.AEAD, []byte, error) {
	if l.Kind == "" || l.ID == "" {
		return nil, nil, errors.New("label secret: kind and id are both required")
	}
	root, err := b.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	key, err := hkdf.Key(sha256.New, root, nil, "gatehouse platform "+l.Kind+" v1", 32)
	if err != nil {
		return nil, nil, fmt.Errorf("derive %s key: %w", l.Kind, err)
	}
	cipher, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, nil, fmt.Errorf("create cipher: %w", err)
	}
	return cipher, bind([]byte("gatehouse platform secret"), []byte(l.Kind), []byte(l.ID)), nil
}

func (b *PlatformBox) open(ctx context.Context) ([]byte, error) {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("open platform key: %w", context.Cause(ctx))
	}
	if b.root != nil {
		return b.root, nil
	}
	root, err := b.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("open platform key: %w", err)
	}
	b.root = root
	return root, nil
}

func (b *PlatformBox) load(ctx context.Context) ([]byte, error) {
	stored, err := b.keys.PlatformKey(ctx)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		stored, err = b.create(ctx)
	}
	if err != nil {
		return nil, err
	}
	w, err := decode(stored)
	if err != nil {
		return nil, err
	}
	root, err := b.kek.Unwrap(ctx, w, platformBinding())
	if err != nil {
		return nil, err
	}
	if len(root) != 32 {
		return nil, fmt.Errorf("it has %d bytes, not 32", len(root))
	}
	return root, nil
}

func (b *PlatformBox) create(ctx context.Context) ([]byte, error) {
	root := make([]byte, 32)
	_, _ = rand.Read(root) // never fails: crypto/rand ends the process instead
	w, err := b.kek.Wrap(ctx, root, platformBinding())
	if err != nil {
		return nil, err
	}
	wrapped, err := encode(w)
	if err != nil {
		return nil, err
	}
	return b.keys.CreatePlatformKey(ctx, wrapped)
}

func platformBinding() []byte { return bind([]byte("gatehouse platform key")) }

// Format hides the key from every verb of fmt.
func (*PlatformBox) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "•••") }

// LogValue hides the key.
func (*PlatformBox) LogValue() slog.Value { return slog.StringValue("•••") }

// MarshalText hides the key.
func (*PlatformBox) MarshalText() ([]byte, error) { return []byte("•••"), nil }
