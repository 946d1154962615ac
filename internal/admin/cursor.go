package admin

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// cursorLife is how long somebody may take between two pages of a list.
const cursorLife = time.Hour

// KeyStore keeps organizations' keys, each wrapped, and what is encrypted under
// one of a connection's credential.
type KeyStore interface {
	CredentialOf(ctx context.Context, org tenants.ID) (k tenants.Credential, ciphertext, wrappedKey []byte, err error)
}

// CursorParts is what cursors are made with. Every field is required.
type CursorParts struct {
	Store KeyStore
	Keys  *secrets.Box
	Own   *secrets.PlatformBox
	Now   func() time.Time
}

type cursors struct{ CursorParts }

// NewCursors makes cursors with the organization's own key, or, for lists of the
// platform, with the platform's.
func NewCursors(p CursorParts) console.Cursors { return cursors{p} }

// MakeCursor returns a token that goes on behind a position for an hour.
func (c cursors) MakeCursor(ctx context.Context, org tenants.ID, binding, payload []byte) (string, error) {
	now := c.Now()
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
	return box.Open(binding, cursor, c.Now())
}

func (c cursors) of(ctx context.Context, org tenants.ID) (*secrets.TokenBox, error) {
	_, _, wrapped, err := c.Store.CredentialOf(ctx, org)
	if err != nil {
		return nil, err
	}
	key, err := c.Keys.Open(ctx, org, wrapped)
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
	ciphertext, err := c.Own.Encrypt(ctx, cursorLabel(binding), append(plain, payload...))
	return base64.RawURLEncoding.EncodeToString(ciphertext), err
}

func (c cursors) open(ctx context.Context, binding []byte, cursor string) ([]byte, error) {
	ciphertext, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the cursor is not one of ours", err)
	}
	plain, err := c.Own.Decrypt(ctx, cursorLabel(binding), ciphertext)
	switch {
	case err != nil:
		return nil, err
	case len(plain) < 8 || c.Now().Unix() >= int64(binary.BigEndian.Uint64(plain)): //nolint:gosec // authenticated
		return nil, fault.New(fault.NotFound, "the cursor has expired")
	}
	return plain[8:], nil
}
