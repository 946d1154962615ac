package admin

import (
	"context"

	"gatehouse/internal/console"
	"gatehouse/internal/secrets"
)

type encrypter struct{ box *secrets.PlatformBox }

// NewEncrypter encrypts what belongs to no organization, with the platform's own
// key.
func NewEncrypter(own *secrets.PlatformBox) console.Encrypter { return encrypter{own} }

func consoleLabel(label string) secrets.Label { return secrets.Label{Kind: "console", ID: label} }

// Encrypt encrypts what belongs to no organization.
func (e encrypter) Encrypt(ctx context.Context, label string, plaintext []byte) ([]byte, error) {
	return e.box.Encrypt(ctx, consoleLabel(label), plaintext)
}

// Decrypt returns what Encrypt was given for the same label.
func (e encrypter) Decrypt(ctx context.Context, label string, ciphertext []byte) ([]byte, error) {
	return e.box.Decrypt(ctx, consoleLabel(label), ciphertext)
}
