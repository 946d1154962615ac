package emulator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// sealer turns values into opaque strings that only it can read back, so that
// what has been issued costs no memory.
type sealer struct{ aead atomic.Pointer[cipher.AEAD] }

// What a sealed string is; one kind does not open as another.
const (
	sealedCode    = "1.code"
	sealedRefresh = "1.refresh"
	sealedPage    = "page"
	sealedSession = "session"
)

// renew makes everything sealed before unreadable.
func (s *sealer) renew() error {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
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

func (s *sealer) seal(kind string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", kind, err)
	}
	aead := *s.aead.Load()
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(kind))), nil
}

// open reports whether text is a sealed value of that kind, read into value.
func (s *sealer) open(kind, text string, value any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	aead := *s.aead.Load()
	if err != nil || len(raw) < aead.NonceSize() {
		return false
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(kind))
	return err == nil && json.Unmarshal(plain, value) == nil
}

// codeLife is how long an authorization code can be redeemed.
const codeLife = 10 * time.Minute

// spentCodes remembers redeemed codes for as long as they could be redeemed.
type spentCodes struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// spend reports whether id is redeemed for the first time.
func (s *spentCodes) spend(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, until := range s.until {
		if now.After(until) {
			delete(s.until, old)
		}
	}
	if _, spent := s.until[id]; spent {
		return false
	}
	if s.until == nil {
		s.until = map[string]time.Time{}
	}
	s.until[id] = now.Add(codeLife)
	return true
}

func (s *spentCodes) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = nil
}

// random is n random bytes, base64url.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
