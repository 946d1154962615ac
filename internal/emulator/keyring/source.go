package keyring

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	stdrand "math/rand/v2"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// Source is where all random bytes of one emulator come from: fresh ones, or
// ones that follow from a text. It is a handful of lanes, each with a stream of
// its own, so that requests which draw from one lane do not change what others
// get from another. It is safe for concurrent use.
//
// A Source made from a text is as predictable as the text. It is for an
// emulator and for nothing else.
type Source struct {
	pool *pool
	lane string
}

// pool is what the lanes of one Source share.
type pool struct {
	entropy string // empty: fresh randomness

	mu      sync.Mutex
	streams map[string]io.Reader
}

// NewSource makes a Source whose bytes follow from entropy; an empty one draws
// on the operating system.
func NewSource(entropy string) *Source {
	return &Source{pool: &pool{entropy: entropy, streams: map[string]io.Reader{}}}
}

// Lane is the stream of a name. Names are few: each costs memory for as long as
// the Source lives.
func (s *Source) Lane(name ...string) *Source {
	return &Source{pool: s.pool, lane: strings.Join(append([]string{s.lane}, name...), "\x00")}
}

// Restart begins every lane anew, so that what was drawn first is drawn again.
// Fresh randomness stays fresh.
func (s *Source) Restart() {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	clear(s.pool.streams)
}

// Read fills b. It never fails.
func (s *Source) Read(b []byte) (int, error) {
	if s.pool.entropy == "" {
		return rand.Read(b)
	}
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	from, ok := s.pool.streams[s.lane]
	if !ok {
		from = stream(s.pool.entropy, s.lane)
		s.pool.streams[s.lane] = from
	}
	return from.Read(b)
}

// stream is the endless stream of a lane, from its beginning.
func stream(entropy, lane string) *stdrand.ChaCha8 {
	// Hashed first, so that entropy and lane cannot run into each other.
	outer := sha256.Sum256([]byte(entropy))
	return stdrand.NewChaCha8(sha256.Sum256(append(outer[:], lane...)))
}

// Bytes are n random bytes.
func (s *Source) Bytes(n int) []byte {
	b := make([]byte, n)
	_, _ = s.Read(b) // see there
	return b
}

// Text is n random bytes, base64url.
func (s *Source) Text(n int) string { return base64.RawURLEncoding.EncodeToString(s.Bytes(n)) }

// GUID is a random GUID (RFC 9562 §5.4).
func (s *Source) GUID() string {
	id, _ := uuid.FromBytes(s.Bytes(16)) // 16 bytes always are one
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
