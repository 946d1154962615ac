package secrets

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"gatehouse/internal/tenants"
)

// Box makes and opens organizations' keys. It is safe for concurrent use.
type Box struct {
	kek KEK

	mu     sync.Mutex
	opened map[tenants.ID]opened
}

// opened is a key beside the wrapped form it came from.
type opened struct {
	wrapped []byte
	key     *OrgKey
}

// maxOpened bounds the keys kept. Past it, keys are unwrapped again when needed.
const maxOpened = 20_000

// NewBox returns a Box on top of a key-encryption key.
func NewBox(kek KEK) (*Box, error) {
	if kek == nil {
		return nil, errors.New("create secrets box: there is no key-encryption key")
	}
	return &Box{kek: kek, opened: map[tenants.ID]opened{}}, nil
}

// NewOrganizationKey makes a random key for an organization and returns it
// wrapped, to be stored beside the organization. Losing it loses everything
// encrypted with it.
func (b *Box) NewOrganizationKey(ctx context.Context, org tenants.ID) ([]byte, error) {
	if org.IsZero() {
		return nil, errors.New("make organization key: there is no organization")
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails: crypto/rand ends the process instead
	return b.wrap(ctx, org, key[:])
}

// Open returns an organization's key. The key-encryption key is asked once for
// each wrapped key; later calls answer from memory. It fails when the wrapped
// key was altered or is another organization's, and with Unavailable when the
// key-encryption key cannot be asked.
func (b *Box) Open(ctx context.Context, org tenants.ID, wrapped []byte) (*OrgKey, error) {
	b.mu.Lock()
	known, ok := b.opened[org]
	b.mu.Unlock()
	if ok && bytes.Equal(known.wrapped, wrapped) {
		return known.key, nil
	}
	root, err := b.unwrap(ctx, org, wrapped)
	if err != nil {
		return nil, err
	}
	key, err := newOrgKey(org, root)
	if err != nil {
		return nil, err
	}
	b.keep(org, opened{bytes.Clone(wrapped), key})
	return key, nil
}

// Rewrap returns an organization's key wrapped under the current version of the
// key-encryption key: wrapped itself if it is that already. What the key
// encrypted stays readable.
func (b *Box) Rewrap(ctx context.Context, org tenants.ID, wrapped []byte) ([]byte, error) {
	rewrapped, _, err := b.rewrap(ctx, wrapped, keyBinding(org))
	if err != nil {
		return nil, fmt.Errorf("rewrap key of organization %s: %w", org, err)
	}
	return rewrapped, nil
}

// rewrap returns wrapped itself, and true, if it is under the current version.
func (b *Box) rewrap(ctx context.Context, wrapped, binding []byte) ([]byte, bool, error) {
	w, err := decode(wrapped)
	if err != nil {
		return nil, false, err
	}
	if w.Version == b.kek.Current() {
		return wrapped, true, nil
	}
	root, err := b.kek.Unwrap(ctx, w, binding)
	if err != nil {
		return nil, false, err
	}
	if w, err = b.kek.Wrap(ctx, root, binding); err != nil {
		return nil, false, err
	}
	rewrapped, err := encode(w)
	return rewrapped, false, err
}

// Forget drops an organization's key from memory, for when the stored one has
// been destroyed.
func (b *Box) Forget(org tenants.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.opened, org)
}

func (b *Box) keep(org tenants.ID, o opened) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.opened) >= maxOpened {
		for any := range b.opened {
			delete(b.opened, any)
			break
		}
	}
	b.opened[org] = o
}

func (b *Box) wrap(ctx context.Context, org tenants.ID, root []byte) ([]byte, error) {
	w, err := b.kek.Wrap(ctx, root, keyBinding(org))
	if err != nil {
		return nil, fmt.Errorf("wrap key of organization %s: %w", org, err)
	}
	return encode(w)
}

func (b *Box) unwrap(ctx context.Context, org tenants.ID, wrapped []byte) ([]byte, error) {
	w, err := decode(wrapped)
	if err != nil {
		return nil, fmt.Errorf("open key of organization %s: %w", org, err)
	}
	root, err := b.kek.Unwrap(ctx, w, keyBinding(org))
	if err != nil {
		return nil, fmt.Errorf("open key of organization %s: %w", org, err)
	}
	return root, nil
}

func keyBinding(org tenants.ID) []byte {
	id := org.Bytes()
	return bind([]byte("gatehouse organization key"), id[:])
}
