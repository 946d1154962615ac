package app

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// What the store keeps for the console as it is.
var (
	_ console.Store        = (*store.DB)(nil)
	_ console.SessionStore = (*store.DB)(nil)
	_ console.OneTime      = (*store.DB)(nil)
	_ console.Idempotency  = (*store.DB)(nil)
)

// encrypter satisfies console.Encrypter with the platform's own key.
type encrypter struct{ box *secrets.PlatformBox }

func consoleLabel(label string) secrets.Label { return secrets.Label{Kind: "console", ID: label} }

// Encrypt encrypts what belongs to no organization.
func (e encrypter) Encrypt(ctx context.Context, label string, plaintext []byte) ([]byte, error) {
	return e.box.Encrypt(ctx, consoleLabel(label), plaintext)
}

// Decrypt returns what Encrypt was given for the same label.
func (e encrypter) Decrypt(ctx context.Context, label string, ciphertext []byte) ([]byte, error) {
	return e.box.Decrypt(ctx, consoleLabel(label), ciphertext)
}

// cursorLife is how long somebody may take between two pages of a list.
const cursorLife = time.Hour

// cursors satisfies console.Cursors: with the organization's own key, or, for
// lists of the platform, with the platform's.
type cursors struct {
	wrapped func(ctx context.Context, org tenants.ID) ([]byte, error)
	keys    *secrets.Box
	own     *secrets.PlatformBox
	now     func() time.Time
}

func newCursors(db *store.DB, keys *secrets.Box, own *secrets.PlatformBox, now func() time.Time) cursors {
	wrapped := func(ctx context.Context, org tenants.ID) ([]byte, error) {
		_, _, key, err := db.CredentialOf(ctx, org)
		return key, err
	}
	return cursors{wrapped, keys, own, now}
}

// MakeCursor returns a token that goes on behind a position for an hour.
func (c cursors) MakeCursor(ctx context.Context, org tenants.ID, binding, payload []byte) (string, error) {
	now := c.now()
	if org.IsZero() {
		return c.seal(ctx, binding, payload, now.Add(cursorLife))
	}
	box, err := c.of(ctx, org)
	if err != nil {
		return "", err
	}
	return box.Encrypt(binding, payload, now, now.Add(cursorLife))
}

// OpenCursor returns the position.
func (c cursors) OpenCursor(ctx context.Context, org tenants.ID, binding []byte, cursor string) ([]byte, error) {
	if org.IsZero() {
		return c.open(ctx, binding, cursor)
	}
	box, err := c.of(ctx, org)
	if err != nil {
		return nil, err
	}
	return box.Open(binding, cursor, c.now())
}

func (c cursors) of(ctx context.Context, org tenants.ID) (*secrets.TokenBox, error) {
	wrapped, err := c.wrapped(ctx, org)
	if err != nil {
		return nil, err
	}
	key, err := c.keys.Open(ctx, org, wrapped)
	if err != nil {
		return nil, err
	}
	return key.Cursors(), nil
}

func cursorLabel(binding []byte) secrets.Label {
	return secrets.Label{Kind: "console cursor", ID: hex.EncodeToString(binding)}
}

func (c cursors) seal(ctx context.Context, binding, payload []byte, expires time.Time) (string, error) {
	plain := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix())) //nolint:gosec // after 1970
	ciphertext, err := c.own.Encrypt(ctx, cursorLabel(binding), append(plain, payload...))
	return base64.RawURLEncoding.EncodeToString(ciphertext), err
}

func (c cursors) open(ctx context.Context, binding []byte, cursor string) ([]byte, error) {
	ciphertext, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the cursor is not one of ours", err)
	}
	plain, err := c.own.Decrypt(ctx, cursorLabel(binding), ciphertext)
	switch {
	case err != nil:
		return nil, err
	case len(plain) < 8 || c.now().Unix() >= int64(binary.BigEndian.Uint64(plain)): //nolint:gosec // authenticated
		return nil, fault.New(fault.NotFound, "the cursor has expired")
	}
	return plain[8:], nil
}
