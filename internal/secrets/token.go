package secrets

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// The ways a token can be refused. An edge may answer them alike; telling them
// apart helps its log.
var (
	ErrTokenMalformed = fault.New(fault.Invalid, "the token is not one of ours")
	ErrTokenTooLong   = fault.New(fault.Invalid, "the token is longer than any of ours")
	ErrTokenUnknown   = fault.New(fault.NotFound, "the token was not made for this caller and purpose, or was altered")
	ErrTokenExpired   = fault.New(fault.NotFound, "the token has expired")
)

// limits are what tokens of a purpose may be.
type limits struct {
	purpose string
	payload int           // bytes
	life    time.Duration // from making to expiry
}

var (
	sessionLimits = limits{"session", 512, 24 * time.Hour}
	cursorLimits  = limits{"cursor", 2 << 10, time.Hour} // a URI fits
	stateLimits   = limits{"request state", 17 << 10, time.Hour}
	taskLimits    = limits{"task", 2 << 10, 24 * time.Hour}

	// A question's token is the id of a JSON-RPC request, which has to stay short.
	questionLimits = limits{"question", 640, 15 * time.Minute}

	linkLimits = limits{"link", 4 << 10, time.Hour}

	// The content of an export of the log is read again where it was broken off.
	exportLimits = limits{"log export", 10 << 10, 7 * 24 * time.Hour}
)

// TokenBox makes and opens tokens of one purpose for one organization: short
// visible ASCII strings (RFC 4648 base64url) that carry encrypted state through
// a client. A token proves only that this organization's key made it for the
// same binding; it authenticates nobody.
//
// Tokens are made at the rate of requests, so the cipher is XChaCha20-Poly1305:
// its nonce is long enough to be drawn at random without counting.
type TokenBox struct {
	cipher  tink.AEAD
	context []byte
	limits  limits
}

const (
	tokenFormat = 1
	expirySize  = 8
	// tokenOverhead is format, nonce, expiry and tag.
	tokenOverhead = 1 + 24 + expirySize + 16
)

func newTokenBox(org tenants.ID, root []byte, l limits) (*TokenBox, error) {
	key, err := derive(org, root, l.purpose)
	if err != nil {
		return nil, err
	}
	cipher, err := subtle.NewXChaCha20Poly1305(key)
	if err != nil {
		return nil, fmt.Errorf("create cipher: %w", err)
	}
	id := org.Bytes()
	return &TokenBox{cipher: cipher, context: bind([]byte("gatehouse token"), []byte(l.purpose), id[:]), limits: l}, nil
}

// MaxLife is the longest a token may live.
func (s *TokenBox) MaxLife() time.Duration { return s.limits.life }

// MaxPayload is the most bytes a token may carry.
func (s *TokenBox) MaxPayload() int { return s.limits.payload }

// Encrypt returns a token that carries payload until expires and opens only with
// the same binding: an encoding of everything it was made for (endpoint, tid,
// oid, client, method) that no other combination shares. It fails when the
// payload or the life exceeds the purpose's limit: a mistake of the caller.
func (s *TokenBox) Encrypt(binding, payload []byte, now, expires time.Time) (string, error) {
	if len(payload) > s.limits.payload {
		return "", fmt.Errorf("encrypt %s: payload of %d bytes exceeds %d", s.limits.purpose, len(payload), s.limits.payload)
	}
	if life := expires.Sub(now); life <= 0 || life > s.limits.life {
		return "", fmt.Errorf("encrypt %s: life %s is not within 0 and %s", s.limits.purpose, life, s.limits.life)
	}
	plaintext := make([]byte, expirySize, expirySize+len(payload))
	binary.BigEndian.PutUint64(plaintext, uint64(expires.UnixMilli()))
	ciphertext, err := s.cipher.Encrypt(append(plaintext, payload...), s.bind(binding))
	if err != nil {
		return "", fmt.Errorf("encrypt %s: %w", s.limits.purpose, err)
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte{tokenFormat}, ciphertext...)), nil
}

// Open returns the payload of a token that Encrypt made with the same binding and
// that has not expired; otherwise one of the ErrToken faults.
func (s *TokenBox) Open(binding []byte, token string, now time.Time) ([]byte, error) {
	if len(token) > base64.RawURLEncoding.EncodedLen(tokenOverhead+s.limits.payload) {
		return nil, ErrTokenTooLong
	}
	// The decoder skips line breaks; a token has one spelling only.
	made, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") || len(made) < tokenOverhead || made[0] != tokenFormat {
		return nil, ErrTokenMalformed
	}
	plaintext, err := s.cipher.Decrypt(made[1:], s.bind(binding))
	if err != nil {
		return nil, ErrTokenUnknown
	}
	expires := time.UnixMilli(int64(binary.BigEndian.Uint64(plaintext))) //nolint:gosec // authenticated
	if !now.Before(expires) {
		return nil, ErrTokenExpired
	}
	return plaintext[expirySize:], nil
}

func (s *TokenBox) bind(binding []byte) []byte {
	return append(s.context[:len(s.context):len(s.context)], binding...)
}

// Format hides the key from every verb of fmt.
func (*TokenBox) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "•••") }
