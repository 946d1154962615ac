package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
)

// Sealer turns values into opaque strings that only it can read back, so that
// what has been issued costs no memory.
type Sealer struct {
	source *Source
	keys   atomic.Int64 // how many there have been
	aead   atomic.Pointer[cipher.AEAD]
}

// NewSealer makes a Sealer with a key of its own.
func NewSealer(source *Source) (*Sealer, error) {
	s := &Sealer{source: source.Lane("sealer")}
	return s, s.Renew()
}

// Renew takes the next key: everything sealed with another becomes unreadable,
// even when the source has begun anew in between.
func (s *Sealer) Renew() error {
	lane := "key " + strconv.FormatInt(s.keys.Add(1), 10)
	block, err := aes.NewCipher(s.source.Lane(lane).Bytes(32))
	if err != nil {
		return fmt.Errorf("make sealing key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return fmt.Errorf("make sealing key: %w", err)
	}
	s.aead.Store(&aead)
	return nil
}

// Seal makes a string of a kind; one kind does not open as another. Kinds are
// few: each is a lane of the source.
func (s *Sealer) Seal(kind string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", kind, err)
	}
	aead := *s.aead.Load()
	nonce := s.source.Lane(kind).Bytes(aead.NonceSize())
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(kind))), nil
}

// Open reports whether text is a sealed value of that kind, read into value.
func (s *Sealer) Open(kind, text string, value any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	aead := *s.aead.Load()
	if err != nil || len(raw) < aead.NonceSize() {
		return false
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(kind))
	return err == nil && json.Unmarshal(plain, value) == nil
}
